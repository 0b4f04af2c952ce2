import { DiscordAPIError, HTTPError, RateLimitError, RESTJSONErrorCodes } from "discord.js";
import { messageOf } from "../../errors.ts";
import { DeliveryError } from "../delivery-error.ts";

const refusals: Readonly<Record<number, string>> = {
  [RESTJSONErrorCodes.UnknownChannel]: "the channel or thread is gone: ask again in another one",
  [RESTJSONErrorCodes.MissingAccess]: "I cannot see the channel: give my role View Channel there",
  [RESTJSONErrorCodes.MissingPermissions]:
    "I may not write there: give my role Send Messages, Send Messages in Threads, Create Public Threads, Embed Links and Attach Files",
  [RESTJSONErrorCodes.CannotSendMessagesToThisUser]: "this person takes no direct messages from me",
  [RESTJSONErrorCodes.InvalidActionOnArchivedThread]: "the thread is archived: write something there, or ask me elsewhere",
  [RESTJSONErrorCodes.ThreadLocked]: "the thread is locked: unlock it, or ask me elsewhere",
  [RESTJSONErrorCodes.CannotExecuteActionOnThisChannelType]: "messages cannot be written to this kind of channel",
};

/** Discord's own number for why it refused; undefined when the call did not get that far. */
export function codeOf(error: unknown): number | undefined {
  return error instanceof DiscordAPIError ? Number(error.code) : undefined;
}

/** The message itself is what Discord does not take: a shorter form may pass. */
export function isFormError(error: unknown): boolean {
  const code = codeOf(error);
  return code === RESTJSONErrorCodes.InvalidFormBodyOrContentType || code === RESTJSONErrorCodes.RequestEntityTooLarge;
}

/** What a failed call means for the outbox. */
export function deliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof RateLimitError) {
    const retryAfterMs = Math.max(error.retryAfter, error.sublimitTimeout, error.timeToReset, 0);
    return new DeliveryError("later", "Discord asks to wait", { cause: error, retryAfterMs, everywhere: error.global });
  }
  if (error instanceof DiscordAPIError) {
    const code = Number(error.code);
    if (codeOf(error) === RESTJSONErrorCodes.UnknownMessage)
      return new DeliveryError("gone", "Discord has no such message", { cause: error });
    if (error.status === 401)
      return new DeliveryError("refused", "Discord does not know the token any more: run `chiffon setup discord --check`", {
        cause: error,
      });
    if (error.status >= 500 || error.status === 408 || error.status === 429)
      return new DeliveryError("later", `Discord answers ${error.status}`, { cause: error });
    const help = refusals[code];
    return new DeliveryError("refused", `Discord answers ${code}${help === undefined ? ` (${error.message})` : `: ${help}`}`, {
      cause: error,
    });
  }
  if (error instanceof HTTPError && error.status < 500)
    return new DeliveryError("refused", `Discord answers ${error.status}`, { cause: error });
  // Nobody knows whether the call arrived: the nonce of the next try tells Discord.
  return new DeliveryError("later", `Discord did not answer: ${messageOf(error)}`, { cause: error });
}
