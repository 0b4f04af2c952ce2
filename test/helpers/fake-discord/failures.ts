export interface PlannedFailure {
  /** Part of, or a pattern for, "POST /channels/1/messages"; absent: every request. */
  readonly route?: string | RegExp;
  /** How many requests; 1 when absent. */
  readonly times?: number;
  /** `reset`: the connection breaks without an answer. */
  readonly status: 403 | 404 | 429 | 500 | 502 | 503 | "reset";
  /** Seconds, for 429; 0.05 when absent. */
  readonly retryAfter?: number;
  readonly global?: boolean;
  readonly code?: number;
  readonly message?: string;
  /** The platform does what was asked, and only the answer is lost. */
  readonly applied?: boolean;
}

interface TakenFailure {
  readonly applied: boolean;
  readonly reset: boolean;
  readonly answer: { readonly status: number; readonly body?: unknown; readonly headers: Record<string, string>; readonly code?: number };
}

export interface FailurePlan {
  add(failure: PlannedFailure): void;
  /** Every request fails with 503 for so long, real time. */
  failFor(milliseconds: number): void;
  /** Every answer is late by so much. */
  slowBy: number;
  take(call: string): TakenFailure | undefined;
}

export function createFailurePlan(): FailurePlan {
  const planned: { readonly failure: PlannedFailure; left: number }[] = [];
  let downUntil = 0;
  return {
    slowBy: 0,
    add(failure) {
      planned.push({ failure, left: failure.times ?? 1 });
    },
    failFor(milliseconds) {
      downUntil = Date.now() + milliseconds;
    },
    take(call) {
      if (Date.now() < downUntil) return answer({ status: 503 });
      const next = planned.find(({ failure, left }) => left > 0 && matches(failure.route, call));
      if (next === undefined) return undefined;
      next.left -= 1;
      return answer(next.failure);
    },
  };
}

function matches(route: string | RegExp | undefined, call: string): boolean {
  if (route === undefined) return true;
  return typeof route === "string" ? call.includes(route) : route.test(call);
}

function answer(failure: PlannedFailure): TakenFailure {
  const { status, retryAfter = 0.05, global = false, code = 0, message = `${String(status)}: as the test planned` } = failure;
  const base = { applied: failure.applied ?? false, reset: status === "reset" };
  if (status === "reset") return { ...base, answer: { status: 0, headers: {} } };
  if (status === 429) {
    const headers = {
      "retry-after": String(retryAfter),
      "x-ratelimit-scope": global ? "global" : "shared",
      ...(global ? { "x-ratelimit-global": "true" } : {}),
    };
    return { ...base, answer: { status, headers, body: { message: "You are being rate limited.", retry_after: retryAfter, global } } };
  }
  return { ...base, answer: { status, headers: {}, body: { message, code }, code } };
}
