"""One start of a program from a process that has it imported, over a connection: what is said, and how it is asked for.

Asked: a line "program", then a line of JSON {"argv", "cwd", "env"}. Answered: a line of JSON, {"why"} where a fresh process has to do it
(nothing was run then), else {"exitCode", "stdout", "stderr"} with two lengths, and after it so many bytes. Who closes the connection ends it.
"""
import json
import os
import select
import signal
import socket
import time

LIMIT = 64 << 20


def first_line():
    """Of the connection, which is standard input here; byte by byte, because what follows is somebody else's."""
    text = b""
    while not text.endswith(b"\n"):
        data = os.read(0, 1)
        if not data:
            os._exit(0)
        text += data
    return text[:-1]


def serve(warm):
    connection = socket.socket(fileno=os.dup(0))
    text = b""
    while not text.endswith(b"\n"):
        data = connection.recv(65536)
        if not data:
            return
        text += data
    command = json.loads(text)
    os.umask(warm.umask)
    null = os.open(os.devnull, os.O_RDWR)
    out, err = os.pipe(), os.pipe()
    child, why = warm.fork(command, (null, out[1], err[1]))
    if child is None:
        connection.sendall(json.dumps({"why": why}).encode() + b"\n")
        return
    os.close(out[1])
    os.close(err[1])
    said = {out[0]: b"", err[0]: b""}
    pipes = {out[0], err[0]}
    while pipes:
        ready, _, _ = select.select(list(pipes) + [connection], [], [])
        for end in ready:
            data = b"" if end is connection else os.read(end, 1 << 20)
            if end is connection or sum(map(len, said.values())) > LIMIT:
                os.killpg(child, signal.SIGKILL)
                return
            if data:
                said[end] += data
            else:
                pipes.discard(end)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    head = {"exitCode": code, "stdout": len(said[out[0]]), "stderr": len(said[err[0]])}
    connection.sendall(json.dumps(head).encode() + b"\n" + said[out[0]] + said[err[0]])


def ask(connection, command, seconds):
    """(exit code, standard output, standard error), or why a fresh process has to do it."""
    limit = time.monotonic() + seconds
    connection.sendall(b"program\n" + json.dumps(command).encode() + b"\n")
    text = b""
    while True:
        connection.settimeout(max(0.01, limit - time.monotonic()))
        data = connection.recv(1 << 20)
        text += data
        head, newline, rest = text.partition(b"\n")
        if newline:
            found = json.loads(head)
            if "why" in found:
                return found["why"]
            if len(rest) >= found["stdout"] + found["stderr"]:
                return found["exitCode"], rest[:found["stdout"]], rest[found["stdout"]:]
        if not data:
            return "no answer from the warm process"
