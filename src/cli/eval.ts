import { acceptThreshold } from "../mapping/mapping.ts";
import type { Command } from "./command.ts";
import { partNames } from "./eval-parts.ts";

export const evaluate: Command = {
  name: "eval",
  summary: "maps every request of an evaluation set; your own repo's too",
  needs: "alone",
  help: `chiffon eval --catalog F --inventory F --requests F [--out F] [--score [--threshold N] [--only PARTS] [--learn N]]
             [--model NAME [--model-out F]]

Decomposes and maps every request (only its id and text are read) with a database in memory.
  --out F        writes one prediction a line; may be left out with --score
  --score        prints how well the labels of the requests were met: the headlines, each kind of request, calibration
  --threshold N  the confidence from which a mapping counts as accepted, 0 to 1 (${acceptThreshold})
  --only PARTS   beside the whole, with a part of the mapping only: ${partNames.join(", ")}, or all
  --learn N      confirms the right playbook for up to N steps that were not accepted, and scores again
  --model NAME   once more with this model of Ollama (where OLLAMA_HOST is set: its best one, without being asked); none: without
  --model-out F  the predictions with the model, one a line

A labelled request: {"id":"1","kind":"direct","text":"deploy gitea on web1","steps":[{"gold":["gitea"],"params":{},"hosts":["web1"]}]}
npm run eval -- FOLDER scores the catalog.json, inventory.json and requests.jsonl of a folder.`,
  async run(args, io, app) {
    // Loaded here: every other command would pay for it too.
    const { runEvaluation } = await import("./run-eval.ts");
    return runEvaluation(args, io, app);
  },
};
