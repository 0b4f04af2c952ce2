"""What a job's shell runs: a few lines that make it findable and its output readable, then the command as it is. Standard library only."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

# The folder is beside ansible's own notes of asynchronous tasks. `process` is how a later look knows whether it is this process and not a later one
# with the same number.
LINES = """chiffon_job_folder="$HOME/.ansible_async/chiffon-%(job_id)s"
(umask 077; mkdir -p "$chiffon_job_folder" && : >"$chiffon_job_folder/stdout" && : >"$chiffon_job_folder/stderr") || exit 125
(umask 077; { echo "$$"; cat /proc/sys/kernel/random/boot_id "/proc/$$/stat"; } >"$chiffon_job_folder/process" 2>/dev/null)
exec >>"$chiffon_job_folder/stdout" 2>>"$chiffon_job_folder/stderr"
unset chiffon_job_folder
"""


def job_script(state):
    return LINES % {"job_id": state["job_id"]} + state["command"]
