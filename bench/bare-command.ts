import { ApplicationCommandOptionType } from "discord.js";

/** The one command that the crowd uses. */
export const commandDefinition = {
  name: "chiffon",
  description: "a request",
  options: [
    {
      type: ApplicationCommandOptionType.Subcommand as const,
      name: "request",
      description: "a request",
      options: [{ type: ApplicationCommandOptionType.String as const, name: "text", description: "what to do", required: true }],
    },
  ],
};
