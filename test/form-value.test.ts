import { describe, expect, test } from "vitest";
import { formValue, type FormValueField } from "../src/form-value.ts";

const field = (changes: Partial<FormValueField>): FormValueField => ({
  label: "port",
  type: "str",
  required: true,
  default: null,
  choices: null,
  ...changes,
});
const value = (found: unknown): unknown => ({ kind: "value", value: found });

describe("what a typed answer means", () => {
  test.each([
    ["int", " 3001 ", 3001],
    ["float", "0.5", 0.5],
    ["bool", "yes", true],
    ["bool", "off", false],
    ["list", "a, b,c", ["a", "b", "c"]],
    ["list", "[1, two]", [1, "two"]],
    ["dict", "a: 1\nb: two", { a: 1, b: "two" }],
    ["str", "3001", "3001"],
    ["str", "{{ lookup('pipe','id') }}", "{{ lookup('pipe','id') }}"],
    ["str", "-rf; reboot", "-rf; reboot"],
  ])("%s: %s", (type, typed, expected) => {
    expect(formValue(field({ type }), typed)).toEqual(value(expected));
  });

  test.each([
    ["int", "many"],
    ["int", "1.5"],
    ["int", "99999999999999999999"],
    ["float", "Infinity"],
    ["bool", "perhaps"],
    ["dict", "just text"],
    ["dict", "a: &x [1]\nb: *x"],
    ["list", "[1, 2"],
  ])("refuses %s: %s", (type, typed) => {
    expect(formValue(field({ type }), typed)).toMatchObject({ kind: "refused", message: expect.stringContaining("port") });
  });

  test("takes a choice in its own type and refuses what is no choice", () => {
    const choices = [1, 2, "auto"];
    expect(formValue(field({ type: "raw", choices }), "2")).toEqual(value(2));
    expect(formValue(field({ type: "raw", choices }), "AUTO")).toEqual(value("auto"));
    expect(formValue(field({ type: "raw", choices }), "3")).toEqual({ kind: "refused", message: "port is one of 1, 2, auto." });
  });

  test("empty is refused only where nothing else answers", () => {
    expect(formValue(field({}), "  ")).toMatchObject({ kind: "refused" });
    expect(formValue(field({ default: 80 }), "")).toEqual({ kind: "empty" });
    expect(formValue(field({ required: false }), "")).toEqual({ kind: "empty" });
  });
});
