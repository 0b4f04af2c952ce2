/**
 * Why a platform did not take a message.
 * `later`: it is busy or away; the same call may work after `retryAfterMs` (`everywhere`: no call to this platform works before).
 * `gone`: the message that was to be edited is not there any more; the card is posted again.
 * `refused`: it will never be taken (channel gone, no permission); `message` says what a person can do about it.
 */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly kind: "later" | "gone" | "refused";
  readonly retryAfterMs: number | null;
  readonly everywhere: boolean;

  constructor(
    kind: "later" | "gone" | "refused",
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number; readonly everywhere?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.everywhere = options.everywhere ?? false;
  }
}
