import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import type { Put } from "./put-value.ts";
import { type SaidState, saidStates } from "./said-states.ts";
import type { Token } from "./stated-values.ts";

/** "open valve 7", "turn the heater off", "unlock meter 3": which of its states a playbook shall bring about. The verb says it. */
export function fillStates(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variables = playbook.variables.filter((one) => ["str", "raw"].includes(one.type) && !one.secret && statesEnd.test(one.name));
  if (variables.length === 0) return;
  const said = saidStates(tokens);
  const told = new Set(wordsOf(`${playbook.description} ${playbook.name} ${playbook.variables.map((one) => nameParts(one.name).join(" ")).join(" ")}`).map((word) => stem(word.lower)));
  for (const variable of variables) {
    const values = new Set(said.flatMap((one) => valueOf(one, variable, told) ?? []));
    // "close 80 and open 443": which of them is meant, nobody can tell here.
    const [value] = values;
    if (values.size === 1 && value !== undefined) put(variable, value, []);
  }
} // prettier-ignore

const statesEnd = /(?:^|_)(?:state|status|switch|power|position|action|operation|op|mode)$/;

/** What such a variable takes for it: one of its choices, else the word that the playbook itself uses. */
function valueOf(said: SaidState, variable: PlaybookVariable, told: ReadonlySet<string>): string | undefined {
  if (variable.choices !== undefined) return variable.choices.map(String).find((choice) => [said.act, said.state].includes(choice.toLowerCase()) || stem(choice.toLowerCase()) === stem(said.act));
  const isAct = /(?:action|operation|op|mode)$/.test(variable.name);
  // Whoever is locked out is disabled, as accounts and records are.
  const isPerson = /user|account|login|member|operator|person|employee|student|staff|patient|customer|mailbox/.test(variable.name) || ["account", "user", "login", "mailbox"].some((word) => told.has(word));
  if (isPerson && !isAct) return undefined;
  const isSwitch = said.act === "on" || said.act === "off";
  if (isSwitch) return told.has("on") || told.has("off") || /(?:switch|power)$/.test(variable.name) ? said.act : undefined;
  if (/(?:switch|power|mode|position)$/.test(variable.name) && !told.has(stem(said.act))) return undefined;
  return told.has(stem(said.act)) || told.has(stem(said.state)) ? (isAct ? said.act : said.state) : undefined;
} // prettier-ignore
