import { setImmediate as breathe } from "node:timers/promises";
import { storable } from "../db/storable.ts";
import type { Embedder } from "./embedder.ts";
import { kindOf, type MadePhrasings, type PhrasingStore, type StoredPhrasings } from "./phrasing-store.ts";
import { phrasingsOf } from "./phrasings.ts";
import { type PlaybookVectors, storedVector, unitVectors } from "./playbook-vectors.ts";
import type { Playbook, PlaybookCatalog } from "./playbook.ts";
import type { WriteBehind } from "./write-behind.ts";

export interface BuildDeps {
  readonly store: PhrasingStore;
  readonly behind: WriteBehind;
  readonly embedder: Embedder;
  /** Told when all playbooks are embedded because the embedder is another one than before. */
  readonly onRebuild?: ((embedder: Embedder, playbooks: number) => void) | undefined;
  /** Told every other second of a long build. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
  /** Milliseconds that only go forward. */
  readonly clock?: (() => number) | undefined;
}

interface BuildOrder {
  readonly catalog: PlaybookCatalog;
  /** Of the catalog before this one, by the same embedder; undefined: the database says what there is. */
  readonly before: ReadonlyMap<string, PlaybookVectors> | undefined;
  /** False: the vectors stay in the database. */
  readonly inProcess: boolean;
}

interface Built {
  readonly vectors: ReadonlyMap<string, PlaybookVectors>;
  readonly embedded: number;
  readonly removed: number;
}

/** Of playbooks: the built-in embedder and PGlite hold the event loop for as long as a batch takes. */
const batchSize = 2;
const progressEveryMs = 2_000;
/** What took longer to make is written while the rest is made, so that an interrupted build goes on where it was. */
const keepAfterMs = 20_000;

/** Takes what is known, reads what is stored, makes what is missing. Undefined: the embedder became another one meanwhile. */
export async function buildIndex(deps: BuildDeps, { catalog, before, inProcess }: BuildOrder): Promise<Built | undefined> {
  const { store, behind, embedder, clock = () => performance.now() } = deps;
  const kind = kindOf(embedder);
  const wanted = new Map(catalog.playbooks.map((playbook) => [playbook.id, playbook]));
  const vectors = new Map<string, PlaybookVectors>();
  const done = new Set<string>();
  const gone: string[] = [];
  const startedAt = clock();
  let saidAt = startedAt;
  const add = (playbook: Playbook, made: readonly Float32Array[]): void => {
    done.add(playbook.id);
    if (inProcess) vectors.set(playbook.id, { playbook: playbook.id, contentHash: playbook.contentHash, vectors: unitVectors(made) });
    if (clock() - saidAt < progressEveryMs) return;
    saidAt = clock();
    deps.onProgress?.(done.size, wanted.size);
  };

  for (const [id, entry] of before ?? []) {
    if (!wanted.has(id)) gone.push(id);
    if (wanted.get(id)?.contentHash !== entry.contentHash) continue;
    done.add(id);
    if (inProcess) vectors.set(id, entry);
  }
  const stored = new Set<string>();
  let ofThisEmbedder = 0;
  const left = catalog.playbooks.filter(({ id }) => !done.has(id)).map(({ id }) => id);
  // Another process may have embedded what changed.
  for await (const page of store.read(kind, before === undefined ? await store.stored() : left)) {
    for (const found of page) {
      const playbook = wanted.get(found.playbook);
      stored.add(found.playbook);
      if (found.embedder === kind.key) ofThisEmbedder += 1;
      if (playbook === undefined) gone.push(found.playbook);
      else if (isOf(found, playbook, kind.key)) add(playbook, found.vectors);
    }
    await breathe();
  }

  const missing = catalog.playbooks.filter(({ id }) => !done.has(id));
  if (before === undefined && stored.size > 0 && ofThisEmbedder === 0 && missing.length > 0) deps.onRebuild?.(embedder, missing.length);
  if (gone.length > 0) behind.add(() => store.remove(gone));
  const made: (readonly MadePhrasings[])[] = [];
  const keep = (): void => {
    for (const batch of made.splice(0)) behind.add(() => store.write(kind, batch, !batch.some(({ playbook }) => stored.has(playbook))));
  };
  for (let start = 0; start < missing.length; start += batchSize) {
    const batch = await embedAll(embedder, missing.slice(start, start + batchSize));
    if (kindOf(embedder).key !== kind.key) return undefined;
    made.push(batch.map(({ playbook, ...rest }) => ({ playbook: playbook.id, contentHash: playbook.contentHash, ...rest })));
    for (const one of batch) add(one.playbook, one.vectors);
    if (!inProcess || clock() - startedAt > keepAfterMs) keep();
    await breathe();
  }
  keep();
  if (!inProcess) await behind.settled();
  return { vectors, embedded: missing.length, removed: gone.length };
}

type Embedded = Omit<MadePhrasings, "playbook" | "contentHash"> & { readonly playbook: Playbook };

async function embedAll(embedder: Embedder, playbooks: readonly Playbook[]): Promise<Embedded[]> {
  const texts = playbooks.map(textsOf);
  const vectors = (await embedder.embed(texts.flat())).map(storedVector);
  let next = 0;
  return playbooks.map((playbook, at) => {
    const phrasings = texts[at] ?? [];
    return { playbook, phrasings, vectors: phrasings.map(() => vectors[next++] ?? new Float32Array(embedder.dimensions)) };
  });
}

/** Stored rows may be of another content, of another version of Chiffon, or cut short. */
function isOf(
  found: StoredPhrasings,
  playbook: Playbook,
  key: string,
): found is StoredPhrasings & { readonly vectors: readonly Float32Array[] } {
  if (found.embedder !== key || found.contentHash !== playbook.contentHash || found.vectors.includes(null)) return false;
  const texts = textsOf(playbook);
  return texts.length === found.phrasings.length && texts.every((text, at) => text === found.phrasings[at]);
}

const textsOf = (playbook: Playbook): string[] => storable(phrasingsOf(playbook));
