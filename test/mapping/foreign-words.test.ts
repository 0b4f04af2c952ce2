import { expect, test } from "vitest";
import { inEnglish } from "../../src/mapping/foreign-words.ts";
import { stem, wordsOf } from "../../src/mapping/text.ts";

const catalogSays = new Set(["till", "photo", "lock", "unlock"].map(stem));

test.each([
  ["Leere die Druckerwarteschlange von lobby", "clean the printer queue of lobby"],
  ["gib das Konto von jana wieder frei", "unlock the account of jana again"],
  ["wir brauchen eine Fotosammlung", "we need a photo collection"],
  ["bloquea la caja 4", "lock the till 4"],
  ["haz una copia de seguridad de la base de datos", "back up of the database"],
  ["supprime l'utilisateur rené", "delete user rene"],
  ["il faut renouveler le certificat", "il faut renew the certificate"],
  ["zet een website op", "install a website"],
  ["riavvia la stampante", "restart the printer"],
  ["utwórz nową grupę", "create new group"],
])("%s", (said, meant) => {
  const { words } = inEnglish(wordsOf(said), (one) => catalogSays.has(one));
  expect(words.map((word) => word.lower).join(" ")).toBe(meant);
});

test.each([
  "install node exporter on both nodes",
  "only patch berlin, never roma",
  "die disk von is full",
  "note: the plan of the site",
  "kasse",
])("%s stays as it is", (said) => {
  const { words } = inEnglish(wordsOf(said), (one) => one === "kass");
  expect(words.map((word) => word.text).join(" ")).toBe(
    wordsOf(said)
      .map((word) => word.text)
      .join(" "),
  );
});
