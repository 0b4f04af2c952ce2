import { nameKey } from "./text.ts";

// What people make of a service's name when they are in a hurry.

/** "bbb", "wp", "jhub": first letters of the parts, or of all but the last one. */
export function shortNamesOf(parts: readonly string[]): string[] {
  const last = parts.at(-1) ?? "";
  if (parts.length < 2 || parts.length > 4 || parts.some((part) => /\d/.test(part))) return [];
  const letters = parts.map((part) => part[0] ?? "");
  const found = [letters.join(""), `${letters.slice(0, -1).join("")}${last}`];
  return found.filter((short) => (short.length > 2 || !everydayPairs.has(short)) && !acronyms.has(short));
}

/** "bbb_hostname", "shib_entity_id": what a role's variables begin with, when it is made of the service's own letters. */
export function prefixOfVariables(service: string, variables: readonly string[]): string | undefined {
  const prefix = variables[0]?.split("_", 1)[0] ?? "";
  const key = nameKey(service);
  if (variables.length < 2 || prefix.length < 3 || prefix === key || acronyms.has(prefix)) return undefined;
  return variables.every((name) => name.startsWith(`${prefix}_`)) && isWithin(prefix, key) ? prefix : undefined;
}

/** "zbx" for Zabbix, "mrdb" for MariaDB: consonants of the name from its first letter to its last consonant. */
export function isSkeletonOf(short: string, key: string): boolean {
  if (!/^[bcdfghjklmnpqrstvwxz]{3,5}$/.test(short) || acronyms.has(short) || key.length > 12) return false;
  return isWithin(short, key) && key.replace(/[aeiouy]+$/, "").endsWith(short.at(-1) ?? "");
}

/** All letters in this order, beginning with the first. */
function isWithin(short: string, key: string): boolean {
  if (short[0] !== key[0]) return false;
  let at = 0;
  for (const letter of key) if (letter === short[at]) at += 1;
  return at === short.length;
}

const everydayPairs = new Set(
  "pc tv ip os vm id it ok uk us eu db ui mb gb tb kb ad ai ml bi ci cd go js ts py am pm as at by do if in is me my no of on or so to up we he de la le el un es se ma sa da er ob um an ab wo hi ps pi ssh ms mr dr st nd rd th vs".split(
    " ",
  ),
);

const acronyms = new Set(
  "dns tls ssl ssh nfs smb vpn rss ftp http https smtp imap mqtt pdf sql csv xml html css php ntp dhcp lxc kvm vnc rdp tcp udp cpu gpu ram ups api cms crm erp sso ldap oidc saml cli gui lan wan vlan wifi dvd www git svn pwd tmp etc msg txt url uri str hdd ssd nvr pls plz thx".split(
    " ",
  ),
);
