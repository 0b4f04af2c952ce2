import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { proveScaffolds } from "../../src/agents/infra/template-generator/prove-scaffolds.ts";
import { makeScaffold } from "../../src/agents/infra/template-generator/scaffold.ts";
import { roleNameOf, serviceName } from "../../src/agents/infra/template-generator/service-name.ts";
import { writeFiles } from "../../src/agents/infra/template-generator/write-scaffold.ts";

const places = { playbooks: "playbooks", roles: "roles" };

/** Each with a description that would break out of a comment, of YAML, of Markdown or of a template. */
const wishes: readonly (readonly [string, string])[] = [
  ["grafana", "Dashboards."],
  ["uptime-kuma", "Watches: everything # always"],
  ["My App", "Says \"hello\" and 'goodbye'"],
  ["node.js", "line one\n- hosts: all\n  tasks: []"],
  ["snake_case_name", "{{ lookup('pipe', 'touch /tmp/chiffon-was-here') }}"],
  ["Überwachung", "Größe, 日本語, emoji 🚀"],
  ["2fauth", "% & * ! | > @ `backticks` [a](b) <b>c</b>"],
  ["on", "yes"],
  ["ansible", "null"],
  ["ansible-semaphore", "- item\n---\n- hosts: all"],
  ["role", "{% raw %}"],
  ["a", "~"],
  ["--dashes---everywhere--", "\u202Ereversed\u202C \u0000 nul \u0007 bell"],
  ["x".repeat(50), "word ".repeat(80)],
  ["null", "x".repeat(400)],
  ["123", "0755"],
  ["1e5", "1:30"],
  ["group_names", "a: b: c"],
  ['wiki\'s "best" (v2)', "tab\tand\r\nwindows"],
  ["{{ evil }}; rm -rf /", "!!python/object:os.system x"],
];

test("what is made of twenty awkward names passes a syntax check, production lint and check mode", async () => {
  const scaffolds = wishes.map(([service, description], index) =>
    makeScaffold(
      { service, description, hosts: index % 2 === 0 ? "all" : "web,db-servers", become: index % 3 !== 0, port: 1 + index * 3_000 },
      places,
    ),
  );
  expect(new Set(scaffolds.map(({ playbookPath }) => playbookPath)).size).toBe(wishes.length);
  const proofs = await proveScaffolds(cleanEnvironment(process.env), scaffolds);
  for (const { name, passed, said } of proofs) expect({ name, passed, said }).toMatchObject({ passed: true });
  expect(proofs.map(({ name }) => name)).toEqual(["syntax check", "ansible-lint, profile production", "check mode"]);
}, 300_000);

test("names keep to a-z, 0-9 and dashes, and variables of a role are never ansible's own", () => {
  expect(wishes.map(([name]) => serviceName(name))).toEqual([
    "grafana", "uptime-kuma", "my-app", "nodejs", "snake-case-name", "berwachung", "2fauth", "on", "ansible", "ansible-semaphore", "role", "a",
    "dashes-everywhere", "x".repeat(50), "null", "123", "1e5", "group-names", "wikis-best-v2", "evil-rm-rf",
  ]); // prettier-ignore
  for (const name of ["", "   ", "日本", "---", "x".repeat(51), "_-_ _"])
    expect(() => serviceName(name)).toThrow(expect.objectContaining({ code: "service-name-refused" }));
  expect(["my-app", "2fauth", "ansible", "ansible-semaphore", "role", "roles-royce"].map(roleNameOf)).toEqual([
    "my_app", "service_2fauth", "service_ansible", "service_ansible_semaphore", "service_role", "roles_royce",
  ]); // prettier-ignore
});

test("eight files with what was said, and every one of them is the data that was meant", () => {
  const wish = { service: "My App", description: 'a: "b"\n- c # {{ d }}', port: 9000, hosts: "web", become: false };
  const scaffold = makeScaffold(wish, { playbooks: "", roles: "ansible/roles" });
  const role = "ansible/roles/my_app";
  const texts = new Map(scaffold.files.map(({ path, text }) => [path, text]));
  expect([...texts.keys()]).toEqual([
    "deploy-my-app.yml",
    ...[
      "tasks/main.yml",
      "handlers/main.yml",
      "defaults/main.yml",
      "meta/main.yml",
      "README.md",
      "templates/.gitkeep",
      "files/.gitkeep",
    ].map((path) => `${role}/${path}`),
  ]);
  expect(texts.get("deploy-my-app.yml")).toContain('# chiffon:service=my-app\n# chiffon:description=a: "b" - c # {{ d }}\n---\n');
  const data = (path: string): unknown => parseAllDocuments(texts.get(path) ?? "").map((document) => document.toJS())[0];
  expect(data("deploy-my-app.yml")).toEqual([
    { name: "Deploy my-app", hosts: "web", gather_facts: false, tags: ["my-app", "deploy"], roles: [{ role: "my_app" }] },
  ]);
  expect(data(`${role}/defaults/main.yml`)).toMatchObject({ my_app_port: 9000, my_app_directory: "/opt/my-app", my_app_image: "" });
  expect(data(`${role}/meta/main.yml`)).toMatchObject({ galaxy_info: { description: 'a: "b" - c # {{ d }}' } });
  expect(makeScaffold({ service: "x" }, places)).toMatchObject({ port: 8080, hosts: "all", become: true });
});

test("nothing is written out of the folder, through a link or over a folder; then nothing at all", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chiffon-scaffold-test-")));
  const outside = join(folder, "outside");
  const repo = join(folder, "repo");
  mkdirSync(join(repo, "playbooks", "taken.yml"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, "file"), "theirs");
  symlinkSync(outside, join(repo, "roles"));
  symlinkSync(join(outside, "file"), join(repo, "playbooks", "link.yml"));
  for (const path of ["roles/x/tasks/main.yml", "playbooks/link.yml", "playbooks/taken.yml", "../out", "/tmp/out", "a//b", "playbooks/../../out"])
    await expect(writeFiles(repo, [{ path: "first.yml", text: "a" }, { path, text: "mine" }])).rejects.toMatchObject({ code: "file-refused" }); // prettier-ignore
  expect(existsSync(join(repo, "first.yml"))).toBe(false);
  expect([readdirSync(folder).toSorted(), readdirSync(outside), readFileSync(join(outside, "file"), "utf8")]).toEqual([
    ["outside", "repo"],
    ["file"],
    "theirs",
  ]);
  rmSync(folder, { recursive: true });
});
