import { wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import { leadingVerb } from "../sentence/clauses.ts";
import type { Decomposition, RequestedStep } from "../decomposition.ts";
import { verbWords } from "../sentence/draft.ts";
import type { ModificationContext, PlannedStep, Reading } from "./modification-change.ts";
import { stepsMeant } from "./modification-reference.ts";
import { resolvePronoun } from "../sentence/pronouns.ts";

const leadingFirst =
  /^(?:first(?: of all)?|before (?:that|this)|beforehand|to begin with|but first|zuerst|vorher|primero|antes|d'abord|avant)\b[\s,:]+/iu;
const leadingMore =
  /^(?:also|too|then|plus|afterwards|after (?:that|this)|additionally|in addition|besides|finally|lastly|next|when done|once done|danach|dann|ausserdem|außerdem|auch|luego|después|despues|también|tambien|ensuite|puis|aussi)\b[\s,:]+/iu;
const trailingFirst = /[\s,]+(?:first|beforehand|before (?:that|this)|zuerst|vorher|primero|d'abord)$/iu;
const trailingMore = /[\s,]+(?:too|as well|also|afterwards|after (?:that|this)|at the end|last|in addition|danach|auch|también|aussi)$/iu;

/** "also restart nginx", "and then back up gitea", "first back it up": more steps, at the beginning or at the end. */
export async function readAddition(text: string, context: ModificationContext): Promise<Reading> {
  let said = text;
  let place: "first" | "last" = "last";
  let isAddition = false;
  for (;;) {
    const before = said;
    if (leadingFirst.test(said) || trailingFirst.test(said)) place = "first";
    said = said.replace(leadingFirst, "").replace(leadingMore, "").replace(trailingFirst, "").replace(trailingMore, "").trim();
    if (said === before) break;
    isAddition = true;
  }
  const added = addedThing(said);
  if (added !== undefined) [said, isAddition] = [added, true];
  if (!isAddition || said === "") return { kind: "none" };
  const steps = await requested(said, context);
  return steps === undefined ? { kind: "none" } : { kind: "changes", changes: [{ kind: "add", steps, place }] };
}

/** "add a backup of gitea", "add a step that restarts nginx"; "add portals to the config" is a wish of its own. */
function addedThing(said: string): string | undefined {
  const step = /^(?:add|insert|append)\s+(?:a|another|one more)\s+(?:new\s+)?step\s+(?:that|which|to)\s+(.+)$/is.exec(said)?.[1];
  if (step !== undefined) return step;
  const thing = /^(?:add|insert|append)\s+(?:a|an|another|the)\s+(.+)$/is.exec(said)?.[1];
  const verb = thing === undefined ? undefined : verbAt(wordsOf(thing), 0);
  return verb === undefined || verb.verb === "other" ? undefined : thing;
}

/** "deploy plex instead", "plex instead of gitea", "replace step 2 with a restart of nginx": other work in the place of the plan's. */
export async function readExchange(text: string, context: ModificationContext): Promise<Reading> {
  const pair = exchanged(text);
  if (pair !== undefined) {
    const places = [place(pair.wanted, context), place(pair.replaced, context)] as const;
    if (places[0] !== undefined && places[1] !== undefined) return exchangedPlace(places[0], places[1], context);
    const replaced = stepsMeant(pair.replaced, context);
    const [order] = replaced;
    const step = context.steps.find((one) => one.draft.order === order);
    if (replaced.length > 1)
      return { kind: "refused", message: `"${pair.replaced}" could be step ${replaced.join(" or ")}`, help: "Say the number of the step." };
    if (step === undefined) return { kind: "none" };
    const steps = await requested(withVerbOf(step, pair.wanted), context);
    return steps === undefined ? { kind: "none" } : { kind: "changes", changes: [{ kind: "exchange", steps, replaced }] };
  }
  const whole =
    /^(?:rather\s+)?(.+?)[\s,]+(?:instead|rather|stattdessen|en su lugar|a la place)$/is.exec(text)?.[1] ??
    /^(?:instead|rather)[\s,:]+(.+)$/is.exec(text)?.[1];
  if (whole === undefined || place(whole, context) !== undefined || /^(?:on|at|to|in|onto|auf|en|sur)\s/i.test(whole))
    return { kind: "none" };
  const [only] = context.steps;
  const said = leadingVerb(whole) === undefined && context.steps.length === 1 && only !== undefined ? withVerbOf(only, whole) : whole;
  if (leadingVerb(said) === undefined) return { kind: "none" };
  const steps = await requested(said, context);
  if (steps === undefined) return { kind: "none" };
  return { kind: "changes", changes: [{ kind: "exchange", steps, replaced: "all" }] };
}

function exchanged(text: string): { readonly wanted: string; readonly replaced: string } | undefined {
  const after = /^(.+?)\s+(?:instead of|rather than|statt|anstatt|en lugar de|au lieu de)\s+(.+)$/is.exec(text);
  if (after?.[1] !== undefined && after[2] !== undefined) return { wanted: after[1], replaced: after[2] };
  const before = /^(?:instead of|rather than|statt|anstatt)\s+(.+?)\s*,\s*(.+)$/is.exec(text);
  if (before?.[1] !== undefined && before[2] !== undefined) return { wanted: before[2], replaced: before[1] };
  const swap = /^(?:replace|swap|exchange|ersetze)\s+(.+?)\s+(?:with|by|for|durch)\s+(.+)$/is.exec(text);
  if (swap?.[1] !== undefined && swap[2] !== undefined) return { wanted: swap[2], replaced: swap[1] };
  const not = /^not\s+(.+?)[\s,]+but\s+(.+)$/is.exec(text);
  return not?.[1] !== undefined && not[2] !== undefined ? { wanted: not[2], replaced: not[1] } : undefined;
}

/** The hosts that some words name and nothing else. */
function place(text: string, { reader }: ModificationContext): readonly string[] | undefined {
  const said = text.replace(/^(?:only|just|use|run it|do it)\s+/i, "");
  const found = reader.read(/^(?:on|at|to)\b/i.test(said) ? said : `on ${said}`, { allowUnknown: false, fromIsValue: false });
  return found.isOnlyHosts && found.hosts.every((name) => !name.startsWith("!")) ? found.hosts : undefined;
}

/** "web2 instead of web1": in the steps that would act there. */
function exchangedPlace(wanted: readonly string[], replaced: readonly string[], context: ModificationContext): Reading {
  const members = (names: readonly string[]): readonly string[] => names.flatMap((name) => context.inventory.groups[name] ?? [name]);
  const gone = new Set(members(replaced));
  const changes = context.steps.flatMap((step) => {
    const acts = step.hosts.length > 0 ? step.hosts : members(step.draft.requestedHosts);
    if (!acts.some((host) => gone.has(host))) return [];
    const kept = acts.filter((host) => !gone.has(host));
    return [{ kind: "hosts" as const, steps: [step.draft.order], how: "only" as const, hosts: [...kept, ...wanted], unknown: [] }];
  });
  return changes.length === 0
    ? { kind: "refused", message: `the plan does not act on ${replaced.join(", ")}`, help: null }
    : { kind: "changes", changes };
}

const withVerbOf = (step: PlannedStep, text: string): string => {
  const verb = leadingVerb(text) === undefined ? verbWords(step.draft.intent) : "";
  return verb === "" ? text : `${verb} ${text.replace(/^(?:the|a|an)\s+/i, "")}`;
};

/** Undefined: not work, or not all of it was understood. */
async function requested(text: string, context: ModificationContext): Promise<readonly RequestedStep[] | undefined> {
  const service = context.steps
    .map(({ draft, playbook }) => context.vocabulary.servicesIn(wordsOf(draft.intent)).at(-1)?.name ?? playbook?.service ?? undefined)
    .findLast((name) => name !== undefined);
  const read: Decomposition = await context.decomposer.decompose(resolvePronoun(text, [], service).text);
  const isWork = read.kind === "work" && read.ambiguities.length === 0 && read.outOfScope.length === 0;
  return isWork && read.steps.every((step) => step.verb !== null) ? read.steps : undefined;
}
