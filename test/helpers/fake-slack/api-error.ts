import type { Json } from "./json.ts";

/** What Slack answers with HTTP 200 and `{ok: false, error}`. */
export class ApiError extends Error {
  readonly error: string;
  readonly details: Json;
  constructor(error: string, messages?: readonly string[], details: Json = {}) {
    super(error);
    this.error = error;
    this.details = messages === undefined ? details : { ...details, response_metadata: { messages } };
  }
}
