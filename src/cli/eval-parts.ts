import type { TaskMapperDeps } from "../mapping/task-mapper.ts";
import { usageError } from "./parse-arguments.ts";

type Parts = NonNullable<TaskMapperDeps["without"]>;

/** What is left out when only a part of the mapping is measured. */
const leftOut: Readonly<Record<string, Parts>> = {
  exact: new Set(["semantic"]),
  semantic: new Set(["exact"]),
  "no-verbs": new Set(["verbs"]),
  uncalibrated: new Set(["calibration"]),
};

export const partNames = Object.keys(leftOut);

export interface Variant {
  readonly name: string;
  readonly without: Parts;
}

/** `--only exact,no-verbs` or `--only all`. */
export function variantsOf(text: string | undefined): Variant[] {
  if (text === undefined) return [];
  const names = text === "all" ? partNames : text.split(",").map((name) => name.trim());
  return names.map((name) => {
    const without = leftOut[name];
    if (without === undefined) throw usageError(`--only knows ${partNames.join(", ")} and all, not "${name.slice(0, 40)}"`);
    return { name, without };
  });
}
