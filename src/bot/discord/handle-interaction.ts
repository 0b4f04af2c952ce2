import { ComponentType, type Interaction, type MessageComponentInteraction, type ModalSubmitInteraction } from "discord.js";
import type { Card, Form } from "../cards.ts";
import type { ChatHandlers, PressedAction } from "../chat-platform.ts";
import { confirmFieldName, decodeAction, encodeAction, type Pressed } from "./buttons.ts";
import { createHandleCommand } from "./handle-command.ts";
import { createInteractionHelp, type InteractionDeps } from "./interaction-deps.ts";
import { limits } from "./limits.ts";
import { escaped } from "./markup.ts";
import { askedFields, fieldId, modalOf, readForm, type TypedValues } from "./modal.ts";
import { conversationOf } from "./place.ts";
import { placeOfInteraction } from "./place-of-interaction.ts";
import { within } from "./within.ts";

/** Clicks, picks, forms and commands: heard at once, then carried to the handlers. Everything they need stands in what was pressed. */
export function createHandleInteraction(deps: InteractionDeps): (interaction: Interaction) => Promise<void> {
  const { answers, replies } = deps;
  const { show, say, acknowledged } = createInteractionHelp(deps);
  const { command, suggest } = createHandleCommand(deps);
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
    if (!(await acknowledged(answers.acknowledge(interaction)))) return;
    await send(interaction, pressed, handlers, undefined);
  }

  async function send(
    interaction: MessageComponentInteraction | ModalSubmitInteraction,
    { id, target, value }: PressedAction,
    handlers: ChatHandlers,
    form: Readonly<Record<string, unknown>> | undefined,
  ): Promise<void> {
    const conversation = conversationOf(placeOfInteraction(interaction));
    const person = await deps.whoIs.interacting(interaction);
    if ("refusal" in person) return answers.whisper(interaction, show(person.refusal).message);
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
    if ("refusal" in got) return answers.reply(interaction, show(got.refusal).message);
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
    const person = await deps.whoIs.interacting(interaction);
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
    if (!(await acknowledged(interaction.message === null ? answers.think(interaction) : answers.acknowledge(interaction)))) return;
    const got = await formOf(interaction, pressed, handlers);
    if ("refusal" in got) return answers.whisper(interaction, show(got.refusal).message);
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
