import { fold } from "../../mapping/text.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import type { Token } from "./stated-values.ts";

/** What a state is called where it is a value: as an act, and as how things are after it. */
export interface SaidState {
  readonly act: string;
  readonly state: string;
}

const rows = [
  "open open offne offnen abre abrir ouvre ouvrir ouvrez",
  "close closed shut schliess schliesse schliessen cierra cerrar ferme fermer fermez",
  "lock locked sperr sperre sperren gesperrt bloquea bloquear verrouille verrouillez",
  "unlock unlocked entsperr entsperre entsperren freigeben desbloquea deverrouille",
  "block blocked blockier blockiere blockieren bloque",
  "unblock unblocked",
  "enable enabled aktivier aktiviere aktivieren activa activer",
  "disable disabled deaktivier deaktiviere deaktivieren desactiva desactiver",
  "mount mounted einhangen monta montar",
  "unmount unmounted umount aushangen desmonta demonte",
  "pause paused pausier pausiere pausieren pausa",
  "resume resumed fortsetzen reanuda reprendre",
  "mute muted",
  "unmute unmuted",
  "arm armed",
  "disarm disarmed",
  "freeze frozen",
  "unfreeze unfrozen thaw",
  "hide hidden",
  "raise raised",
  "lower lowered",
  "start started starte starten anfahren arranca arrancar demarre demarrer demarrez",
  "stop stopped stoppe stoppen anhalten deten detener para arrete arreter arretez",
  "connect connected",
  "disconnect disconnected",
  "suspend suspended",
  "publish published",
  "unpublish unpublished",
  "quarantine quarantined",
  "release released",
  "renew renewed renewing verlanger renueva renouvelle",
  "revoke revoked revoking",
  "drain drained",
  "allow allowed",
  "deny denied",
  "lift lifted",
  "grant granted",
  "withdraw withdrawn",
  "park parked parken",
].map((row) => row.split(" "));

const on = { act: "on", state: "on" };
const off = { act: "off", state: "off" };
const switching = /^(?:switch|turn|power|shut|put|schalte?n?|mach|mache|pon|mets)$/;
const onWords = /^(?:einschalten|anschalten|anmachen|einzuschalten|enciende|encender|prende|allume|allumer|allumez)$/;
const offWords = /^(?:ausschalten|abschalten|ausmachen|auszuschalten|apaga|apagar|eteins|eteindre|eteignez)$/;

/** "open valve 7", "heaters off", "Ventil 4 zu": the states that a text speaks of, none of what it denies. */
export function saidStates(tokens: readonly Token[]): SaidState[] {
  const found = new Map<string, SaidState>();
  const words = tokens.map((token) => (token.isQuoted ? "" : fold(token.lower)));
  for (const [at, word] of words.entries()) {
    if (tokens[at - 1]?.assigns === true || isDenied(words, at)) continue;
    const ends = isEnd(tokens, at);
    const row = rows.find((entry) => entry.slice(0).some((form) => form === word || (form === entry[0] && `${form}s` === word)));
    const said =
      row?.[0] !== undefined && row[1] !== undefined ? { act: row[0], state: row[1] }
      : offWords.test(word) || (word === "off" && (switching.test(words[at - 1] ?? "") || !/^(?:the|of|from|our|my|his|her|their)$/.test(words[at + 1] ?? ""))) || (word === "aus" && ends) ? off
      : onWords.test(word) || (/^(?:on|an|ein)$/.test(word) && (word === "on" || ends) && (switching.test(words[at - 1] ?? "") || ends)) ? on
      : word === "zu" && ends ? { act: "close", state: "closed" }
      : word === "auf" && ends ? { act: "open", state: "open" }
      : undefined;
    if (said !== undefined) found.set(said.act, said);
  }
  return [...found.values()];
} // prettier-ignore

const isDenied = (words: readonly string[], at: number): boolean =>
  words
    .slice(Math.max(0, at - 2), at)
    .some((word) => /^(?:not|don't|dont|never|no|nicht|kein\w*|without|ohne|sin|sans|ne|pas|cannot|can't)$/.test(word));

/** Nothing but small words follows. */
const isEnd = (tokens: readonly Token[], at: number): boolean =>
  tokens[at]?.comma === true ||
  tokens[at + 1] === undefined ||
  /^(?:please|pls|for|until|till|at|in|from|with|again|now|and|then|bitte|wieder|ab|bis)$/.test(tokens[at + 1]?.lower ?? "") ||
  (/^(?:an|ein|aus|zu|auf)$/.test(tokens[at]?.lower ?? "") && tokens.slice(at + 1).every((token) => isStopWord(token.lower)));
