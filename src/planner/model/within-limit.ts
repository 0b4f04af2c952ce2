/** Ends after the limit also when the work forgets its signal, or never comes back from loading a library. */
export async function withinLimit<T>(
  limit: { readonly limitMs: number; readonly signal: AbortSignal; readonly late: (seconds: number) => Error },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const tooLong = limit.late(limit.limitMs / 1000);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLong), limit.limitMs);
  });
  const working = work(AbortSignal.any([limit.signal, ended.signal]));
  working.catch(() => undefined); // the race has its answer already
  try {
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
    ended.abort(); // also after a reply: nothing may go on in the background
  }
}
