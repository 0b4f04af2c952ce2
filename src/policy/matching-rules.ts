import type { PolicyRule, PolicySettings } from "../policy-settings.ts";
import { fits } from "./name-pattern.ts";
import type { PolicyAction, PolicyHost, PolicyMatter, PolicyStep } from "./policy.ts";

/** Rules that all must be content, and the parts of a plan for which there is none: nobody may then. */
export interface Demands {
  readonly rules: readonly PolicyRule[];
  readonly uncovered: readonly string[];
}

/** To act on the controller a rule must name it: what runs there runs beside Chiffon's own keys. */
export const controllerNames = new Set(["localhost", "127.0.0.1", "::1"]);

/**
 * Each host of each step finds its own first rule, and all those rules must be content: a rule for one host never covers another that the same
 * step touches. Where a step may also act on what cannot be told beforehand, every rule that could be meant counts, down to the first without hosts.
 */
export function demandsOf(settings: PolicySettings, matter: PolicyMatter): Demands {
  const rules = new Set<PolicyRule>();
  const uncovered: string[] = [];
  if (matter.steps.length === 0) {
    const rule = settings.rules.find((one) => coversAction(one, matter) && isGeneral(one));
    return { rules: rule === undefined ? [] : [rule], uncovered: rule === undefined ? [""] : [] };
  }
  for (const step of matter.steps) {
    const fitting = settings.rules.filter((rule) => coversAction(rule, matter) && coversStep(rule, step));
    for (const host of step.hosts) {
      const rule = fitting.find((one) => coversHost(one, host, matter.action));
      if (rule === undefined) uncovered.push(`${step.playbook} on ${host.name}`);
      else rules.add(rule);
    }
    if (step.mayActElsewhere) {
      const general = fitting.findIndex((rule) => rule.match.hosts === undefined);
      if (general === -1) uncovered.push(`${step.playbook} on hosts that cannot be told beforehand`);
      else for (const rule of fitting.slice(0, general + 1)) rules.add(rule);
    }
  }
  return { rules: [...rules], uncovered };
}

/** Rules that let somebody ask something: what a request is about is known only when it is planned, and is judged again then. */
export function rulesForAsking(settings: PolicySettings): readonly PolicyRule[] {
  return settings.rules.filter((rule) => rule.match.action === undefined || rule.match.action.includes("request"));
}

function coversAction(rule: PolicyRule, matter: PolicyMatter): boolean {
  return rule.match.action === undefined || rule.match.action.includes(matter.action);
}

function isGeneral({ match }: PolicyRule): boolean {
  return match.risk === undefined && match.playbook === undefined && match.service === undefined && match.hosts === undefined;
}

function coversStep({ match }: PolicyRule, step: PolicyStep): boolean {
  return (
    (match.risk === undefined || match.risk.includes(step.risk)) &&
    (match.playbook === undefined || match.playbook.some((pattern) => fits(pattern, step.playbook))) &&
    (match.service === undefined || (step.service !== null && match.service.some((pattern) => fits(pattern, step.service ?? ""))))
  );
}

function coversHost({ match }: PolicyRule, host: PolicyHost, action: PolicyAction): boolean {
  const acts = action === "approve" || action === "preview";
  if (controllerNames.has(host.name) && (acts || match.hosts !== undefined))
    return match.hosts?.some((name) => controllerNames.has(name)) === true;
  return match.hosts === undefined || match.hosts.some((name) => name === host.name || host.groups.includes(name));
}
