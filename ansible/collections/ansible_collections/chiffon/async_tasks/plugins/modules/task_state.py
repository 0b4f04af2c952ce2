#!/usr/bin/python
# -*- coding: utf-8 -*-
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: task_state
short_description: The state of jobs that outlive their playbook
description:
  - Keeps one JSON file a job in a folder of the controller. The roles of this collection use it; a playbook uses the roles.
  - Files are written by rename and readable by their owner only.
author: The Chiffon authors
options:
  operation:
    description:
      - C(find) gives the job of this name that is still open.
      - C(reserve) makes a job id for a named task and writes its first state, unless a job of this name is still open.
      - C(started) notes that it was started, C(release) removes what was reserved.
      - C(read) gives a state, C(record) writes what its host said of it.
      - C(list) gives all of them, C(old) those that ended before I(days) days, C(remove) removes one.
    type: str
    required: true
    choices: [find, reserve, started, release, read, record, list, old, remove]
  state_dir:
    description:
      - The folder. Without it C(CHIFFON_ASYNC_STATE_DIR), else C(.ansible_async_state) in the folder where ansible was started.
    type: path
  job_id:
    description: The job's id.
    type: str
  task_name:
    description: The name under which the job runs once at a time on its host, per playbook.
    type: str
  playbook_name:
    description: The playbook's name; the name of its file without an ending when absent.
    type: str
  command:
    description: What the job runs.
    type: str
  limit:
    description: Seconds the job may take.
    type: int
    default: 300
  metadata:
    description: Anything that is to be kept with the state.
    type: raw
  ansible_job_id:
    description: Ansible's own id of the job.
    type: str
  report:
    description: What M(chiffon.async_tasks.job) said.
    type: raw
  days:
    description: For C(old), how many days ago a job ended at least.
    type: float
    default: 7
notes:
  - It does not touch any host.
"""

EXAMPLES = r"""
- name: What is known of all jobs
  chiffon.async_tasks.task_state:
    operation: list
  register: jobs
"""

RETURN = r"""
state:
  description: The job's state.
  returned: when there is one
  type: dict
states:
  description: All of them.
  returned: for the operations list and old
  type: list
  elements: dict
problems:
  description: Files that are no state, in words.
  returned: for the operations list and old
  type: list
  elements: str
"""
# The action plugin of the same name does the work, on the controller.
