import { AppError, isAppError, messageOf } from "../../errors.ts";

/** Our own reason out of whatever the libraries wrapped around it. */
export function modelError(error: unknown): AppError {
  for (let inner = error; inner instanceof Error; inner = inner.cause) if (isAppError(inner)) return inner;
  return new AppError("model-failed", `the model did not answer as it should: ${messageOf(error).slice(0, 200)}`, { cause: error });
}
