/** Work of one key in the order it came, also after some of it failed; different keys at once. */
export function oneAtATime(): (key: string, work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (key, work) => {
    const next = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, next);
    const done = (): void => {
      if (last.get(key) === next) last.delete(key);
    };
    next.then(done, done);
    return next;
  };
}
