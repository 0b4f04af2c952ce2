import { DiscordAPIError, RESTJSONErrorCodes } from "discord.js";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card } from "../cards.ts";
import type { CardFile, ChatHandlers } from "../chat-platform.ts";
import type { InteractionAnswers } from "./interaction-answers.ts";
import type { PrivateReplies } from "./private-replies.ts";
import { cardFile, renderCard, type DiscordMessage } from "./render-card.ts";
import type { PlanOptions } from "./render-plan.ts";
import type { WhoIs } from "./who-is.ts";

/** What clicks, forms and commands need. */
export interface InteractionDeps {
  readonly answers: InteractionAnswers;
  readonly handlers: () => ChatHandlers | undefined;
  readonly replies: PrivateReplies;
  readonly whoIs: WhoIs;
  readonly options: PlanOptions;
  readonly logger: Logger;
}

export interface Shown {
  readonly message: DiscordMessage;
  readonly file: CardFile | undefined;
}

export interface InteractionHelp {
  readonly show: (card: Card) => Shown;
  readonly say: (tone: "info" | "refusal" | "error", text: string, help: string | null) => DiscordMessage;
  /** Too late or twice: the person sees that; the work is done all the same. */
  readonly acknowledged: (first: Promise<void>) => Promise<boolean>;
}

export function createInteractionHelp({ options, logger }: InteractionDeps): InteractionHelp {
  return {
    show: (card) => ({ message: renderCard(card, options).message, file: cardFile(card, options) }),
    say: (tone, text, help) => renderCard({ kind: "notice", tone, text, help }, options).message,
    async acknowledged(first) {
      try {
        await first;
        return true;
      } catch (error) {
        logger.warn({ error: messageOf(error) }, "a click or command could not be answered in time");
        // Another process with the same token has answered it, and deals with it.
        return !(error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged);
      }
    },
  };
}
