import type { Decomposition } from "../decomposition.ts";

/** C22: research, code or architecture is complex; three or more steps are medium; the rest is simple. */
export function complexityOf(text: string, steps: number): Decomposition["complexity"] {
  if (
    /\b(?:research|investigate|architecture|architect|design|refactor|write (?:code|a script|a playbook|a role)|implement|program|evaluate|compare|analy[sz]e|root cause|untersuche|architektur|entwirf|diseña|conçois)\b/i.test(
      text,
    )
  )
    return "complex";
  return steps >= 3 ? "medium" : "simple";
}
