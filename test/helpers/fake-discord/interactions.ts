import type { ModalForm } from "./modal-schema.ts";
import {
  botPermissions,
  channelPayload,
  interactionMember,
  memberPermissions,
  messagePayload,
  type PayloadContext,
  userPayload,
} from "./payloads.ts";
import { refusals, type RestError } from "./rest-error.ts";
import type { Channel, GatewayEvent, Member, StoredMessage } from "./world.ts";

export interface Choice {
  readonly name: string;
  readonly value: string | number;
}

export interface Interaction {
  readonly id: string;
  readonly token: string;
  /** 2 command, 3 component, 4 autocomplete, 5 modal. */
  readonly type: number;
  readonly user: Member;
  readonly channel: Channel;
  readonly commandName: string | undefined;
  /** The message whose button was clicked, also behind a modal. */
  readonly source: StoredMessage | undefined;
  readonly createdAt: number;
  /** Nobody was connected: the platform delivers it to nobody, and never again. */
  readonly lost: boolean;
  first: { readonly type: number; readonly after: number; readonly ephemeral: boolean } | undefined;
  original: StoredMessage | undefined;
  readonly made: StoredMessage[];
  modal: ModalForm | undefined;
  choices: readonly Choice[] | undefined;
  readonly refused: RestError[];
  event: GatewayEvent | undefined;
}

export interface NewInteraction {
  readonly type: number;
  readonly user: Member;
  readonly channel: Channel;
  readonly data: object;
  readonly commandName?: string | undefined;
  readonly source?: StoredMessage | undefined;
}

export interface InteractionStore {
  readonly all: Map<string, Interaction>;
  deliver(interaction: NewInteraction): Interaction;
  /** For a callback: known, in time, not answered yet; else 10062 or 40060. */
  forCallback(id: string, token: string): Interaction;
  /** For a webhook: answered, and not older than 15 minutes; else 10015 or 50027. */
  forWebhook(applicationId: string, token: string): Interaction;
}

const firstAnswerWithin = 3000;
const tokenLives = 15 * 60_000;

export function createInteractionStore(context: PayloadContext, isHeard: () => boolean): InteractionStore {
  const { world } = context;
  const all = new Map<string, Interaction>();

  return {
    all,
    deliver({ type, user, channel, data, commandName, source }) {
      const isDirect = channel.type === 1;
      const interaction: Interaction = {
        id: world.newId(),
        token: `interaction-token-${world.newId()}`,
        type,
        user,
        channel,
        commandName,
        source,
        createdAt: world.clock.now(),
        lost: !isHeard(),
        first: undefined,
        original: undefined,
        made: [],
        modal: undefined,
        choices: undefined,
        refused: [],
        event: undefined,
      };
      all.set(interaction.id, interaction);
      const guild = {
        guild_id: world.guildId,
        guild: { id: world.guildId, locale: "en-US", features: [] },
        guild_locale: "en-US",
        member: interactionMember(world, user),
      };
      interaction.event = world.dispatch({
        t: "INTERACTION_CREATE",
        d: {
          id: interaction.id,
          application_id: world.applicationId,
          type,
          token: interaction.token,
          version: 1,
          channel_id: channel.id,
          channel: { ...channelPayload(world, channel), ...(isDirect ? {} : { permissions: memberPermissions(world, user) }) },
          ...(isDirect ? { user: userPayload(user) } : guild),
          app_permissions: botPermissions(world, channel),
          locale: "en-US",
          entitlements: [],
          authorizing_integration_owners: { "0": isDirect ? "0" : world.guildId },
          context: isDirect ? 1 : 0,
          attachment_size_limit: 10_485_760,
          data,
          ...(source === undefined ? {} : { message: messagePayload(context, source, true) }),
        },
      });
      return interaction;
    },
    forCallback(id, token) {
      const interaction = all.get(id);
      if (interaction === undefined || interaction.token !== token) throw refusals.unknownInteraction();
      if (interaction.first !== undefined) throw noted(interaction, refusals.alreadyAcknowledged());
      if (world.clock.now() - interaction.createdAt > firstAnswerWithin) throw noted(interaction, refusals.unknownInteraction());
      return interaction;
    },
    forWebhook(applicationId, token) {
      const interaction = [...all.values()].find((each) => each.token === token);
      if (interaction === undefined || applicationId !== world.applicationId) throw refusals.invalidWebhookToken();
      if (world.clock.now() - interaction.createdAt > tokenLives) throw noted(interaction, refusals.invalidWebhookToken());
      if (interaction.first === undefined) throw noted(interaction, refusals.unknownWebhook());
      return interaction;
    },
  };
}

/** What the person sees under their command or click when the bot was too late. */
export function interactionError(interaction: Interaction, now: number): string | undefined {
  if (interaction.first === undefined && (interaction.lost || now - interaction.createdAt > firstAnswerWithin)) {
    return "The application did not respond";
  }
  return undefined;
}

function noted(interaction: Interaction, error: RestError): RestError {
  interaction.refused.push(error);
  return error;
}
