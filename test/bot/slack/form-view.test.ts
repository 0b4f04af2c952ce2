import { expect, test } from "vitest";
import { decodeAnswerTo } from "../../../src/bot/slack/answer-to.ts";
import { askedText, askView } from "../../../src/bot/slack/ask-view.ts";
import { readForm } from "../../../src/bot/slack/form-input.ts";
import { formView } from "../../../src/bot/slack/form-view.ts";
import { homeView } from "../../../src/bot/slack/home-view.ts";
import type { Block } from "../../../src/bot/slack/rich-text.ts";
import { field, form, hostile, names, planId } from "./sample-cards.ts";
import { expectFits } from "./slack-limits.ts";

const answerTo = { conversation: "slack:T1:C1:1.000001", action: { id: "answer", target: planId } } as const;

function elementOf(block: { readonly type: string } | undefined): Record<string, unknown> {
  return block !== undefined && "element" in block ? { ...(block.element as object) } : {};
}

/** The SDK's own type of a view's blocks is wider than what we put in. */
function blocksOf(view: { readonly blocks: readonly unknown[] } | undefined): Block[] {
  return (view?.blocks ?? []) as Block[];
}

test("each type of field has its element, filled with its default", () => {
  const view = formView(
    form({
      text: "Please fill in",
      fields: [
        field({ name: "a", type: "str", default: "x" }),
        field({ name: "b", type: "str", long: true }),
        field({ name: "c", type: "bool", default: true }),
        field({ name: "d", type: "str", choices: ["one", "two"], default: "two" }),
        field({ name: "e", type: "dict", default: { k: 1 } }),
        field({ name: "f", type: "list", default: ["a", "b"], required: false }),
      ],
    }),
    answerTo,
  );
  const elements = blocksOf(view)
    .slice(1)
    .map((block) => elementOf(block));
  expect(elements).toEqual([
    expect.objectContaining({ type: "plain_text_input", multiline: false, initial_value: "x" }),
    expect.objectContaining({ type: "plain_text_input", multiline: true }),
    expect.objectContaining({ type: "radio_buttons", initial_option: expect.objectContaining({ value: "true" }) }),
    expect.objectContaining({ type: "static_select", initial_option: expect.objectContaining({ value: '"two"' }) }),
    expect.objectContaining({ type: "plain_text_input", multiline: true, initial_value: '{"k":1}' }),
    expect.objectContaining({ type: "plain_text_input", multiline: true, initial_value: "a, b" }),
  ]);
  expectFits(blocksOf(view), "view");
});

test("a form with very many choices, long labels, defaults and hostile words keeps to Slack's limits", () => {
  const fields = [
    field({ name: "many", choices: names(500) }),
    field({ name: "long", choices: ["x".repeat(400), "y"] }),
    field({ name: "value", label: "z".repeat(5_000), description: hostile.repeat(200), default: "w".repeat(9_000) }),
    field({ name: "hostile", label: hostile, choices: [hostile, "b"] }),
  ];
  const view = formView(form({ title: hostile, submit: hostile, text: hostile.repeat(200), fields }), answerTo);
  expectFits(blocksOf(view), "view");
  expect(view?.private_metadata?.length).toBeLessThanOrEqual(3_000);
  expect(view?.title.text.length).toBeLessThanOrEqual(24);
  const [, many, , value] = blocksOf(view);
  expect(elementOf(many)["type"]).toBe("plain_text_input");
  expect(JSON.stringify(many)).toContain("one of web1, web2");
  expect(JSON.stringify(value)).toContain("…");
});

test("choices that no menu shows are checked when the answer comes, as far as the view can carry them", () => {
  const long = ["x".repeat(200), "y"];
  const view = formView(form({ fields: [field({ name: "a" }), field({ name: "long", choices: long })] }), answerTo);
  const decoded = decodeAnswerTo(view?.private_metadata ?? "");
  expect(decoded).toEqual({ answerTo, choices: [null, long] });
  const typed = (value: string) => readForm({ long: { "1:str:needed": { type: "plain_text_input", value } } }, decoded?.choices ?? []);
  expect(typed("y")).toEqual({ kind: "values", values: { long: "y" } });
  expect(typed("z").kind).toBe("wrong");
});

test("a form larger than a modal is not made", () => {
  expect(formView(form({ fields: names(101).map((name) => field({ name })) }), answerTo)).toBeUndefined();
  expect(formView(form({ fields: [field({ name: "n".repeat(300) })] }), answerTo)).toBeUndefined();
});

test("answers are typed; what is wrong is said per field; an empty field has no value", () => {
  const input = (value: string | null) => ({ type: "plain_text_input", value });
  const read = readForm(
    {
      port: { "0:int:needed": input("80") },
      ratio: { "1:float:optional": input(null) },
      kept: { "2:str:default": input("") },
      switch: { "3:bool:needed": { type: "radio_buttons", selected_option: { value: "false" } } },
      settings: { "4:dict:needed": input("a: 1") },
      other: { unknown: input("x") },
    },
    [],
  );
  expect(read).toEqual({ kind: "values", values: { port: 80, switch: false, settings: { a: 1 } } });
  expect(readForm({ port: { "0:int:needed": input("many") }, name: { "1:str:needed": input(" ") } }, [])).toEqual({
    kind: "wrong",
    errors: { port: "This is a whole number.", name: "This is needed." },
  });
  expect(() => readForm("no state", [])).toThrow("expected record");
});

test("metadata that is not ours is nothing", () => {
  for (const text of ["", "{}", "[]", '{"c":1,"a":"{}"}', JSON.stringify({ c: "x", a: '{"i":"drop","t":"x"}' })])
    expect(decodeAnswerTo(text)).toBeUndefined();
});

test("a message of any length can be asked about", () => {
  for (const text of ["", "restart", "ü".repeat(9_000), "👍".repeat(4_000)])
    expectFits(blocksOf(askView(text, "slack:T1:C1:1.000001")), "view");
  expect(JSON.stringify(askView("x".repeat(9_000), "k"))).toContain("only its beginning is here");
  expect(askedText({ request: { text: { value: " restart " } } })).toBe("restart");
  expect(askedText({})).toBe("");
});

test("a person's page keeps to Slack's limits however much there is", () => {
  const items = Array.from({ length: 200 }, (_, index) => ({
    title: `${hostile} ${index}`,
    detail: "d".repeat(900),
    actions: [{ id: "log", label: "Log", style: "plain", target: String(index) } as const],
  }));
  const list = (title: string) => ({ kind: "list", title, empty: "none", total: 900, items }) as const;
  const view = homeView([list("Waiting"), list("Running"), list("Last")], () => undefined);
  expectFits(blocksOf(view), "view");
  expect(JSON.stringify(view)).toContain("Last");
  expectFits(blocksOf(homeView([], () => undefined)), "view");
});
