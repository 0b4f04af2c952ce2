"""What a process is beside the program in it: signals, descriptors, the mark of its run, and how it ends."""
import atexit
import os
import select
import signal
import sys
import threading

MARK = "CHIFFON_RUN_ID"
MARK_ROOM = 160
# Not there in a fresh process.
OWN_MODULES = """supervisor warm_ansible pure_answers warm_program warm_lint process_state forked_module module_payloads import_watch plugin_store
    run_settings""".split()


class DoesNotFit(Exception):
    """A fresh process has to do it; the text says why."""


def file_mark(path):
    try:
        found = os.stat(path)
        return found.st_mtime_ns, found.st_size, found.st_ino
    except OSError:
        return None


def hear(end, seconds):
    """A line; "" is the good one."""
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([end], [], [], seconds)
        data = end.recv(4096) if ready else b""
        if not data:
            return "no answer from the warm process"
        text += data
    return text[:-1].decode("utf-8", "replace")


def plain_signals():
    """As a fresh Python has them."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def descriptors():
    # Not the one by which the list was read.
    return {int(name) for name in os.listdir("/proc/self/fd") if os.path.lexists("/proc/self/fd/" + name)}


def close_others(kept):
    for fd in descriptors() - kept:
        os.close(fd)


def write_mark(run_id):
    """Into the memory that /proc/PID/environ shows: by it every process of a run is found, also the forks, which no exec gives a new environment."""
    mark = os.fsencode(run_id)
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    begin = int(fields[47])
    with open("/proc/self/environ", "rb") as file:
        environment = file.read()
    name = MARK.encode() + b"="
    place = 0 if environment.startswith(name) else environment.find(b"\0" + name) + 1
    if not environment[place:].startswith(name) or len(mark) >= MARK_ROOM:
        raise DoesNotFit("no room for the mark of the run")
    with open("/proc/self/mem", "r+b", buffering=0) as file:
        file.seek(begin + place + len(name))
        file.write(mark.ljust(MARK_ROOM, b"\0"))
    with open("/proc/self/environ", "rb") as file:
        if name + mark not in file.read().split(b"\0"):
            raise DoesNotFit("the mark of the run cannot be written")
    with open("/proc/self/comm", "wb") as file:
        file.write(b"ansible-playbook")


def run_to_the_end(main):
    """What the interpreter does with a script, up to the end of the process."""
    code, interrupted = 0, False
    try:
        sys.exit(main())
    except SystemExit as end:
        code = end.code
        if code is None:
            code = 0
        elif not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException as error:
        sys.excepthook(type(error), error.with_traceback(without_own(error.__traceback__)), error.__traceback__)
        code, interrupted = 1, isinstance(error, KeyboardInterrupt)
    try:
        threading._shutdown()
    finally:
        try:
            atexit._run_exitfuncs()
        finally:
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except (OSError, ValueError):
                    code = code or 120
            if interrupted:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGINT)
            os._exit(code & 0xFF)


def without_own(traceback):
    """As if the program were all there is."""
    own = os.path.dirname(os.path.abspath(__file__)) + os.sep
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(own):
        traceback = traceback.tb_next
    return traceback


def forget_exit_calls():
    atexit._clear()
