import { expect, test } from "vitest";
import { durationWords, momentWords, untilWords } from "../src/time-words.ts";

const options = { now: new Date("2026-11-20T13:03:00Z"), timeZone: "Europe/Berlin" };

test("tells an expiry as a duration and as a time in the reader's zone", () => {
  expect(untilWords("2026-11-21T13:03:00Z", options)).toBe("in 24 h (tomorrow 14:03)");
  expect(untilWords("2026-11-20T13:03:59Z", options)).toBe("in 59 s (today 14:03)");
  expect(untilWords("2026-11-20T12:00:00Z", options)).toBe("since today 13:00");
});

test("the day is the reader's, not the server's", () => {
  expect(momentWords("2026-11-20T23:30:00Z", options)).toBe("tomorrow 00:30");
  expect(momentWords("2026-11-24T09:00:00Z", options)).toBe("Tue 24 Nov 10:00");
});

test.each([
  [0.2, "under 1 s"],
  [59.4, "59 s"],
  [80, "1 min 20 s"],
  [7500, "2 h 5 min"],
  [86_400 * 3, "3 days"],
])("%d seconds are %s", (seconds, words) => {
  expect(durationWords(seconds)).toBe(words);
});
