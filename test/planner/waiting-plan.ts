import { catalogOf } from "../../src/mapping/catalog.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import type { Change, PlannedStep } from "../../src/planner/change/modification-change.ts";
import { createRulePlanner } from "../../src/planner/rule-planner.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";
import { playbook, variable } from "../mapping/mapping-bench.ts";

// Nothing of the example repo: other services, hosts and variables.
const catalog = catalogOf({
  rejected: [],
  playbooks: [
    playbook({
      id: "ship/release-mosquitto",
      verb: "deploy",
      name: "Deploy Mosquitto",
      service: "mosquitto",
      variables: [
        variable("mosquitto_port", { type: "int" }),
        variable("mosquitto_version"),
        variable("mosquitto_branch"),
        variable("mosquitto_persist", { type: "bool" }),
        variable("mosquitto_password", { secret: true }),
        variable("welcome_text"),
      ],
    }),
    playbook({ id: "dump-paperless", verb: "backup", name: "Back up Paperless", service: "paperless", variables: [variable("keep_days", { type: "int" })] }),
    playbook({ id: "bounce-haproxy", verb: "restart", name: "Restart HAProxy", service: "haproxy", variables: [variable("haproxy_port", { type: "int" })] }),
    playbook({ id: "deploy-zigbee2mqtt", verb: "deploy", name: "Deploy Zigbee2MQTT", service: "zigbee2mqtt" }),
  ],
}); // prettier-ignore
export const playbooks = catalog.playbooks;
export const inventory = inventoryNames({ brokers: ["mq1", "mq2"], archive: ["vault9"], edge: ["lb1", "lb2"] });
export const vocabulary = createVocabulary(catalog);
export const decomposer = createRulePlanner({ inventory, vocabulary });

const step = (order: number, id: string, intent: string, hosts: readonly string[]): PlannedStep => {
  const found = catalog.playbooks.find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  const mapping = { playbook: id, confidence: 0.97, method: "exact" as const, candidates: [], why: "", suggestion: null };
  return {
    draft: { order, name: intent, intent, mapping, variables: {}, requestedHosts: [], dependsOn: order === 1 ? [] : [order - 1] },
    playbook: found,
    hosts,
  };
};
export const one = [step(1, "ship/release-mosquitto", "deploy mosquitto", ["mq1", "mq2"])];
export const three = [
  ...one,
  step(2, "dump-paperless", "back up paperless", ["vault9"]),
  step(3, "bounce-haproxy", "restart haproxy", ["lb1", "lb2"]),
];
/** `kind` and what it is about, in one line. */
export const line = (change: Change): string => {
  switch (change.kind) {
    case "hosts":
      return `${change.how} ${[...change.hosts, ...change.unknown.map((name) => `?${name}`)].join()} @${change.steps.join()}`;
    case "value":
      return `${change.step}.${change.variable}=${JSON.stringify(change.value)}`;
    case "without":
      return `without ${change.steps.join()}`;
    case "order":
      return `order ${change.steps.join()}`;
    case "add":
      return `${change.place} ${change.steps.map((added) => added.intent).join("+")}`;
    case "exchange":
      return `${change.steps.map((added) => added.intent).join("+")} for ${change.replaced === "all" ? "all" : change.replaced.join()}`;
  }
};
