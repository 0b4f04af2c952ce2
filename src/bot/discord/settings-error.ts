import { DiscordjsError, DiscordjsErrorCodes, GatewayCloseCodes } from "discord.js";
import { AppError } from "../../errors.ts";

/** What to switch on or to mend; undefined when that is not the reason. */
export function settingsError(closedWith: number | undefined, error: unknown): AppError | undefined {
  if (
    closedWith === GatewayCloseCodes.AuthenticationFailed ||
    (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid)
  )
    return new AppError("discord-token-wrong", "Discord does not know DISCORD_TOKEN", {
      cause: error,
      help: "Copy the token of the page Bot in https://discord.com/developers/applications again, then `chiffon setup discord --check`.",
    });
  if (closedWith === GatewayCloseCodes.DisallowedIntents)
    return new AppError("discord-intent-off", "Discord does not give this bot the text of messages (DISCORD_MESSAGE_CONTENT=true)", {
      cause: error,
      help: "Switch on Message Content Intent on the page Bot of the developer portal, or set DISCORD_MESSAGE_CONTENT=false.",
    });
  if (closedWith === GatewayCloseCodes.InvalidIntents)
    return new AppError("discord-intents-wrong", "Discord does not know the intents that this version asks for", {
      cause: error,
      help: "Update Chiffon.",
    });
  return undefined;
}
