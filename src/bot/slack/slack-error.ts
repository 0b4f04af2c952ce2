import { webApi } from "@slack/bolt";
import { messageOf } from "../../errors.ts";
import { DeliveryError } from "../delivery-error.ts";
import { withoutTokens } from "./slack-logger.ts";

/** Slack's own word for why it refused a call; undefined when the call did not get that far. */
export function platformErrorOf(error: unknown): string | undefined {
  return error instanceof webApi.WebAPIPlatformError ? error.data.error : undefined;
}

/** The answer is missing or says nothing: the call may have done its work. */
export function mayHaveArrived(error: unknown): boolean {
  return platformErrorOf(error) === undefined && !(error instanceof webApi.WebAPIRateLimitedError);
}

/** Why a call did not get through, for the log: `fetch failed` alone helps nobody. */
export function failureText(error: unknown): string {
  const original = error instanceof webApi.WebAPIRequestError ? error.original : error;
  const cause = original instanceof Error && original.cause !== undefined ? `: ${messageOf(original.cause)}` : "";
  return withoutTokens(`${messageOf(original)}${cause}`);
}

/** The token is wrong or was taken back: nothing works until somebody changes it. */
export const tokenErrors: ReadonlySet<string> = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "team_disabled",
  "user_removed_from_team",
]);

/** The message itself is what Slack does not take: a shorter form may pass. */
export const formErrors: ReadonlySet<string> = new Set([
  "msg_too_long",
  "msg_blocks_too_long",
  "invalid_blocks",
  "invalid_blocks_format",
  "invalid_arguments",
  "too_many_blocks",
]);

/** The message or its thread is not there any more, or was never ours. */
const goneErrors: ReadonlySet<string> = new Set(["message_not_found", "cant_update_message", "edit_window_closed"]);

const laterErrors: ReadonlySet<string> = new Set([
  "ratelimited",
  "rate_limited",
  "message_limit_exceeded",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
  "msg_too_fast",
]);

const whatToDo: Readonly<Record<string, string>> = {
  not_in_channel: "invite me to the channel: /invite @Chiffon",
  channel_not_found: "the channel is gone or I am not in it: /invite @Chiffon",
  is_archived: "the channel is archived: unarchive it, or ask me elsewhere",
  restricted_action: "the workspace does not let apps post there",
  restricted_action_read_only_channel: "only some people may post in that channel",
  thread_not_found: "the thread is gone: ask again in a new one",
  missing_scope: "the app lacks a scope: run `chiffon setup slack --check`",
  user_not_found: "there is no such person in this workspace",
  cannot_dm_bot: "a bot cannot be written to",
};

/** What a failed call means for the outbox. */
export function deliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof webApi.WebAPIRateLimitedError)
    return new DeliveryError("later", "Slack asks to wait", { cause: error, retryAfterMs: error.retryAfter * 1000 });
  const word = platformErrorOf(error);
  if (word === undefined) {
    // Nobody knows whether the call arrived: the next try looks first.
    return new DeliveryError("later", `Slack did not answer: ${failureText(error)}`, { cause: error });
  }
  if (laterErrors.has(word)) return new DeliveryError("later", `Slack answers ${word}`, { cause: error });
  if (goneErrors.has(word)) return new DeliveryError("gone", `Slack answers ${word}`, { cause: error });
  const help = tokenErrors.has(word) ? "the token does not work any more: run `chiffon setup slack --check`" : whatToDo[word];
  return new DeliveryError("refused", `Slack answers ${word}${help === undefined ? "" : `: ${help}`}`, { cause: error });
}
