import type { InventoryNames } from "../../mapping/inventory-names.ts";
import type { Playbook } from "../../mapping/playbook.ts";
import type { Decomposer } from "../decomposer.ts";
import type { RequestedStep } from "../decomposition.ts";
import { createHostReader, type HostReader } from "../hosts/hosts-in-text.ts";
import type { DraftStep } from "../plan.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** A step of the plan that a reply is about. */
export interface PlannedStep {
  readonly draft: DraftStep;
  readonly playbook: Playbook | undefined;
  /** Where it would act, when that is known. */
  readonly hosts: readonly string[];
}

/** What a reply changes. Steps are named by their order in the plan as it was shown. */
export type Change =
  | { readonly kind: "hosts"; readonly steps: readonly number[]; readonly how: "only" | "not" | "also"; readonly hosts: readonly string[]; readonly unknown: readonly string[] }
  | { readonly kind: "value"; readonly step: number; readonly variable: string; readonly value: unknown }
  | { readonly kind: "without"; readonly steps: readonly number[] }
  /** The whole new order. */
  | { readonly kind: "order"; readonly steps: readonly number[] }
  | { readonly kind: "add"; readonly steps: readonly RequestedStep[]; readonly place: "first" | "last" }
  /** `replaced`: these, else all. */
  | { readonly kind: "exchange"; readonly steps: readonly RequestedStep[]; readonly replaced: readonly number[] | "all" }; // prettier-ignore

export type Reading =
  | { readonly kind: "changes"; readonly changes: readonly Change[] }
  /** Read as a change, and not taken; the plan stays. */
  | { readonly kind: "refused"; readonly message: string; readonly help: string | null }
  | { readonly kind: "none" };

export interface ModificationContext {
  readonly steps: readonly PlannedStep[];
  readonly inventory: InventoryNames;
  readonly vocabulary: Vocabulary;
  readonly decomposer: Decomposer;
  readonly reader: HostReader;
}

export function modificationContext(given: Omit<ModificationContext, "reader">): ModificationContext {
  return { ...given, reader: createHostReader(given.inventory, given.vocabulary) };
}
