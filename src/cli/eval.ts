import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { openPglite } from "../db/pglite.ts";
import { migrate } from "../db/migrate.ts";
import { AppError, exitCodes, messageOf } from "../errors.ts";
import type { Command } from "./command.ts";
import { evaluateSet, predictionLines } from "./eval-set.ts";
import { parseArguments, textOf, usageError } from "./parse-arguments.ts";

export const evaluate: Command = {
  name: "eval",
  summary: "maps every request of an evaluation set; your own repo's too",
  needs: "alone",
  help: `chiffon eval --catalog F --inventory F --requests F --out F

Decomposes and maps every request (only its id and text are read) with a database in memory, and writes one prediction a line.`,
  async run(args, io) {
    const { values } = parseArguments(args, {
      catalog: { type: "string" },
      inventory: { type: "string" },
      requests: { type: "string" },
      out: { type: "string" },
    });
    const file = (name: string): string => {
      const value = textOf(values[name]);
      if (value === undefined) throw usageError(`eval needs --${name} FILE`);
      return resolve(io.cwd, value);
    };
    const files = { catalogFile: file("catalog"), inventoryFile: file("inventory"), requestsFile: file("requests") };
    const out = file("out");
    const started = performance.now();
    io.err("Preparing a database in memory …\n");
    const database = await openPglite();
    try {
      await migrate(database);
      const predictions = await evaluateSet({ ...files, database });
      await writeFile(out, predictionLines(predictions)).catch((error: unknown) => {
        throw new AppError("out-not-writable", `${out} cannot be written: ${messageOf(error)}`, { help: "Name another file with --out." });
      });
      io.err(`${predictions.length} requests in ${((performance.now() - started) / 1_000).toFixed(1)} s, written to ${out}\n`);
      return exitCodes.ok;
    } finally {
      await database.close();
    }
  },
};
