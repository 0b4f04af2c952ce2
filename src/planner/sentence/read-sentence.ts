import { wordsOf } from "../../mapping/text.ts";
import { spokenVerb, verbAt } from "../../mapping/verb-words.ts";
import { type Joint, type Language, leadingVerb, objectWords, splitPieces } from "./clauses.ts";
import { eventIn, trailingEvent } from "./awaited-event.ts";
import { addHosts, type Draft, verbWords, withoutVerb } from "./draft.ts";
import type { HostReader } from "../hosts/hosts-in-text.ts";
import { isNewStep, isWorkWithoutVerb } from "./new-step.ts";
import {
  isAlternative,
  isAwaitedState,
  isBareCondition,
  isConditional,
  isDoneClause,
  isShell,
  isSwitchedOff,
  negationOf,
  trailingCondition,
} from "./not-to-do.ts";
import { isValueSentence } from "../values/parameter-words.ts";
import { readPlaceBefore } from "../hosts/place-before.ts";
import { hasPronoun, resolvePronoun } from "./pronouns.ts";
import { stripOrderWords, withComma } from "./rewording.ts";
import { startsOwnOrder } from "./own-verbs.ts";
import { isApprovalClaim } from "./speech.ts";
import { judgedService, isRefused } from "./refused-service.ts";
import { sameAgain, saysSame } from "./same-again.ts";
import { comesFirst, putInOrder, type Reordering } from "./step-order.ts";
import type { Vocabulary } from "../vocabulary.ts";
import {
  butToExcept,
  endOfWork,
  forbidsAct,
  isListEnd,
  isProduct,
  isVersionAfter,
  isWait,
  namesWork,
  pointsBack,
  restOfHosts,
  saysMore,
  saysVariables,
  sparesOther,
  staysAsItIs,
  undoing,
  withoutEmptyCondition,
} from "./piece-kinds.ts";

interface SentenceContext {
  readonly reader: HostReader;
  readonly vocabulary: Vocabulary;
  readonly language: Language;
  readonly unmask: (part: string) => string;
  readonly drafts: Draft[];
  readonly scope: readonly string[];
  readonly seen: { negated: boolean; injected: boolean; named: string | undefined; readonly spared: string[]; asked: readonly string[] };
  readonly ambiguities: string[];
  readonly outOfScope: string[];
  readonly isItem: boolean;
  readonly isWish: boolean;
}

export function readSentence(sentence: string, number: number, context: SentenceContext): { readonly scope?: string[] } {
  const { reader, vocabulary, drafts } = context;
  const { pieces, scope, announced } = readPlaceBefore(
    splitPieces(butToExcept(withComma(stripOrderWords(sentence)), reader), context.language),
    sentence,
    context,
  );
  if (announced !== undefined) {
    // "… on these: web1, web2" in a sentence of its own belongs to the steps before, else to those that follow.
    const open = drafts.filter((draft) => draft.hosts.length === 0);
    const last = drafts.at(-1);
    // "restart nginx on web1. Then web2."
    if (
      last !== undefined &&
      open.length === 0 &&
      /^\s*(?:and\s+)?(?:then|next|afterwards|after that|danach|dann|luego|despu[eé]s|puis|ensuite)\b/i.test(sentence)
    ) {
      drafts.push({ ...last, joint: "then", sentence: number, hosts: [...announced], unknownHosts: [], services: [...last.services] });
      return { scope: announced };
    }
    // "restart nginx on web1. And on web2 too."
    if (
      last !== undefined &&
      open.length === 0 &&
      /\b(?:and|also|too|as well|plus|auch|und|tambi[eé]n|y|aussi|et)\b/i.test(context.unmask(sentence))
    )
      addHosts(last, announced, []);
    else if (drafts.length > 0 && open.length > 0) for (const draft of open) draft.hosts.push(...announced);
    return { scope: announced };
  }

  const last = drafts.at(-1);
  // "we want linkding. host: web3. port: 9191"
  const labelled = /^(?:(?:target )?(?:host|machine|server|node|box)s?|where|rechner|equipo|serveur)\s*[:=]\s*(\S.*)$/i.exec(sentence)?.[1];
  const places =
    labelled === undefined || last === undefined ? undefined : reader.read(`on ${labelled}`, { allowUnknown: true, fromIsValue: false });
  if (last !== undefined && places?.isOnlyHosts === true) {
    addHosts(last, places.hosts, places.unknown);
    return {};
  }
  const owner = last?.services.at(-1);
  const isOwnItem =
    context.isItem &&
    last?.isItem === true &&
    (vocabulary.thingAt(wordsOf(sentence)) !== undefined ||
      (owner !== undefined && !vocabulary.takes(owner, wordsOf(sentence)[0]?.lower ?? "")));
  if (last !== undefined && !isOwnItem && isValueSentence(sentence, vocabulary)) {
    last.text = `${last.text}, ${context.unmask(sentence)}`;
    return {};
  }
  let current: Draft | undefined;
  let pendingVerb: { text: string; joint: Joint } | undefined;
  let first: Draft | undefined;
  let reorder: Reordering[] = [];
  let isNegated = false;
  let isNext = false;
  let placeInstead: readonly string[] = [];
  let decidedTo = 0;
  /** Takes out a step that depends on what somebody has to look at first; gives the one before it. */
  const askAbout = (dependent: Draft, condition: string): Draft | undefined => {
    drafts.splice(drafts.indexOf(dependent), 1);
    reorder = reorder.filter(({ moved, before }) => moved !== dependent && before !== dependent);
    context.ambiguities.push(`${dependent.text}, ${condition}`);
    return drafts.findLast((draft) => draft.sentence === number);
  };
  for (const [at, said] of pieces.entries()) {
    const piece = isNext ? { ...said, joint: "then" as const } : withoutEmptyCondition(said);
    isNext = false;
    const text = context.unmask(piece.text).trim();
    if (text === "" || at < decidedTo) continue;
    // "install it on web1 and back up the folder before you do that"
    if (piece.joint === "before" && current !== undefined && pointsBack.test(text)) {
      const moved: Draft = current;
      const before = drafts.find((draft) => draft.sentence === number && draft !== moved);
      if (before !== undefined) reorder.push({ moved, before });
      continue;
    }
    if (isConditional(text)) {
      // All that follows may depend on it: a person decides, we do not guess where the condition ends.
      const end = pieces.findIndex((later, place) => place > at && later.joint === "semicolon");
      decidedTo = end < 0 ? pieces.length : end;
      const said = pieces.slice(at, decidedTo).map((part) => context.unmask(part.text).trim());
      if (current !== undefined && said.length === 1 && piece.joint === "comma" && isBareCondition(text)) {
        const dependent = current;
        drafts.splice(drafts.indexOf(dependent), 1);
        reorder = reorder.filter(({ moved, before }) => moved !== dependent && before !== dependent);
        said.unshift(dependent.text);
        current = undefined;
      }
      context.ambiguities.push(said.join(", "));
      continue;
    }
    // "to staging and, if that is fine, to production": one after the other.
    if (
      /^(?:if|when|once)\s+(?:that|it|this|all|everything|both|staging)(?:'s|\s+(?:is|was|has|went|goes|looks|all))*\s*(?:gone\s+|gut\s+)?(?:well|fine|ok|okay|good|successful|done|works?|worked)$/i.test(
        text,
      )
    ) {
      isNext = true;
      continue;
    }
    if (isWait(text)) {
      context.ambiguities.push(text);
      continue;
    }
    if (isApprovalClaim(text)) {
      const rest = text.replace(/^.*?\b(?:approvals?|confirmation|permission|approved)\b(?:\s*[:,]|\s+and\b)?/i, "").trim();
      if (vocabulary.servicesIn(wordsOf(text)).length === 0 || rest === "") {
        context.outOfScope.push(text);
        continue;
      }
    }
    if (isShell(text)) {
      context.outOfScope.push(text);
      continue;
    }
    if (isRefused(text, vocabulary)) {
      context.seen.negated = true;
      isNegated = true;
      continue;
    }
    const judged = judgedService(text, vocabulary, current === undefined && drafts.length === 0 && pieces.length === 1);
    if (judged !== undefined) {
      // "it is too slow, restart it"
      context.seen.named = judged;
      context.outOfScope.push(text);
      continue;
    }
    // "translate this and then carry it out: "switch off the firewall"": words of somebody else.
    if (/^\uE000\d+\uE001$/u.test(piece.text.trim()) && leadingVerb(text.replace(/^["']|["']$/g, "")) !== undefined) {
      context.ambiguities.push(text);
      continue;
    }
    const negation = negationOf(text, vocabulary.servicesIn(wordsOf(text)).length > 0 && wordsOf(text).length <= 4);
    if (negation === "act" && current !== undefined && isSwitchedOff(text)) {
      current.text = `${current.text}, ${text}`;
      continue;
    }
    if (negation === "act") {
      context.seen.negated = true;
      isNegated = true;
      const named = vocabulary.servicesIn(wordsOf(text));
      context.seen.named = named.at(-1)?.name ?? context.seen.named;
      const exception = reader.read(text, { allowUnknown: false, fromIsValue: false });
      // "do not reinstall lab03, a reboot is enough": the same place.
      const instead = pieces[at + 1];
      if (
        named.length === 0 &&
        instead !== undefined &&
        /\b(?:is enough|will do|suffices?|instead|is all|reicht|stattdessen|basta|suffit)\b/i.test(instead.text)
      ) {
        placeInstead = exception.hosts.filter((name) => !name.startsWith("!"));
        continue;
      }
      // "never touch edge01. patch the rest of prod"
      if (drafts.length === 0 && named.length === 0) context.seen.spared.push(...exception.hosts.filter((name) => !name.startsWith("!")));
      // "tidy the logs but not docker on web1": the place of what is to be done.
      if (
        current !== undefined &&
        named.length > 0 &&
        current.hosts.length === 0 &&
        leadingVerb(text.replace(/^(?:but\s+)?not\s+/i, "")) === undefined
      )
        current.hosts.push(...exception.hosts.filter((name) => !name.startsWith("!")));
      // "archive it but do not delete the source": may be a switch of the step that stands, which a playbook reads as data.
      if (current !== undefined && named.length === 0 && exception.hosts.length === 0) {
        if (saysVariables(text, vocabulary)) current.text = `${current.text}, ${text}`;
        // "restore it but do not overwrite anything": no switch for it is known, so it is not left out unsaid.
        else if (forbidsAct(text)) context.ambiguities.push(text);
      }
      if (drafts.length > 0 && named.length === 0 && exception.hosts.length > 0)
        for (const name of exception.hosts) drafts.at(-1)?.hosts.push(name.startsWith("!") ? name : `!${name}`);
      continue;
    }
    if (saysSame(text) && pendingVerb !== undefined && current !== undefined) {
      // "patch, reboot, and if fine do the same on prod": the verb that waits belongs to what is done again.
      drafts.push({ ...current, text: pendingVerb.text, services: [], hosts: [...current.hosts] });
      pendingVerb = undefined;
    }
    const again = sameAgain(text, drafts, number, context);
    if (again.length > 0) {
      drafts.push(...again);
      current = again.at(-1);
      first ??= current;
      continue;
    }
    if (isAlternative(text) || trailingCondition(text) !== undefined || trailingEvent(text, context) !== undefined) {
      context.ambiguities.push(text);
      current = undefined;
      continue;
    }
    const verbHit = leadingVerb(text);
    const isOrder = verbHit !== undefined || startsOwnOrder(text, context);
    // "do not install it yet, the disks have not arrived": the reason.
    if (isNegated && verbHit === undefined && (piece.joint === "and" || (piece.joint === "comma" && isAwaitedState(text) && !/\b(?:is enough|will do|suffices?|instead|reicht|basta|suffit)\b/i.test(text)))) continue; // prettier-ignore
    isNegated = false;
    const isDestination = isOrder;
    const verbWord = spokenVerb(wordsOf(text));
    const fromIsValue = verbWord?.verb === "restore" || verbWord?.verb === "configure" || /\b(?:firewall|port|allow|source)\b/i.test(text);
    // "apart from the turbines and the boats": the list of what is spared goes on.
    const isSparedToo = /^(?:and|comma)$/.test(piece.joint) && current?.hosts.at(-1)?.startsWith("!") === true && /^(?:(?:the|our|my|those|all)\s+)?[\p{L}\d-]+$/iu.test(piece.text) && !isOrder; // prettier-ignore
    // "reboot both casts and then the booths"
    const isPlaceToo = /^(?:and|comma|then)$/.test(piece.joint) && (current?.hosts.length ?? 0) > 0 && /^(?:the|both|all|our)\s+[\p{L}\d-]+$/iu.test(piece.text) && !isOrder; // prettier-ignore
    const hosts = reader.read(isSparedToo || isPlaceToo ? `on ${piece.text}` : piece.text, {
      allowUnknown: isDestination || current === undefined || vocabulary.servicesIn(wordsOf(piece.text)).length > 0,
      fromIsValue,
      continuesHosts: /^(?:and|comma)$/.test(piece.joint) && reader.isHost(/\S+$/.exec(pieces[at - 1]?.text ?? "")?.[0] ?? ""),
    });
    const rest = context.unmask(hosts.rest).replace(restOfHosts, "").trim();
    const isRest = restOfHosts.test(piece.text) && context.seen.spared.length > 0;
    const services = vocabulary.servicesIn(wordsOf(rest)).map((service) => service.name);
    const objects = objectWords(rest);

    // "…, lab2 keeps it", "web3 stays on": left as it is.
    const spared = hosts.hosts.filter((name) => !name.startsWith("!"));
    if (spared.length > 0 && verbHit === undefined && services.length === 0 && staysAsItIs.test(rest) && drafts.length > 0) {
      for (const draft of drafts.filter((one) => one.sentence >= number - 1)) addHosts(draft, spared.map((name) => `!${name}`), []); // prettier-ignore
      continue;
    }
    if (
      current !== undefined &&
      (hosts.isOnlyHosts || (services.length === 0 && verbHit === undefined && hosts.hosts.length > 0 && objects.length === 0))
    ) {
      if (
        piece.joint === "then" &&
        current.hosts.length > 0 &&
        hosts.hosts.length > 0 &&
        !hosts.hosts.some((name) => name.startsWith("!"))
      ) {
        // "updates on staging first and then production": the same again, elsewhere.
        current = { ...current, joint: "then", hosts: [...hosts.hosts], unknownHosts: [...hosts.unknown], services: [...current.services] };
        drafts.push(current);
        continue;
      }
      // "besides stork and pigeon": the list of those that are spared goes on.
      const isSpared = /^(?:and|comma)$/.test(piece.joint) && current.hosts.at(-1)?.startsWith("!") === true && !/^(?:also\s+)?(?:on|onto|to|at|in|auf|en|sur|bei)\b/i.test(text); // prettier-ignore
      // "metrics from all our boxes, on owl": where from, then where.
      if (current.hosts.join() === "all" && /\b(?:from|of|over|across)\s+(?:all|every|each)\b/i.test(pieces[at - 1]?.text ?? "") && /^on\b/i.test(text)) current.hosts = []; // prettier-ignore
      // "nginx auf web1 und web2 neu starten": the verb stands behind the last of them.
      if (spokenVerb(wordsOf(rest)) !== undefined) current.text = `${current.text} ${rest}`;
      // "web1 and web2 one by one"
      if (/\b(?:one|1) (?:by|at|after)\b|\b(?:serially|rolling|together|in parallel|at once|nacheinander|slowly|gently)\b/i.test(rest)) current.text = `${current.text} ${rest}`; // prettier-ignore
      addHosts(current, isSpared ? hosts.hosts.map((name) => (name.startsWith("!") ? name : `!${name}`)) : hosts.hosts, hosts.unknown);
      continue;
    }
    // "apart from web1 and the boats": what is to be spared and nobody knows is asked about.
    if (
      /^(?:and|comma)$/.test(piece.joint) &&
      current?.hosts.at(-1)?.startsWith("!") === true &&
      /^(?:the|our|my|those|all)\s+\p{L}[\p{L}-]+$/iu.test(piece.text.trim()) &&
      hosts.hosts.length + services.length === 0 &&
      !isOrder
    ) {
      context.ambiguities.push(text);
      continue;
    }
    // "remove the account but keep the mailbox": what another playbook is about is no switch of this one, and no object of its verb.
    if (current !== undefined && sparesOther(text, current, vocabulary)) {
      context.ambiguities.push(text);
      continue;
    }
    const isVerbOnly =
      verbHit !== undefined &&
      !/^\p{L}+[^e]ed$/u.test(rest) &&
      objects.length === 0 &&
      services.length === 0 &&
      !hasPronoun(rest) &&
      hosts.hosts.length === 0;
    if (isVerbOnly && piece !== pieces.at(-1) && piece.joint !== "after") {
      pendingVerb = { text: rest, joint: piece.joint };
      continue;
    }
    if (piece.joint === "after" && current !== undefined && (isAwaitedState(text) || eventIn(text, "after", context) !== undefined)) {
      current = askAbout(current, text);
      continue;
    }
    if (isDoneClause(text) && drafts.length > 0) {
      // "drop it once the backup is done": where no such work was ordered, somebody has to see to it first.
      const awaited = spokenVerb(wordsOf(text.replace(/\b(?:is|are|was|has|have|been|'s)\b.*$/i, "")))?.verb;
      const words = wordsOf(text);
      const done = words.findIndex((word) => endOfWork.test(word.lower));
      // "…, and once the backup is done drop it": nothing is left out unsaid.
      if (done > 0 && words.some((_, place) => place > done && (verbAt(words, place)?.verb ?? "other") !== "other"))
        context.ambiguities.push(text);
      const isOrdered =
        awaited === undefined || drafts.some((draft) => draft !== current && spokenVerb(wordsOf(draft.text))?.verb === awaited);
      if (piece.joint === "after" && current !== undefined && !isOrdered) {
        current = askAbout(current, text);
      }
      continue;
    }
    const startsStep =
      !isListEnd(pieces, at, rest, current) &&
      isNewStep(piece, {
        text: rest,
        verbHit: isOrder,
        services,
        objects,
        current,
        vocabulary,
        isVerbOnly,
        hasHosts: hosts.hosts.length > 0,
      });
    if (!startsStep && current !== undefined) {
      const glue =
        piece.joint === "comma" || piece.joint === "semicolon"
          ? ", "
          : piece.joint === "colon"
            ? ": "
            : hosts.hosts.length > 0 && !piece.text.startsWith(rest.slice(0, 3))
              ? " "
              : " and ";
      current.text = `${current.text}${glue}${rest}`;
      current.services.push(...services);
      addHosts(current, hosts.hosts, hosts.unknown);
      continue;
    }
    const hasOwnVerb = isOrder && !isProduct(text);
    // "update gitea, before that back up": what it is done to stands beside the other verb.
    const owner = isVerbOnly && piece.joint === "before" ? current?.services.at(-1) : undefined;
    const resolved = resolvePronoun(owner === undefined ? rest : `${rest} ${owner}`, drafts, context.seen.named);
    // "X and Y on web1": the verb of the first holds for the second.
    const sharedVerb =
      !hasOwnVerb &&
      !isWorkWithoutVerb(rest) &&
      !isVersionAfter(piece.joint, rest, current, vocabulary) &&
      !(namesWork(verbWord?.verb) && !/\b(?:with|using|mit|con|avec)\b/i.test(rest)) &&
      current !== undefined &&
      services.length + objects.length > 0
        ? verbWords(current.text)
        : "";
    // "remove the wiki, outline would be nicer": an undoing verb holds for things of a list, for nothing that is said about them.
    if (sharedVerb !== "" && undoing.has(spokenVerb(wordsOf(sharedVerb))?.verb ?? "other") && saysMore.test(rest)) {
      context.ambiguities.push(text);
      continue;
    }
    const draft: Draft = {
      text: sharedVerb === "" ? resolved.text : `${sharedVerb} ${resolved.text}`,
      verb: null,
      hasOwnVerb,
      joint: piece.joint,
      sentence: number,
      isItem: context.isItem || piece.joint === "semicolon",
      isWish: context.isWish,
      hosts: isRest
        ? [...(hosts.hosts.length > 0 ? hosts.hosts : ["all"]), ...context.seen.spared.map((name) => `!${name}`)]
        : hosts.hosts.length > 0
          ? [...hosts.hosts]
          : [...(resolved.hosts ?? [])],
      unknownHosts: [...hosts.unknown],
      services,
      isPronoun: resolved.wasPronoun,
      context:
        services.length > 0 || resolved.wasPronoun
          ? undefined
          : (current?.services.at(-1) ?? (drafts.at(-1)?.sentence === number ? drafts.at(-1)?.services.at(-1) : undefined)),
    };
    if (draft.hosts.length === 0) draft.hosts.push(...(placeInstead.length > 0 ? placeInstead : scope));
    // "deploy it on swift. After that open 443 there": where the last one was.
    if (draft.hosts.length === 0 && drafts.length > 0 && /\b(?:there(?! (?:is|are|was|were)\b)|dort|all[ií]|ah[ií]|là)\b|\b(?:its|their) \p{L}{3,}/iu.test(rest)) draft.hosts.push(...(drafts.findLast((one) => one.hosts.length > 0)?.hosts ?? [])); // prettier-ignore
    // "is app2 stuck again? then please restart it there"
    if (draft.hosts.length === 0 && drafts.length === 0 && /\b(?:there|dort|all[ií]|là|it)\b/i.test(rest))
      draft.hosts.push(...context.seen.asked);
    if (pendingVerb !== undefined) {
      // "back up and update nextcloud": two things with one object.
      drafts.push({
        ...draft,
        text: `${pendingVerb.text} ${withoutVerb(draft.text)}`,
        joint: pendingVerb.joint,
        hosts: [...draft.hosts],
        unknownHosts: [...draft.unknownHosts],
        services: [...services],
      });
      pendingVerb = undefined;
    }
    const before = current ?? drafts.at(-1);
    if (before !== undefined && comesFirst(sentence, piece, text)) reorder.push({ moved: draft, before });
    drafts.push(draft);
    current = draft;
    first ??= draft;
    context.seen.named = services.at(-1) ?? context.seen.named;
  }
  putInOrder(drafts, sentence, number, reorder);
  return first === undefined ? {} : { scope };
}
