import { type OptionValue, commandData } from "./command-data.ts";
import { findComponent, modalData, selectData, type WantedComponent } from "./component-data.ts";
import type { Interaction, InteractionStore } from "./interactions.ts";
import type { MessageService } from "./message-service.ts";
import { text, type FakeMessage, type InteractionHandle, viewInteraction, viewMessage } from "./views.ts";
import { type Channel, directChannel, type GatewayEvent, type Member, type StoredMessage, type World } from "./world.ts";

/** A user, role or channel is named by its id or by its name; a thread by its id. */
export interface Place {
  readonly channel?: string | undefined;
  readonly thread?: string | undefined;
  /** In the direct messages of the user with the bot. */
  readonly direct?: boolean | undefined;
}

export type SentMessage = FakeMessage & { readonly event: GatewayEvent };

export interface People {
  message(sent: Place & { user: string; text: string; mentionsBot?: boolean; answers?: string }): SentMessage;
  mention(sent: Place & { user: string; text: string }): SentMessage;
  directMessage(sent: { user: string; text: string }): SentMessage;
  command(used: Place & { user: string; name: string; options?: Readonly<Record<string, OptionValue>> }): InteractionHandle;
  typing(used: Place & { user: string; name: string; options?: Readonly<Record<string, OptionValue>>; focused: string }): InteractionHandle;
  click(clicked: WantedComponent & { user: string; message: string | FakeMessage }): InteractionHandle;
  select(chosen: WantedComponent & { user: string; message: string | FakeMessage; values: readonly string[] }): InteractionHandle;
  submit(sent: {
    user: string;
    modal?: InteractionHandle;
    values: Readonly<Record<string, string | readonly string[]>>;
  }): InteractionHandle;
}

/** What people do with their clients. A person cannot do what the client does not offer: then these throw. */
export function createPeople(world: World, service: MessageService, store: InteractionStore): People {
  const handle = (interaction: Interaction): InteractionHandle => viewInteraction(world, interaction);

  function sendMessage(sent: Parameters<People["message"]>[0]): SentMessage {
    const user = memberNamed(world, sent.user);
    const channel = place(sent, user);
    const content = sent.mentionsBot === true ? `<@${world.botId}> ${sent.text}` : sent.text;
    let event: GatewayEvent | undefined;
    const dispatch = world.dispatch;
    world.dispatch = (news) => {
      if (news.t === "MESSAGE_CREATE") event = news;
      return dispatch(news);
    };
    try {
      const reference = sent.answers === undefined ? {} : { reference: sent.answers };
      const message = service.create({ channel, authorId: user.id, form: { content }, files: [], ...reference });
      return { ...viewMessage(world, message), event: event! };
    } finally {
      world.dispatch = dispatch;
    }
  }

  return {
    message: sendMessage,
    mention: (sent) => sendMessage({ ...sent, mentionsBot: true }),
    directMessage: (sent) => sendMessage({ ...sent, direct: true }),
    command({ user: userName, name, options = {}, ...where }) {
      const user = memberNamed(world, userName);
      const { command, data } = commandData(world, name, options);
      if (where.direct === true && command.guildId !== undefined)
        throw new Error(`/${name} is a command of the guild, not of direct messages`);
      return handle(store.deliver({ type: 2, user, channel: place(where, user), data, commandName: command.form.name }));
    },
    typing({ user: userName, name, options = {}, focused, ...where }) {
      const user = memberNamed(world, userName);
      const { data } = commandData(world, name, { [focused]: "", ...options }, focused);
      return handle(store.deliver({ type: 4, user, channel: place(where, user), data }));
    },
    click({ user: userName, message: which, ...wanted }) {
      const { user, message, channel } = seen(userName, which);
      const button = findComponent(message, wanted);
      if (button["type"] !== 2) throw new Error(`${text(button["custom_id"])} is not a button`);
      const data = { component_type: 2, custom_id: button["custom_id"], id: 1 };
      return handle(store.deliver({ type: 3, user, channel, data, source: message }));
    },
    select({ user: userName, message: which, values, ...wanted }) {
      const { user, message, channel } = seen(userName, which);
      const select = findComponent(message, wanted);
      return handle(store.deliver({ type: 3, user, channel, data: selectData(world, select, values), source: message }));
    },
    submit({ user: userName, modal, values }) {
      const user = memberNamed(world, userName);
      const opened = modal === undefined ? lastModalOf(store, user) : store.all.get(modal.id);
      if (opened?.modal === undefined) throw new Error(`no modal was shown to ${user.name}`);
      const data = modalData(opened.modal, values);
      return handle(store.deliver({ type: 5, user, channel: opened.channel, data, source: opened.source }));
    },
  };

  function place(where: Place, user: Member): Channel {
    if (where.direct === true) return directChannel(world, user.id);
    const name = where.thread ?? where.channel ?? [...world.channels.values()].find((channel) => channel.type === 0)?.id;
    return channelNamed(world, name ?? "");
  }

  function seen(userName: string, which: string | FakeMessage): { user: Member; message: StoredMessage; channel: Channel } {
    const user = memberNamed(world, userName);
    const id = typeof which === "string" ? which : which.id;
    const message = world.messages.get(id);
    if (message === undefined || message.deleted) throw new Error(`there is no message ${id} (any more)`);
    if (message.ephemeralFor !== undefined && message.ephemeralFor !== user.id)
      throw new Error(`${user.name} does not see that ephemeral message`);
    return { user, message, channel: world.channels.get(message.channelId)! };
  }
}

export function lastModalOf(store: InteractionStore, user?: Member): Interaction | undefined {
  return [...store.all.values()].findLast((each) => each.modal !== undefined && (user === undefined || each.user === user));
}

export function memberNamed(world: World, name: string): Member {
  const found = world.members.get(name) ?? [...world.members.values()].find((member) => member.name === name);
  if (found === undefined)
    throw new Error(`no user ${name}; there are: ${[...world.members.values()].map((member) => member.name).join(", ")}`);
  return found;
}

export function channelNamed(world: World, name: string): Channel {
  const found = world.channels.get(name) ?? [...world.channels.values()].find((channel) => channel.name === name);
  if (found === undefined) throw new Error(`no channel or thread ${name}`);
  return found;
}
