import { hasHostPattern, noHostPatterns } from "../hosts/host-patterns.ts";
import type { Change, ModificationContext, Reading } from "./modification-change.ts";
import { readHostChange } from "./modification-hosts.ts";
import { readOrderChange } from "./modification-order.ts";
import { readAddition, readExchange } from "./modification-steps.ts";
import { readValueChange } from "./modification-values.ts";
import { readOmission } from "./modification-without.ts";
import { withoutPoliteness } from "../sentence/speech.ts";

/**
 * What a reply to a plan changes. By rules over the plan's own steps, the catalog's words and the inventory's names: every word must have been
 * understood, else nothing of it is taken.
 */
export async function readModification(text: string, context: ModificationContext): Promise<Reading> {
  const said = withoutOpening(text);
  if (said === "") return none;
  const unsafe = unsafeReason(said);
  if (unsafe !== undefined) return refused(unsafe);
  const pieces = piecesOf(said);
  const several = pieces.length > 1 && pieces.length <= 8;
  // "version = 2 and only on web1": what stands behind the sign is all of the value only when it says nothing else.
  const assigned = several && /[=:]/.test(said) ? await readPieces(said, pieces, context) : none;
  if (assigned.kind === "changes") return assigned;
  const whole = await readOne(said, context);
  return whole.kind === "none" && several ? readPieces(said, pieces, context) : whole;
}

/** The longest part that can be read, then the next: "only on web1 and web2, with port 8080". */
async function readPieces(said: string, pieces: readonly { from: number; to: number }[], context: ModificationContext): Promise<Reading> {
  const changes: Change[] = [];
  for (let at = 0; at < pieces.length;) {
    let next: number | undefined;
    for (let end = pieces.length; end > at && next === undefined; end -= 1) {
      if (at === 0 && end === pieces.length) continue; // was read as a whole
      const reading = await readOne(withoutOpening(said.slice(pieces[at]?.from, pieces[end - 1]?.to)), context);
      if (reading.kind === "refused") return reading;
      if (reading.kind === "none") continue;
      changes.push(...reading.changes);
      next = end;
    }
    if (next === undefined) return none;
    at = next;
  }
  return { kind: "changes", changes };
}

async function readOne(text: string, context: ModificationContext): Promise<Reading> {
  for (const read of readers) {
    const reading = await read(text, context);
    if (reading.kind !== "none") return reading;
  }
  return none;
}

type Reader = (text: string, context: ModificationContext) => Reading | Promise<Reading>;
const readers: readonly Reader[] = [readExchange, readOmission, readOrderChange, readHostChange, readValueChange, readAddition];

/** Where one change may end and the next begin. */
function piecesOf(text: string): { from: number; to: number }[] {
  const pieces: { from: number; to: number }[] = [];
  let from = 0;
  for (const cut of text.matchAll(/\s*[,;.\n]+(?=\s)\s*|\s+(?=(?:and|but|then|plus|und|aber|y|pero|et|mais)\s)/giu)) {
    if (cut.index > from) pieces.push({ from, to: cut.index });
    from = cut.index + cut[0].length;
  }
  if (from < text.length) pieces.push({ from, to: text.length });
  return pieces;
}

/** "No, ", "actually ", "hmm, please ", "could you run it …": how people begin to change their mind. A bare "no web1" leaves web1 out. */
function withoutOpening(text: string): string {
  const said = text
    .trim()
    .replace(
      /^(?:(?:(?:no|nope|nah|nein|non)(?=\s*[,.!:;-]|\s+(?:on|only|just|with|use|rather|instead|please|wait|sorry|actually|run|do|make|deploy|install)\b)|(?:wait|hmm+|hm|oh|ah|sorry|actually|please|pls|well|ok|okay|oops|and|but|yes|yeah|great|fine|nice|good|perfect|sounds good|looks good|doch|bitte|warte|und|aber|espera|attends|mais|et|pero|y)(?=[\s,.!:-]))[\s,.!:-]+)+/iu,
      "",
    )
    .replace(/[\s.!?]+(?:please|pls|bitte|thanks|thank you|por favor|s'il te plait)?[\s.!?]*$/iu, "")
    .trim();
  return withoutPoliteness(said)
    .replace(/^(?:do|run|make|try|start)\s+(?:it|this|that|them)\s+(?=(?:without|with|only|on|but|except|not)\b)/i, "")
    .trim();
}

/** Host patterns and templates are never taken apart: what is left over would mean something else. */
function unsafeReason(text: string): string | undefined {
  if (/\{\{|\{%|\{#|\$\{|\$\(/.test(text)) return "templates and shell syntax are not taken from a message";
  if (/\bansible_\w+/i.test(text)) return "variables of Ansible itself cannot be set from a message";
  const plain = text.replace(/"[^"]*"|'[^']*'/g, " ");
  if (hasHostPattern(text) || /:[!&]|(?:^|\s)[!&~]\w|@\/|(?:^|[\s\w.-])\*/.test(plain)) return noHostPatterns;
  return undefined;
}

const none: Reading = { kind: "none" };
const refused = (message: string, help: string | null = null): Reading => ({ kind: "refused", message, help });
