/** What came in time, or "late"; what fails after that is nobody's any more. */
export async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  work.catch(() => undefined); // when it fails after it was late
  try {
    return await Promise.race([work, new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), milliseconds)))]);
  } finally {
    clearTimeout(timer);
  }
}
