import { z } from "zod";
import { checkForm } from "./check-form.ts";
import { autocompleteAnswer } from "./command-schema.ts";
import type { Interaction, InteractionStore } from "./interactions.ts";
import type { MessageService, NewMessage } from "./message-service.ts";
import { flag } from "./message-schema.ts";
import { modalForm } from "./modal-schema.ts";
import { messagePayload, type PayloadContext } from "./payloads.ts";
import type { UploadedFile } from "./request-body.ts";
import { invalidForm, refusals } from "./rest-error.ts";
import { noContent, ok, type Route, type RouteCall } from "./router.ts";
import type { StoredMessage } from "./world.ts";

const callback = z.looseObject({ type: z.literal([4, 5, 6, 7, 8, 9]), data: z.looseObject({ flags: z.int().optional() }).nullish() });

/** The first answer to an interaction, and what its token is good for afterwards. */
export function interactionRoutes(context: PayloadContext, store: InteractionStore, service: MessageService): Route[] {
  const { world } = context;

  return [
    { route: "POST /interactions/:interaction/:token/callback", withoutToken: true, handle: (call) => answer(call) },
    {
      route: "POST /webhooks/:application/:webhookToken",
      withoutToken: true,
      handle({ params, form, files }) {
        const interaction = store.forWebhook(params["application"]!, params["webhookToken"]!);
        // The first follow-up of a deferred answer is that answer, public or private as it was deferred.
        if (interaction.original !== undefined && isLoading(interaction.original)) {
          service.edit(interaction.original, form ?? {}, files);
          return ok(messagePayload(context, interaction.original, true));
        }
        const message = make(interaction, form, files, (flagsOf(form) & flag.ephemeral) !== 0, false);
        return ok(messagePayload(context, message, true));
      },
    },
    {
      route: "GET /webhooks/:application/:webhookToken/messages/:message",
      withoutToken: true,
      handle: ({ params }) => ok(messagePayload(context, ofWebhook(params), true)),
    },
    {
      route: "PATCH /webhooks/:application/:webhookToken/messages/:message",
      withoutToken: true,
      handle({ params, form, files }) {
        const message = ofWebhook(params);
        service.edit(message, form ?? {}, files);
        return ok(messagePayload(context, message, true));
      },
    },
    {
      route: "DELETE /webhooks/:application/:webhookToken/messages/:message",
      withoutToken: true,
      handle({ params }) {
        service.remove(ofWebhook(params));
        return noContent;
      },
    },
  ];

  function answer({ params, query, form, files }: RouteCall): ReturnType<typeof ok> {
    const interaction = store.forCallback(params["interaction"]!, params["token"]!);
    const { type, data } = checkForm(callback, form ?? {});
    if (!allowedAnswers(interaction).includes(type)) {
      throw invalidForm([
        { path: ["type"], code: "INTERACTION_RESPONSE_TYPE", message: `Response type ${type} is not valid for this interaction` },
      ]);
    }
    const ephemeral = (flagsOf(data) & flag.ephemeral) !== 0;
    perform(interaction, type, data, files, ephemeral);
    interaction.first = { type, after: world.clock.now() - interaction.createdAt, ephemeral: ephemeral && type <= 5 };
    if (query.get("with_response") !== "true") return noContent;
    const message = interaction.original;
    return ok({
      interaction: {
        id: interaction.id,
        type: interaction.type,
        channel_id: interaction.channel.id,
        ...(interaction.channel.type === 1 ? {} : { guild_id: world.guildId }),
        ...(message === undefined
          ? {}
          : {
              response_message_id: message.id,
              response_message_loading: isLoading(message),
              response_message_ephemeral: message.ephemeralFor !== undefined,
            }),
      },
      resource: { type, ...(message === undefined || type === 6 ? {} : { message: messagePayload(context, message, true) }) },
    });
  }

  function perform(interaction: Interaction, type: number, data: unknown, files: readonly UploadedFile[], ephemeral: boolean): void {
    if (type === 4 || type === 5) {
      interaction.original = make(interaction, data, files, ephemeral, type === 5);
      return;
    }
    if (type === 8) {
      interaction.choices = checkForm(autocompleteAnswer, data ?? {}).choices;
      return;
    }
    if (type === 9) {
      interaction.modal = checkForm(modalForm, data ?? {});
      return;
    }
    const { source } = interaction;
    if (source === undefined || source.deleted) throw refusals.unknownMessage();
    if (type === 7) service.edit(source, data ?? {}, files);
    interaction.original = source;
  }

  function make(
    interaction: Interaction,
    form: unknown,
    files: readonly UploadedFile[],
    ephemeral: boolean,
    loading: boolean,
  ): StoredMessage {
    const { source } = interaction;
    const message: NewMessage = {
      channel: interaction.channel,
      authorId: world.botId,
      form: form ?? {},
      files,
      loading,
      type: interaction.type === 2 ? 20 : source === undefined ? 0 : 19,
      interaction: {
        id: interaction.id,
        type: interaction.type,
        userId: interaction.user.id,
        ...(interaction.commandName === undefined ? {} : { commandName: interaction.commandName }),
      },
      ephemeralFor: ephemeral ? interaction.user.id : undefined,
      ...(source === undefined || source.deleted ? {} : { reference: source.id }),
    };
    const made = service.create(message);
    interaction.made.push(made);
    return made;
  }

  function ofWebhook(params: Readonly<Record<string, string>>): StoredMessage {
    const interaction = store.forWebhook(params["application"]!, params["webhookToken"]!);
    const message =
      params["message"] === "@original"
        ? interaction.original
        : [interaction.original, ...interaction.made].find((each) => each?.id === params["message"]);
    if (message === undefined || message.deleted) throw refusals.unknownMessage();
    return message;
  }
}

/** 4 answer, 5 answer later, 6 update later, 7 update, 8 choices, 9 modal. A modal does not follow a modal. */
function allowedAnswers(interaction: Interaction): readonly number[] {
  if (interaction.type === 4) return [8];
  const updates = interaction.source === undefined ? [] : [6, 7];
  return [4, 5, ...updates, ...(interaction.type === 5 ? [] : [9])];
}

const isLoading = (message: StoredMessage): boolean => (message.flags & flag.loading) !== 0;

function flagsOf(form: unknown): number {
  return typeof form === "object" && form !== null && "flags" in form && typeof form.flags === "number" ? form.flags : 0;
}
