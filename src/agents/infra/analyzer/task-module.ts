import { isScalar, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { isTaskKeyword } from "../task-to-judge.ts";

/** The module of a task, written as its key. */
export interface TaskModule {
  readonly name: string;
  readonly key: Scalar;
  readonly value: Node | null;
}

/** Undefined where there is none, or more than one key that could be it. */
export function moduleOf(task: YAMLMap): TaskModule | undefined {
  const found = (task.items as Pair<Node, Node | null>[]).filter(
    ({ key }) =>
      isScalar(key) &&
      typeof key.value === "string" &&
      !isTaskKeyword(key.value) &&
      !["block", "rescue", "always", "action", "local_action"].includes(key.value),
  );
  const [pair] = found;
  if (pair === undefined || found.length > 1 || !isScalar(pair.key)) return undefined;
  return { name: String(pair.key.value), key: pair.key, value: pair.value };
}
