import { wordsOf } from "../../mapping/text.ts";
import { leadingVerb } from "../sentence/clauses.ts";
import type { ModificationContext, Change, PlannedStep, Reading } from "./modification-change.ts";
import { stepPrefix, stepsMeant } from "./modification-reference.ts";
import { createPut } from "../values/put-value.ts";
import { range, rangeUsed, tokensOf } from "../values/stated-values.ts";
import { valueAfter } from "../values/value-at-key.ts";
import { keysOf, placesOf } from "../values/variable-keys.ts";

/** "with port 8080", "version = 2", "use branch main", "set the greeting to hello": values of the steps' own variables. */
export function readValueChange(text: string, context: ModificationContext): Reading {
  const { rest, steps: prefixed } = stepPrefix(text, context);
  if (prefixed?.length === 0) return { kind: "none" };
  const asked = context.steps.filter((step) => prefixed === undefined || prefixed.includes(step.draft.order));
  const readings = asked.flatMap((step) => {
    const found = assigned(rest, step) ?? spoken(rest, step, context);
    return found === undefined ? [] : [found];
  });
  const [only] = readings;
  if (only === undefined) return { kind: "none" };
  if (readings.length > 1) {
    const orders = readings.map((one) => one.step.draft.order);
    const name = only.changes[0]?.variable ?? "that";
    return {
      kind: "refused",
      message: `steps ${orders.join(" and ")} both take it`,
      help: `Say which, for example "step ${orders[0] ?? 1}: ${name} = …".`,
    };
  }
  if (only.refused !== undefined) return { kind: "refused", message: only.refused, help: null };
  return { kind: "changes", changes: only.changes };
}

interface Found {
  readonly step: PlannedStep;
  readonly changes: readonly Extract<Change, { kind: "value" }>[];
  readonly refused?: string;
}

/** `name = the whole rest`, on one line. */
function assigned(text: string, step: PlannedStep): Found | undefined {
  const { playbook } = step;
  const match = /^(?:(?:with|set|use|make|change|and)\s+)*(?:the\s+)?([\w .-]{1,60}?)\s*(?:=|:(?!\/\/))\s*([^\n]+)$/i.exec(text.trim());
  if (match?.[1] === undefined || match[2] === undefined || playbook === undefined) return undefined;
  if (/\s[\w-]+\s*=\s*\S/.test(` ${match[2]}`) && !/^["']/.test(match[2])) return undefined; // several pairs: word by word
  const key = tokensOf(match[1]);
  const variable = playbook.variables.find((candidate) =>
    keysOf(candidate, playbook).some((words) => placesOf(key, words).some((place) => place.from === 0 && place.to === key.length)),
  );
  if (variable === undefined) return undefined;
  const typed = match[2].trim();
  const quoted = /^"([^"]*)"$|^'([^']*)'$/.exec(typed);
  if (
    quoted === null &&
    typed
      .split(/[,;.]\s|\s(?:and|then|but|und|y|et)\s/i)
      .slice(1)
      .some((part) => leadingVerb(part) !== undefined)
  )
    return { step, changes: [], refused: `put the value of ${variable.name} in quotes if all of that is the value` };
  return put(step, [[variable, quoted?.[1] ?? quoted?.[2] ?? typed]]);
}

type Pair = readonly [NonNullable<PlannedStep["playbook"]>["variables"][number], unknown];

function put(step: PlannedStep, pairs: readonly Pair[]): Found {
  const variables: Record<string, unknown> = {};
  const refused: { name: string; reason: string }[] = [];
  const take = createPut(variables, refused, new Set());
  for (const [variable, value] of pairs) take(variable, value, []);
  const [first] = refused;
  const changes = Object.entries(variables).map(([variable, value]) => ({
    kind: "value" as const,
    step: step.draft.order,
    variable,
    value,
  }));
  return { step, changes, ...(first === undefined ? {} : { refused: `${first.name}: ${first.reason}` }) };
}

/** Key and value as words; undefined when a word is left that was not understood. */
function spoken(text: string, step: PlannedStep, context: ModificationContext): Found | undefined {
  const { playbook } = step;
  if (playbook === undefined) return undefined;
  const tokens = tokensOf(text);
  const used = new Set<number>();
  const pairs: Pair[] = [];
  const spans = playbook.variables
    .flatMap((variable) => keysOf(variable, playbook).flatMap((key) => placesOf(tokens, key).map((place) => ({ variable, key, ...place }))))
    .sort((a, b) => b.key.length - a.key.length || a.variable.name.length - b.variable.name.length);
  const names = { vocabulary: context.vocabulary, hosts: context.inventory.hosts };
  for (const span of spans) {
    if (pairs.some(([variable]) => variable.name === span.variable.name) || rangeUsed(used, span.from, span.to)) continue;
    const value = valueAfter(tokens, span.to, span.variable, used, names);
    if (value === undefined) continue;
    pairs.push([span.variable, value.value]);
    for (const place of [...range(span.from, span.to), ...value.places]) used.add(place);
  }
  if (pairs.length === 0) return undefined;
  const left = tokens.filter((token, at) => !used.has(at) && !joining.has(token.lower)).map((token) => token.value);
  // "gitea port 8080": whose value it is.
  if (left.length > 0 && (wordsOf(left.join(" ")).length === 0 || !stepsMeant(left.join(" "), context).includes(step.draft.order)))
    return undefined;
  return put(step, pairs);
}

const joining = new Set(
  "with on use using set change make put let give take have a an the to is be as of at for its it's it = : should must please pls also instead rather now and but value new want i we would like i'd we'd called named number this that mit auf con avec setze benutze usa utilise".split(
    " ",
  ),
);
