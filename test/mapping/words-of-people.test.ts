import { expect, test } from "vitest";
import { builtInLexicon } from "../../src/mapping/lexicon.ts";
import { withRelatives } from "../../src/mapping/related-purposes.ts";
import { wordsOf } from "../../src/mapping/text.ts";

const spoken = (text: string, speaker: "person" | "playbook"): readonly string[] => [
  ...builtInLexicon().conceptsIn(wordsOf(text), speaker).keys(),
];

test.each([
  ["parents phone us when the page is down", "uptime-monitoring"],
  ["the trainers keep their passwords in a notebook", "password-manager"],
  ["nobody can find the receipts in our folders", "document-archive"],
  ["we never know what is left in the freezer", "household-stock"],
  ["leo typed his password wrong too often", "account-unlock"],
  ["the clock of the scoreboard is four minutes late", "time-sync"],
  ["visitors should see a message meanwhile", "maintenance-page"],
])("%s: %s", (text, concept) => {
  expect(spoken(text, "person")).toContain(concept);
});

test("what people say of their troubles tells nothing in a playbook's description", () => {
  const text = "Turns the cooled displays of the bar off";
  expect(spoken(text, "person")).toContain("digital-signage");
  expect(spoken(text, "playbook")).not.toContain("digital-signage");
});

test("'how many' is part of what is asked", () => {
  expect(spoken("people should read that", "person")).not.toContain("web-analytics");
  expect(spoken("how many people read our page", "person")).toContain("web-analytics");
});

test("a purpose that no playbook has stands for its only relative, unless its words are explained already", () => {
  const asked = builtInLexicon().conceptsIn(wordsOf("albums with the photos of the regatta"), "person");
  const related = (catalog: readonly string[]): readonly string[] => [
    ...withRelatives(asked, (concept) => catalog.includes(concept)).keys(),
  ];
  expect(related(["photo-library"])).toContain("photo-library");
  expect(related(["photo-gallery", "photo-library"])).not.toContain("photo-library");
  expect(related(["wiki"])).toEqual([...asked.keys()]);
});
