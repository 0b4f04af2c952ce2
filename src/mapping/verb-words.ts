import { stem, type Word } from "./text.ts";
import type { Verb } from "./playbook.ts";

/**
 * What people and playbooks call the things one does. Phrases are matched as whole words; the first one in a text counts.
 * `other`: a verb that we know and that no class covers, so that "benchmark jellyfin" is never taken for "deploy jellyfin".
 */
export type SpokenVerb = Verb | "other";

// Comma-separated phrases. English first, then German, Spanish, French, a little Dutch and Italian; accents are folded away.
const table: Record<SpokenVerb, string> = {
  deploy: `deploy, install, setup, set up, set it up, spin up, stand up, bring up, roll out, rollout, put up, fire up, bring online, launch, self-host, host a, host my, host our, host the,
    provision, want, need, like, get, put, give me, give us, would like, i'd like, we'd like, looking for, could use, bootstrap, reinstall, redeploy, deployment, onboard,
    installiere, installieren, installiert, richte, einrichten, aufsetzen, setze, setz, brauche, brauchen, brauchst, hatte gern, hatte gerne, mochte, mochten, bereitstellen, ausrollen,
    instala, instalar, instale, despliega, desplegar, despliegue, quiero, necesito, necesitamos, monta, pon, levanta, levantar, configurar un,
    installe, installer, installez, deploie, deployer, deployez, voudrais, veux, besoin, mets en place, mettre en place, mets, installeer, zet, installa, implanta, implantar`,
  configure: `grant, control, switch, toggle, extend, lift, cap, throttle, restrict, whitelist, blacklist, forward, redirect, route, lock, unlock, setze auf, stelle, stell, verringere, erhohe, begrenze, freigeben, entsperre, entsperren, sperren, aktivieren, verbinde, poner, limita, bloquea, bloquear, desbloquea, permite, redirige, limite, autorise, bloque, debloque, relie, configure, config, reconfigure, set, change, adjust, modify, edit, tune, enable, disable, harden, hardening, tighten, open, close, block, unblock, allow, deny, permit, turn on,
    turn off, switch on, switch off, manage, point, hook up, connect, link, wire, assign, raise, lower, increase, decrease, limit, lock down, secure, customise, customize, write,
    konfiguriere, konfigurieren, andere, andern, offne, offnen, schliesse, schliessen, sperre, aktiviere, aktivieren, deaktiviere, configura, cambia, cambiar, abre, abrir, cierra, cerrar,
    ajusta, activa, desactiva, changer, ouvre, ouvrir, ferme, fermer, active, desactive, modifie, regle`,
  update: `pull the newest, newest version, move up to, hochziehen, auf den neuesten stand, ponme al dia, pon al dia, update, upgrade, patch, refresh, bump, bring up to date, keep up to date, newer version, latest version, aktualisiere, aktualisieren, actualiza, actualizar, mets a jour, mettre a jour,
    met a jour, mise a jour, mise a niveau, werk bij, aggiorna, atualiza`,
  remove: `take off, take away from, clear out, get shot of, chuck, dismantle, unregister, deregister, offboard, wegmachen, entzieh, entziehe, entziehen, abbauen, raus, weg mit, quita de, saca, sacar, retirer, desactive l'acces, enlevez, supprimez, effacer, remove, uninstall, delete, destroy, decommission, undeploy, purge, drop, erase, wipe, get rid of, tear down, take down, throw away, throw out, kick out, take away, revoke, withdraw, rip out, nuke, deinstall,
    entferne, entfernen, losche, loschen, deinstalliere, deinstallieren, wirf, elimina, eliminar, borra, borrar, quita, quitar, desinstala, desinstalar, supprime, supprimer, enleve, enlever,
    desinstalle, desinstaller, retire, efface, verwijder, rimuovi, remova`,
  backup: `take a snapshot, take a dump, make a dump, create a dump, create backup, create backups, crea una copia de seguridad, crear una copia de seguridad, crea una copia, erstelle ein backup, erstell ein backup, erstelle eine sicherung, lege ein backup an, cree une sauvegarde, creer une sauvegarde, mache eine sicherung, mach eine sicherung, save the data, save the database, safety copy, make a backup, make a copy, create a backup, create a snapshot, make a snapshot, take snapshots, take backups, sicher, haz una copia, hacer una copia, fais une sauvegarde, faire une sauvegarde, fais un snapshot, haz un backup, haz backup, backup, back-up, back up, back it up, back them up, backing up, mach ein backup, mache ein backup, run a backup, run the backup, run backup, run backups, take a backup, do a backup, do backups, save a copy, take a copy, snapshot, archive, dump, sichere, sichern, sicherung, datensicherung, respalda, respaldar, respaldo,
    copia de seguridad, sauvegarde, sauvegarder, sauvegardez`,
  restore: `put back, recall, reinstate, rewind, undelete, wiederhergestellt, zuruckspielen, restaurez, recupere, restore, recover, bring back, get back, roll the data back, wiederherstellen, wiederherstellung, stelle wieder her, wieder her, restaura, restaurar, recupera, recuperar, restaure, restaurer,
    recuperer, herstel`,
  restart: `cycle, respawn, restarting, power-cycle the service, durchstarten, neugestartet, redemarrez, relancer, relancez, reiniciad, restart, bounce, kick, recycle, neustarten, starte neu, neu starten, neustart, neu, reinicia, reiniciar, redemarre, redemarrer, relance, relancer, herstart, riavvia`,
  start: `turn back on, wake, wake up, boot, unpause, bring back online, put back into service, put back in service, return to service, aufwecken, wecke, hochfahren, einschalten, schalte ein, enciende, encender, despierta, allume, allumer, reveille, start, start again, resume, boot up, power on, starte, starten, arranca, inicia, iniciar, demarre, demarrer`,
  stop: `take offline, bring down, quiesce, put to sleep, hibernate, fahre herunter, runterfahren, schalte aus, abschalten, eteignez, arretez, apague, stop, halt, pause, suspend, shutdown, shut down, shut off, power off, power down, kill, terminate, stoppe, stoppen, beende, halte, anhalten, herunterfahren, ausschalten, deten,
    detener, parar, apaga, apagar, arrete, arreter, eteins, eteindre`,
  check: `examine, assess, monitor the health of, see whether, see if, have a look at, take a look at, measure, ping, lint, untersuche, kontrolliere, miss, messen, mira si, revisa, revisar, controla, examine, mesure, mesurer, check, verify, test, inspect, diagnose, audit, validate, health check, look at, look into, make sure, scan, probe, prufe, prufen, uberprufe, teste, comprueba, comprobar, verifica, verifie,
    verifier, controle`,
  show: `get me the log, get the log, get logs, give me the log, give me the logs, fetch the log, dump the log, dump the logs, summarise, summarize, overview of, how much space, how much room, how much disk, what is using, who is using, wieviel, wie viel platz, wie viel speicher, auflisten, ausgeben, cuanto espacio, combien d'espace, combien de place, montrez, listez, lister, ensename, listar, show, list, report, send me, display, print, view, tail, tell me how, tell me the, how full, how much, logs, log of, status of, wie voll, zeig, zeige, zeigen, liste, bericht, muestra, mostrar, lista, informe, ensena, montre,
    montrer, affiche, afficher, rapport, toon`,
  move: `copy over, kopieren, verlege, copiar, copier, transfere, transferir, move, migrate, relocate, transfer, copy, clone, duplicate, export, import, rename, mirror, rsync, sync to, verschiebe, verschieben, umziehen, migriere, kopiere, mueve, mover, migra, migrar, deplace, deplacer,
    migre, migrer, copie`,
  rollback: `go back one version, back to the previous, back to the last, get us back to, return to the previous, step back, zuruckgehen, vorige version, vorherige version, vuelve a la version, volver a la version, reviens a la version, revenir a la version, rollback, roll-back, roll back, revert, downgrade, undo, go back to, previous version, older version, zuruckrollen, zurucksetzen, revierte, annule`,
  renew: `get a new certificate, prolong, erneuert, verlangern, prolonge, prolongez, renovad, renew, reissue, renewal, erneuere, erneuern, verlangere, renueva, renovar, renouvelle, renouveler, rinnova`,
  add: `hinterlege, nimm auf, aufnehmen, ergänze, erganze, agregue, ajoutez, rajoute, insere, add, register, append, include, enrol, enroll, insert, attach, monitor, watch, fuge, hinzufugen, trage, eintragen, anade, anadir, agrega, agregar, ajoute, ajouter, voeg, toevoegen, aggiungi`,
  create: `issue, mint, allocate, erzeuge, erzeugen, genera, generar, genere, generer, creez, create, generate, lege an, anlegen, erstelle, erstellen, crea, crear, cree, creer`,
  rotate: `rotate, reset, regenerate, change the password of`,
  reboot: `restart machine, restart machines, restart host, restart hosts, restart server, restart servers, restart computer, restart computers, restart node, restart nodes, restart systems, restart pcs, restart vms, warm start, hard reset, reboots, rebooten, boote, neu booten, reboot, restart the machine, restart the machines, restart the host, restart the hosts, restart the server, restart the servers, power cycle, warm boot`,
  clean: `clear, clear up, empty, flush, sweep, purge the cache, wipe the cache, delete old, remove old, remove unused, delete unused, leere, leeren, bereinige, bereinigen, saubere, saubern, vacia, vaciar, borra los viejos, vide, vider, videz, purge le cache, vidange, clean, prune, cleanup, clean up, tidy, tidy up, free up, free some, make room, reclaim, vacuum, raume auf, aufraumen, limpia, limpiar, nettoie, nettoyer, libere`,
  run: `run, execute, trigger, kick off, apply, perform, invoke, fuhre, ausfuhren, ejecuta, ejecutar, lance, lancer`,
  other: `reload, write me, write us, compose, convert, compress, decompress, merge, sort, annotate, calculate, compute, compare, review, design, draw, paint, photograph, sing, cook, bake, phone, hire, pay, sell, rent, sign, negotiate, overclock, underclock, jailbreak, crack, mine, shard, defrag, reindex, rehearse, practise, pour, wash, grade, learn, study, konvertiere, komprimiere, vergleiche, ubersetze, drucke, bezahle, verkaufe, kaufe, bestelle, compra, vende, traduce, imprime, achete, vends, traduis, evacuate, uncordon, undrain, mute, silence, snooze, acknowledge, warm up, simulate, benchmark, debug, fix, repair, resize, scale, drain, cordon, replicate, fork, encrypt, decrypt, mount, unmount, format, partition, defragment, compile, rebuild, detach, log in,
    subscribe, unsubscribe, replace, swap, ersetze, reemplaza, remplace, buy, order, book, send, post, publish, upload, transcode, explain, describe, translate, train, teach, attack, hack, exploit, failover, promote, demote, join, leave,
    approve, reject, cancel, schedule, remind, repariere, repara, repare, ssh into, exec into`,
}; // prettier-ignore

interface Phrase {
  readonly words: readonly string[];
  readonly verb: SpokenVerb;
}

const phrases = new Map<string, Phrase[]>();
for (const [verb, text] of Object.entries(table) as [SpokenVerb, string][]) {
  for (const part of text.split(",")) {
    const words = part.trim().split(/\s+/);
    const key = stem(words[0] ?? "");
    phrases.set(key, [...(phrases.get(key) ?? []), { words, verb }]);
  }
}
for (const list of phrases.values()) list.sort((a, b) => b.words.length - a.words.length);

export interface VerbHit {
  readonly verb: SpokenVerb;
  /** First word and the one after the last. */
  readonly from: number;
  readonly to: number;
}

const apart =
  /\b(shut|turn|switch|take|bring|set|power|back|roll|tear|spin|clean|lock|hook|wake|boot|free|put|throw|get)(?:s|es)?\s+((?:(?!(?:and|then|to|und|y|et)\b)[^\s,;:]+\s+){1,6}?)(down|off|on|up|away|back up|back online|back)(?=$|[\s,;.!]*(?:$|[,;.!]|(?:and|or|then|again|at|for|from|please|now|once|after|before|in|on|to|und|y|et)\b))/gi;
const together: Readonly<Record<string, readonly string[]>> = {
  shut: ["down", "off"], turn: ["on", "off", "down", "up"], switch: ["on", "off"], take: ["down", "off", "away"], bring: ["up", "down", "back", "back up", "back online"], set: ["up"], power: ["on", "off", "down"], back: ["up"],
  roll: ["back"], tear: ["down"], throw: ["away"], spin: ["up"], clean: ["up"], lock: ["down"], hook: ["up"], wake: ["up"], boot: ["up"], free: ["up"], put: ["up", "away", "back"], get: ["back"],
}; // prettier-ignore
/** With "it" between, these are left to phrases of their own ("back it up"). */
const keepsPronoun = /^(?:back|set|spin|roll|tear|clean|bring|take)$/i;
const backInUse =
  /\b(?:put|bring|take)s?\s+([^,;:]{1,40}?)\s+back\s+(?:into|in|to)\s+(?:service|scheduling|rotation|operation|use|production|the pool)\b/gi;
const outOfUse = /\b(?:take|pull|get)s?\s+([^,;:]{1,40}?)\s+out of\s+(?:service|scheduling|rotation|operation|use|production|the pool)\b/gi;

const kickedOff = /\b(?:kick|throw|chuck)s?\s+((?:(?!(?:and|then|to|it|that|off|out)\b)[^\s,;:]+\s+){1,4}?)(?:off|out of|out)\s+(?=\S)/gi;

/** "shut the computers down" becomes "shut down the computers", "put gpu02 back into service" "resume gpu02". */
export function joinVerbs(text: string): string {
  return text
    .replace(backInUse, "resume $1")
    .replace(outOfUse, "drain $1")
    .replace(/\b(?:take|pull|get)s?\s+([^,;:]{1,40}?)\s+(?:out of|off) maintenance( mode)?\b/gi, "turn off maintenance of $1")
    .replace(/\bputs?\s+([^,;:]{1,40}?)\s+(?:into|in|under) maintenance( mode)?\b/gi, "turn on maintenance of $1")
    .replace(kickedOff, "kick out $1from ")
    .replace(apart, (all, verb: string, object: string, particle: string) =>
      together[verb.toLowerCase()]?.includes(particle.toLowerCase()) === true && !(/^(?:it|them|this|that)\s*$/i.test(object) && keepsPronoun.test(verb))
        ? `${verb} ${particle} ${object.trim()}`
        : all,
    );
} // prettier-ignore

/** The verb phrase that begins at word `index`, the longest one. */
export function verbAt(words: readonly Word[], index: number): VerbHit | undefined {
  const first = words[index];
  // "Logging" is what a service does; nobody orders it.
  if (first === undefined || first.lower === "logging" || (first.lower === "log" && words[index + 1]?.lower !== "of")) return undefined;
  const fitting = (phrases.get(stem(first.lower)) ?? []).filter((phrase) =>
    phrase.words.every((part, offset) => sameVerbWord(words[index + offset]?.lower, part)),
  );
  // "contrôle" and "control" have one stem, and each is a verb of its own.
  const length = fitting[0]?.words.length ?? 0;
  const phrase = fitting.find((one) => one.words.length === length && one.words.every((part, offset) => words[index + offset]?.lower === part)) ?? fitting[0]; // prettier-ignore
  return phrase === undefined ? undefined : { verb: phrase.verb, from: index, to: index + length };
}

function sameVerbWord(word: string | undefined, part: string): boolean {
  return word !== undefined && (word === part || stem(word) === stem(part));
}

// "backup solution", "update server": the word names a thing here, it does not ask for the act.
const thingWords = new Set(
  "solution tool tools software program programme system manager agent client server service app dashboard page page's stack job jobs panel ui interface platform suite viewer tracker machine target destination".split(
    " ",
  ),
);
const weak = new Set<SpokenVerb>(["deploy", "run"]);
const weakWords = new Set(
  "want need like get put give have host looking could would wants needs getting set voudrais veux quiero necesito necesitamos brauche brauchen besoin hatte i'd we'd zet wil run apply execute perform trigger fuhre make ejecuta lance".split(
    " ",
  ),
);

// "the mailing list", "an upload limit", "my login": orders only where an order begins.
const nounsToo = new Set(
  "list lists limit limits partition partitions format order book post schedule show shows archive archives control controls".split(" "),
);
const beginnings = new Set(
  "and or then please pls to you me us can could would also just now first next finally lets let's und oder bitte y o por et ou i we".split(
    " ",
  ),
);

const isNounHere = (words: readonly Word[], { from, to }: VerbHit): boolean => {
  const before = words[from - 1];
  const word = words[from];
  if (before === undefined || word === undefined || to - from > 1 || !nounsToo.has(word.lower)) return false;
  return !beginnings.has(before.lower) && word.start - before.end <= 1;
};

/** All verbs of a text in order; words that name a thing are left out. */
export function verbsIn(words: readonly Word[]): VerbHit[] {
  const hits: VerbHit[] = [];
  for (let index = 0; index < words.length;) {
    const found = verbAt(words, index);
    const hit = found !== undefined && isNounHere(words, found) ? undefined : found;
    const after = hit === undefined ? undefined : words[hit.to]?.lower;
    const isThing = hit?.to === index + 1 && after !== undefined && thingWords.has(after) && hit.verb !== "deploy" && hit.verb !== "reboot";
    if (hit !== undefined && !isThing) hits.push(hit);
    index = hit === undefined ? index + 1 : hit.to;
  }
  return hits;
}

/** The verb a text asks for: the first strong one near its beginning; "I want X restarted" is a restart, "I need X" a deployment. */
export function spokenVerb(words: readonly Word[]): VerbHit | undefined {
  const hits = verbsIn(words).filter((hit) => !isTold(words, hit));
  const [firstHit] = hits;
  if (firstHit === undefined) return undefined;
  if (firstHit.verb === "update" && isSettingRaised(words, firstHit)) return { ...firstHit, verb: "configure" };
  // "install the security updates", "apply patches": what is put in place is newer than what is there.
  if (firstHit.verb === "deploy" || firstHit.verb === "run") {
    const at = words.findIndex((word, place) => place >= firstHit.to && place <= firstHit.to + 4 && updateNouns.has(word.lower));
    if (at > 0) return { verb: "update", from: firstHit.from, to: firstHit.to };
  }
  if (
    weak.has(firstHit.verb) &&
    firstHit.to - firstHit.from <= 2 &&
    weakWords.has(words[firstHit.from]?.lower ?? "") &&
    !isSetUp(words, firstHit)
  ) {
    const strong = hits.slice(1).find((hit) => hit.verb !== "deploy" && hit.verb !== "run" && hit.verb !== "other");
    if (strong !== undefined && isActed(words, strong)) return strong;
  }
  return firstHit;
}

/** "bump the retention of loki to 60d": not the service gets newer. */
function isSettingRaised(words: readonly Word[], { from, to }: VerbHit): boolean {
  if (words[from]?.lower !== "bump") return false;
  const of = words.findIndex(({ lower }, at) => at > to && at <= to + 3 && /^(?:of|for|on)$/.test(lower));
  return (
    of > 0 &&
    !/^(?:version|release|tag|image)s?$/.test(words[of - 1]?.lower ?? "") &&
    words.slice(of + 2).some(({ lower }) => lower === "to")
  );
}

/** "I have deleted half of it", "somebody removed the list": what happened, not what is wanted. */
function isTold(words: readonly Word[], { from }: VerbHit): boolean {
  if (!/(?:ed|overwrote|lost|broke|gone)$/.test(words[from]?.lower ?? "")) return false;
  let before = from - 1;
  while (/^(?:accidentally|just|already|have|has|had|i've|'ve|by|mistake|must|may|once|also)$/.test(words[before]?.lower ?? ""))
    before -= 1;
  return /^(?:i|we|he|she|they|somebody|someone|anybody|colleague|i've|we've)$/.test(words[before]?.lower ?? "");
}

const updateNouns = new Set(
  "updates patches upgrades hotfixes aktualisierungen sicherheitsupdates updates actualizaciones parches misesajour correctifs".split(" "),
);

const isSetUp = (words: readonly Word[], hit: VerbHit): boolean => words[hit.from]?.lower === "set" && hit.to - hit.from > 1;

// After "I want / we need / get", only a participle ("restarted"), an infinitive ("to restart") or "a backup of" is the true verb.
function isActed(words: readonly Word[], hit: VerbHit): boolean {
  const word = words[hit.from]?.lower ?? "";
  const before = words[hit.from - 1]?.lower ?? "";
  if (
    /^(?:reports?|list|logs|restart|reboot|upgrade|bericht|rapport|informe|patch|patches|prune|cleanup|renewal|restore|rollback|backup)$/.test(
      word,
    ) &&
    !thingWords.has(words[hit.to]?.lower ?? "")
  )
    return true;
  return /ed$|ing$/.test(word) || ["to", "be", "a"].includes(before) || word === "gone" || (hit.verb === "backup" && word !== "backup");
}

const longestTitle = 5;

/** Verb of a playbook from words of its name, path or description; `other` never counts. */
export function verbOfPlaybookText(words: readonly Word[]): Verb | undefined {
  // "Publish the pages": a verb of no class is still what it does, whatever its other words are.
  if (words.length <= longestTitle && verbAt(words, 0)?.verb === "other" && !thingWords.has(words[1]?.lower ?? "")) return "run";
  const hit = verbsIn(words).find((found) => found.verb !== "other" && !isWeakWord(words[found.from]?.lower ?? "", found));
  return hit === undefined || hit.verb === "other" ? undefined : hit.verb;
}

/** "Puts an account into a group" sets nothing up. */
const isWeakWord = (word: string, { from, to }: VerbHit): boolean =>
  weakWords.has(word) || (to - from === 1 && /^(?:puts|gives|gets)$/.test(word));

/**
 * "Check the backups" in `backup_check.yml`, "Restore from a backup" in `restore_backup.yml`: of several verbs in a file's name, the one that its
 * title begins with is what it does. The others are nouns.
 */
export function verbOfNames(file: readonly Word[], title: readonly Word[]): Verb | undefined {
  const first = verbAt(title, 0)?.verb;
  const isNamed = first !== undefined && first !== "other" && !weak.has(first) && verbsIn(file).some((hit) => hit.verb === first);
  return isNamed ? first : verbOfPlaybookText(file);
}

/** Which playbook verbs can answer a spoken verb, best first. A deployment answers only wishes to have or to set something. */
const answers: Record<Verb, readonly Verb[]> = {
  deploy: ["deploy", "create"],
  configure: ["configure", "add", "deploy", "create"],
  update: ["update"],
  remove: ["remove"],
  backup: ["backup"],
  restore: ["restore"],
  restart: ["restart"],
  start: ["start"],
  stop: ["stop"],
  check: ["check", "show"],
  show: ["show", "check"],
  move: ["move"],
  rollback: ["rollback"],
  renew: ["renew"],
  add: ["add", "configure", "create"],
  create: ["create", "add", "configure", "deploy"],
  rotate: ["rotate", "configure"],
  reboot: ["reboot"],
  clean: ["clean"],
  run: ["run"],
};

export function answeringVerbs(verb: Verb): readonly Verb[] {
  return answers[verb];
}
