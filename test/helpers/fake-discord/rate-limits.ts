import { createHash } from "node:crypto";
import type { FakeClock } from "./clock.ts";

export interface RateLimitAnswer {
  readonly headers: Record<string, string>;
  /** Set when the request is refused with 429. */
  readonly refused?: { readonly retryAfter: number; readonly global: boolean };
}

interface Bucket {
  readonly limit: number;
  readonly window: number;
  taken: number;
  resetsAt: number;
}

/** `real` behaves like the platform, about five messages in five seconds a channel; `generous` has the same headers and room for 50. */
export type RateLimitMode = "real" | "generous" | "off";

/** Buckets by route and channel or webhook, and 50 requests a second over all but interaction callbacks. */
export function createRateLimits(
  clock: FakeClock,
  mode: RateLimitMode,
): (route: string, major: string, renames: boolean) => RateLimitAnswer {
  const buckets = new Map<string, Bucket>();
  const all: Bucket = { limit: 50, window: 1000, taken: 0, resetsAt: 0 };

  function take(bucket: Bucket): number {
    const now = clock.now();
    if (now >= bucket.resetsAt) {
      bucket.taken = 0;
      bucket.resetsAt = now + bucket.window;
    }
    if (bucket.taken >= bucket.limit) return (bucket.resetsAt - now) / 1000;
    bucket.taken += 1;
    return 0;
  }

  return (route, major, renames) => {
    if (mode === "off") return { headers: {} };
    if (!route.startsWith("POST /interactions/")) {
      const wait = take(all);
      if (wait > 0) {
        const headers = { "x-ratelimit-global": "true", "x-ratelimit-scope": "global", "retry-after": wait.toFixed(3) };
        return { headers, refused: { retryAfter: wait, global: true } };
      }
    }
    // Renaming a thread has its own, tight limit that no header announces.
    if (renames) {
      const wait = take(bucketFor(`rename ${major}`, 2, 600_000));
      if (wait > 0) {
        return { headers: { "x-ratelimit-scope": "shared", "retry-after": wait.toFixed(3) }, refused: { retryAfter: wait, global: false } };
      }
    }
    const [limit, window] = mode === "real" ? [5, 5000] : [50, 5000];
    const bucket = bucketFor(`${route} ${major}`, limit, window);
    const wait = take(bucket);
    const headers = {
      "x-ratelimit-limit": String(bucket.limit),
      "x-ratelimit-remaining": String(bucket.limit - bucket.taken),
      "x-ratelimit-reset": (bucket.resetsAt / 1000).toFixed(3),
      "x-ratelimit-reset-after": Math.max(0, (bucket.resetsAt - clock.now()) / 1000).toFixed(3),
      "x-ratelimit-bucket": createHash("sha256").update(route).digest("hex").slice(0, 32),
    };
    if (wait === 0) return { headers };
    return {
      headers: { ...headers, "x-ratelimit-scope": "user", "retry-after": wait.toFixed(3) },
      refused: { retryAfter: wait, global: false },
    };
  };

  function bucketFor(key: string, limit: number, window: number): Bucket {
    const found = buckets.get(key) ?? { limit, window, taken: 0, resetsAt: 0 };
    buckets.set(key, found);
    return found;
  }
}
