import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { isRemotePath, isPath, isUrl, type Token } from "./stated-values.ts";
import type { Put } from "./put-value.ts";

/** "copy /srv/plans to attic:/backup": from where, and where to, by their order. */
export function fillFromTo(tokens: readonly Token[], variables: readonly PlaybookVariable[], used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const open = (ends: RegExp): PlaybookVariable | undefined => variables.find((one) => ends.test(one.name) && !Object.hasOwn(given, one.name) && !one.secret);
  const source = open(/(?:^|_)(?:source|src|from)(?:_(?:dir|path|folder))?$/);
  const target = open(/(?:^|_)(?:target|destination|dest|dst|to)(?:_(?:dir|path|folder))?$/);
  if (source === undefined || target === undefined) return;
  const places = tokens.flatMap((token, at) => (!used.has(at) && isPlace(token) ? [at] : []));
  const to = places.find((at) => /^(?:to|into|onto|nach|a|hacia|vers)$/.test(tokens[at - 1]?.lower ?? "") || tokens[at - 1]?.arrow === true);
  const from = places.find((at) => at !== to && (to === undefined || at < to || /^(?:from|von|aus|de|desde|depuis)$/.test(tokens[at - 1]?.lower ?? "")));
  if (from === undefined || to === undefined) return;
  put(source, tokens[from]?.value, [from]);
  put(target, tokens[to]?.value, [to]);
} // prettier-ignore

/** "mail to press@example.org goes to ana@… and ben@…": the first address is the one that is spread, the others get it. */
export function fillForwarding(tokens: readonly Token[], variables: readonly PlaybookVariable[], used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const open = (ends: RegExp): PlaybookVariable[] => variables.filter((one) => ends.test(one.name) && !Object.hasOwn(given, one.name) && !one.secret);
  const [address, other] = open(/(?:^|_)address$/);
  const [target, another] = open(/(?:^|_)(?:targets?|recipients?|destinations?|forward_to|goes_to)$/);
  const places = tokens.flatMap((token, at) => (!used.has(at) && isMailAddress(token.value) ? [at] : []));
  const [first, ...rest] = places;
  if (address === undefined || other !== undefined || target === undefined || another !== undefined || first === undefined || rest.length === 0) return;
  if (!target.name.endsWith("s") && rest.length > 1) return;
  put(address, tokens[first]?.value, [first]);
  put(target, rest.length === 1 ? tokens[rest[0] ?? 0]?.value : rest.map((at) => tokens[at]?.value ?? ""), rest);
} // prettier-ignore

const isMailAddress = (text: string): boolean => /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i.test(text);

const isPlace = (token: Token): boolean => isPath(token.value) || isUrl(token.value) || isRemotePath(token.value);
