import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import type { Token } from "./stated-values.ts";

const synonyms: Record<string, readonly string[]> = {
  directory: ["folder", "path", "dir", "location", "verzeichnis", "ordner", "directorio", "carpeta", "dossier", "repertoire"], folder: ["directory", "path", "dir", "ordner", "carpeta", "dossier"], path: ["folder", "directory"], dir: ["directory", "folder", "path"],
  hostname: ["domain", "subdomain", "host", "fqdn", "hostname", "url", "host-name"], schedule: ["cron"], tag: ["label"], domain: ["hostname", "zone", "domains"], version: ["release", "tag"], username: ["user", "login"], user: ["username", "account", "login", "benutzer", "usuario", "utilisateur"],
  color: ["colour", "farbe", "couleur"], colour: ["color"], timezone: ["tz"], title: ["titel", "titulo", "titre"], port: ["puerto", "ports", "poort", "porto"], email: ["mail", "e-mail"], address: ["ip", "adresse"], password: ["passwort", "contrasena"], name: ["named", "called"], data: ["storage"], root: ["folder"],
  interval: ["every"], days: ["day"], subnet: ["network", "range"], workers: ["worker"], max: ["maximum", "maximal", "most"], min: ["minimum", "minimal"], memory: ["ram"], source: ["from"], threshold: ["above", "over"], snapshot: ["version"], reason: ["because"],
}; // prettier-ignore

/** Ways to say a variable: its whole name, and its name without the service's words. */
export function keysOf(variable: PlaybookVariable, playbook: Playbook): string[][] {
  const parts = nameParts(variable.name);
  const own = ownPartsOf(variable, playbook);
  const keys = [[variable.name.toLowerCase()], parts, own];
  if (own.length > 2) keys.push(own.slice(1));
  // "valve 7", "card 4007712": a number is said behind the noun itself.
  const numbered = /^(?:number|no|nr|num|id|code)$/.test(parts.at(-1) ?? "") ? parts.slice(0, -1) : [];
  if (numbered.length > 0) keys.push(numbered, numbered.slice(-1));
  // "fine 20 per day": what it is for is no part of what it is called.
  const per = own.indexOf("per");
  if (per > 0) keys.push(own.slice(0, per));
  const short = withoutTitle(parts, playbook);
  if (short.length < own.length && isOnly(short, variable, playbook)) keys.push(short);
  const last = parts.slice(-1);
  if (own.length > 1 && shortNames.test(last[0] ?? "") && isOnly(last, variable, playbook)) keys.push(last);
  // "port" alone means the first port of a service that has several.
  if (isMainPort(variable, playbook)) keys.push(["port"]);
  if (own.length > 1 && ["image", "container", "app", "web", "http"].includes(own[0] ?? "")) keys.push(own.slice(1));
  return [...new Map(keys.filter((key) => key.length > 0).map((key) => [key.join(" "), key])).values()];
}

/** A variable's name without the words of the service and of the playbook that it begins with. */
export function ownPartsOf(variable: PlaybookVariable, playbook: Playbook): string[] {
  const parts = nameParts(variable.name);
  const prefix = [nameParts(playbook.service ?? ""), nameParts(playbook.id.split("/").at(-1) ?? ""), nameParts(playbook.name)].map(
    (words) => commonStart(parts, words),
  );
  const shortest = parts.slice(Math.max(...prefix, commonPrefix(playbook)));
  return shortest.length === 0 ? parts.slice(-1) : shortest;
}

/** Words that say enough without what stands before them in the variable's name. */
const shortNames =
  /^(?:key|size|level|quota|heap|memory|workers|threads|replicas|connections|timeout|retention|schedule|cron|owner|members|users|groups|group|tags|label|labels|branch|theme|plugins|packages|address|location|duration|percentage|width|height|dpi|language|locale|currency|release|channel|provider|strategy|prefix|message|comment|threshold|rate|limit|base|realm|subnet|engine|file|license|licence|region|endpoint|password)$/;

/** `backup_job` of "Run backup": the words of the playbook's own title go without saying. */
function withoutTitle(parts: readonly string[], playbook: Playbook): string[] {
  const title = new Set(
    [
      ...nameParts(playbook.id.split("/").at(-1) ?? ""),
      ...nameParts(playbook.service ?? ""),
      ...wordsOf(playbook.name).map((word) => word.lower),
    ].map(stem),
  );
  const from = parts.findIndex((part) => !title.has(stem(part)));
  return from < 0 ? parts.slice(-1) : parts.slice(from);
}

const isOnly = (key: readonly string[], variable: PlaybookVariable, playbook: Playbook): boolean =>
  !playbook.variables.some((other) => {
    const parts = nameParts(other.name);
    return other !== variable && key.every((part, at) => parts[parts.length - key.length + at] === part);
  });

function isMainPort(variable: PlaybookVariable, playbook: Playbook): boolean {
  const ports = playbook.variables.filter((other) => nameParts(other.name).includes("port"));
  if (
    ports.some(
      (other) => nameParts(other.name).at(-1) === "port" && nameParts(other.name).length <= nameParts(playbook.service ?? "").length + 1,
    )
  )
    return false;
  const web = ports.find((other) => /port_(?:http|web)$|(?:http|web|webui)_port$/.test(other.name)) ?? ports[0];
  return web === variable;
}

function commonPrefix(playbook: Playbook): number {
  const all = playbook.variables.map((variable) => nameParts(variable.name));
  if (all.length < 2) return 0;
  let length = 0;
  const first = all[0] ?? [];
  while (length < first.length - 1 && all.every((parts) => parts.length > length + 1 && parts[length] === first[length])) length += 1;
  return length;
}

const commonStart = (parts: readonly string[], words: readonly string[]): number => {
  let count = 0;
  while (count < words.length && count < parts.length - 1 && parts[count] === words[count]) count += 1;
  return count === words.length ? count : 0;
};

export function placesOf(tokens: readonly Token[], key: readonly string[]): { from: number; to: number }[] {
  const places: { from: number; to: number }[] = [];
  // "max_connections" written in one word.
  const whole = key.join("_");
  if (key.length > 1)
    for (const [from, token] of tokens.entries())
      if (!token.isQuoted && token.lower.replace(/^-+/, "").replaceAll("-", "_") === whole) places.push({ from, to: from + 1 });
  for (let from = 0; from + key.length <= tokens.length; from += 1) {
    if (key.every((part, offset) => sameWord(tokens[from + offset], part, key.length))) places.push({ from, to: from + key.length });
  }
  return places;
}

function sameWord(token: Token | undefined, part: string, length: number): boolean {
  if (token === undefined || token.isQuoted) return false;
  const word = token.lower.replace(/^-+/, "");
  if (word === part || stem(word) === stem(part)) return true;
  const folded = wordsOf(word)[0]?.lower ?? word;
  return (
    folded === part ||
    ((synonyms[part] ?? []).includes(folded) &&
      (length > 1 || !["user", "name", "interval", "threshold", "snapshot", "reason", "root"].includes(part) || part === "user"))
  );
}
