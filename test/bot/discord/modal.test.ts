import { describe, expect, test } from "vitest";
import type { Form, FormField } from "../../../src/bot/cards.ts";
import { incomingText } from "../../../src/bot/discord/incoming-text.ts";
import { decodeAction, encodeAction } from "../../../src/bot/discord/buttons.ts";
import { askedFields, modalOf, readForm } from "../../../src/bot/discord/modal.ts";
import { conversationOf, placeOf } from "../../../src/bot/discord/place.ts";
import { modalForm } from "../../helpers/fake-discord/modal-schema.ts";
import { planId } from "./sample-cards.ts";

function field(name: string, more: Partial<FormField> = {}): FormField {
  return { name, label: name, type: "str", required: true, default: null, choices: null, description: null, ...more };
}

function form(fields: readonly FormField[], more: Partial<Form> = {}): Form {
  return {
    kind: "form",
    title: "What is missing",
    text: null,
    submit: "Continue",
    action: { id: "answer", target: planId },
    fields,
    ...more,
  };
}

describe("a form as a modal", () => {
  test("asks at most five fields, the needed ones first, and says so", () => {
    const optional = Array.from({ length: 4 }, (_, index) => field(`o${index}`, { required: false }));
    const wanted = form([...optional, field("needed"), field("kept", { default: "x" }), field("also")]);
    expect(askedFields(wanted).map(({ name }) => name)).toEqual(["needed", "also", "o0", "o1", "o2"]);
    expect(modalOf(wanted)?.title).toBe("What is missing (5 of 7)");
  });

  test("picks what can be picked, types the rest, and fills in what is known", () => {
    const modal = modalOf(
      form([
        field("tls", { type: "bool", default: false }),
        field("size", { choices: ["small", "large"], default: "large" }),
        field("zone", { required: false, choices: Array.from({ length: 26 }, (_, index) => `zone ${index}`) }),
        field("note", { long: true, default: "a\nb" }),
      ]),
    );
    const parts = JSON.parse(JSON.stringify(modal?.components)) as { description?: string; component: Record<string, unknown> }[];
    expect(parts.map(({ component }) => component["type"])).toEqual([3, 3, 4, 4]);
    expect(parts[0]?.component["options"]).toEqual([
      { label: "yes", value: "yes" },
      { label: "no", value: "no", default: true },
    ]);
    expect(parts[1]?.component["options"]).toContainEqual({ label: "large", value: "large", default: true });
    expect(parts[2]?.description).toContain("one of zone 0, zone 1");
    expect(parts[3]?.component).toMatchObject({ style: 2, value: "a\nb" });
  });

  test("keeps Discord's limits whatever stands in it", () => {
    for (const text of ["", " ", "x".repeat(9_000), "\u202E`@everyone`\n".repeat(500), "😀".repeat(3_000)]) {
      const fields = (["str", "int", "bool", "list", "dict"] as const).map((type, index) =>
        field(`${text}${index}`, { label: text, type, default: text, description: text, choices: index === 0 ? [text, "a"] : null }),
      );
      for (const some of [fields, fields.slice(0, 2)]) {
        const modal: unknown = JSON.parse(JSON.stringify(modalOf(form(some, { title: text, text }))));
        expect(modalForm.safeParse(modal).error?.issues ?? []).toEqual([]);
      }
    }
  });

  test("what is typed is checked as everywhere else; what was not asked is left out", () => {
    const wanted = form([field("port", { type: "int" }), field("names", { type: "list" }), field("other")]);
    expect(readForm(wanted, { port: "80", names: "a, b" })).toEqual({ kind: "values", values: { port: 80, names: ["a", "b"] } });
    expect(readForm(wanted, { port: "many" })).toEqual({ kind: "wrong", problems: ["port is a whole number."] });
  });
});

describe("what a button carries", () => {
  test.each([
    [{ id: "approve", target: planId }, "nothing"],
    [{ id: "choose", target: planId, value: "1:playbooks/a|b" }, "nothing"],
    [{ id: "nothing_to_do", target: planId, value: "x" }, "sure"],
    [{ id: "edit", target: planId }, "form"],
  ] as const)("%j comes back", (action, before) => {
    const customId = encodeAction(action, before);
    expect(customId?.length).toBeLessThanOrEqual(100);
    expect(decodeAction(customId ?? "")).toEqual({ ...action, before });
  });

  test("is refused when it is too long, and read only when it is ours", () => {
    expect(encodeAction({ id: "choose", target: planId, value: "x".repeat(60) })).toBeUndefined();
    for (const foreign of ["", "approve", "c-|approve", "c-|destroy|1", "cx|approve|1", "c-|approve|"])
      expect(decodeAction(foreign)).toBeUndefined();
  });
});

test.each([
  { kind: "thread", guild: "1", parent: "2", thread: "3" },
  { kind: "command", guild: "1", channel: "2", interaction: "3" },
  { kind: "direct", channel: "4" },
] as const)("%j has a key that leads back to it", (place) => {
  expect(placeOf(conversationOf(place))).toEqual(place);
});

test.each(["", "discord:1", "slack:1:2:3", "discord:1:2:x", "discord:dm:x"])("%j is no conversation", (key) => {
  expect(placeOf(key)).toBeUndefined();
});

test("a message is read as it was meant", () => {
  const names = {
    user: (id: string) => (id === "2" ? "bob" : undefined),
    role: () => "ops",
    channel: () => "general",
  };
  const read = (text: string): string => incomingText(text, new Set(["1", "9"]), names);
  expect(read("<@1> restart nginx")).toBe("restart nginx");
  expect(read("<@!1>: as <@2> and <@3> said in <#4>")).toBe(": as @bob and @somebody said in #general");
  expect(read("<@&9> hey <@&8> <:ok:5> </chiffon status:6>")).toBe("hey @ops :ok: /chiffon status");
  expect(read("<@1>")).toBe("");
});
