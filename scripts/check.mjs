// `npm run check`: every check runs, also after one has failed; one short line each.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
process.env["PATH"] = `${process.cwd()}/node_modules/.bin:${process.env["PATH"]}`;

const checks = [
  ["types", "tsc"],
  ["lint", "oxlint --type-aware --deny-warnings"],
  ["format", "oxfmt --check"],
  ["folder rules", "node scripts/folder-rules.mjs"],
  ["dead code", "knip --no-progress"],
];

/** @param {string} command */
function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

const only = process.argv.slice(2);
let failed = 0;
for (const [name = "", command = ""] of checks) {
  if (only.length > 0 && !only.some((word) => name.startsWith(word))) continue;
  const start = performance.now();
  const { ok, output } = await run(command);
  console.log(`${ok ? "ok    " : "FAILED"} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (!ok) {
    failed += 1;
    console.log(output.trimEnd());
  }
}
process.exitCode = failed > 0 ? 1 : 0;
