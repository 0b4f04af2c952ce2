import { wordsOf } from "../../mapping/text.ts";
import { leadingVerb, objectWords } from "./clauses.ts";
import type { Draft } from "./draft.ts";
import { isDomain, isPath, tokensOf } from "../values/stated-values.ts";

export const hasPronoun = (text: string): boolean =>
  /\b(?:it|them|these|those|both|this one|that one|everything|ihn|sie|es|lo)\b/i.test(text);

interface Resolved {
  readonly text: string;
  readonly wasPronoun: boolean;
  /** Of the machine that it stood for. */
  readonly hosts?: readonly string[];
}

export function resolvePronoun(text: string, drafts: readonly Draft[], named: string | undefined): Resolved {
  const place = hostPronoun(text, drafts);
  if (place !== undefined) return { ...place, wasPronoun: true };
  const value = valuePronoun(text, drafts.at(-1));
  if (value !== undefined) return { text: value, wasPronoun: true };
  const service = drafts.at(-1)?.services.at(-1) ?? named;
  if (service !== undefined && /\bdavon\b/i.test(text)) return { text: text.replace(/\bdavon\b/i, `von ${service}`), wasPronoun: true };
  if (service !== undefined) {
    // "back it up" becomes "back up gitea": the verb must stay in one piece.
    const apart =
      /\b(back|set|spin|bring|take|shut|turn|roll|tear|fire|stand|clean|tidy|start)\s+(?:it|them)\s+(up|down|back|off|on|out|again)\b/i.exec(
        text,
      );
    if (apart !== null) return { text: text.replace(apart[0], `${apart[1] ?? ""} ${apart[2] ?? ""} ${service}`), wasPronoun: true };
  }
  const words = wordsOf(text);
  const hit = leadingVerb(text);
  const at =
    hit === undefined
      ? -1
      : words.findIndex(
          (word, index) =>
            index >= hit.from &&
            /^(?:it|them|ihn|es|sie|lo|this|that|its)$/.test(word.lower) &&
            isObjectPlace(
              words.map((one) => one.lower),
              index,
            ),
        );
  if (service === undefined || at < 0) return { text, wasPronoun: false };
  const word = words[at];
  if (word === undefined) return { text, wasPronoun: false };
  if (/^(?:\w+\s+){0,2}(?:add|append|monitor|watch|register|include)\b/i.test(text) && /\bto\b/i.test(text))
    return { text, wasPronoun: false };
  return { text: `${text.slice(0, word.start)}${service}${word.lower === "its" ? "'s" : ""}${text.slice(word.end)}`, wasPronoun: true };
}

/** "certificate for it", "open that port", "a share of it": a name, a port or a folder that the step before stated. */
function valuePronoun(text: string, last: Draft | undefined): string | undefined {
  if (last === undefined) return undefined;
  const tokens = tokensOf(last.text).map((token) => token.value);
  const own = tokensOf(text).map((token) => token.value);
  const domain = tokens.find((value) => isDomain(value));
  const path = tokens.find((value) => isPath(value));
  const port = /\b(?:ports?|open|close|block|allow)\s+(\d{1,5}(?:\/(?:tcp|udp))?)\b/i.exec(last.text)?.[1];
  if (port !== undefined && /\b(?:that|this|the same) port\b/i.test(text)) return text.replace(/\b(?:that|this|the same) port\b/i, `port ${port}`);
  if (port !== undefined && /^(?:\p{L}+\s+)?(?:open|close|block|allow|unblock)\s+it\b/iu.test(text)) return text.replace(/\bit\b/i, `port ${port}`);
  if (domain !== undefined && /\bfor (?:it|that)\b/i.test(text) && !own.some((value) => isDomain(value))) return text.replace(/\bfor (?:it|that)\b/i, `for ${domain}`);
  if (path !== undefined && /\bof (?:it|that)\b/i.test(text) && !own.some((value) => isPath(value))) return text.replace(/\bof (?:it|that)\b/i, `of ${path}`);
  return undefined;
} // prettier-ignore

/** Nothing but what is done to the machine is said. */
const isWholeMachine = (text: string): boolean => objectWords(text).length === 0;

const isObjectPlace = (words: readonly string[], at: number): boolean => words[at] !== "that" || at === words.length - 1;

/** "put the driver on it and reboot it": what stands for the machines that were named last. */
function hostPronoun(text: string, drafts: readonly Draft[]): { readonly text: string; readonly hosts: readonly string[] } | undefined {
  const last = drafts.at(-1);
  const placed = drafts.findLast((draft) => draft.hosts.length > 0);
  if (last === undefined || placed === undefined) return undefined;
  const isNear = placed.sentence === last.sentence || last.isItem;
  const verb = leadingVerb(text)?.verb;
  // After "reboot gpu1" and nothing else, "it" is the machine.
  const isMachine = verb === "reboot" || (last.services.length === 0 && isWholeMachine(last.text) && verb !== undefined);
  if (isNear && isMachine) {
    const rest = text.replace(/\s+(?:it|them|this|that|both)\b/i, "");
    return rest === text ? undefined : { text: rest, hosts: placed.hosts };
  }
  const rest = text.replace(
    /\s+(?:on|onto|to)\s+(?:it|them|both|the same (?:machines?|hosts?|servers?|box|boxes|nodes?|one|place|vms?)|that (?:machine|host|server|box|node|one))\b(?!\s+\p{L}+ing)/iu,
    "",
  );
  return rest === text || /^(?:\w+\s+){0,2}(?:add|append|register|connect|move|copy)\b/i.test(text)
    ? undefined
    : { text: rest, hosts: placed.hosts };
}
