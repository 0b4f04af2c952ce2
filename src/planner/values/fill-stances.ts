import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { type Stance, stancesOn } from "../sentence/clause-stance.ts";
import type { Put } from "./put-value.ts";
import { ownPartsOf } from "./variable-keys.ts";

/**
 * "volumes must stay", "with registration switched off", "without a backup": switches by what is said of the thing that they are about.
 * The name of the variable has a direction of its own (`keep_data`, `delete_data`, `skip_backup`). Gives the names that could be read both ways.
 */
export function fillStances(
  text: string,
  playbook: Playbook,
  put: Put,
): ReadonlySet<string> {
  const unsure = new Set<string>();
  for (const variable of playbook.variables) {
    if (!/^(?:bool|raw)$/.test(variable.type) || variable.choices !== undefined || (variable.type === "raw" && variable.default !== undefined)) continue;
    const own = ownPartsOf(variable, playbook);
    const mark = markOf(own);
    // `image_keep_data` is about data, `sign_up_enabled` about sign-ups.
    const behind = own.slice(own.findIndex(isMark) + 1);
    const thing = (mark !== "none" && behind.length > 0 ? behind : own).filter((part) => !isMark(part) && !smallWords.has(part)).map(stem);
    // `maintenance_enabled` of the playbook for the maintenance page is about all of it.
    if (thing.length === 0 && mark === "for" && playbook.verb !== "deploy") thing.push(...nameParts(variable.name).slice(0, -own.length).map(stem));
    if (thing.length === 0) continue;
    const isDestructive = playbook.verb === "remove" || playbook.verb === "clean";
    const isValue = mark === "none" && isDestructive ? !partsOfThings.test(own.at(-1) ?? "") : mark !== "act" && endsAsValue.test(variable.name) && !(mark === "keep" && /^(?:files|folders|data|home|history|settings)$/.test(own.at(-1) ?? ""));
    // "switch off the lights in Harbour Street" says nothing of a street.
    const isSubject = variable.type === "raw" && mark === "none" && playbook.verb !== "deploy" && !isDestructive && wordsOf(playbook.name).some((word) => thing.includes(stem(word.lower)));
    const isSwitch = variable.type === "bool" || !(isValue || isSubject);
    if (!isSwitch) continue;
    const answers = new Set([...stancesOn(text, thing)].map((stance) => answerOf(stance, mark, isDestructive, variable)));
    answers.delete(undefined);
    if (answers.size > 1 || answers.has("unsure")) unsure.add(variable.name);
    else for (const answer of answers) if (typeof answer === "boolean") put(variable, answer, []);
  }
  return unsure;
} // prettier-ignore

/** What a word in a switch's name makes of it. */
type Mark = "for" | "against" | "keep" | "act" | "none";

const marks: Readonly<Record<Exclude<Mark, "none">, RegExp>> = {
  for: /^(?:enabled?|allow(?:ed)?|with|include[ds]?|use|active|activate|permit(?:ted)?|open)$/,
  against: /^(?:no|not|skip|skipped|without|disabled?|disallow|exclude[ds]?|deny|block(?:ed)?|forbid|ignore|omit)$/,
  keep: /^(?:keep|retain|preserve|save)$/,
  act: /^(?:delete|remove|purge|prune|wipe|drop|erase|destroy|clean|clear|cleanup|discard)$/,
};
const isMark = (part: string): boolean => Object.values(marks).some((pattern) => pattern.test(part));
const markOf = (parts: readonly string[]): Mark => {
  for (const part of parts) for (const [mark, pattern] of Object.entries(marks)) if (pattern.test(part)) return mark as Mark;
  return "none";
};
const smallWords = new Set(["first", "before", "after", "also", "old", "unused", "all", "existing", "dangling", "too"]);

/** Such a variable takes a value, not a yes or no, if nothing tells its type. */
const endsAsValue =
  /(?:key|name|port|path|dir|directory|folder|url|version|token|users?|zone|domain|password|groups?|address|interval|value|type|tags?|server|timezone|level|schedule|limit|size|title|hosts?|service|days?|hours|count|last|id|files?|reason|message|mode|list|packages?|source|target|device|database|db|bucket|project|state|action|command|owner|switch|status|power|position|members?|from|to|until|than|age|versions?|paths?|folders|shares?|ports|plugins|label|quota|memory|network|subnet|login|street|branch|card|number|account|member|queue|topic|unit|alert|job|group|team|room|site|page|text|note|comment|person|device|printer|profile|repository|repo)$/;

/** What something is done away with or without; anything else of a removing playbook is what it removes. */
const partsOfThings =
  /^(?:volumes|images|networks|containers|data|configs?|configuration|caches?|logs|homes?|backups|snapshots|history|dependencies|attachments|settings|artifacts|sessions|thumbnails|orphans|leftovers|certificates|certs|metrics|mails?|contents?|everything|all)$/;

/** The switch's value, "unsure" where it could be either, undefined where nothing is said of it. */
function answerOf(stance: Stance, mark: Mark, isDestructive: boolean, variable: PlaybookVariable): boolean | "unsure" | undefined {
  switch (mark) {
    case "for":
      return stance === "on" ? true : stance === "off" || stance === "removed" ? false : undefined;
    case "against":
      return stance === "off" ? true : stance === "on" ? false : undefined;
    case "keep":
      return stance === "kept" ? true : stance === "removed" ? false : "unsure";
    case "act":
      // `delete_path` may take the path.
      if (variable.type === "raw" && endsAsValue.test(variable.name)) return stance === "kept" ? false : undefined;
      return stance === "removed" || stance === "on";
    case "none":
      if (isDestructive) return stance === "removed" || stance === "on";
      // "with metrics" may be followed by a value: fillSwitches looks at that.
      return stance === "off" ? false : stance === "on" && variable.type === "bool" ? true : undefined;
  }
}
