import {
  InteractionResponseType,
  MessageFlags,
  Routes,
  type APIApplicationCommandOptionChoice,
  type APIModalInteractionResponseCallbackData,
  type REST,
} from "discord.js";
import type { CardFile } from "../chat-platform.ts";
import { filesOf } from "./messages.ts";
import type { Answerable } from "./private-replies.ts";
import type { DiscordMessage } from "./render-card.ts";

export interface Interacted {
  readonly id: string;
  readonly token: string;
  readonly applicationId: string;
}

/** The ways to answer a click or a command. The first must come within three seconds, and there is only one first. */
export interface InteractionAnswers {
  /** "Heard", without anything to see. */
  acknowledge(interaction: Interacted): Promise<void>;
  /** "Thinking …", for this person only; `change` says the rest. */
  think(interaction: Interacted): Promise<void>;
  reply(interaction: Interacted, message: DiscordMessage): Promise<void>;
  modal(interaction: Interacted, modal: APIModalInteractionResponseCallbackData): Promise<void>;
  choices(interaction: Interacted, choices: readonly APIApplicationCommandOptionChoice<string>[]): Promise<void>;
  /** What was "thinking". */
  change(by: Answerable, message: DiscordMessage, file?: CardFile): Promise<void>;
  /** One more message for this person only. */
  whisper(by: Answerable, message: DiscordMessage, file?: CardFile): Promise<void>;
}

export function createInteractionAnswers(rest: REST): InteractionAnswers {
  const first = async ({ id, token }: Interacted, body: object): Promise<void> => {
    await rest.post(Routes.interactionCallback(id, token), { body, auth: false });
  };
  return {
    acknowledge: (interaction) => first(interaction, { type: InteractionResponseType.DeferredMessageUpdate }),
    think: (interaction) =>
      first(interaction, { type: InteractionResponseType.DeferredChannelMessageWithSource, data: { flags: MessageFlags.Ephemeral } }),
    reply: (interaction, message) =>
      first(interaction, { type: InteractionResponseType.ChannelMessageWithSource, data: ephemeral(message) }),
    modal: (interaction, modal) => first(interaction, { type: InteractionResponseType.Modal, data: modal }),
    choices: (interaction, choices) =>
      first(interaction, { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices } }),
    async change({ applicationId, token }, message, file) {
      const { flags: _flags, ...body } = message;
      await rest.patch(Routes.webhookMessage(applicationId, token, "@original"), { body, files: filesOf(file), auth: false });
    },
    async whisper({ applicationId, token }, message, file) {
      await rest.post(Routes.webhook(applicationId, token), { body: ephemeral(message), files: filesOf(file), auth: false });
    },
  };
}

function ephemeral(message: DiscordMessage): object {
  return { ...message, flags: (message.flags ?? 0) | MessageFlags.Ephemeral };
}
