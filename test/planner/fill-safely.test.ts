import { describe, expect, test } from "vitest";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { fillParameters } from "../../src/planner/values/fill-parameters.ts";
import { shellParts } from "../../src/planner/sentence/shell-syntax.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";

// A bakery's machines: what must not be turned round, and what must not become a value.
const entry = (id: string, name: string, variables: string, service: string | null = null) => ({
  id,
  path: service === null ? `playbooks/${id}.yml` : `roles/${id}`,
  name,
  service,
  description: `${name}.`,
  variables: variables.split(" "),
});
const catalog = catalogFromFile([
  entry("tidy_docker", "Clean up docker", "tidy_volumes tidy_images tidy_networks tidy_older_than"),
  entry("drop_app", "Remove an app", "drop_app drop_delete_data drop_keep_config"),
  entry("refresh_app", "Update an app", "refresh_app refresh_backup_first refresh_skip_migrations refresh_no_downtime"),
  entry("dump_db", "Dump a database", "dump_name dump_target"),
  entry("bakeshop", "Bakeshop", "bakeshop_registration_enabled bakeshop_port bakeshop_metrics bakeshop_hostname bakeshop_upstream_url", "bakeshop"),
]); // prettier-ignore
const vocabulary = createVocabulary(catalog);
const fill = (id: string, intent: string) => {
  const playbook = catalog.playbooks.find((one) => one.id === id);
  if (playbook === undefined) throw new Error(id);
  const { variables, refused } = fillParameters({ intent }, playbook, { vocabulary, hosts: ["oven1"] });
  const { drop_app: _, refresh_app: __, ...rest } = variables;
  return { rest, refused: refused.map((one) => one.name) };
};

describe("what is said of a thing is what its switch becomes", () => {
  test.each([
    ["clean up docker, volumes must stay", { tidy_volumes: false }],
    ["clean up docker but keep the volumes and networks", { tidy_volumes: false, tidy_networks: false }],
    ["clean up docker, volumes and networks must stay", { tidy_volumes: false, tidy_networks: false }],
    ["prune unused images, without volumes or networks", { tidy_images: true, tidy_volumes: false, tidy_networks: false }],
    ["clean up docker incl. volumes", { tidy_volumes: true }],
    ["throw away old images", { tidy_images: true }],
    ["clean up docker, leave the volumes alone", { tidy_volumes: false }],
    ["clean up docker and hands off the volumes", { tidy_volumes: false }],
    ["räum docker auf, die Volumes bleiben", { tidy_volumes: false }],
    ["limpia docker, conserva los volumenes", { tidy_volumes: false }],
    ["nettoie docker sans toucher aux volumes", { tidy_volumes: false }],
    ["clean up docker, images too, volumes not", { tidy_images: true, tidy_volumes: false }],
    ["clean docker but don't touch the volumes", { tidy_volumes: false }],
    ["clean docker, volumes should survive", { tidy_volumes: false }],
    ["clean docker, the volumes must not be deleted", { tidy_volumes: false }],
    ["clean docker without losing any volumes", { tidy_volumes: false }],
    ["clean docker, the old images can go", { tidy_images: true }],
  ])("tidy_docker: %s", (text, expected) => expect(fill("tidy_docker", text).rest).toEqual(expected));

  test.each([
    ["remove flourbook but keep its data", { drop_delete_data: false }],
    ["remove flourbook, delete its data too", { drop_delete_data: true }],
    ["remove flourbook and its data", { drop_delete_data: true }],
    ["uninstall flourbook without deleting the data", { drop_delete_data: false }],
    ["uninstall flourbook, no data must be deleted", { drop_delete_data: false }],
    ["take flourbook off, its config stays", { drop_keep_config: true }],
    ["remove flourbook, data stays where it is", { drop_delete_data: false }],
    ["there is no need to keep the data of flourbook", {}],
  ])("drop_app: %s", (text, expected) => expect(fill("drop_app", text).rest).toEqual(expected));

  test.each([
    ["update flourbook without a backup first", { refresh_backup_first: false }],
    ["update flourbook with a backup first", { refresh_backup_first: true }],
    ["update flourbook, skip the migrations", { refresh_skip_migrations: true }],
    ["update flourbook with migrations", { refresh_skip_migrations: false }],
    ["update flourbook without downtime", { refresh_no_downtime: true }],
  ])("refresh_app: %s", (text, expected) => expect(fill("refresh_app", text).rest).toEqual(expected));

  test.each([
    ["bakeshop with registration switched off", { bakeshop_registration_enabled: false }],
    ["bakeshop, keep registration off", { bakeshop_registration_enabled: false }],
    ["bakeshop, registration stays disabled", { bakeshop_registration_enabled: false }],
    ["turn off sign-ups in bakeshop", { bakeshop_registration_enabled: false }],
    ["bakeshop but no sign ups", { bakeshop_registration_enabled: false }],
    ["don't enable registration in bakeshop", { bakeshop_registration_enabled: false }],
    ["bakeshop with metrics, without registration", { bakeshop_metrics: true, bakeshop_registration_enabled: false }],
    ["leave registration enabled in bakeshop", { bakeshop_registration_enabled: true }],
    ["bakeshop mit ausgeschalteter Registrierung", { bakeshop_registration_enabled: false }],
    ["bakeshop sin registro", { bakeshop_registration_enabled: false }],
    ["keep registration as it is, bakeshop port 90", { bakeshop_port: 90 }],
    ["keep metrics of bakeshop in mind", {}],
  ])("bakeshop: %s", (text, expected) => expect(fill("bakeshop", text).rest).toEqual(expected));

  test.each([
    ["tidy_docker", "delete the volumes, but the volumes must stay", "tidy_volumes"],
    ["drop_app", "take flourbook off, no config", "drop_keep_config"],
    ["bakeshop", "bakeshop with ports 8000 and 8001", "bakeshop_port"],
  ])("%s is asked about: %s", (id, text, name) => {
    expect(fill(id, text)).toEqual({ rest: {}, refused: [name] });
  });
});

describe("no word of shell syntax is a value", () => {
  test.each([
    ["dump_db", "dump the database $(cat /etc/shadow) to /srv/dumps", { dump_target: "/srv/dumps" }],
    ["dump_db", "dump to /srv/dumps$(id)", {}],
    ["dump_db", "dump to /srv/dumps`id`", {}],
    ["dump_db", "dump to ${HOME}/x", {}],
    ["dump_db", "dump the database rye > /etc/cron.d/x", {}],
    ["bakeshop", "bakeshop with hostname bread.example | tee /etc/hosts", {}],
    ["bakeshop", "bakeshop with hostname a.example;reboot", {}],
    ["bakeshop", "bakeshop, upstream url https://miller:rye@mill.example/api", {}],
  ])("%s: %s", (id, text, expected) => expect(fill(id, text).rest).toEqual(expected));

  test("what is told is the whole part, and no other text is shell syntax", () => {
    expect(shellParts("hostname x$(id) and port 80;reboot")).toEqual(["x$(id)", "80;reboot"]);
    for (const text of ["deploy `gitea` on `web1`", "dns a.example -> web1", "R&D share; then update web1", "files > 5G", "https://a.example/?a=1&b=2"])
      expect(shellParts(text)).toEqual([]);
  }); // prettier-ignore
});

test("the path that names a playbook is none of its values", () => {
  expect(fill("dump_db", "run playbooks/dump_db.yml").rest).toEqual({});
  expect(fill("dump_db", "run playbooks/dump_db.yml, the database is orders_2").rest).toMatchObject({ dump_name: "orders_2" });
});
