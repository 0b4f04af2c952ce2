/** Answers of external commands, kept under a key over everything they depend on. */
export interface AnswerCache {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

/** Asks once: `ask` runs only when nothing is kept; two callers at once share one answer. Only JSON values. */
export function cachedAnswer<T>(cache: AnswerCache, key: string, ask: () => Promise<T>): Promise<T> {
  const under = asking.get(cache)?.get(key);
  if (under !== undefined) return under as Promise<T>;
  const answer = (async (): Promise<T> => {
    const kept = await cache.get(key);
    if (kept !== undefined) return kept as T;
    const fresh = await ask();
    await cache.set(key, fresh);
    return fresh;
  })();
  const open = asking.get(cache) ?? new Map<string, Promise<unknown>>();
  asking.set(cache, open);
  open.set(key, answer);
  void answer.catch(() => undefined).finally(() => open.delete(key));
  return answer;
}

const asking = new WeakMap<AnswerCache, Map<string, Promise<unknown>>>();

export function memoryCache(): AnswerCache {
  const kept = new Map<string, unknown>();
  return {
    async get(key) {
      return kept.get(key);
    },
    async set(key, value) {
      kept.set(key, value);
    },
  };
}
