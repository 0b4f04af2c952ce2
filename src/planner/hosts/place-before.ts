import { wordsOf } from "../../mapping/text.ts";
import { leadingVerb, objectWords, type Piece } from "../sentence/clauses.ts";
import type { HostReader } from "./hosts-in-text.ts";
import { isApprovalClaim, withoutPoliteness } from "../sentence/speech.ts";
import type { Vocabulary } from "../vocabulary.ts";

interface PlaceBefore {
  readonly pieces: readonly Piece[];
  /** Hosts that hold for every step of the sentence. */
  readonly scope: string[];
  /** Set when the sentence says nothing but where. */
  readonly announced: string[] | undefined;
}

/** "on web1: deploy …", "for the homelab, please: …": where, then what. */
export function readPlaceBefore(
  all: readonly Piece[],
  sentence: string,
  context: { readonly reader: HostReader; readonly vocabulary: Vocabulary; readonly scope: readonly string[] },
): PlaceBefore {
  const { reader, vocabulary } = context;
  let pieces = all;
  let scope: string[] = [...context.scope];
  let announced: string[] | undefined;
  const colon = pieces.findIndex((piece) => piece.joint === "colon");
  if (colon > 0) {
    const head = pieces
      .slice(0, colon)
      .map((piece) => piece.text)
      .join(", ");
    const tail = pieces.slice(colon);
    const hosts = reader.read(head.replace(/\s+(?:first|zuerst|primero|d'abord)\s*$/i, ""), { allowUnknown: false, fromIsValue: false });
    const headHasWork =
      vocabulary.servicesIn(wordsOf(hosts.rest)).length > 0 ||
      (leadingVerb(hosts.rest) !== undefined && objectWords(hosts.rest).length > 0);
    const tailNames = vocabulary.servicesIn(wordsOf(tail.map((piece) => piece.text).join(" , ")));
    const headNames = new Set(vocabulary.servicesIn(wordsOf(hosts.rest)).map((service) => service.name));
    const tailRepeats = tailNames.some((service) => headNames.has(service.name));
    if (!headHasWork || tailRepeats || isApprovalClaim(head)) {
      scope = hosts.hosts.length > 0 ? [...hosts.hosts] : scope;
      const headVerb = leadingVerb(hosts.rest);
      const headWords = wordsOf(hosts.rest);
      // "technicians: lars and ewa": what they are stands before.
      const isKind =
        headVerb === undefined &&
        headWords.length > 0 &&
        headWords.length <= 3 &&
        !isApprovalClaim(head) &&
        !tailRepeats &&
        leadingVerb(tail[0]?.text ?? "") === undefined &&
        vocabulary.servicesIn(wordsOf(tail[0]?.text ?? ""))[0]?.from !== 0 &&
        vocabulary.thingAt(wordsOf(tail[0]?.text ?? "")) === undefined &&
        (vocabulary.thingAt(headWords) !== undefined || headWords.every((word) => vocabulary.isKnownWord(word.lower)));
      pieces = tail.map((piece, at) =>
        at === 0
          ? {
              text:
                isKind || (headVerb !== undefined && !isApprovalClaim(head) && leadingVerb(piece.text) === undefined && !tailRepeats)
                  ? `${hosts.rest} ${piece.text}`
                  : withoutPoliteness(piece.text),
              joint: "start" as const,
            }
          : piece,
      );
    }
  } else if (pieces.length === 1) {
    // "Restart redis. It's on web1."
    const said = sentence
      .replace(/:\s*$/, "")
      .replace(
        /^(?:it|they|that|this|both|all of (?:it|them|this))(?:'s|'re|\s+(?:is|are|runs?|lives?|sits?|goes|go|should (?:be|run|go)|belongs?))?\s+(?=(?:all\s+|both\s+)?(?:on|at|in|to|onto|for)\b)/i,
        "",
      );
    const hosts = reader.read(said, { allowUnknown: false, fromIsValue: false });
    if (hosts.isOnlyHosts) announced = [...hosts.hosts];
  }
  return { pieces, scope, announced };
}
