import { PermissionsBitField } from "discord.js";

/** What the bot's role may do, each with its reason. */
export const permissions = {
  ViewChannel: "see the channels that it is asked in",
  SendMessages: "one line in the channel about each request",
  SendMessagesInThreads: "plans, progress and results",
  CreatePublicThreads: "a thread for each request",
  EmbedLinks: "cards are embeds",
  AttachFiles: "full logs, and what is too long for a card",
  ReadMessageHistory: "answer the message that asked",
} as const;

export const permissionNumber = new PermissionsBitField(Object.keys(permissions) as (keyof typeof permissions)[]).bitfield.toString();

export function inviteUrl(applicationId: string): string {
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${permissionNumber}`;
}
