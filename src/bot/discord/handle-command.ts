import type { AutocompleteInteraction, ChatInputCommandInteraction } from "discord.js";
import type { Card } from "../cards.ts";
import type { ChatHandlers } from "../chat-platform.ts";
import { fitted } from "./buttons.ts";
import { createInteractionHelp, type InteractionDeps } from "./interaction-deps.ts";
import { limits } from "./limits.ts";
import { code } from "./markup.ts";
import { conversationOf, type Place } from "./place.ts";
import { placeOfInteraction } from "./place-of-interaction.ts";
import type { DiscordMessage } from "./render-card.ts";
import { commandName, commandText, suggestionKind } from "./slash-commands.ts";
import { within } from "./within.ts";

export interface HandleCommand {
  readonly command: (interaction: ChatInputCommandInteraction, handlers: ChatHandlers) => Promise<void>;
  readonly suggest: (interaction: AutocompleteInteraction, handlers: ChatHandlers) => Promise<void>;
}

/** `/chiffon …`, and the names that are offered while it is typed. */
export function createHandleCommand(deps: InteractionDeps): HandleCommand {
  const { answers, replies } = deps;
  const { show, say, acknowledged } = createInteractionHelp(deps);
  return { command, suggest };

  async function command(interaction: ChatInputCommandInteraction, handlers: ChatHandlers): Promise<void> {
    const subcommand = interaction.options.getSubcommand(false) ?? "help";
    const text = interaction.commandName === commandName ? commandText(subcommand, (name) => optionText(interaction, name)) : undefined;
    if (text === undefined) return answers.reply(interaction, say("refusal", "I do not know this command (any more).", null));
    if (!(await acknowledged(answers.think(interaction)))) return;
    const person = await deps.whoIs.interacting(interaction);
    if ("refusal" in person) return answers.change(interaction, show(person.refusal).message);
    const place = placeOfInteraction(interaction);
    const missing = place.kind === "direct" ? [] : missingPermissions(interaction);
    const asks = text.startsWith("request ");
    if (asks && missing.length > 0) {
      const help = `Give my role ${missing.join(", ")} here, or ask me in another channel.`;
      return answers.change(interaction, say("refusal", "I cannot write in this channel, so the plan could not be shown.", help));
    }
    const conversation = conversationOf(place);
    replies.remember(conversation, person.account, interaction);
    let answered = false;
    const answer = async (card: Card): Promise<void> => {
      const { message, file } = show(card);
      if (answered) return answers.whisper(interaction, message, file);
      answered = true;
      await answers.change(interaction, message, file);
    };
    // A request is answered in the thread; here only that it was heard.
    if (asks) await acknowledged(answers.change(interaction, heard(text.slice("request ".length), place)));
    answered = asks;
    await handlers.onCommand({ conversation, eventKeys: [`interaction:${interaction.id}`], person: person.account, text, answer });
    if (!answered) await answer({ kind: "notice", tone: "info", text: "Done.", help: null });
  }

  async function suggest(interaction: AutocompleteInteraction, handlers: ChatHandlers): Promise<void> {
    const { name, value } = interaction.options.getFocused(true);
    const kind = suggestionKind(interaction.options.getSubcommand(false) ?? "", name);
    const found = kind === undefined ? [] : await within(suggestions(interaction, handlers, kind, value), limits.firstAnswerMs);
    // A value that is cut would be another one.
    const fitting = (found === "late" ? [] : found).filter((one) => one.value !== "" && one.value.length <= limits.choiceText);
    await answers.choices(
      interaction,
      fitting.slice(0, limits.choices).map((one) => ({ name: fitted(one.label, limits.choiceText), value: one.value })),
    );
  }

  async function suggestions(
    interaction: AutocompleteInteraction,
    handlers: ChatHandlers,
    kind: Parameters<ChatHandlers["suggest"]>[0],
    typed: string,
  ): ReturnType<ChatHandlers["suggest"]> {
    const person = await deps.whoIs.interacting(interaction);
    return "refusal" in person ? [] : handlers.suggest(kind, typed, person.account).catch(() => []);
  }

  function heard(text: string, place: Place): DiscordMessage {
    return say("info", `On it: “${text}”. ${place.kind === "command" ? "The thread here tells how it goes." : ""}`.trim(), null);
  }
}

function missingPermissions(interaction: ChatInputCommandInteraction): string[] {
  const inThread = interaction.channel?.isThread() === true;
  const needed = inThread
    ? (["ViewChannel", "SendMessagesInThreads", "EmbedLinks"] as const)
    : (["ViewChannel", "SendMessages", "CreatePublicThreads", "SendMessagesInThreads", "EmbedLinks"] as const);
  return needed.filter((name) => !interaction.appPermissions.has(name)).map((name) => code(name));
}

function optionText(interaction: ChatInputCommandInteraction, name: string): string {
  return interaction.options.getString(name) ?? "";
}
