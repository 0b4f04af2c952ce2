import { expect, test } from "vitest";
import { builtInLexicon } from "../../src/mapping/lexicon.ts";
import { profileCatalog } from "../../src/mapping/playbook-profile.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { readStep } from "../../src/mapping/step-reading.ts";
import { wordsOf } from "../../src/mapping/text.ts";

const conceptsOf = (text: string): string[] => [...builtInLexicon().conceptsIn(wordsOf(text)).keys()];

test("what does not work is known by its negation, whoever says it", () => {
  for (const text of ["the printer does not print", "nobody can print", "drucken geht nicht"])
    expect(conceptsOf(text)).toContain("print-queue");
  expect(conceptsOf("the printer shall print the labels")).not.toContain("print-queue");
  expect(conceptsOf("a page with code samples")).not.toContain("low-code");
});

test("'new' and 'more' are part of what is said", () => {
  expect(conceptsOf("we need more space on files1")).toContain("volume-growth");
  expect(conceptsOf("the space on files1")).not.toContain("volume-growth");
});

test("products that are for the same are not names of one another", () => {
  const lexicon = builtInLexicon();
  for (const [one, other] of [["zookeeper", "etcd"], ["truenas", "unraid"], ["glusterfs", "lustre"], ["puppet", "saltstack"]] as const)
    expect(lexicon.otherNames(one)).not.toContain(other);
  expect(lexicon.conceptsOfService("etcd")).toEqual(lexicon.conceptsOfService("zookeeper"));
}); // prettier-ignore

test("a product that is an everyday word too is no product in running text", () => {
  const lexicon = builtInLexicon();
  const named = (text: string): string[] => lexicon.servicesIn(wordsOf(text)).map((service) => service.name);
  expect(named("the deadline for the pelican photos")).toEqual([]);
  expect(named("install opencue")).toEqual(["opencue"]);
  expect(lexicon.conceptsOfService("pelican")).toContain("game-panel");
});

test("words that two purposes share ask only for the one that the catalog has", () => {
  const entry = { id: "create-user", path: "playbooks/create-user.yml", name: "Create a user account", description: "Makes a login." };
  const profile = profileCatalog(catalogFromFile([entry]));
  const text = "a new colleague starts on monday and needs a login";
  expect(conceptsOf(text)).toEqual(expect.arrayContaining(["user-accounts", "onboarding"]));
  const asked = [...readStep({ intent: text, verb: null }, profile).concepts.keys()];
  expect(asked).toContain("user-accounts");
  expect(asked).not.toContain("onboarding");
});
