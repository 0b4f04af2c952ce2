import { describe, expect, test } from "vitest";
import { visibleData, visibleLine, visibleText, visibleValue } from "../src/visible-text.ts";

describe("visible text", () => {
  test.each([
    ["a right-to-left override", "gpj\u202eexe", String.raw`gpj\u202eexe`],
    ["a zero-width space", "web\u200b1", String.raw`web\u200b1`],
    ["a soft hyphen", "web\u00ad1", String.raw`web\u00ad1`],
    ["an invisible tag character", "web\u{e0031}", String.raw`web\u{e0031}`],
    ["a Hangul filler", "web\u3164", String.raw`web\u3164`],
    ["an escape sequence", "\u001b[2Jweb", String.raw`\u001b[2Jweb`],
    ["a line break in a name", "web1\nnas", String.raw`web1\nnas`],
    ["a no-break space", "web\u00a01", String.raw`web\u00a01`],
    ["half a surrogate pair", "web\ud800", String.raw`web\ud800`],
    ["a Cyrillic letter in a Latin word", "w\u0435b1", String.raw`w\u0435b1`],
    ["a Greek letter in a Latin word", "n\u03b1s", String.raw`n\u03b1s`],
  ])("shows %s", (_, hidden, shown) => {
    expect(visibleLine(hidden)).toBe(shown);
  });

  test.each(["web1.example.org", "Grüße, 東京 & хост", "naïve café e\u0301", "❤️ 👩‍💻 🇩🇪", "<b>&amp;"])("leaves %s as it is", (text) => {
    expect(visibleLine(text)).toBe(text);
  });

  test("keeps the lines of a log and nothing else that moves the cursor", () => {
    expect(visibleText("one\r\n\ttwo\rthree")).toBe("one\n    two\\rthree");
  });

  test("writes a value so that its edges and type can be seen", () => {
    expect([visibleValue("plain"), visibleValue("two words"), visibleValue(""), visibleValue(3), visibleValue(["a\u202e"])]).toEqual([
      "plain",
      '"two words"',
      '""',
      "3",
      String.raw`["a\u202e"]`,
    ]);
  });

  test("reaches every string of a card", () => {
    expect(visibleData({ hosts: ["a\nb"], nested: { text: "x\ny\u200b" }, count: 1, none: null }, new Set(["text"]))).toEqual({
      hosts: [String.raw`a\nb`],
      nested: { text: "x\ny\\u200b" },
      count: 1,
      none: null,
    });
  });
});
