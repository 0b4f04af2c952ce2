import { isStopWord } from "../../mapping/stop-words.ts";
import type { Token } from "./stated-values.ts";

/** What units in names of variables are written like in a text. */
const units: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:celsius|degrees?|degc)$/, /^(?:°|°?c|degrees?|deg|grad|grados?|degr[eé]s?|celsius)$/],
  [/^(?:percent|percentage|pct)$/, /^(?:%|percent|percentage|pct|prozent|pourcent)$/],
  [/^(?:tb|terabytes?)$/, /^(?:t|tb|tib|to|terabytes?|teras?)$/],
  [/^(?:gb|gib|gigabytes?|gigs?)$/, /^(?:g|gb|gib|go|gigs?|gigabytes?|gigas?)$/],
  [/^(?:mb|mib|megabytes?)$/, /^(?:m|mb|mib|mo|megs?|megabytes?|megas?)$/],
  [/^(?:kb|kib|kilobytes?)$/, /^(?:k|kb|kib|ko|kilobytes?)$/],
  [/^(?:mbit|mbits|mbps)$/, /^(?:mbit(?:\/s)?|mbits|mbps|mb\/s|megabits?)$/],
  [/^(?:gbit|gbps)$/, /^(?:gbit(?:\/s)?|gbps|gb\/s|gigabits?)$/],
  [/^(?:kbit|kbps)$/, /^(?:kbit(?:\/s)?|kbps|kb\/s|kilobits?)$/],
  [/^(?:kw|kilowatts?)$/, /^(?:kw|kilowatts?)$/],
  [/^(?:mw|megawatts?)$/, /^(?:mw|megawatts?)$/],
  [/^watts?$/, /^(?:w|watts?)$/],
  [/^kwh$/, /^kwh$/],
  [/^(?:volts?|voltage)$/, /^(?:v|volts?)$/],
  [/^(?:amps?|amperes?)$/, /^(?:a|amps?|amperes?)$/],
  [/^(?:hz|hertz)$/, /^(?:hz|hertz)$/],
  [/^khz$/, /^khz$/],
  [/^mhz$/, /^mhz$/],
  [/^ghz$/, /^ghz$/],
  [/^dbm$/, /^dbm$/],
  [/^db$/, /^(?:db|decibels?)$/],
  [/^(?:mm|millimet(?:er|re)s?)$/, /^(?:mm|millimet(?:er|re)s?)$/],
  [/^(?:cm|centimet(?:er|re)s?)$/, /^(?:cm|centimet(?:er|re)s?)$/],
  [/^met(?:er|re)s?$/, /^(?:m|met(?:er|re)s?)$/],
  [/^(?:km|kilomet(?:er|re)s?)$/, /^(?:km|kilomet(?:er|re)s?)$/],
  [/^(?:kmh|kph)$/, /^(?:km\/h|kmh|kph)$/],
  [/^(?:kg|kilos?|kilograms?)$/, /^(?:kg|kilos?|kilograms?)$/],
  [/^(?:lit(?:er|re)s?)$/, /^(?:l|lit(?:er|re)s?)$/],
  [/^cents?$/, /^(?:cents?|ct|¢)$/],
  [/^(?:euros?|eur)$/, /^(?:€|euros?|eur)$/],
  [/^(?:dollars?|usd)$/, /^(?:\$|dollars?|usd)$/],
  [/^(?:ms|millis|milliseconds?)$/, /^(?:ms|millis|milliseconds?)$/],
  [/^seconds?$/, /^(?:s|secs?|seconds?|sekunden?|segundos?|secondes?)$/],
  [/^minutes?$/, /^(?:m|mins?|minutes?|minuten?|minutos?)$/],
  [/^hours?$/, /^(?:h|hrs?|hours?|stunden?|horas?|heures?)$/],
  [/^days?$/, /^(?:d|days?|tagen?|tag|d[ií]as?|jours?)$/],
  [/^weeks?$/, /^(?:w|weeks?|wochen?|semanas?|semaines?)$/],
  [/^lines?$/, /^(?:lines?|zeilen?|l[ií]neas?|lignes?)$/],
  [/^players?$/, /^(?:players?|jugadores|spielern?|joueurs?)$/],
  [/^users?$/, /^(?:users?|usuarios?|benutzern?|utilisateurs?)$/],
  ...["rpm", "dpi", "ppm", "fps", "bar", "psi", "lux", "knots", "px", "pixels", "bpm", "nodes", "seats", "connections", "requests", "months", "years", "replicas", "workers", "copies", "threads", "cores", "rooms", "jobs", "partitions", "participants", "visitors", "guests", "slots", "retries", "attempts", "pages", "shards", "sessions", "members", "tickets", "spots", "stars"].map((unit): readonly [RegExp, RegExp] => [new RegExp(`^${unit}$`), new RegExp(`^${unit.replace(/s$/, "")}s?$`)]),
]; // prettier-ignore

/** The part of a variable's name that is a unit: `temperature_celsius`, `cents_per_hour`. */
export function unitOfName(parts: readonly string[]): RegExp | undefined {
  const per = parts.indexOf("per");
  const unit = parts[per > 0 ? per - 1 : parts.length - 1] ?? "";
  return units.find(([named]) => named.test(unit))?.[1];
}

interface Measured {
  readonly at: number;
  readonly places: readonly number[];
  readonly value: number;
}

/** Every number with that unit behind it, written together or apart: "12.5°C", "300 mbit". */
export function measuredWith(tokens: readonly Token[], unit: RegExp): Measured[] {
  return tokens.flatMap((token, at): Measured[] => {
    if (token.isQuoted) return [];
    const [, number, joined] = /^([-+]?\d+(?:[.,]\d+)?)([^\d\s.,:/-]\S*)?$/.exec(token.value) ?? [];
    if (number === undefined) return [];
    const value = Number(number.replace(",", "."));
    if (joined !== undefined) return unit.test(joined.toLowerCase()) ? [{ at, places: [at], value }] : [];
    const next = tokens[at + 1];
    if (next === undefined || token.comma || next.isQuoted || !unit.test(next.value.toLowerCase())) return [];
    // "2 a week", "5 m": one letter is a unit only where nothing else makes a word of it.
    if (next.value.length === 1 && /^[ams]$/i.test(next.value) && tokens[at + 2] !== undefined && !next.comma && !isStopWord(tokens[at + 2]?.lower ?? "")) return [];
    return [{ at, places: [at, at + 1], value }];
  });
} // prettier-ignore
