"""Starts ansible-playbook by ansible-runner: python3 run_by_runner.py SPECIFICATION.json, as the child of supervisor.py.

The specification is {"executable", "arguments", "cwd", "privateDataFolder", "ident", "container": null or {"engine", "image", "options"}}.
Standard input, output and error and the process group stay the supervisor's, so that signals, limits and masks are those of a direct start.
What ansible-runner would change in ansible's settings is put back: its display callback writes every result, unmasked, into files; it turns
the check of host keys off and keeps facts of its own.
"""
import json
import os
import signal
import sys

# This folder holds no modules.
sys.path.pop(0)
INTO_CONTAINER = ("ANSIBLE_", "CHIFFON_", "LANG", "LC_ALL", "TZ", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
OF_THE_ENGINE = "ANSIBLE_UNSAFE_WRITES"


def main(path):
    with open(path, encoding="utf-8") as file:
        specification = json.load(file)
    # Signals reach the whole group: ansible ends by them, and this process outlives it to tell its exit code. Not SIG_IGN, which a child inherits.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    try:
        code = run(specification)
    except Exception as error:
        print("ERROR! ansible-runner could not start ansible-playbook: %s" % error, file=sys.stderr, flush=True)
        return 250
    if code < 0:
        # Ended by a signal: so does this process, for the supervisor to tell.
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def run(specification):
    from ansible_runner import interface

    container = specification["container"]
    environment = dict(os.environ)
    more = {}
    if container is not None:
        environment = {name: value for name, value in environment.items() if name.startswith(INTO_CONTAINER) and name != "CHIFFON_SECRETS_FD"}
        more = {"process_isolation": True, "process_isolation_executable": container["engine"], "container_image": container["image"],
                "container_options": container["options"], "host_cwd": specification["cwd"]}
    runner = interface.init_command_config(
        specification["executable"], cmdline_args=specification["arguments"], private_data_dir=specification["privateDataFolder"],
        ident=specification["ident"], runner_mode="subprocess", output_fd=sys.stdout, error_fd=sys.stderr, fact_cache_type="",
        suppress_env_files=True, **more)
    own = runner.config.env
    runner.config.env = dict(environment, **({OF_THE_ENGINE: own[OF_THE_ENGINE]} if container is not None and OF_THE_ENGINE in own else {}))
    if container is not None:
        mount_read_only(runner.config.command, specification["cwd"])
    runner.run()
    return runner.rc if runner.rc is not None else 250


def mount_read_only(command, tree):
    """What is approved cannot be changed from within, not even by root: ansible-runner mounts it, and folders of it, for writing."""
    for index in range(1, len(command)):
        source = command[index].partition(":")[0]
        if command[index - 1] == "-v" and (source + "/").startswith(tree.rstrip("/") + "/"):
            command[index] += ":ro"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
