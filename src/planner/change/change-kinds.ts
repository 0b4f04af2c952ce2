import { expandHosts } from "../../mapping/inventory-names.ts";
import type { Playbook } from "../../mapping/playbook.ts";
import { fold, wordsOf } from "../../mapping/text.ts";
import type { Grounds } from "./change-grounds.ts";
import type { ModelChange } from "./change-reply.ts";
import { carriesValue, partsNamed } from "../model/grounded-values.ts";
import type { ModificationContext, Reading } from "./modification-change.ts";
import { hostChange } from "./modification-hosts.ts";
import { createPut } from "../values/put-value.ts";
import { denials, isComplaint, omissions } from "./reply-words.ts";
import { isSaid } from "../sentence/said-words.ts";
import { stepsNamed } from "./steps-in-reply.ts";

type Of<Kind extends ModelChange["do"]> = Extract<ModelChange, { readonly do: Kind }>;

/** A change as the person's words carry it, or which field of it they do not carry. */
export type Carried = Reading | { readonly kind: "uncarried"; readonly field: string };

const also = /\b(?:also|too|as well|additionally|besides|both|auch|zusatzlich|tambien|aussi)\b/u;
const toTheFront = /\b(?:first|ahead|beginning|begin|start|front|top|earliest|zuerst|primero|d'abord)\b/u;
const toTheEnd = /\b(?:last|end|finally|latest|bottom|zuletzt|zum schluss)\b/u;
const between =
  /^(.+?)\b(before|prior to|ahead of|earlier than|after|following|later than|behind|vor|nach|antes de|despues de|avant|apres)\b(.+)$/u;
const early = /\b(?:before|beforehand|first|prior|zuerst|vorher|primero|antes|avant|d'abord|beginning|start)\b/u;
const exchanging =
  /\b(?:instead|rather|replace\w*|swap\w*|exchange\w*|substitute\w*|statt\w*|anstatt|ersetze\w*|lugar|vez|place|lieu|plutot)\b/u;

export function hostsCarried(model: Of<"only_on" | "also_on" | "not_on">, ground: Grounds, context: ModificationContext): Carried {
  const how = model.do === "only_on" ? "only" : model.do === "also_on" ? "also" : "not";
  const isSaidSo = how === "not" ? isDenied(ground, (phrase) => hostsSaid(phrase, context).length > 0) : isWanted(ground);
  if (!isSaidSo || (how !== "not" && also.test(ground.around) !== (how === "also"))) return uncarried("do");
  const said = hostsSaid(ground.phrase, context);
  if (how !== "not" && said.some((name) => isFormer(ground.around, name))) return uncarried("hosts");
  const wanted = expandHosts(model.hosts, context.inventory);
  const read = expandHosts(said, context.inventory);
  if (said.length === 0 || wanted.length !== read.length || !wanted.every((host) => read.includes(host))) return uncarried("hosts");
  const all = context.steps.map((step) => step.draft.order);
  const named = stepsNamed(ground.phrase, context.steps, new Set(said.map((name) => fold(name))));
  const steps = model.steps.length === 0 || sameSteps(model.steps, all) ? all : model.steps;
  if (!sameSteps(steps, named.length === 0 ? all : named)) return uncarried("steps");
  return hostChange(how, steps, { hosts: model.hosts, unknown: [] }, context);
}

export function valueCarried(model: Of<"set">, ground: Grounds, context: ModificationContext): Carried {
  if (!isWanted(ground)) return uncarried("do");
  const having = context.steps.filter((step) => step.playbook?.variables.some((variable) => variable.name === model.variable));
  const named = stepsNamed(ground.phrase.replace(model.value, " "), having);
  const meant = having.filter((step) => (named.length === 0 || named.includes(step.draft.order)) && [null, step.draft.order].includes(model.step));
  const [step] = meant;
  const variable = step?.playbook?.variables.find((one) => one.name === model.variable);
  if (step === undefined || variable === undefined || meant.length > 1 || (named.length === 0 && having.length > 1)) return uncarried("step");
  if (isFormer(ground.around, model.value) || !carriesValue(ground.phrase, model.value, variable, step.playbook, context.inventory))
    return uncarried("value");
  // A number fits many variables: where the words name another one, it is that one's.
  const called = (name: string): number => partsNamed(name, ground.phrase);
  if (step.playbook?.variables.some((other) => called(other.name) > called(variable.name)) === true) return uncarried("variable");
  const variables: Record<string, unknown> = {};
  const refused: { name: string; reason: string }[] = [];
  createPut(variables, refused, new Set())(variable, model.value, []);
  if (refused[0] !== undefined) return { kind: "refused", message: `${variable.name}: ${refused[0].reason}`, help: null };
  const value = variables[variable.name];
  if (value === step.draft.variables[variable.name]) return { kind: "refused", message: `${variable.name} is ${String(value)} already`, help: null };
  return { kind: "changes", changes: [{ kind: "value", step: step.draft.order, variable: variable.name, value }] };
} // prettier-ignore

export function omissionCarried(model: Of<"leave_out">, ground: Grounds, context: ModificationContext): Carried {
  if (!isDenied(ground, (phrase) => stepsNamed(phrase, context.steps).length > 0)) return uncarried("do");
  // "skip the backup on web1" leaves out less than the backup.
  if (hostsSaid(ground.phrase, context).length > 0) return uncarried("hosts");
  if (!sameSteps(model.steps, stepsNamed(ground.phrase, context.steps))) return uncarried("steps");
  return { kind: "changes", changes: [{ kind: "without", steps: [...new Set(model.steps)] }] };
}

export function orderCarried(model: Of<"order">, ground: Grounds, context: ModificationContext): Carried {
  if (!isWanted(ground)) return uncarried("do");
  const before = context.steps.map((step) => step.draft.order);
  const named = stepsNamed(ground.phrase, context.steps);
  const others = (orders: readonly number[]): string => orders.filter((order) => !named.includes(order)).join();
  // Who is not named stays where it was, between the others that are not named.
  if (!sameSteps(model.steps, before) || others(model.steps) !== others(before)) return uncarried("steps");
  if (!isOrderSaid(ground.around, named, model.steps, context)) return uncarried("steps");
  if (model.steps.join() === before.join()) return { kind: "refused", message: "the steps are in that order already", help: null };
  return { kind: "changes", changes: [{ kind: "order", steps: model.steps }] };
}

export async function newStepCarried(
  model: Of<"add" | "instead">,
  ground: Grounds,
  context: ModificationContext,
  playbooks: readonly Playbook[],
): Promise<Carried> {
  // "also deploy plex, not gitea": what is denied in the same breath could be the step itself.
  if (!isWanted(ground)) return uncarried("do");
  const read = await context.decomposer.decompose(ground.phrase);
  const [step] = read.steps;
  const isOne = read.kind === "work" && read.steps.length === 1 && read.ambiguities.length === 0 && read.outOfScope.length === 0;
  if (!isOne || step === undefined || step.verb === null) return uncarried("words");
  const known = playbooks.some((one) => one.id === model.playbook);
  const steps = [{ ...step, ...(known && model.playbook !== null ? { proposed: { playbook: model.playbook, values: {} } } : {}) }];
  if (model.do === "add") {
    if (exchanging.test(ground.around)) return uncarried("do");
    if (early.test(ground.around) !== (model.place === "first")) return uncarried("place");
    return { kind: "changes", changes: [{ kind: "add", steps, place: model.place }] };
  }
  const whole = ground.clauses.map((clause) => clause.said).join(" ");
  if (!exchanging.test(whole)) return uncarried("do");
  const orders = context.steps.map((one) => one.draft.order);
  const named = stepsNamed(ground.clauses.map((clause) => clause.notWanted).join(" "), context.steps);
  const replaced = named.length > 0 ? named : orders.length === 1 ? orders : [];
  if (replaced.length === 0 || !sameSteps(model.steps.length === 0 ? replaced : model.steps, replaced)) return uncarried("steps");
  return { kind: "changes", changes: [{ kind: "exchange", steps, replaced: replaced.length === orders.length ? "all" : replaced }] };
}

/** Said without a "no" in the same breath, and not as a complaint. */
const isWanted = ({ around }: Grounds): boolean => denials(around) === 0 && !isComplaint(around);

/** Denied exactly once, and in the clause that names it: "without further ado, …" denies nothing of what follows. */
function isDenied({ clauses, around, phrase }: Grounds, names: (text: string) => boolean): boolean {
  const denied = clauses.filter(({ wanted }) => omissions(wanted) > 0);
  return omissions(around) === 1 && denied.some(({ wanted }) => names(wanted)) && names(phrase);
}

/** "from 8080 to 9000", "above 9000": what it was, or what it is compared with, is not what it shall be. */
function isFormer(around: string, value: string): boolean {
  const at = around.indexOf(fold(value));
  const before = around.slice(0, Math.max(0, at));
  return /\b(?:from|than|von|desde|depuis|currently|above|below|over|under|beyond|least|most|between|about|around|roughly|up to)\s+(?:\w+\s+)?$/u.test(
    before,
  );
}

/** "X before Y" and "X first": the direction stands in the words, too. */
function isOrderSaid(around: string, named: readonly number[], order: readonly number[], { steps }: ModificationContext): boolean {
  const at = (step: number | undefined): number => order.indexOf(step ?? -1);
  if (named.length === 1) {
    const [isFirst, isLast] = [toTheFront.test(around), toTheEnd.test(around)];
    return isFirst !== isLast && at(named[0]) === (isFirst ? 0 : order.length - 1);
  }
  const pair = between.exec(around);
  if (named.length !== 2 || pair?.[1] === undefined || pair[2] === undefined || pair[3] === undefined) return false;
  const [left, right] = [stepsNamed(pair[1], steps), stepsNamed(pair[3], steps)];
  if (left.length !== 1 || right.length !== 1) return false;
  return /^(?:after|following|later|behind|nach|despues|apres)/u.test(pair[2]) ? at(right[0]) < at(left[0]) : at(left[0]) < at(right[0]);
}

/** Hosts and groups that some words name. */
function hostsSaid(phrase: string, { inventory, reader }: ModificationContext): string[] {
  const names = [...inventory.hosts, ...Object.keys(inventory.groups).filter((name) => name !== "all" && name !== "ungrouped")];
  const words = new Set(wordsOf(phrase).map((word) => word.lower));
  const read = reader.read(phrase, { allowUnknown: false, fromIsValue: false }).hosts.map((name) => name.replace(/^!/u, ""));
  return [...new Set([...names.filter((name) => words.has(fold(name)) || isSaid(phrase, name)), ...read])];
}

const sameSteps = (a: readonly number[], b: readonly number[]): boolean =>
  new Set(a).size === new Set(b).size && a.every((order) => b.includes(order));

const uncarried = (field: string): Carried => ({ kind: "uncarried", field });
