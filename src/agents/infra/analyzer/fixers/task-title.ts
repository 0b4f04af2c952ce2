import { isMapping } from "../../playbook-values.ts";

type Words = (argument: (name: string) => string | undefined) => string | undefined;

const packages: Words = (is) => titled(is("state") === "absent" ? "Remove" : "Install", is("name") ?? is("pkg"));
const services: Words = (is) =>
  titled({ started: "Start", stopped: "Stop", restarted: "Restart", reloaded: "Reload" }[is("state") ?? ""] ?? "Set up", is("name"));
const files: Words = (is) =>
  titled(
    { directory: "Create", absent: "Remove", link: "Link", touch: "Touch", hard: "Link" }[is("state") ?? ""] ?? "Set the rights of",
    is("path") ?? is("dest") ?? is("name"),
  );
const to =
  (verb: string, ...names: readonly string[]): Words =>
  (is) =>
    titled(
      verb,
      names.map(is).find((value) => value !== undefined),
    );

const titles: Readonly<Record<string, Words>> = {
  apt: packages, dnf: packages, yum: packages, package: packages, pip: packages, apk: packages,
  service: services, systemd: services, systemd_service: services,
  file: files,
  copy: to("Write", "dest"),
  template: to("Write", "dest"),
  get_url: to("Download", "url"),
  git: to("Check out", "repo"),
  unarchive: to("Unpack", "src"),
  user: to("Set up user", "name"),
  group: to("Set up group", "name"),
  cron: to("Set up cron job", "name"),
  stat: to("Look at", "path"),
  slurp: to("Read", "src", "path"),
  uri: to("Call", "url"),
  hostname: to("Set the host name to", "name"),
  debug: (is) => (is("var") === undefined ? "Show a message" : titled("Show", is("var"))),
  ping: () => "Ping the host",
  setup: () => "Gather facts",
  reboot: () => "Reboot the host",
  set_fact: () => "Set facts",
  include_tasks: to("Include", "file", "_text"),
  import_tasks: to("Import", "file", "_text"),
  include_role: to("Include role", "name"),
  import_role: to("Import role", "name"),
}; // prettier-ignore

/** What a task is for, as far as its module and arguments say; null where they do not. */
export function nameFor(module: string, value: unknown): string | null {
  const words = titles[module.replace(/^ansible\.(?:builtin|legacy)\./, "")];
  const given = isMapping(value) ? value : { ...freeForm(value), _text: value };
  const title = words?.((name) => (typeof given[name] === "string" ? given[name] : undefined));
  return title === undefined || title.length > 100 || /[\n{}]/.test(title) ? null : title;
}

/** `name=nginx state=present` */
function freeForm(value: unknown): Record<string, string> {
  return typeof value === "string"
    ? Object.fromEntries([...value.matchAll(/(\w+)=([^\s'"{}]+)/g)].map((match) => [match[1], match[2]]))
    : {};
}

function titled(verb: string, what: string | undefined): string | undefined {
  return what === undefined || what.trim() === "" ? undefined : `${verb} ${what}`;
}
