import { fold, nameParts, stem, wordsOf, type Word } from "../../mapping/text.ts";
import { verbAt, type SpokenVerb } from "../../mapping/verb-words.ts";
import type { Grounds } from "./change-grounds.ts";
import type { ModificationContext } from "./modification-change.ts";
import { omissions, type ReplyWords } from "./reply-words.ts";
import { namesOfSteps } from "./steps-in-reply.ts";

/** Verbs that somebody says who wants something more; "run", "put" and "change" belong to any change. */
const weighty: ReadonlySet<SpokenVerb> = new Set([
  "update", "remove", "backup", "restore", "restart", "stop", "rollback", "renew", "create", "rotate", "reboot", "clean",
]); // prettier-ignore

/** What a reply names and no change takes up, in our own words: half of what was said is not what was said. */
export function leftUnsaid(reply: ReplyWords, grounds: readonly Grounds[], context: ModificationContext): string | undefined {
  const { words, clauses } = reply;
  const covered = new Set(grounds.flatMap((one) => [...one.covered]));
  const left = weightOf(words, context).find(({ at }) => !covered.has(at));
  if (left !== undefined) return `${left.what} of the reply is in no change`;
  const taken = new Set(grounds.flatMap((one) => one.clauses));
  const denied = clauses.some((clause) => !taken.has(clause) && omissions(clause.wanted) > 0 && !/^(?:no|nein|non)$/u.test(clause.wanted.trim()));
  return denied ? "something that the reply does not want is in no change" : undefined;
} // prettier-ignore

/** The reply names something that a change could be about. */
export const mayChange = (text: string, context: ModificationContext): boolean =>
  weightOf(wordsOf(text), context).length > 0 || /\b(?:steps?|order|last|schritte?)\b/iu.test(text);

/** Words that say where, what, which step or which value. */
function weightOf(words: readonly Word[], { inventory, vocabulary, steps }: ModificationContext): { at: number; what: string }[] {
  const names = new Set([...inventory.hosts, ...Object.keys(inventory.groups)].map((name) => fold(name)));
  names.delete("all");
  const services = vocabulary.servicesIn(words);
  const called = new Set([...namesOfSteps(steps).values()].flatMap((stems) => [...stems]));
  const variables = new Set(
    steps.flatMap(({ playbook }) => playbook?.variables.flatMap(({ name }) => nameParts(name).map((part) => stem(part))) ?? []),
  );
  return words.flatMap(({ lower }, at) => {
    const what = names.has(lower)
      ? "a host"
      : /\d/u.test(lower)
        ? "a number"
        : services.some((service) => at >= service.from && at < service.to)
          ? "a service"
          : called.has(stem(lower)) || ordinal.test(lower)
            ? "a step"
            : lower.length > 2 && variables.has(stem(lower))
              ? "a variable"
              : weighty.has(verbAt(words, at)?.verb ?? "other")
                ? "a wish"
                : undefined;
    return what === undefined ? [] : [{ at, what }];
  });
}

const ordinal = /^(?:second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)$/u;
