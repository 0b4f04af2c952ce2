// Measures an embedder of a folder and writes the result beside it, where Chiffon finds it. Run: npm run calibrate-embedder -- FOLDER
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { acceptThreshold } from "../src/mapping/mapping.ts";
import { calibrationFile } from "../src/mapping/model-folder.ts";
import { openTransformersEmbedder } from "../src/mapping/transformers-embedder.ts";
import { calibrate } from "./calibrate.ts";

const folder = process.argv[2];
if (folder === undefined) throw new Error("name the embedder's folder: npm run calibrate-embedder -- FOLDER");
const embedder = await openTransformersEmbedder(folder);
const { calibration, quality, count } = await calibrate(embedder);
writeFileSync(join(folder, calibrationFile), `${JSON.stringify({ version: embedder.version, calibration }, null, 2)}\n`);
process.stdout.write(
  `${embedder.name}/${embedder.version}: ${count} guesses; cross-validated over services: calibration error ${quality.calibrationError.toFixed(3)}, ` +
    `precision ${quality.precision.toFixed(3)} and recall ${quality.recall.toFixed(3)} at ${acceptThreshold}\n`,
);
