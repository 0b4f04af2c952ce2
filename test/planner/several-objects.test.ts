import { expect, test } from "vitest";
import type { RequestedStep } from "../../src/planner/decomposition.ts";
import { separateObjects } from "../../src/planner/sentence/several-objects.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";
import { catalog, inventory, playbook, variable } from "../mapping/mapping-bench.ts";

const of = (id: string, description: string, ...names: string[]) =>
  playbook({ id, verb: "run", service: null, name: id.replaceAll("_", " "), description, variables: names.map((name) => variable(name, { type: "raw" })) }); // prettier-ignore
const badge = of("block_badge", "Blocks a badge.", "badge_name", "badge_reason");
const crew = of("crew_account", "Creates crew accounts.", "user_name", "user_groups");
const scale = of("scale", "Registers a scale.", "scale_name", "scale_address", "scale_dpi");
const share = of("share_quota", "Space of a share.", "share_name", "share_size");
const unit = of("restart_unit", "Restarts a unit.", "service_name");
const copy = of("copy_now", "Copies a folder now.", "copy_path");
const certificate = of("renew", "Renews certificates.", "certificate_domain", "certificate_force");
const tariff = of("tariff", "Changes a tariff.", "tariff_zone", "tariff_cents");
const packages = of("packages", "Installs packages.", "packages_packages");

const step = (intent: string, order = 1): RequestedStep => ({
  order, intent, name: intent, verb: null, confidence: 0.9, parameters: {}, hosts: ["web1"], unknownHosts: [], dependsOn: order === 1 ? [] : [order - 1],
}); // prettier-ignore
const options = { vocabulary: createVocabulary(catalog), hosts: inventory.hosts };
const apart = async (intent: string, target: ReturnType<typeof of>) =>
  (await separateObjects([step(intent)], async () => target, options)).map((one) => one.intent);

test.each([
  ["block badge_7 and badge_9", badge, ["block badge_7", "block badge_9"]],
  ["block the badges k12, k13 and k14", badge, ["block the badges k12", "block the badges k13", "block the badges k14"]],
  ["restart slurmctld and php8.2-fpm", unit, ["restart slurmctld", "restart php8.2-fpm"]],
  ["restart nginx, redis and munge-d", unit, ["restart nginx", "restart redis", "restart munge-d"]],
  ["block k_1 and k_2 until monday", badge, ["block k_1 until monday", "block k_2 until monday"]],
  ["copy /srv/a and /srv/b", copy, ["copy /srv/a", "copy /srv/b"]],
  ["renew for a.example.org and b.example.org", certificate, ["renew for a.example.org", "renew for b.example.org"]],
  ["add the scales s-1 at 10.0.0.1 and s-2 at 10.0.0.2, both 300 dpi", scale, ["add the scales s-1 at 10.0.0.1, both 300 dpi", "add the scales s-2 at 10.0.0.2, both 300 dpi"]],
  ["set zone B 220 cents, zone C 90 cents", tariff, ["set zone B 220 cents", "set zone C 90 cents"]],
  ["block badge_7 and badge_9, reason lost", badge, ["block badge_7, reason lost", "block badge_9, reason lost"]],
  ["space for the share films_a 2T and for share films_b 1T", share, ["space for the share films_a 2T", "space for share films_b 1T"]],
] as const)("%s: a step each", async (intent, target, expected) => {
  expect(await apart(intent, target)).toEqual(expected);
}); // prettier-ignore

test.each([
  ["new crew account for user jon, groups deck and engine", crew],
  ["block badge_7, it was lost and found", badge],
  ["install the packages htop and jq", packages],
  ["register scale s-1 (10.0.0.1, 203 dpi), precise and quick", scale],
  ['block badge_7, reason "lost and found"', badge],
] as const)("%s: one step", async (intent, target) => {
  expect(await apart(intent, target)).toEqual([intent]);
});

test("the steps behind wait for all of them, and there are never more steps than a plan may have", async () => {
  const steps = await separateObjects([step("block k_1 and k_2"), step("reboot", 2)], async () => badge, options);
  expect(steps.map((one) => [one.order, one.intent, one.dependsOn])).toEqual([
    [1, "block k_1", []],
    [2, "block k_2", []],
    [3, "reboot", [1, 2]],
  ]);
  const many = `block ${Array.from({ length: 11 }, (_, at) => `k_${at}`).join(", ")} and k_12`;
  expect(await apart(many, badge)).toEqual([many]);
});
