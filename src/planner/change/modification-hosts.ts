import { wordsOf } from "../../mapping/text.ts";
import { leadingVerb, objectWords } from "../sentence/clauses.ts";
import type { ModificationContext, Reading } from "./modification-change.ts";
import { stepPrefix, stepsMeant } from "./modification-reference.ts";
import { articles, hostNouns, listWords, placeWords } from "../hosts/place-words.ts";
import { neverHosts } from "../hosts/unknown-host.ts";

const notThere =
  /^(?:(?:but\s+)?not?|without|except(?:\s+for)?|excluding|skip|leave\s+out|(?:please\s+)?(?:don'?t|do\s+not|never)\s+(?:(?:run|do|act|use|touch|go|deploy|install|change)\b\s*)?(?:it|this|that|anything)?|spare|ohne|nicht|ausser|sin|sans|sauf|excepto)\s+(?:touch(?:ing)?\s+)?(.+)$/is;
const alsoThere = /^(?:also|too|additionally|as\s+well|plus|auch|también|aussi)\s+(.+)$|^(.+?)\s+(?:too|also|as\s+well)$/is;
/** What may stand around a place without saying more. */
const around = new Set(
  "only just solely instead rather please it this that them everything all run do deploy put make use switch change move go let's lets let but and nur solo seulement stattdessen statt lieber be should must to now then the host hosts server servers machine machines limit limited restrict restricted".split(
    " ",
  ),
);

/** "only on web1", "not on nas", "on web2 instead", "everywhere but db", "step 2 on web1", "also on web2". */
export function readHostChange(text: string, context: ModificationContext): Reading {
  const { rest: said, steps: prefixed } = stepPrefix(text, context);
  if (prefixed?.length === 0) return { kind: "none" };
  const excluded = notThere.exec(said)?.[1];
  if (excluded !== undefined) {
    const place = readPlace(/^(?:on|at|from|to|in|auf|en|sur)\b/i.test(excluded) ? excluded : `on ${excluded}`, context);
    if (place === undefined || place.leftOver !== "" || place.unknown.length > 0 || place.hosts.some((name) => name.startsWith("!")))
      return { kind: "none" };
    return hostChange("not", prefixed ?? allOf(context), place, context);
  }
  const also = alsoThere.exec(said);
  const place = readPlace(also?.[1] ?? also?.[2] ?? said, context);
  if (place === undefined) return { kind: "none" };
  const local = place.unknown.find((name) => /^(?:localhost|127\.0\.0\.1|::1)$/i.test(name));
  if (local !== undefined)
    return {
      kind: "refused",
      message: `${local} is the machine that Chiffon runs on, not a host of the inventory`,
      help: "Name a host or group of the inventory.",
    };
  const meant = place.leftOver === "" ? (prefixed ?? allOf(context)) : prefixed === undefined ? stepsMeant(place.leftOver, context) : [];
  if (meant.length === 0) return { kind: "none" };
  return hostChange(also === null ? "only" : "also", meant, place, context);
}

/** `not` leaves a step alone that would not act there anyway, and is refused where no host would be left. */
export function hostChange(
  how: "only" | "not" | "also",
  steps: readonly number[],
  place: Pick<Place, "hosts" | "unknown">,
  context: ModificationContext,
): Reading {
  if (how === "not") {
    const members = new Set(place.hosts.flatMap((name) => context.inventory.groups[name] ?? [name]));
    const meant = context.steps.filter((step) => steps.includes(step.draft.order));
    // Where a step would not act anyway, saying so changes nothing that can be shown.
    const acting = meant.filter((step) => step.hosts.length === 0 || step.hosts.some((host) => members.has(host)));
    if (acting.length === 0) return { kind: "refused", message: `the plan does not act on ${place.hosts.join(", ")}`, help: null };
    const emptied = acting.find((step) => step.hosts.length > 0 && step.hosts.every((host) => members.has(host)));
    if (emptied !== undefined) {
      const { order, name } = emptied.draft;
      const help =
        context.steps.length === 1 ? 'Name another host, or say "cancel".' : `Name another host for it, or say "skip step ${order}".`;
      return { kind: "refused", message: `"${name}" would have no host left`, help };
    }
    return {
      kind: "changes",
      changes: [{ kind: "hosts", steps: acting.map((step) => step.draft.order), how, hosts: place.hosts, unknown: [] }],
    };
  }
  return { kind: "changes", changes: [{ kind: "hosts", steps, how, hosts: place.hosts, unknown: place.unknown }] };
}

interface Place {
  readonly hosts: readonly string[];
  readonly unknown: readonly string[];
  /** Words that may name a step. */
  readonly leftOver: string;
}

function readPlace(text: string, { reader, inventory }: ModificationContext): Place | undefined {
  const said = text
    .replace(/^(?:only|just|nur|solo)\s+(?=\S)/i, "")
    .replace(/\s+(?:only|instead|rather|this time|for now|stattdessen)$/i, "");
  const found = reader.read(said, { allowUnknown: true, fromIsValue: false });
  const bare = found.hosts.length + found.unknown.length > 0 ? found : bareName(said, inventory.hosts, Object.keys(inventory.groups));
  if (bare === undefined || bare.hosts.length + bare.unknown.length === 0) return undefined;
  const words = wordsOf(bare.rest);
  const kept = words.filter(
    ({ lower }) => !around.has(lower) && !articles.has(lower) && !placeWords.has(lower) && !hostNouns.has(lower) && !listWords.has(lower),
  );
  // "restart gitea on web2" is a sentence of its own, not a place; "run it on web2" is one.
  if (leadingVerb(bare.rest) !== undefined && objectWords(bare.rest).length > 0 && kept.length > 1) return undefined;
  return { hosts: bare.hosts, unknown: bare.unknown, leftOver: kept.map((word) => word.text).join(" ") };
}

/** "use web2", "on fridge": one word where only a place can stand. */
function bareName(
  text: string,
  hosts: readonly string[],
  groups: readonly string[],
): { hosts: string[]; unknown: string[]; rest: string } | undefined {
  const named =
    /^(?:(?:use|take|switch to|change to|move (?:it |that )?to|run it|do it|make it|put it)\s+)?(?:(on|at|to|onto|auf|en|sur)\s+)?(?:the\s+)?([\w.:-]+)$/i.exec(
      text.trim(),
    );
  const word = named?.[2];
  if (word === undefined) return undefined;
  const same = (name: string): boolean => name.toLowerCase() === word.toLowerCase();
  const known = hosts.find(same) ?? groups.find(same);
  if (known !== undefined) return { hosts: [known], unknown: [], rest: "" };
  return named?.[1] === undefined || !/^(?:on|onto|auf)$/i.test(named[1]) || neverHosts.has(word.toLowerCase()) || /^\d+$/.test(word)
    ? undefined
    : { hosts: [], unknown: [word], rest: "" };
}

const allOf = (context: ModificationContext): readonly number[] => context.steps.map((step) => step.draft.order);
