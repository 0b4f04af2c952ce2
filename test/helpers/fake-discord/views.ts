import { type Component, flatten } from "./component-schema.ts";
import { type Interaction, interactionError, type Choice } from "./interactions.ts";
import { type AllowedMentions, type Embed, flag } from "./message-schema.ts";
import type { ModalForm } from "./modal-schema.ts";
import { isThread, type Channel, type GatewayEvent, type MessageVersion, type StoredMessage, type World } from "./world.ts";

/** What a test sees: copies of what the platform holds now. */

export interface FakeButton {
  readonly label: string;
  readonly customId: string | undefined;
  readonly url: string | undefined;
  readonly style: number;
  readonly disabled: boolean;
}

export interface FakeMessage {
  readonly id: string;
  /** The thread, for a message in a thread. */
  readonly channelId: string;
  readonly author: { readonly id: string; readonly name: string; readonly bot: boolean };
  readonly content: string;
  readonly embeds: readonly Embed[];
  readonly components: readonly Component[];
  readonly buttons: readonly FakeButton[];
  /** All that a reader sees, line by line: content, embeds, text displays. No button labels. */
  readonly text: string;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly bytes: Buffer;
    readonly text: string;
  }[];
  /** What it was before each edit, oldest first. */
  readonly edits: readonly (MessageVersion & { readonly at: number })[];
  readonly flags: number;
  /** "Chiffon is thinking …": deferred and not answered yet. */
  readonly loading: boolean;
  readonly allowedMentions: AllowedMentions | undefined;
  /** The message it answers. */
  readonly reference: string | undefined;
  readonly nonce: string | number | undefined;
  /** Who alone sees it. */
  readonly ephemeralFor: string | undefined;
  readonly interactionId: string | undefined;
  readonly reactions: readonly { readonly emoji: string; readonly users: readonly string[] }[];
  readonly createdAt: number;
  readonly deleted: boolean;
}

export interface FakeThread {
  readonly id: string;
  readonly name: string;
  readonly parentId: string;
  readonly archived: boolean;
  readonly locked: boolean;
  readonly autoArchiveMinutes: number;
}

/** Follows one interaction; every property is as it is now. */
export interface InteractionHandle {
  readonly id: string;
  readonly event: GatewayEvent;
  /** The platform's type of the first answer: 4 answer, 5 deferred, 6 update deferred, 7 update, 8 choices, 9 modal. */
  readonly answeredBy: number | undefined;
  /** Milliseconds until the first answer. */
  readonly answeredAfter: number | undefined;
  readonly deferred: boolean;
  readonly ephemeral: boolean;
  /** The messages made by it, in order, as they are now; deleted ones too. */
  readonly responses: readonly FakeMessage[];
  readonly modal: ModalForm | undefined;
  readonly choices: readonly Choice[] | undefined;
  /** What the person reads when the bot was too late. */
  readonly error: string | undefined;
  /** Codes of refused answers: 10062, 40060, 50027. */
  readonly refused: readonly number[];
}

export function viewMessage(world: World, message: StoredMessage): FakeMessage {
  const author = world.members.get(message.authorId)!;
  return {
    id: message.id,
    channelId: message.channelId,
    author: { id: author.id, name: author.name, bot: author.bot },
    content: message.content,
    embeds: message.embeds,
    components: message.components,
    buttons: buttonsOf(message.components),
    text: readable(message),
    attachments: message.attachments.map((file) => ({ ...file, text: file.bytes.toString("utf8") })),
    edits: [...message.edits],
    flags: message.flags,
    loading: (message.flags & flag.loading) !== 0,
    allowedMentions: message.allowedMentions,
    reference: message.reference,
    nonce: message.nonce,
    ephemeralFor: message.ephemeralFor,
    interactionId: message.interaction?.id,
    reactions: [...message.reactions].map(([emoji, users]) => ({ emoji, users: [...users] })),
    createdAt: message.createdAt,
    deleted: message.deleted,
  };
}

export function viewThread(channel: Channel): FakeThread {
  const { id, name, parentId = "", archived, locked, autoArchiveMinutes } = channel;
  return { id, name, parentId, archived, locked, autoArchiveMinutes };
}

export function viewThreads(world: World): FakeThread[] {
  return [...world.channels.values()].filter((channel) => isThread(channel)).map((channel) => viewThread(channel));
}

export function viewInteraction(world: World, interaction: Interaction): InteractionHandle {
  return {
    id: interaction.id,
    event: interaction.event!,
    get answeredBy() {
      return interaction.first?.type;
    },
    get answeredAfter() {
      return interaction.first?.after;
    },
    get deferred() {
      return interaction.first?.type === 5 || interaction.first?.type === 6;
    },
    get ephemeral() {
      return interaction.first?.ephemeral ?? false;
    },
    get responses() {
      return interaction.made.map((message) => viewMessage(world, message));
    },
    get modal() {
      return interaction.modal;
    },
    get choices() {
      return interaction.choices;
    },
    get error() {
      return interactionError(interaction, world.clock.now());
    },
    get refused() {
      return interaction.refused.map((error) => error.code);
    },
  };
}

export function buttonsOf(components: readonly Component[]): FakeButton[] {
  return flatten(components)
    .filter((component) => component["type"] === 2)
    .map((button) => ({
      label: text(button["label"]),
      customId: button["custom_id"] === undefined ? undefined : text(button["custom_id"]),
      url: button["url"] === undefined ? undefined : text(button["url"]),
      style: Number(button["style"]),
      disabled: button["disabled"] === true,
    }));
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function readable(message: StoredMessage): string {
  const lines: (string | null | undefined)[] = [message.content];
  for (const embed of message.embeds) {
    lines.push(embed.author?.name, embed.title, embed.description);
    for (const field of embed.fields ?? []) lines.push(field.name, field.value);
    lines.push(embed.footer?.text);
  }
  for (const component of flatten(message.components)) if (component["type"] === 10) lines.push(text(component["content"]));
  return lines.filter((line) => line !== undefined && line !== null && line !== "").join("\n");
}
