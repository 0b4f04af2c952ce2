import { MessageFlags, type BaseInteraction } from "discord.js";
import type { Place } from "./place.ts";

/** A card that stands in a channel is the first message of its thread; what only one person sees belongs to no conversation yet. */
export function placeOfInteraction(interaction: BaseInteraction): Place {
  const { guildId, channelId, channel } = interaction;
  if (guildId === null) return { kind: "direct", channel: channelId ?? "0" };
  if (channel?.isThread() === true && channel.parentId !== null)
    return { kind: "thread", guild: guildId, parent: channel.parentId, thread: channel.id };
  const message = interaction.isMessageComponent() || interaction.isModalSubmit() ? interaction.message : null;
  if (message !== null && !message.flags.has(MessageFlags.Ephemeral))
    return { kind: "thread", guild: guildId, parent: channelId ?? "0", thread: message.id };
  return { kind: "command", guild: guildId, channel: channelId ?? "0", interaction: interaction.id };
}
