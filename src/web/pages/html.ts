import type { html } from "hono/html";

/** Escaped markup: whatever stands in a template's `${}` was escaped by `html`, unless it is markup itself. */
export type Markup = ReturnType<typeof html>;
