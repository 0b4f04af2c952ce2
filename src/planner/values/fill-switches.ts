import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { isTyped } from "./fitting-value.ts";
import type { Put } from "./put-value.ts";
import type { Token } from "./stated-values.ts";

/** "with volumes", "enable sign-ups", "without SSH": switches. */
export function fillSwitches(
  text: string,
  tokens: readonly Token[],
  candidates: readonly { readonly variable: PlaybookVariable; readonly keys: readonly (readonly string[])[] }[],
  used: ReadonlySet<number>,
  put: Put,
  given: Record<string, unknown>,
): void {
  for (const { variable, keys } of candidates) {
    if (
      /(?:key|name|port|path|directory|folder|url|version|token|users?|zone|domain|password|groups?|address|interval|value|type|tags?|server|timezone|level|schedule|limit|size|title|hosts?)$/.test(
        variable.name,
      )
    )
      continue;
    if (
      !Object.hasOwn(given, variable.name) &&
      variable.type === "bool" &&
      (keys.at(-1) ?? []).length === 1 &&
      /\bforce\b/i.test(text) &&
      keys.at(-1)?.[0] === "force"
    )
      put(variable, true, []);
    if (Object.hasOwn(given, variable.name) || !(variable.type === "bool" || (variable.type === "raw" && variable.default === undefined)))
      continue;
    const own = (keys.at(-1) ?? []).map(stem);
    for (const [at, token] of tokens.entries()) {
      const on = /^(?:with|including|include|incl|inclusive|enable|enabled|activate|allow|mit|con|avec|force|also)$/.test(token.lower);
      const off = /^(?:without|not|don't|dont|never|disable|disabled|no|ohne|sin|sans|excluding|forbid)$/.test(token.lower);
      if (!on && !off) continue;
      const next = tokens
        .slice(at + 1, at + 4)
        .filter((word) => !isStopWord(word.lower) || word.lower === "up")
        .map((word) => stem(word.lower.replaceAll("-", "")));
      const core = own.filter((part) => !["allow", "enabl", "enable", "enabled", "discover"].includes(part));
      if (core.length === 0 || !core.every((part) => next.includes(part)) || used.has(at + 1)) continue;
      // "with the hostname rooms" is no switch called rooms.
      if (variable.type === "raw" && on && next[0] !== core[0]) continue;
      const follows = tokens[at + 1 + core.length];
      if (variable.type === "raw" && follows !== undefined && (isTyped(follows.value) || follows.isQuoted)) continue;
      put(variable, on, []);
    }
  }
  fillSpokenSwitches(text, candidates, put);
  fillNamedSwitches(text, candidates, put);
  fillSpokenChoices(text, candidates, put, given);
  fillAdjectives(tokens, candidates, put, given);
}

/** "a full backup", "a durable queue", "compressed", "login required": how it shall be, which is what the switch is called. */
function fillAdjectives(tokens: readonly Token[], candidates: readonly { readonly variable: PlaybookVariable }[], put: Put, given: Record<string, unknown>): void {
  for (const { variable } of candidates) {
    const parts = nameParts(variable.name);
    const last = parts.at(-1) ?? "";
    if (Object.hasOwn(given, variable.name) || !/^(?:bool|raw)$/.test(variable.type) || variable.default !== undefined) continue;
    const isRequired = parts.at(-2) === "require" || parts.at(-2) === "requires";
    if (!adjectives.test(last) && !isRequired) continue;
    const at = tokens.findIndex((token, place) => !token.isQuoted && (isRequired ? stem(token.lower) === stem(last) && /^(?:required|mandatory|needed|necessary|compulsory)$/.test(tokens[place + 1]?.lower ?? "") : rootOf(token.lower) === rootOf(last)));
    const before = [tokens[at - 1]?.lower ?? "", tokens[at - 2]?.lower ?? ""];
    if (at >= 0) put(variable, !before.some((word) => /^(?:not|no|without|never|non|nicht|ohne|sin|sans)$/.test(word)), []);
  }
} // prettier-ignore

const adjectives =
  /^(?:full|compress|compressed|durable|persistent|recursive|encrypted|encrypt|permanent|temporary|exclusive|hidden|mandatory|verbose|incremental|readonly|writable|public|private|anonymous|urgent|duplex|clean)$/;
const rootOf = (word: string): string => stem(word).replace(/e?d$/, "");

/** "all existing portals", "security updates", "unused images": switches and kinds that are said by what they are about. */
function fillSpokenChoices(
  text: string,
  candidates: readonly { readonly variable: PlaybookVariable }[],
  put: Put,
  given: Record<string, unknown>,
): void {
  for (const { variable } of candidates) {
    if (Object.hasOwn(given, variable.name)) continue;
    const parts = nameParts(variable.name);
    const noun = stem(parts.at(-1) ?? "");
    const saysNoun = wordsOf(text).some((word) => stem(word.lower) === noun || stem(word.lower) === stem(otherNouns[noun] ?? noun));
    if (parts.includes("discover") && saysNoun && /\b(?:all|existing|every|each|already|alle|vorhanden\w*|existentes|todos|existants|tous)\b/i.test(text)) put(variable, true, []);
    const isSecurity = /\bsecurity (?:updates?|patch(?:es)?|fixes)\b|\bsicherheitsupdates?\b|\bactualizaciones de seguridad\b|\bmises a jour de s[eé]curit[eé]\b/i.test(text);
    if (isSecurity && /(?:^|_)(?:update|patch|upgrade)_(?:type|scope|kind|level)$/.test(variable.name)) put(variable, "security", []);
    if (isSecurity && /(?:security_only|only_security)$/.test(variable.name)) put(variable, true, []);
    const held = /\b(?:hold back|holding back|exclud\w+|skip(?:ping)?|leave out|leaving out|but not|but keep|except for|except|without|spare|sparing)\s+(?:the\s+)?(?:packages?\s+)?([a-z0-9/][a-z0-9./_+-]+)/i.exec(text)?.[1];
    if (held !== undefined && /(?:^|_)exclude(?:_packages)?$/.test(variable.name)) put(variable, held, []);
    const kept = /\b(?:keep|retain|store|retention(?: of)?|for)\b[^.;]{0,24}?\b(\d+\s?(?:d|days?|h|hours?|w|weeks?|months?))\b/i.exec(text)?.[1];
    if (kept !== undefined && /(?:^|_)retention(?:_days|_hours)?$/.test(variable.name)) put(variable, /_(?:days|hours)$/.test(variable.name) ? kept.replace(/\D+/g, "") : kept.replace(/\s/g, ""), []);
  }
} // prettier-ignore

/** "read only", "dry run": the switch's own words, said as they are. */
function fillNamedSwitches(
  text: string,
  candidates: readonly { readonly variable: PlaybookVariable; readonly keys: readonly (readonly string[])[] }[],
  put: Put,
): void {
  for (const { variable, keys } of candidates) {
    const own = keys.at(-1) ?? [];
    // "verify it", "force it"
    if (
      own.length === 1 &&
      /^(?:bool|raw)$/.test(variable.type) &&
      new RegExp(`\\b${own[0] ?? ""}\\s+(?:it|them|everything)\\s*(?:$|[,;.])`, "i").test(text)
    )
      put(variable, true, []);
    if (own.length < 2 || !/(?:only|run|mode|first|once)$/.test(variable.name) || !/^(?:bool|raw)$/.test(variable.type)) continue;
    const said = new RegExp(`(\\b(?:not|no|never|without)\\s+)?\\b${own.join("[ _-]?")}\\b(?!\\s*[=:])`, "i").exec(text);
    if (said !== null) put(variable, said[1] === undefined, []);
  }
}

const otherNouns: Record<string, string> = { portal: "portails" };

/** "one by one", "only in the LAN": switches that are said without their names. */
function fillSpokenSwitches(text: string, candidates: readonly { readonly variable: PlaybookVariable }[], put: Put): void {
  const external = candidates.find(({ variable }) => variable.name.endsWith("available_externally"))?.variable;
  const serial = candidates.find(({ variable }) => /(?:^|_)serial$/.test(variable.name))?.variable;
  const oneByOne = candidates.find(({ variable }) => /(?:^|_)(?:one_by_one|one_at_a_time|rolling|sequential(?:ly)?|serially)$/.test(variable.name) && /^(?:bool|raw)$/.test(variable.type))?.variable; // prettier-ignore
  if (oneByOne !== undefined && /\bone (?:by one|at a time|after (?:the other|another))\b|\bnacheinander\b|\bein(?:er|e|s) nach dem anderen\b|\buno por uno\b|\bl'un apr[eè]s l'autre\b/i.test(text)) put(oneByOne, true, []); // prettier-ignore
  if (
    serial !== undefined &&
    /\b(?:one|1) (?:by (?:one|1)|at a time|after (?:the other|another))\b|\bnacheinander\b|\buno por uno\b|\bl'un apr[eè]s l'autre\b/i.test(
      text,
    )
  )
    put(serial, 1, []);
  if (
    external !== undefined &&
    /\b(?:don't|do not|not|never|without)\b[^.]{0,20}\b(?:expos\w+|reachable|available|externally|outside|internet|public\w*)\b|\b(?:only internal\w*|internal only|lan only|only in the lan)\b/i.test(
      text,
    )
  )
    put(external, false, []);
  else if (
    external !== undefined &&
    /\bexpose\b[^.]{0,25}\b(?:outside|internet|public|world|externally)\b|\b(?:externally|from (?:the )?outside|from the internet|publicly|public internet|to the internet)\b/i.test(
      text,
    ) &&
    !/\bnot\b[^.]{0,20}\b(?:externally|outside|internet|publicly)\b/i.test(text)
  )
    put(external, true, []);
}
