import { expect, test } from "vitest";
import { createE2eHouse, documentOf } from "../helpers/e2e-house.ts";
import { fakeStep, fakeWork, startFakeOllama } from "../helpers/fake-ollama.ts";

const house = createE2eHouse();

test("`plan --json` plans with the model that OLLAMA_HOST names, says so on stderr, and prints one document", async () => {
  const ollama = await startFakeOllama(fakeWork(fakeStep("deploy uptime kuma to homelab", null)));
  const outcome = await house.chiffon(["plan", "deploy uptime kuma to homelab", "--json"], {
    env: { OLLAMA_HOST: ollama.url.replace("http://", ""), CHIFFON_MODEL: "" },
  });
  const document = documentOf(outcome);
  expect(outcome.code).toBe(0);
  expect(document.plan?.steps.map((step) => step.playbook)).toEqual([expect.stringContaining("kuma")]);
  expect(ollama.requests).toHaveLength(1);
  expect(outcome.err.match(/planning with llama3\.2:latest on http:\/\/127\.0\.0\.1:\d+/g)).toHaveLength(1);
  const planned = (await house.audit("--json")).find((entry) => entry.action === "request.planned");
  expect(planned?.facts).toMatchObject({ readBy: "local", model: "llama3.2:latest" });
});

test("a broken model leaves the same document, and the rules plan", async () => {
  const ollama = await startFakeOllama({ status: 500, body: "<html>oops</html>", type: "text/html" });
  const outcome = await house.chiffon(["plan", "deploy uptime kuma to homelab", "--json"], {
    env: { OLLAMA_HOST: ollama.url, CHIFFON_MODEL: "llama3.2" },
  });
  expect(outcome.code).toBe(0);
  expect(documentOf(outcome).plan?.steps).toHaveLength(1);
});

test("a model that is missing is told by doctor and start's command, and pulled with progress", async () => {
  const ollama = await startFakeOllama();
  ollama.models = [];
  const env = { OLLAMA_HOST: ollama.url, CHIFFON_MODEL: "qwen2.5:3b" };
  const doctor = await house.chiffon(["doctor"], { env });
  expect(doctor.out).toMatch(/model +Ollama at \S+ does not have qwen2\.5:3b/);
  expect(doctor.out).toContain("`chiffon models pull` gets it");
  const pulled = await house.chiffon(["models", "pull"], { env });
  expect(pulled.code).toBe(0);
  expect(pulled.err).toContain("qwen2.5:3b: 50 % of 2.0 GB");
  expect(pulled.out).toContain("qwen2.5:3b is there");
  expect((await house.chiffon(["models"], { env })).out).toContain("qwen2.5:3b on");
  const wrong = await house.chiffon(["models", "pull", "no-such-model"], { env });
  expect(wrong.code).toBe(5);
  expect(wrong.err).toContain("no-such-model could not be pulled");
});
