/** Work of one key in the order it came, also after some of it failed; different keys at once. */
export function oneAtATime(): (key: string, work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    const before = last.get(key);
    const own = Promise.withResolvers<void>();
    last.set(key, own.promise);
    try {
      await before;
      await work();
    } finally {
      own.resolve();
      if (last.get(key) === own.promise) last.delete(key);
    }
  };
}
