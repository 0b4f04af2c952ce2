import {
  ComponentType,
  MessageFlags,
  type BaseInteraction,
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  type MessageComponentInteraction,
  type ModalSubmitInteraction,
} from "discord.js";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card, Form } from "../cards.ts";
import type { ChatHandlers, PressedAction } from "../chat-platform.ts";
import { confirmFieldName, decodeAction, encodeAction, fitted, type Pressed } from "./buttons.ts";
import type { InteractionAnswers } from "./interaction-answers.ts";
import { limits } from "./limits.ts";
import { code, escaped } from "./markup.ts";
import { askedFields, fieldId, modalOf, readForm, type TypedValues } from "./modal.ts";
import { conversationOf, type Place } from "./place.ts";
import type { PrivateReplies } from "./private-replies.ts";
import { cardFile, renderCard, type DiscordMessage } from "./render-card.ts";
import type { PlanOptions } from "./render-plan.ts";
import { commandName, commandText, suggestionKind } from "./slash-commands.ts";

export interface HandleInteractionDeps {
  readonly answers: InteractionAnswers;
  readonly handlers: () => ChatHandlers | undefined;
  readonly replies: PrivateReplies;
  /** Who it is, or why that cannot be told. */
  readonly personOf: (interaction: BaseInteraction) => Promise<{ readonly account: string } | { readonly refusal: Card }>;
  readonly options: PlanOptions;
  readonly logger: Logger;
}

/** Clicks, picks, forms and commands: heard at once, then carried to the handlers. Everything they need stands in what was pressed. */
export function createHandleInteraction(deps: HandleInteractionDeps): (interaction: Interaction) => Promise<void> {
  const { answers, replies, options, logger } = deps;
  /** What somebody typed into a form that was not right, to have it there again. Lost at a restart: then the defaults are there. */
  const typedBefore = new Map<string, TypedValues>();

  return async (interaction) => {
    const handlers = deps.handlers();
    if (handlers === undefined) return;
    if (interaction.isAutocomplete()) return suggest(interaction, handlers);
    if (interaction.isChatInputCommand()) return command(interaction, handlers);
    if (interaction.isModalSubmit()) return submitted(interaction, handlers);
    if (interaction.isMessageComponent()) return clicked(interaction, handlers);
  };

  async function clicked(interaction: MessageComponentInteraction, handlers: ChatHandlers): Promise<void> {
    const picked = interaction.isStringSelectMenu() ? interaction.values[0] : undefined;
    const pressed = decodeAction(interaction.customId, picked);
    if (pressed === undefined) return answers.reply(interaction, say("refusal", "I do not know this button (any more).", null));
    if (pressed.before === "form") return openForm(interaction, pressed, handlers);
    if (pressed.before === "sure") return areYouSure(interaction, pressed);
    await acknowledged(answers.acknowledge(interaction));
    await send(interaction, pressed, handlers, undefined);
  }

  async function send(
    interaction: MessageComponentInteraction | ModalSubmitInteraction,
    { id, target, value }: PressedAction,
    handlers: ChatHandlers,
    form: Readonly<Record<string, unknown>> | undefined,
  ): Promise<void> {
    const conversation = conversationOf(placeOfInteraction(interaction));
    const person = await deps.personOf(interaction);
    if ("refusal" in person) return answers.whisper(interaction, rendered(person.refusal).message);
    replies.remember(conversation, person.account, interaction);
    await handlers.onAction({
      conversation,
      person: person.account,
      id,
      target,
      ...(value === undefined ? {} : { value }),
      ...(form === undefined ? {} : { form }),
    });
  }

  /** A form must be the first answer: what is asked for it has less than three seconds. */
  async function openForm(interaction: MessageComponentInteraction, pressed: Pressed, handlers: ChatHandlers): Promise<void> {
    const got = await within(formOf(interaction, pressed, handlers), limits.firstAnswerMs);
    if (got === "late") return answers.reply(interaction, say("error", "That took me too long.", "Press it again."));
    if ("refusal" in got) return answers.reply(interaction, rendered(got.refusal).message);
    const { form, account } = got;
    const modal = modalOf(form, typedBefore.get(typedKey(account, form.action)));
    if (modal !== undefined && askedFields(form).length > 0) return answers.modal(interaction, modal);
    return answers.reply(interaction, say("error", "This form cannot be shown here.", "The web page has it too."));
  }

  async function formOf(
    interaction: MessageComponentInteraction | ModalSubmitInteraction,
    { id, target, value }: PressedAction,
    handlers: ChatHandlers,
  ): Promise<{ readonly form: Form; readonly account: string } | { readonly refusal: Card }> {
    const person = await deps.personOf(interaction);
    if ("refusal" in person) return person;
    const conversation = conversationOf(placeOfInteraction(interaction));
    const got = await handlers.onForm({
      conversation,
      person: person.account,
      id,
      target,
      ...(value === undefined ? {} : { value }),
    });
    return got.kind === "form" ? { form: got, account: person.account } : { refusal: got };
  }

  async function areYouSure(interaction: MessageComponentInteraction, pressed: Pressed): Promise<void> {
    const component = interaction.component;
    const label = "label" in component && typeof component.label === "string" ? component.label : "Yes";
    // Our own words, only to be read again; what is sent is in the button.
    const why = interaction.message.embeds.flatMap((embed) => embed.fields).find((field) => field.name === confirmFieldName(label))?.value;
    const customId = encodeAction(pressed);
    const question = say("info", "", null);
    return answers.reply(interaction, {
      ...question,
      content: `${why ?? ""}\n**${escaped(label)}: are you sure?**`.trim(),
      components:
        customId === undefined
          ? []
          : [
              {
                type: ComponentType.ActionRow,
                components: [{ type: ComponentType.Button, style: 1, label: `Yes: ${label}`.slice(0, 80), custom_id: customId }],
              },
            ],
    });
  }

  async function submitted(interaction: ModalSubmitInteraction, handlers: ChatHandlers): Promise<void> {
    const pressed = decodeAction(interaction.customId);
    if (pressed === undefined) return answers.reply(interaction, say("refusal", "I do not know this form (any more).", null));
    await acknowledged(interaction.message === null ? answers.think(interaction) : answers.acknowledge(interaction));
    const got = await formOf(interaction, pressed, handlers);
    if ("refusal" in got) return answers.whisper(interaction, rendered(got.refusal).message);
    const { form, account } = got;
    const typed = typedIn(interaction, form);
    const read = readForm(form, typed);
    const key = typedKey(account, form.action);
    if (read.kind === "values") {
      typedBefore.delete(key);
      return send(interaction, form.action, handlers, read.values);
    }
    typedBefore.set(key, typed);
    const oldest = typedBefore.keys().next().value;
    if (typedBefore.size > 500 && oldest !== undefined) typedBefore.delete(oldest);
    const retry = encodeAction(form.action, "form");
    return answers.whisper(interaction, {
      ...say("refusal", read.problems.join("\n"), null),
      components:
        retry === undefined
          ? []
          : [
              {
                type: ComponentType.ActionRow,
                components: [{ type: ComponentType.Button, style: 2, label: "Try again", custom_id: retry }],
              },
            ],
    });
  }

  async function command(interaction: ChatInputCommandInteraction, handlers: ChatHandlers): Promise<void> {
    const subcommand = interaction.options.getSubcommand(false) ?? "help";
    const text = interaction.commandName === commandName ? commandText(subcommand, (name) => optionText(interaction, name)) : undefined;
    if (text === undefined) return answers.reply(interaction, say("refusal", "I do not know this command (any more).", null));
    await acknowledged(answers.think(interaction));
    const person = await deps.personOf(interaction);
    if ("refusal" in person) return answers.change(interaction, rendered(person.refusal).message);
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
      const { message, file } = rendered(card);
      if (answered) return answers.whisper(interaction, message, file);
      answered = true;
      await answers.change(interaction, message, file);
    };
    // A request is answered in the thread; here only that it was heard.
    if (asks) await answers.change(interaction, heard(text.slice("request ".length), place)).catch(failed);
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
    const person = await deps.personOf(interaction);
    return "refusal" in person ? [] : handlers.suggest(kind, typed, person.account).catch(() => []);
  }

  function rendered(card: Card): { message: DiscordMessage; file: ReturnType<typeof cardFile> } {
    return { message: renderCard(card, options).message, file: cardFile(card, options) };
  }

  function say(tone: "info" | "refusal" | "error", text: string, help: string | null): DiscordMessage {
    return renderCard({ kind: "notice", tone, text, help }, options).message;
  }

  function heard(text: string, place: Place): DiscordMessage {
    return say("info", `On it: “${text}”. ${place.kind === "command" ? "The thread here tells how it goes." : ""}`.trim(), null);
  }

  /** Too late or twice: the person sees that; the work is done all the same. */
  async function acknowledged(first: Promise<void>): Promise<void> {
    await first.catch(failed);
  }

  function failed(error: unknown): void {
    logger.warn({ error: messageOf(error) }, "a click or command could not be answered in time");
  }
}

/** A card that stands in a channel is the first message of its thread; what only one person sees belongs to no conversation yet. */
function placeOfInteraction(interaction: BaseInteraction): Place {
  const { guildId, channelId, channel } = interaction;
  if (guildId === null) return { kind: "direct", channel: channelId ?? "0" };
  if (channel?.isThread() === true && channel.parentId !== null)
    return { kind: "thread", guild: guildId, parent: channel.parentId, thread: channel.id };
  const message = interaction.isMessageComponent() || interaction.isModalSubmit() ? interaction.message : null;
  if (message !== null && !message.flags.has(MessageFlags.Ephemeral))
    return { kind: "thread", guild: guildId, parent: channelId ?? "0", thread: message.id };
  return { kind: "command", guild: guildId, channel: channelId ?? "0", interaction: interaction.id };
}

function missingPermissions(interaction: ChatInputCommandInteraction): string[] {
  const inThread = interaction.channel?.isThread() === true;
  const needed = inThread
    ? (["ViewChannel", "SendMessagesInThreads", "EmbedLinks"] as const)
    : (["ViewChannel", "SendMessages", "CreatePublicThreads", "SendMessagesInThreads", "EmbedLinks"] as const);
  return needed.filter((name) => !interaction.appPermissions.has(name)).map((name) => code(name));
}

function typedIn(interaction: ModalSubmitInteraction, form: Form): TypedValues {
  const typed: Record<string, string> = {};
  for (const field of form.fields) {
    const found = interaction.fields.fields.get(fieldId(field));
    if (found === undefined) continue;
    if ("value" in found && typeof found.value === "string") typed[field.name] = found.value;
    else if ("values" in found) typed[field.name] = found.values[0] ?? "";
  }
  return typed;
}

function typedKey(person: string, { id, target, value }: PressedAction): string {
  return JSON.stringify([person, id, target, value]);
}

function optionText(interaction: ChatInputCommandInteraction, name: string): string {
  return interaction.options.getString(name) ?? "";
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  work.catch(() => undefined); // when it fails after it was late
  try {
    return await Promise.race([work, new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), milliseconds)))]);
  } finally {
    clearTimeout(timer);
  }
}
