import { fold, stem, type Word, wordsOf } from "../../mapping/text.ts";

/** What a sentence says of a thing: switched on or off, kept as it is or done away with. */
export type Stance = "on" | "off" | "kept" | "removed";

/** All that a text says of the thing with these stems; several when it contradicts itself, none when it only names it. */
export function stancesOn(text: string, thing: readonly string[]): ReadonlySet<Stance> {
  const clauses = clausesOf(text);
  const found = new Set<Stance>();
  for (const [at, clause] of clauses.entries()) {
    const place = placeOf(clause.words, thing);
    if (place === undefined || place.isAssigned) continue;
    const stance = stanceIn(clause.words, place.from, place.to) ?? (place.isBare ? fromNeighbours(clauses, at) : fromBefore(clauses, at));
    if (stance !== undefined) found.add(stance);
  }
  return found;
}

interface Clause {
  readonly words: readonly Word[];
  /** Joined to the one before by "and" or "or". */
  readonly isListed: boolean;
  /** Joined to it by a comma. */
  readonly isComma: boolean;
}

const joints = /^(?:and|but|or|nor|while|then|whereas|und|aber|oder|sondern|wahrend|dann|y|pero|o|sino|mientras|et|mais|ou|puis|tandis|&)$/;
const lists = /^(?:and|or|nor|und|oder|y|o|et|ou|&)$/;

function clausesOf(text: string): Clause[] {
  // What stands in quotes is data.
  const spoken = text.replace(/"[^"]*"/g, (quoted) => " ".repeat(quoted.length));
  const clauses: { words: Word[]; isListed: boolean; isComma: boolean }[] = [{ words: [], isListed: false, isComma: false }];
  let end = 0;
  for (const word of wordsOf(spoken)) {
    const gap = spoken.slice(end, word.start);
    const ends = /[,;!?()]|[.:](?=\s)|\s-\s/.test(gap);
    const isJoint = joints.test(word.lower);
    if (ends || isJoint) clauses.push({ words: [], isListed: isJoint && lists.test(word.lower), isComma: ends && gap.includes(",") });
    if (!isJoint) clauses.at(-1)?.words.push(word);
    end = word.end;
  }
  return clauses.filter((clause) => clause.words.length > 0);
}

interface Place {
  readonly from: number;
  readonly to: number;
  /** Nothing but articles stands beside it. */
  readonly isBare: boolean;
  /** "volumes: yes": a value follows. */
  readonly isAssigned: boolean;
}

const root = (word: string): string => stem(stem(word.replaceAll("-", "")));
const rows =
  "registration signup selfregistration registrierung registro inscription; data daten dato donnee contents; volume volumen volumenes; image abbild abbilder imagen imagenes; backup sicherung sauvegarde respaldo; network netzwerk netzwerke red redes reseau reseaux; home homedirectory";
/** One thing in other words and languages. */
const alike = new Map(
  rows.split(";").flatMap((row, at) =>
    row
      .trim()
      .split(" ")
      .map((word) => [root(word), at] as const),
  ),
);

const meant = (word: string, part: string): boolean => {
  const [said, asked] = [root(word), root(part)];
  return said === asked || (alike.has(said) && alike.get(said) === alike.get(asked));
};

function placeOf(words: readonly Word[], thing: readonly string[]): Place | undefined {
  for (let from = 0; from < words.length; from += 1) {
    for (let to = from + 1; to <= Math.min(words.length, from + thing.length + 1); to += 1) {
      const said = words.slice(from, to).map((word) => fold(word.lower));
      const joined = to - from === 2 ? said.join("") : "";
      const isPart = (word: string | undefined): boolean => word !== undefined && thing.some((part) => meant(word, part));
      // "sign ups" is one word in two; what stands around the thing is none of it.
      const isTight = (isPart(said[0]) && isPart(said.at(-1))) || isPart(joined);
      if (!isTight || !thing.every((part) => [...said, joined].some((word) => meant(word, part)))) continue;
      const others = words.filter((_, at) => at < from || at >= to);
      return {
        from,
        to,
        isBare: others.every((word) => articles.test(word.lower)),
        isAssigned: /[=:]/.test(words[to - 1]?.text ?? "") || /^(?:true|false|yes|no)$/.test(words[to]?.lower ?? ""),
      };
    }
  }
  return undefined;
}

const articles =
  /^(?:the|a|an|its|their|his|her|our|my|all|any|old|unused|existing|der|die|das|den|seine?n?|ihre?n?|alle|el|la|los|las|sus?|le|les|ses|its|both)$/;

const negators =
  /^(?:not|no|never|don't|dont|doesn't|do not|won't|mustn't|shouldn't|can't|cannot|isn't|aren't|without|nicht|nie|niemals|kein\w*|ohne|sin|nunca|sans|pas|ne|jamais|niet)$/;
const flips: Readonly<Record<Stance, Stance>> = { on: "off", off: "on", kept: "removed", removed: "kept" };

const offAfter =
  /^(?:off|disabled|deactivated|inactive|forbidden|closed|prohibited|excluded|aus|uit|abgeschaltet|ausgeschaltet|deaktiviert|desactivad[oa]s?|apagad[oa]s?|desactivee?s?|spent[oa])$/;
const onAfter =
  /^(?:enabled|activated|active|allowed|included|permitted|eingeschaltet|aktiviert|erlaubt|activad[oa]s?|activee?s?|aan|too|auch|tambien|aussi|inclusive)$/;
const keptAfter =
  /^(?:stays?|staying|remains?|remaining|alone|untouched|intact|survives?|surviving|safe|kept|preserved|sacred|bleib\w*|behalt\w*|erhalten|unangetastet|ruhe|quedan?|quedarse|intact[oa]s?|conserv\w+|mantien\w+|rest(?:e|ent|er)|gardee?s?)$/;
const removedAfter =
  /^(?:go|deleted|removed|purged|wiped|erased|dropped|gone|weg|geloscht|entfernt|borrad[oa]s?|eliminad[oa]s?|supprimee?s?|effacee?s?)$/;

/** What the clause itself says: behind the thing first ("keep sign-ups off" is off), then the nearest word before it. */
function stanceIn(words: readonly Word[], from: number, to: number): Stance | undefined {
  const said = after(words, to);
  // "no data must be deleted"
  if (said !== undefined) return /^(?:no|kein\w*|ningun\w*|aucune?)$/.test(words[from - 1]?.lower ?? "") ? flips[said] : said;
  return before(words, from);
}

function after(words: readonly Word[], to: number): Stance | undefined {
  let isNegated = false;
  let kept: Stance | undefined;
  for (let at = to; at < words.length && at < to + 6; at += 1) {
    const { lower } = words[at] as Word;
    const next = words[at + 1]?.lower;
    if (negators.test(lower)) isNegated = true;
    const isOn = onAfter.test(lower) || (/^(?:on|an|in|well)$/.test(lower) && (next === undefined || /^(?:please|bitte|there|for|too)$/.test(next)) && lower !== "in");
    const said = offAfter.test(lower) ? "off" : isOn ? "on" : undefined;
    // "stays off", "should stay on"
    if (said !== undefined) return isNegated ? flips[said] : said;
    const fate = keptAfter.test(lower) ? "kept" : removedAfter.test(lower) && (lower !== "go" || /^(?:may|can|must|should|shall|has|have|to)$/.test(words[at - 1]?.lower ?? "")) ? "removed" : undefined;
    if (fate !== undefined) kept ??= isNegated ? flips[fate] : fate;
  }
  // "images too, volumes not"
  return kept ?? (negators.test(words.at(-1)?.lower ?? "") && words.length === to + 1 ? "off" : undefined);
} // prettier-ignore

const cues: readonly (readonly [RegExp, Stance])[] = [
  [
    /^(?:keep(?:ing)?|retain(?:ing)?|preserv(?:e|ing)|spar(?:e|ing)|sav(?:e|ing)|behalte?n?|bewahre?n?|conserva\w*|manten\w*|preserva\w*|gard(?:e|er|ez|ant)|conserv(?:e|er|ez|ant)|preserve[rz]?|houd)$/,
    "kept",
  ],
  [
    /^(?:remov(?:e|ing)|delet(?:e|ing)|purg(?:e|ing)|prun(?:e|ing)|wip(?:e|ing)|drop(?:ping)?|eras(?:e|ing)|destroy(?:ing)?|clean(?:ing)?|cleanup|clear(?:ing)?|throw(?:ing)?|chuck|trash|nuke|rid|retire|uninstall|losch\w*|entfern\w*|borra\w*|elimin\w*|quita\w*|supprim\w*|efface\w*|enleve\w*|vide\w*|bereinig\w*|limpia\w*|nettoie\w*|aufraumen)$/,
    "removed",
  ],
  [
    /^(?:with|including|include|incl|inclusive|enabl(?:e|ing)|activat(?:e|ing)|allow(?:ing)?|permit|also|plus|mit|inklusive|samt|aktivier\w*|erlaube?|con|incluye\w*|activa\w*|permite|avec|active|y compris|autorise)$/,
    "on",
  ],
  [
    /^(?:disabl(?:e|ing)|deactivat(?:e|ing)|forbid(?:ding)?|block(?:ing)?|deny|prohibit|skip(?:ping)?|omit(?:ting)?|exclud(?:e|ing)|except|excepting|minus|bar|barring|deaktivier\w*|verbiete|desactiva\w*|prohibe|omite|salvo|menos|excepto|desactive|interdi\w+|sauf|ausser)$/,
    "off",
  ],
];
/** Only what must not happen to it says anything. */
const harms =
  /^(?:touch(?:ing)?|affect(?:ing)?|los(?:e|ing)|harm(?:ing)?|chang(?:e|ing)|hurt(?:ing)?|anfassen|anruhren|verlieren|toca\w*|perder|touche[rz]?|perdre)$/;

function before(words: readonly Word[], from: number): Stance | undefined {
  for (let at = from - 1; at >= 0; at -= 1) {
    const { lower } = words[at] as Word;
    const earlier = words.slice(Math.max(0, at - 4), at).map((word) => word.lower);
    const isNegated = earlier.some((word) => negators.test(word));
    // "no need to keep the data" leaves it open.
    if (isNegated && earlier.join(" ").includes("no need")) return undefined;
    if (/^(?:off|out|away)$/.test(lower)) {
      const verb = words[at - 1]?.lower ?? "";
      if (/^(?:turn(?:ing)?|switch(?:ing)?|shut)$/.test(verb)) return isNegated ? "on" : "off";
      if (/^(?:leave|leaving)$/.test(verb)) return isNegated ? undefined : "off";
      if (/^(?:hands|stay|finger)$/.test(verb)) return "kept";
    }
    // "mit abgeschalteter Registrierung", "with closed sign-ups"
    const adjective = [lower, lower.replace(/e[nrsm]?$/, "")];
    if (at === from - 1 && adjective.some((word) => offAfter.test(word))) return isNegated ? "on" : "off";
    if (at === from - 1 && adjective.some((word) => /^(?:enabled|activated|active|open|eingeschaltet|aktiviert)$/.test(word))) return isNegated ? "off" : "on";
    if (lower === "on" && /^(?:turn(?:ing)?|switch(?:ing)?)$/.test(words[at - 1]?.lower ?? "")) return isNegated ? "off" : "on";
    if (harms.test(lower)) return isNegated ? "kept" : undefined;
    const cue = cues.find(([pattern]) => pattern.test(lower))?.[1];
    if (cue !== undefined) return isNegated ? flips[cue] : cue;
    // "no volumes", "but not the volumes": right before it, but for articles.
    if (negators.test(lower)) return words.slice(at + 1, from).every((word) => articles.test(word.lower)) || from - at <= 2 ? "off" : undefined;
  }
  return undefined;
} // prettier-ignore

/** The last thing of a clause that says something of another one: "without volumes or networks", "keep logs, volumes". */
function fromBefore(clauses: readonly Clause[], at: number): Stance | undefined {
  const clause = clauses[at];
  const earlier = clauses[at - 1];
  if (clause === undefined || earlier === undefined || !(clause.isListed || clause.isComma)) return undefined;
  const saysMore = clause.words.filter((word) => !articles.test(word.lower)).length > 3;
  if (saysMore) return undefined;
  return stanceIn(earlier.words, earlier.words.length, earlier.words.length) ?? fromBefore(clauses, at - 1);
}

/** "volumes and networks must stay": what is said of the last one holds for all. */
function fromNeighbours(clauses: readonly Clause[], at: number): Stance | undefined {
  const next = clauses[at + 1];
  const fate = next?.isListed === true ? after(next.words, 0) : undefined;
  return fate ?? fromBefore(clauses, at);
}
