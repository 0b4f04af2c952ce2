import { describe, expect, test } from "vitest";
import { fillParameters } from "../../src/planner/values/fill-parameters.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";
import { catalog, inventory, playbook, variable } from "../mapping/mapping-bench.ts";

const vocabulary = createVocabulary(catalog);
const gitea = playbook({
  id: "deploy-gitea", verb: "deploy", service: "gitea", name: "Deploy Gitea",
  variables: [
    variable("gitea_port", { type: "int" }), variable("gitea_ssh_port", { type: "int" }), variable("gitea_version"), variable("gitea_hostname"), variable("gitea_title"),
    variable("gitea_data_directory", { type: "path" }), variable("gitea_registration", { type: "bool" }), variable("gitea_admin_password", { secret: true }),
    variable("gitea_theme", { choices: ["dark", "light"] }), variable("gitea_owner", { required: true }), variable("ansible_connection"),
  ],
}); // prettier-ignore
const fill = (intent: string, of = gitea) => fillParameters({ intent }, of, { vocabulary, hosts: inventory.hosts });

describe("values by the playbook's own names and types", () => {
  test.each([
    ["deploy gitea on port 3005", { gitea_port: 3005 }],
    ["set the port of gitea to 3005", { gitea_port: 3005 }],
    ["change gitea's ssh port to 2223", { gitea_ssh_port: 2223 }],
    ["deploy gitea version 1.22", { gitea_version: "1.22" }],
    ["deploy gitea 1.22.3", { gitea_version: "1.22.3" }],
    ['deploy gitea with title "Casa Lab"', { gitea_title: "Casa Lab" }],
    ["deploy gitea with title Casa Lab", { gitea_title: "Casa Lab" }],
    [
      "deploy gitea at git.example.org with data directory /srv/git",
      { gitea_hostname: "git.example.org", gitea_data_directory: "/srv/git" },
    ],
    ["deploy gitea gitea_port=3010", { gitea_port: 3010 }],
    ["deploy gitea without registration", { gitea_registration: false }],
    ["deploy gitea with the theme dark", { gitea_theme: "dark" }],
    ["deploy gitea with port 3000 and ssh port 2222", { gitea_port: 3000, gitea_ssh_port: 2222 }],
    ["deploy gitea", {}],
  ])("%s", (intent, expected) => {
    expect(fill(intent).variables).toEqual(expected);
  });

  test.each([
    ["deploy gitea 16 on web1", { gitea_version: "16" }],
    ["deploy gitea, hostname git", { gitea_hostname: "git" }],
    ["despliega gitea con el puerto 3005", { gitea_port: 3005 }],
  ])("%s: in other words", (intent, expected) => {
    expect(fill(intent).variables).toEqual(expected);
  });

  test("the port of a service with several is its web port", () => {
    const wiki = playbook({
      id: "deploy-wiki", verb: "deploy", service: "wiki", name: "Deploy wiki", variables: [variable("wiki_port_ssh"), variable("wiki_port_http")],
    }); // prettier-ignore
    expect(fill("deploy wiki on port 8080", wiki).variables).toEqual({ wiki_port_http: 8080 });
  });

  test("kept days, hold backs, dates, addresses, and what is done to one machine", () => {
    const of = (...names: string[]) => playbook({ id: "job", verb: "run", name: "Job", variables: names.map((name) => variable(name, { type: "raw" })) }); // prettier-ignore
    expect(fill("keep logs for 30d", of("loki_log_retention")).variables).toEqual({ loki_log_retention: "30d" });
    expect(fill("upgrade, hold back docker-ce", of("update_exclude")).variables).toEqual({ update_exclude: "docker-ce" });
    expect(fill("restore the database shop from 2024-05-02", of("db_name", "dump_date")).variables).toEqual({ db_name: "shop", dump_date: "2024-05-02" }); // prettier-ignore
    expect(fill("create a mailbox for eva@example.org", of("mailbox_address")).variables).toEqual({ mailbox_address: "eva@example.org" });
    expect(fillParameters({ intent: "drain", hosts: ["web1"] }, of("node_name")).variables).toEqual({ node_name: "web1" });
  });

  test("counts of one digit, units around a number, databases and accounts by their place, switches by their own words", () => {
    const of = (...names: string[]) => playbook({ id: "job", verb: "run", name: "Job", description: "Puts a release of Chrome, Firefox or Vivaldi on desktops.", variables: names.map((name) => variable(name, { type: "raw" })) }); // prettier-ignore
    expect(fill("scale the shop to 3 replicas", of("web_replicas")).variables).toEqual({ web_replicas: 3 });
    expect(fill("prune dumps older than 14 days", of("dump_older_than_days")).variables).toEqual({ dump_older_than_days: 14 });
    expect(fill("prune dumps older than 14 weeks", of("dump_older_than_days")).variables).toEqual({});
    expect(fill("dump the crm database", of("db_name")).variables).toEqual({ db_name: "crm" });
    expect(fill("dump the production database", of("db_name")).variables).toEqual({});
    expect(fill("lock account karl", of("account_name", "account_state")).variables).toEqual({ account_name: "karl", account_state: "disabled" });
    expect(fill("export /srv/films as movies, read only", of("share_name", "share_path", "share_read_only")).variables).toEqual({ share_name: "movies", share_path: "/srv/films", share_read_only: true }); // prettier-ignore
    expect(fill("set it up with the hostname halls", of("inn_hostname", "inn_halls", "inn_port")).variables).toEqual({ inn_hostname: "halls" });
    expect(fill("put firefox 140 on the desktops", of("browser_name")).variables).toEqual({ browser_name: "firefox" });
    expect(fill("archive the film but do not delete the source", of("archive_delete_source")).variables).toEqual({ archive_delete_source: false });
  }); // prettier-ignore

  test("what one object is called, which of its actions is meant, what is kept, a host that is a value", () => {
    const of = (name: string, description: string, ...names: string[]) => playbook({ id: "job", verb: "configure", name, description, variables: names.map((one) => variable(one, { type: "raw" })) }); // prettier-ignore
    const queue = of("Print queue", "Adds or removes one.", "printer_name", "printer_state");
    expect(fill("remove the queue basement", queue).variables).toEqual({ printer_name: "basement", printer_state: "absent" });
    expect(fill("remove the queue", queue).variables).toEqual({ printer_state: "absent" });
    const node = of("Node state", "Drains nodes or resumes them.", "node_action");
    expect(fill("please drain it", node).variables).toEqual({ node_action: "drain" });
    expect(fill("look at it", node).variables).toEqual({});
    const exam = of("Exam mode", "Switches desktops.", "exam_enabled");
    expect([fill("end exam mode", exam).variables, fill("start exam mode", exam).variables]).toEqual([{ exam_enabled: false }, { exam_enabled: true }]);
    expect(fill("purge old files but keep /srv/gold", of("Purge", "", "purge_exclude")).variables).toEqual({ purge_exclude: "/srv/gold" });
    expect(fill("reinstall them but keep people's data", of("Reinstall", "", "image_keep_data")).variables).toEqual({ image_keep_data: true });
    const replica = of("Directory", "", "ldap_replica_of");
    expect(fillParameters({ intent: "openldap as replica of web2", hosts: ["web1"] }, replica, { vocabulary, hosts: inventory.hosts }).variables).toEqual({ ldap_replica_of: "web2" });
  }); // prettier-ignore

  test("a user account for somebody is not called account", () => {
    const users = catalog.playbooks.find((entry) => entry.id === "manage-users")!;
    expect(fill("create a user account for mara", users).variables).toEqual({ user_name: "mara" });
    expect(fill("disable the account of tom", users).variables).toMatchObject({ user_name: "tom" });
  });

  test("the service of a general playbook, and a person with a state", () => {
    const find = (id: string) => catalog.playbooks.find((entry) => entry.id === id)!;
    expect(fill("back up gitea", find("backup-service"))).toMatchObject({ variables: { backup_service: "gitea" }, missing: [] });
    expect(fill("update nextcloud to 30.1", find("update-service")).variables).toEqual({
      update_service: "nextcloud",
      update_version: "30.1",
    });
    expect(fill("remove user karl", find("manage-users")).variables).toEqual({ user_name: "karl", user_state: "absent" });
    expect(fill("create a user bob with sudo", find("manage-users")).variables).toEqual({ user_name: "bob", user_sudo: true });
  });

  test("what is required and not stated is missing", () => {
    expect(fill("deploy gitea").missing.map((entry) => entry.name)).toEqual(["gitea_owner"]);
  });
});

describe("never more than data", () => {
  test.each([
    ["deploy gitea with title \"{{ lookup('pipe','id') }}\"", "gitea_title"],
    ['deploy gitea with title "x; reboot"', "gitea_title"],
    ['deploy gitea with title "$(id)"', "gitea_title"],
    ['deploy gitea with title "--force"', "gitea_title"],
    ['deploy gitea with title "!!python/object:os.system"', "gitea_title"],
    ["deploy gitea with data directory /srv/git/../../root/.ssh", "gitea_data_directory"],
    ["deploy gitea on port 99999", "gitea_port"],
    ["deploy gitea with theme=pink", "gitea_theme"],
    ["deploy gitea with admin password=hunter2", "gitea_admin_password"],
    ["deploy gitea ansible_connection=local", "ansible_connection"],
  ])("%s is refused with a reason", (intent, name) => {
    const filled = fill(intent);
    expect(filled.variables).not.toHaveProperty(name);
    expect(filled.refused.map((entry) => entry.name)).toContain(name);
  });
});
