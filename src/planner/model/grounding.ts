import { expandHosts, type InventoryNames } from "../../mapping/inventory-names.ts";
import type { Playbook } from "../../mapping/playbook.ts";
import { wordsOf } from "../../mapping/text.ts";
import { complexityOf } from "../sentence/complexity.ts";
import type { Decomposer } from "../decomposer.ts";
import { stepLimit, type Decomposition, type RequestedStep } from "../decomposition.ts";
import { differentPlace } from "./grounded-hosts.ts";
import { groundedValues } from "./grounded-values.ts";
import type { ModelReading, ModelStep } from "./model-reply.ts";
import { isPlainOrder } from "../sentence/plain-order.ts";
import { isSaid, meaningful, placeOf } from "../sentence/said-words.ts";
import { hasPronoun, resolvePronoun } from "../sentence/pronouns.ts";

export interface GroundingInput {
  readonly text: string;
  readonly earlier: readonly string[];
  readonly reading: ModelReading;
  /** The same text as the rules read it: a second witness that no text can talk into anything. */
  readonly byRules: Decomposition;
  readonly rules: Decomposer;
  readonly playbooks: readonly Playbook[];
  readonly inventory: InventoryNames;
}

type Grounded =
  | { readonly kind: "step"; readonly step: RequestedStep; readonly rule: RequestedStep | undefined }
  | { readonly kind: "doubt"; readonly doubt: string };

/**
 * Takes of a model's reading only what the words of the request carry, and asks about the rest. What a step says, on which hosts and with which
 * verb is read out of the person's words by the rules; the model says which words belong together.
 */
export async function groundReading(input: GroundingInput): Promise<Decomposition> {
  const { text, reading, byRules } = input;
  // A question, a chat or a "no" stays one, whatever the model makes of it.
  if (byRules.steps.length === 0 && byRules.kind !== "out_of_scope") return byRules;
  if (reading.kind !== "work" || reading.steps.length === 0) {
    if (reading.kind !== "refusal_to_act" || byRules.steps.length === 0) return byRules;
    return {
      ...byRules,
      ambiguities: unique([...byRules.ambiguities, ...byRules.steps.map((step) => `"${step.name}": shall it be done, or not?`)]),
    };
  }
  const doubts: string[] = [];
  const taken: {
    readonly step: RequestedStep;
    readonly rule: RequestedStep | undefined;
    readonly model: ModelStep;
    readonly order: number;
  }[] = [];
  const claimed = new Set<string>();
  for (const [at, model] of reading.steps.entries()) {
    const grounded = await ground(model, input, claimed);
    if (grounded.kind === "doubt") doubts.push(grounded.doubt);
    else if (grounded.rule !== undefined && taken.some((one) => one.rule === grounded.rule))
      doubts.push(`"${grounded.step.name}": asked for once, or twice?`);
    else {
      const values = groundedValues(model, text, input.playbooks, input.inventory);
      doubts.push(...values.invented.map((name) => `${name}: which value?`));
      const proposed = model.playbook === null ? {} : { proposed: { playbook: model.playbook, values: values.values } };
      taken.push({ step: { ...grounded.step, ...proposed }, rule: grounded.rule, model, order: at + 1 });
    }
  }
  const forgotten = byRules.steps.filter((rule) => !taken.some((one) => one.rule === rule));
  doubts.push(...forgotten.filter((rule) => !isCovered(rule, taken)).map((rule) => rule.intent));
  doubts.push(...reading.unclear.filter((piece) => placeOf(wordsOf(text), piece) !== undefined && meaningful(piece).length > 0));
  doubts.push(...widerThan(taken, byRules, input.inventory));

  const ordered = inOrder(taken, byRules, doubts);
  if (ordered.length === 0) return { ...byRules, ambiguities: unique([...byRules.ambiguities, ...doubts]) };
  return {
    kind: "work",
    steps: ordered.slice(0, stepLimit),
    ambiguities: unique([...byRules.ambiguities, ...doubts]),
    outOfScope: byRules.outOfScope,
    previewOnly: byRules.previewOnly,
    complexity: complexityOf(text, ordered.length),
  };
}

async function ground(model: ModelStep, input: GroundingInput, claimed: Set<string>): Promise<Grounded> {
  const { text, byRules, inventory } = input;
  const words = wordsOf(text);
  const places = model.words.map((piece) => placeOf(words, piece));
  if (places.some((place) => place === undefined)) return { kind: "doubt", doubt: notInYourWords(model, input) };
  // In the order of the text: a model must not make "deploy plex" out of "plex: do not deploy".
  const starts = places.map((place) => place?.from ?? 0);
  const pieces = model.words.map((piece, at) => ({ piece, from: starts[at] ?? 0 })).toSorted((a, b) => a.from - b.from);
  const content = unique(pieces.flatMap(({ piece }) => meaningful(piece)));
  const rules = byRules.steps.filter((rule) => content.some((word) => own(rule, byRules).has(word)));
  const rule = rules[0];
  const said = [...content].toSorted().join(" ");
  if (claimed.has(said)) return { kind: "doubt", doubt: notInYourWords(model, input) };
  claimed.add(said);
  if (rules.length > 1) return { kind: "doubt", doubt: pieces.map(({ piece }) => piece).join(" … ") };
  if (rule !== undefined && readsTheSame(rule, content, text)) {
    // Both read the same: the rules' step stands, the model's place must be the same.
    const doubt = differentPlace(model, rule, inventory);
    return doubt === undefined ? { kind: "step", step: withName(rule, model, input), rule } : { kind: "doubt", doubt };
  }
  const whole = pieces.map(({ piece }) => piece).join(" ");
  if (!pieces.every(({ piece }) => isPlainOrder(text, piece))) return { kind: "doubt", doubt: whole };
  const read = (await input.rules.decompose(whole)).steps;
  const step = read[0];
  if (read.length !== 1 || step === undefined) return { kind: "doubt", doubt: whole };
  const doubt = differentPlace(model, step, inventory);
  return doubt === undefined ? { kind: "step", step: withName(step, model, input), rule } : { kind: "doubt", doubt };
}

/** "restart it": the name that the model says is meant, when the person said it, here or before. */
function withName(step: RequestedStep, model: ModelStep, { text, earlier }: GroundingInput): RequestedStep {
  const name = model.about?.trim() ?? "";
  if (name === "" || meaningful(name).length === 0 || meaningful(name).length > 4 || !hasPronoun(step.intent)) return step;
  if (!isSaid(text, name) && !earlier.some((one) => isSaid(one, name))) return step;
  const { text: intent, wasPronoun } = resolvePronoun(step.intent, [], name);
  if (!wasPronoun) return step;
  return { ...step, intent, name: intent.slice(0, 80) };
}

/** Never the model's own words: only a name of the catalog, or the person's words. */
function notInYourWords(model: ModelStep, { playbooks }: GroundingInput): string {
  const playbook = playbooks.find((one) => one.id === model.playbook);
  return playbook === undefined ? "a step that is not in your words" : `"${playbook.name}" is not in your words: shall it be done, too?`;
}

/** Words that only this step has: "deploy" and "on web1" may belong to several. */
function own(rule: RequestedStep, { steps }: Decomposition): ReadonlySet<string> {
  const others = new Set(steps.filter((other) => other !== rule).flatMap((other) => meaningful(other.intent)));
  return new Set(meaningful(rule.intent).filter((word) => !others.has(word)));
}

/** The words that the rules gave to this step, hosts included: those they cut out of its intent stand in the text. */
function wordsWithHosts(rule: RequestedStep, text: string): ReadonlySet<string> {
  const hosts = rule.hosts.map((host) => host.replace(/^!/, "").toLowerCase());
  const place = meaningful(text).filter((word) => hosts.some((host) => host === word || host.startsWith(word) || word.startsWith(host)));
  return new Set([...meaningful(rule.intent), ...place]);
}

/** The model's words are the rules' words but for filler, or all of them and more: then it is the rules' step, without what they left out. */
function readsTheSame(rule: RequestedStep, content: readonly string[], text: string): boolean {
  const said = new Set(wordsOf(text).map((word) => word.lower));
  const words = meaningful(rule.intent).filter((word) => said.has(word));
  const known = wordsWithHosts(rule, text);
  const shared = words.filter((word) => content.includes(word));
  return (
    shared.length > 0 && (shared.length === words.length || (shared.length * 2 >= words.length && content.every((word) => known.has(word))))
  );
}

const isCovered = (rule: RequestedStep, taken: readonly { readonly step: RequestedStep }[]): boolean => {
  const words = new Set(taken.flatMap(({ step }) => meaningful(step.intent)));
  return meaningful(rule.intent).every((word) => words.has(word));
};

/** A plan that reaches a host which the words do not reach. */
function widerThan(taken: readonly { readonly step: RequestedStep }[], byRules: Decomposition, inventory: InventoryNames): string[] {
  if (byRules.steps.length === 0 || byRules.steps.some((step) => step.hosts.length === 0)) return [];
  const known = new Set(byRules.steps.flatMap((step) => expandHosts(step.hosts, inventory)));
  return taken.flatMap(({ step }) => {
    const wide = step.hosts.length === 0 || expandHosts(step.hosts, inventory).some((host) => !known.has(host));
    return wide ? [`"${step.name}": on which hosts?`] : [];
  });
}

/** What the rules read too keeps the rules' order; where the model has another, it is asked. */
function inOrder(
  taken: readonly {
    readonly step: RequestedStep;
    readonly rule: RequestedStep | undefined;
    readonly model: ModelStep;
    readonly order: number;
  }[],
  byRules: Decomposition,
  doubts: string[],
): RequestedStep[] {
  const bothRead = taken.length > 0 && taken.every((one) => one.rule !== undefined);
  const byRule = bothRead ? taken.toSorted((a, b) => (a.rule?.order ?? 0) - (b.rule?.order ?? 0)) : taken;
  if (bothRead && byRule.some((one, at) => one !== taken[at]))
    doubts.push(`in which order: ${byRule.map((one) => `"${one.step.name}"`).join(", ")}?`);
  const places = new Map(byRule.map((one, at) => [bothRead ? (one.rule?.order ?? 0) : one.order, at + 1]));
  return byRule.map((one, at) => {
    const waits = bothRead ? (byRules.steps.find((rule) => rule === one.rule)?.dependsOn ?? []) : one.model.after;
    const dependsOn = waits.flatMap((order) => places.get(order) ?? []).filter((order) => order <= at);
    // A step that fails must not be followed by one that stands behind it in the sentence.
    return { ...one.step, order: at + 1, dependsOn: dependsOn.length > 0 || at === 0 ? unique(dependsOn) : [at] };
  });
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];
