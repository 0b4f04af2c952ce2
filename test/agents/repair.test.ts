import { expect, test } from "vitest";
import { canRepair, repair } from "../../src/agents/infra/analyzer/repair.ts";

interface Case {
  readonly rule: string;
  readonly message?: string;
  readonly line?: number;
  readonly path?: string;
  readonly others?: Readonly<Record<string, string>>;
  readonly ownModules?: readonly string[];
}

function mended(
  text: string,
  { rule, message = "", line = 1, path = "tasks.yml", others = {}, ownModules = [] }: Case,
): string | Record<string, string> {
  const texts = new Map(Object.entries({ ...others, [path]: text }));
  const result = repair({ path, line, rule, message }, { texts, ownModules: new Set(ownModules) });
  if (result.kind === "none") return { why: result.why };
  return result.texts.size === 1 ? (result.texts.get(path) ?? "") : Object.fromEntries(result.texts);
}

const fqcn = (module: string): Case => ({ rule: "fqcn[action-core]", message: `Use FQCN for builtin module actions (${module}).` });
const casing = { rule: "name[casing]" };
const missing = { rule: "name[missing]" };
const when = { rule: "no-jinja-when" };
const literal = { rule: "literal-compare" };
const pipe = { rule: "risky-shell-pipe" };

test.for<readonly [string, string, Case, string]>([
  ["a short module name", "- debug: # why\n    msg: a\n", fqcn("debug"), "- ansible.builtin.debug: # why\n    msg: a\n"],
  ["a name of a collection", "- timezone: { name: UTC }\n", { rule: "fqcn[action]", message: "Use FQCN for module actions, such `community.general.timezone`." }, "- community.general.timezone: { name: UTC }\n"],
  ["a name", '- name: "say \\"hello\\""  # kept\n  debug:\n', casing, '- name: "Say \\"hello\\""  # kept\n  debug:\n'],
  ["a name with its file's prefix", "- name: install | get it\n  debug:\n", { ...casing, path: "roles/a/tasks/install.yml" }, "- name: install | Get it\n  debug:\n"],
  ["a missing name", "- apt:\n    name: nginx\n    state: present\n", missing, "- name: Install nginx\n  apt:\n    name: nginx\n    state: present\n"],
  ["a missing name in a list that is not indented", "  - service: name=nginx state=restarted\n", missing, "  - name: Restart nginx\n    service: name=nginx state=restarted\n"],
  ["braces in a condition", '- debug:\n  when: "{{ ready }}"\n', when, "- debug:\n  when: ready\n"],
  ["braces in one of several conditions", "- debug:\n  when:\n    - a\n    - '{{ b[\"x: y\"] }}' # c\n", when, "- debug:\n  when:\n    - a\n    - 'b[\"x: y\"]' # c\n"],
  ["a literal true", "- debug:\n  when: ready == true and not other != True\n", literal, "- debug:\n  when: ready | bool and not not other | bool\n"],
  ["a literal false", "- debug:\n  when: (a.b | default(false)) and c == false\n", literal, "- debug:\n  when: (a.b | default(false)) and not c | bool\n"],
  ["a pipe", "- shell: a | b\n  changed_when: false\n", pipe, "- shell: set -o pipefail && a | b\n  args:\n    executable: /bin/bash\n  changed_when: false\n"],
  ["a pipe in a block", "- name: x\n  shell: |\n    a | b\n    c\n  register: d\n", pipe, "- name: x\n  shell: |\n    set -o pipefail\n    a | b\n    c\n  args:\n    executable: /bin/bash\n  register: d\n"],
  ["a pipe in a folded block at the end", "- shell: >-\n    a |\n    b", pipe, "- shell: >-\n    set -o pipefail && a |\n    b\n  args:\n    executable: /bin/bash"],
  ["a pipe in a mapping", '- shell:\n    cmd: "a | b" # c\n    chdir: /x\n', pipe, '- shell:\n    cmd: "set -o pipefail && a | b" # c\n    executable: /bin/bash\n    chdir: /x\n'],
  ["a pipe with args", "- shell: a | b\n  args:\n    chdir: /x\n", pipe, "- shell: set -o pipefail && a | b\n  args:\n    executable: /bin/bash\n    chdir: /x\n"],
  ["a pipe with its shell", "- shell: a | b\n  args:\n    executable: /bin/bash\n", pipe, "- shell: set -o pipefail && a | b\n  args:\n    executable: /bin/bash\n"],
  ["a needless shell", "- ansible.builtin.shell: echo a\n", { rule: "command-instead-of-shell" }, "- ansible.builtin.command: echo a\n"],
  ["the order of keys", "- debug:\n    msg: a\n  name: Say # x\n  tags: b\n", { rule: "key-order[task]" }, "- name: Say # x\n  debug:\n    msg: a\n  tags: b\n"],
  ["spaces in a template", "- debug:\n    msg: '{{ a|b }}'\n", { rule: "jinja[spacing]", message: "Jinja2 spacing could be improved: {{ a|b }} -> {{ a | b }}" }, "- debug:\n    msg: '{{ a | b }}'\n"],
  ["yes and no", "- hosts: a\n  become: yes # root\n  gather_facts: No\n", { rule: "yaml[truthy]", line: 3 }, "- hosts: a\n  become: yes # root\n  gather_facts: false\n"],
  ["octal rights", "- file:\n    mode: 0644\n", { rule: "yaml[octal-values]", line: 2 }, '- file:\n    mode: "0644"\n'],
  ["trailing spaces", "- debug:  \n", { rule: "yaml[trailing-spaces]" }, "- debug:\n"],
  ["blank lines", "- a: 1\n\n\n\n- b: 1\n", { rule: "yaml[empty-lines]", line: 4, message: "Too many blank lines (3 > 2)" }, "- a: 1\n\n\n- b: 1\n"],
  ["no line break at the end", "- a: 1", { rule: "yaml[new-line-at-end-of-file]" }, "- a: 1\n"],
  ["a comment", "- a: b  #c #d\n", { rule: "yaml[comments]" }, "- a: b  # c #d\n"],
  ["colons", "- a:  b\n", { rule: "yaml[colons]" }, "- a: b\n"],
  ["commas", "- [a,b ,c]\n", { rule: "yaml[commas]" }, "- [a, b, c]\n"],
  ["brackets", "- [ a ]\n", { rule: "yaml[brackets]" }, "- [a]\n"],
  ["braces", "- {  a: 1   }\n", { rule: "yaml[braces]" }, "- { a: 1 }\n"],
  ["hyphens", "-   a\n", { rule: "yaml[hyphens]" }, "- a\n"],
])("%s is mended, and nothing else is touched", ([, before, finding, after]) => {
  expect(canRepair(finding.rule)).toBe(true);
  expect(mended(before, finding)).toBe(after);
}); // prettier-ignore

test("a handler's name changes wherever it is notified, in other files too", () => {
  const handlers = "- name: restart it\n  debug:\n";
  const tasks = '- debug:\n  notify: restart it\n- debug:\n  notify: [other, "restart it"] # both\n';
  const finding = { ...casing, path: "roles/a/handlers/main.yml" };
  expect(mended(handlers, { ...finding, others: { "roles/a/tasks/main.yml": tasks } })).toEqual({
    "roles/a/handlers/main.yml": "- name: Restart it\n  debug:\n",
    "roles/a/tasks/main.yml": '- debug:\n  notify: Restart it\n- debug:\n  notify: [other, "Restart it"] # both\n',
  });
  expect(mended(handlers, { ...finding, others: { "site.yml": '- debug:\n  notify: "restart {{ what }}"\n' } })).toEqual({
    why: expect.stringContaining("made while it runs"),
  });
});

test.for<readonly [string, string, Case]>([
  ["a module of the repo's own", "- debug:\n", { ...fqcn("debug"), ownModules: ["debug"] }],
  ["a module that `collections` may mean otherwise", "- hosts: a\n  collections: [x.y]\n  tasks:\n    - debug:\n", { ...fqcn("debug"), line: 4 }],
  ["a module that is not a key", "- action: debug msg=a\n", fqcn("debug")],
  ["a full name that lint never gives", "- debug:\n", { rule: "fqcn[action]", message: "such `x; rm -rf`" }],
  ["a condition that is put together", "- debug:\n  when: \"{{ a }} == 'b'\"\n", when],
  ["a condition in a block of text", "- debug:\n  when: |\n    {{ a }}\n", when],
  ["a comparison within another", "- debug:\n  when: a ~ b == true\n", literal],
  ["a pipe for another shell", "- shell: a | b\n  args:\n    executable: /bin/dash\n", pipe],
  ["a pipe in one line with its arguments", "- shell: a | b executable=/bin/sh\n", pipe],
  ["a task of no known module", "- some.own.thing: {}\n", missing],
  ["a task whose name would be a template", '- apt:\n    name: "{{ packages }}"\n', missing],
  ["a proposal with other words", "- debug:\n    msg: '{{ a|b }}'\n", { rule: "jinja[spacing]", message: "could be improved: {{ a|b }} -> {{ evil }}" }],
  ["spaces within a value", "- debug:\n    msg: \"{{ 'a  b' }}\"\n", { rule: "jinja[spacing]", message: "could be improved: {{ 'a  b' }} -> {{ 'a b' }}" }],
  ["trailing spaces that are part of a text", "- debug:\n    msg: |\n      a  \n      b\n", { rule: "yaml[trailing-spaces]", line: 3 }],
  ["an octal number that is no right", "- debug:\n    msg: 0644\n", { rule: "yaml[octal-values]", line: 2 }],
  ["hyphens before a longer item", "-   a: 1\n    b: 2\n", { rule: "yaml[hyphens]" }],
  ["commas within a text", "- 'a,b'\n", { rule: "yaml[commas]" }],
  ["several documents", "---\n- debug:\n---\n- debug:\n", { ...fqcn("debug"), line: 2 }],
  ["what is no YAML", "- debug: [\n", fqcn("debug")],
  ["a line that is not there", "- debug:\n", { ...fqcn("debug"), line: 99 }],
  ["a rule without a fixer", "- debug:\n", { rule: "ignore-errors" }],
])("%s is left alone, with a reason", ([, text, finding]) => {
  expect(mended(text, finding)).toEqual({ why: expect.stringMatching(/\w{3}/) });
}); // prettier-ignore
