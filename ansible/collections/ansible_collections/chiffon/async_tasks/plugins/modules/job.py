#!/usr/bin/python
# -*- coding: utf-8 -*-
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: job
short_description: How a job stands on its host
description:
  - Looks at a job that the role C(async_task_start) started on this host, whether it still runs, how it ended, and what it wrote so far.
  - A job whose processes are gone without a result is failed, with the reason C(host_crash_suspected); one that is over its limit is ended.
author: The Chiffon authors
options:
  job_id:
    description: The job's id. Only letters, digits, C(_) and C(-) can be in one.
    type: str
    required: true
  ansible_job_id:
    description: Ansible's own id of it, as far as it is known.
    type: str
    default: ""
  state:
    description: C(asked) tells how it stands, C(absent) removes what an ended job left on this host.
    type: str
    choices: [asked, absent]
    default: asked
  overdue:
    description: It is over its limit. What still runs of it is ended.
    type: bool
    default: false
  left:
    description: Seconds until it is over its limit.
    type: float
  age:
    description: Seconds since its start. A young one may not have begun yet.
    type: float
    default: 3600
  wait:
    description: Seconds to wait for its end, at most until its limit.
    type: float
    default: 0
  lines:
    description: How many last lines of its output to give; C(all) gives everything, up to I(limit_bytes) from the end.
    type: str
    default: "20"
  limit_bytes:
    description: At most so many bytes of each of its two outputs.
    type: int
    default: 1048576
"""

EXAMPLES = r"""
- name: Everything a job wrote so far
  chiffon.async_tasks.job:
    job_id: backup_1795000000_0a1b2c3d
    lines: all
"""

RETURN = r"""
job_status:
  description: C(running), C(completed), C(failed) or C(timeout).
  returned: when asked
  type: str
reason:
  description: C(exit_code), C(signal), C(time_limit) or C(host_crash_suspected).
  returned: when it did not complete
  type: str
rc:
  description: The exit code; negative, the signal that ended it.
  returned: when it is known
  type: int
stdout:
  description: The last lines it wrote.
  returned: when asked
  type: str
stderr:
  description: The last lines it wrote as errors.
  returned: when asked
  type: str
stdout_bytes:
  description: How much it wrote in all.
  returned: when asked
  type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chiffon.async_tasks.plugins.module_utils import jobs


def main():
    module = AnsibleModule(supports_check_mode=True, argument_spec=dict(
        job_id=dict(type="str", required=True),
        ansible_job_id=dict(type="str", default=""),
        state=dict(type="str", choices=["asked", "absent"], default="asked"),
        overdue=dict(type="bool", default=False),
        left=dict(type="float"),
        age=dict(type="float", default=3600),
        wait=dict(type="float", default=0),
        lines=dict(type="str", default="20"),
        limit_bytes=dict(type="int", default=1 << 20),
    ))
    arguments = dict(module.params)
    wrong = jobs.wrong_argument(arguments["job_id"], arguments["ansible_job_id"], arguments["lines"])
    if wrong is not None:
        module.fail_json(msg=wrong)
    if arguments.pop("state") == "absent":
        module.exit_json(changed=jobs.Job(arguments["job_id"], arguments["ansible_job_id"]).remove(module.check_mode))
    module.exit_json(changed=False, **jobs.ask(**arguments))


if __name__ == "__main__":
    main()
