/** Times and durations in words, in the reader's zone. */
export interface TimeWordsOptions {
  readonly now: Date;
  /** Default: the zone of this machine. */
  readonly timeZone?: string;
}

/** `8 s`, `1 min 20 s`, `2 h 5 min`, `3 days`. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 1) return "under 1 s";
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return joined(Math.floor(minutes / 60), "h", minutes % 60, "min");
  return `${Math.round(minutes / (24 * 60))} days`;
}

/** `in 24 h (tomorrow 14:03)`, or `since today 14:03` when it is over. */
export function untilWords(iso: string, options: TimeWordsOptions): string {
  const at = new Date(iso);
  const seconds = (at.getTime() - options.now.getTime()) / 1000;
  if (seconds <= 0) return `since ${momentWords(iso, options)}`;
  // Seconds of a long wait are noise.
  const rounded = seconds >= 3600 ? Math.round(seconds / 60) * 60 : seconds;
  return `in ${durationWords(rounded)} (${momentWords(iso, options)})`;
}

/** `today 14:03`, `tomorrow 14:03`, `Mon 24 Nov 14:03`. */
export function momentWords(iso: string, options: TimeWordsOptions): string {
  const at = new Date(iso);
  const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone };
  const day = (date: Date): string => new Intl.DateTimeFormat("en-CA", { dateStyle: "short", ...zone }).format(date);
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...zone }).format(at);
  for (const [offset, word] of [
    [0, "today"],
    [1, "tomorrow"],
    [-1, "yesterday"],
  ] as const) {
    // prettier-ignore
    if (day(new Date(options.now.getTime() + offset * 86_400_000)) === day(at)) return `${word} ${time}`;
  }
  const date = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", ...zone }).format(at).replace(",", "");
  return `${date} ${time}`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
