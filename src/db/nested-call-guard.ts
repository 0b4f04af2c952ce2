import { AsyncLocalStorage } from "node:async_hooks";
import { AppError } from "../errors.ts";

/**
 * PGlite has one connection: a call outside a transaction that is made from within it would wait for itself for ever.
 * PostgreSQL would not wait, but see the state before the transaction. Both are mistakes, so both throw at once.
 */
export function createNestedCallGuard(): { enter<T>(work: () => Promise<T>): Promise<T>; check(): void } {
  const inside = new AsyncLocalStorage<{ open: boolean }>();
  return {
    async enter(work) {
      const scope = { open: true };
      return inside.run(scope, work).finally(() => {
        scope.open = false; // a task left running after the transaction may call the database again
      });
    },
    check() {
      if (inside.getStore()?.open === true) {
        throw new AppError("database-nested-call", "inside a transaction only the transaction's own sql may be used");
      }
    },
  };
}
