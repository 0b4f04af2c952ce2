import type { Playbook } from "../../mapping/playbook.ts";
import { wordsOf } from "../../mapping/text.ts";
import { type SpokenVerb, spokenVerb } from "../../mapping/verb-words.ts";
import type { RequestedStep } from "../decomposition.ts";
import { type FillOptions, fillParameters } from "../values/fill-parameters.ts";

/**
 * "How full are the disks? Show it to me", "uninstall the wiki and delete its data": two clauses about one piece of work are one step.
 * Else the same playbook would run twice, the second time with nothing of its own. Only where it is certain which playbook both mean.
 */
export async function joinSameWork(
  steps: readonly RequestedStep[],
  playbookOf: (step: RequestedStep) => Promise<Playbook | undefined>,
  options: FillOptions,
): Promise<RequestedStep[]> {
  const joined: { readonly step: RequestedStep; readonly playbook: Playbook | undefined }[] = [];
  const numbers = new Map<number, number>();
  for (const step of steps) {
    const before = joined.at(-1);
    const playbook = steps.length > 1 ? await playbookOf(step) : undefined;
    if (before !== undefined && playbook !== undefined && before.playbook === playbook && isSameWork(before.step, step, playbook, options)) {
      const intent = `${before.step.intent}, ${step.intent}`;
      const hosts = before.step.hosts.length > 0 ? before.step.hosts : step.hosts;
      const one = { ...before.step, intent, hosts, parameters: { ...step.parameters, ...before.step.parameters } };
      // Of both clauses together another playbook may be the right one.
      if ((await playbookOf(one)) === playbook) joined.splice(-1, 1, { step: one, playbook });
      else joined.push({ step, playbook });
    } else joined.push({ step, playbook });
    numbers.set(step.order, joined.length);
  }
  if (joined.length === steps.length) return [...steps];
  const renumbered = (orders: readonly number[], own: number): number[] =>
    [...new Set(orders.map((order) => numbers.get(order) ?? order))].filter((order) => order < own);
  return joined.map(({ step }, at) => ({ ...step, order: at + 1, dependsOn: renumbered(step.dependsOn, at + 1) }));
} // prettier-ignore

function isSameWork(a: RequestedStep, b: RequestedStep, playbook: Playbook, options: FillOptions): boolean {
  if (a.unknownHosts.length + b.unknownHosts.length > 0 || a.proposed !== undefined || b.proposed !== undefined || once.test(b.intent)) return false;
  const [first, second] = [a, b].map((step) => spokenVerb(wordsOf(step.intent))?.verb);
  if (first !== second && !classes.some((verbs) => verbs.has(first) && verbs.has(second))) return false;
  const [here, there] = [new Set(a.hosts), new Set(b.hosts)];
  const isSamePlace = here.size === 0 || there.size === 0 || (here.size === there.size && [...here].every((host) => there.has(host)));
  const [these, those] = [a, b].map((step) => fillParameters(step, playbook, options).variables);
  return isSamePlace && these !== undefined && those !== undefined && (isPartOf(those, these) || isPartOf(these, those));
} // prettier-ignore

/** Done a second time on purpose. */
const once = /\b(?:again|once more|twice|another|second|nochmal\w*|noch ein\w*|erneut|otra vez|de nuevo|encore|(?:a|de) nouveau)\b/i;

/** Verbs that ask for the same when one playbook answers both. */
const classes: readonly ReadonlySet<SpokenVerb | undefined>[] = [
  new Set([undefined, "deploy", "configure", "add", "create", "run"]),
  new Set([undefined, "remove", "clean"]),
  new Set([undefined, "check", "show"]),
];

const isPartOf = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(a).every(([name, value]) => Object.hasOwn(b, name) && JSON.stringify(b[name]) === JSON.stringify(value));
