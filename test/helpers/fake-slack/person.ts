/** What people do: write, mention, command, click, fill in forms. Each becomes the payload Slack sends. */
import { addMessage, changeMessage, deleteMessage } from "./chat-methods.ts";
import type { Ack, DeliveryHub } from "./delivery.ts";
import { answerForm } from "./form-answer.ts";
import { list, object, string, type Json } from "./json.ts";
import { pressedAction } from "./pressed-action.ts";
import { asSlackText } from "./typed-text.ts";
import { openViews, pushView, readView, replaceView, viewBody } from "./view-methods.ts";
import { ApiError } from "./api-error.ts";
import { botIsIn, findMessage, messageBody, openDirectMessage, type FakeChannel, type FakeView, type World } from "./world.ts";

export interface Written {
  readonly ts: string;
  readonly channel: string;
  /** Of the first event; empty when the bot is not in the channel and hears nothing. */
  readonly eventId: string;
  readonly eventIds: readonly string[];
  /** When every event was acked or given up. */
  readonly delivered: Promise<readonly Ack[]>;
}
export interface Words {
  readonly user: string;
  readonly channel: string;
  readonly text: string;
  readonly threadTs?: string;
  /** The text is already as Slack hands it on; do not escape it. */
  readonly raw?: boolean;
}
export interface Click {
  readonly user: string;
  /** Where the person comes from, when it is not the team in `users`. */
  readonly team?: string;
  readonly channel: string;
  readonly ts: string;
  /** One of both names the button or select. */
  readonly actionId?: string;
  readonly text?: string;
  /** A button's value, to tell equal ones apart; a select's chosen value. */
  readonly value?: string;
  /** Click a button of an earlier version of the message, as someone does whose screen is behind. */
  readonly stale?: boolean;
  readonly values?: Json;
}
export interface People {
  mention(words: Words): Written;
  message(words: Words & { readonly subtype?: string; readonly botId?: string }): Written;
  directMessage(words: Omit<Words, "channel">): Written;
  editMessage(channel: string, ts: string, text: string): void;
  deleteMessage(channel: string, ts: string): void;
  command(use: { readonly user: string; readonly channel: string; readonly command: string; readonly text: string }): Promise<Ack>;
  shortcut(use: { readonly user: string; readonly channel: string; readonly messageTs: string; readonly callbackId: string }): Promise<Ack>;
  globalShortcut(use: { readonly user: string; readonly callbackId: string }): Promise<Ack>;
  click(click: Click): Promise<Ack>;
  clickInView(click: {
    readonly user: string;
    readonly viewId: string;
    readonly actionId?: string;
    readonly text?: string;
    readonly value?: string;
  }): Promise<Ack>;
  submit(form: {
    readonly user: string;
    readonly viewId?: string;
    readonly values: Readonly<Record<string, string | readonly string[]>>;
  }): Promise<Ack>;
  closeView(user: string): Promise<Ack | undefined>;
  openHome(user: string): Promise<Ack>;
  /** Any event of your own making. */
  event(event: Json): { readonly eventId: string; readonly delivered: Promise<Ack> };
}

export function createPeople(world: World, delivery: DeliveryHub, subscriptions: readonly string[]): People {
  const shared = { api_app_id: world.appId, token: "verification-token" };

  function trigger(user: string): string {
    const id = `${world.id("")}.${world.team}.${crypto.randomUUID().slice(0, 8)}`;
    world.triggers.set(id, { user, at: world.now(), used: false });
    return id;
  }

  function responseUrl(user: string, channel: string, messageTs?: string): string {
    const id = world.id("R");
    world.responseUrls.set(id, { user, channel, at: world.now(), uses: 0, ...(messageTs === undefined ? {} : { messageTs }) });
    return `${world.baseUrl}/response/${id}`;
  }

  function personBody(id: string, team?: string): Json {
    const user = world.users.get(id);
    if (user === undefined) throw new Error(`no user ${id} in this fake Slack`);
    return { id, name: user.name, username: user.name, team_id: team ?? user.team ?? world.team };
  }

  function event(body: Json): { eventId: string; delivered: Promise<Ack> } {
    const eventId = world.id("Ev");
    const payload = {
      ...shared,
      type: "event_callback",
      team_id: world.team,
      context_team_id: world.team,
      event_id: eventId,
      event_time: Math.floor(world.now() / 1000),
      authorizations: [{ enterprise_id: null, team_id: world.team, user_id: world.botUserId, is_bot: true, is_enterprise_install: false }],
      event: body,
    };
    return { eventId, delivered: delivery.send("events_api", payload, eventId) };
  }

  function channelOf(id: string): FakeChannel {
    const channel = world.channels.get(id);
    if (channel === undefined) throw new Error(`no channel ${id} in this fake Slack`);
    return channel;
  }

  function messageKind(channel: FakeChannel): { subscription: string; type: string } {
    if (channel.directWith !== undefined) return { subscription: "message.im", type: "im" };
    return channel.isPrivate === true
      ? { subscription: "message.groups", type: "group" }
      : { subscription: "message.channels", type: "channel" };
  }

  function write(words: Words & { readonly subtype?: string; readonly botId?: string }, mention: boolean): Written {
    const channel = channelOf(words.channel);
    const person = personBody(words.user);
    const text = words.raw === true ? words.text : asSlackText(world, words.text);
    const said = addMessage(world, {
      channel: channel.id,
      user: words.user,
      text,
      ...(words.threadTs === undefined ? {} : { threadTs: words.threadTs }),
      ...(words.botId === undefined ? {} : { botId: words.botId }),
    });
    const body = {
      ...messageBody(said, world),
      ...(words.botId === undefined ? {} : { app_id: "AOTHER" }),
      client_msg_id: crypto.randomUUID(),
      channel: channel.id,
      event_ts: said.ts,
      user_team: person["team_id"],
      source_team: person["team_id"],
    };
    const { subscription, type } = messageKind(channel);
    const sends = botIsIn(channel)
      ? [
          ...(mention && channel.directWith === undefined && subscriptions.includes("app_mention")
            ? [{ ...body, type: "app_mention" }]
            : []),
          ...(subscriptions.includes(subscription)
            ? [{ ...body, channel_type: type, ...(words.subtype === undefined ? {} : { subtype: words.subtype }) }]
            : []),
        ].map(event)
      : [];
    const eventIds = sends.map((one) => one.eventId);
    return {
      ts: said.ts,
      channel: channel.id,
      eventId: eventIds[0] ?? "",
      eventIds,
      delivered: Promise.all(sends.map((one) => one.delivered)),
    };
  }

  world.echo = (body) => {
    const channel = world.channels.get(string(body["channel"]));
    if (channel === undefined || !botIsIn(channel)) return;
    const { subscription, type } = messageKind(channel);
    if (subscriptions.includes(subscription)) void event({ ...body, channel_type: type }).delivered;
  };

  function view(user: string, id?: string): FakeView {
    const found = id === undefined ? openViews(world, user).at(-1) : world.views.find((one) => one.id === id && one.open);
    if (found === undefined) throw new Error(`${user} has no open view${id === undefined ? "" : ` ${id}`}`);
    return found;
  }

  /** What Slack does with the answer to a submission. */
  function afterSubmit(user: string, submitted: FakeView, ack: Ack): void {
    const action = string(ack.payload["response_action"]);
    if (!ack.acked) return;
    if (action === "") submitted.open = false;
    else if (action === "clear") for (const one of openViews(world, user)) one.open = false;
    else if (action === "errors") {
      const inputs = list(submitted.body["blocks"]).flatMap((block) => (block["type"] === "input" ? [block["block_id"]] : []));
      const errors = Object.keys(object(ack.payload["errors"]));
      for (const id of errors) if (!inputs.includes(id)) world.problems.push(`response_action errors names ${id}, which is no input block`);
      if (errors.length === 0) world.problems.push("response_action errors without errors");
    } else
      try {
        const body = readView(world, `response_action ${action}`, ack.payload["view"], "modal");
        if (action === "update") replaceView(world, submitted, body);
        else if (action === "push") pushView(world, user, body);
        else world.problems.push(`unknown response_action ${action}`);
      } catch (error) {
        // The person sees "We had some trouble connecting"; the problem is written down already.
        if (!(error instanceof ApiError)) throw error;
      }
  }

  const interactive = (payload: Json): Promise<Ack> => delivery.send("interactive", { ...shared, ...payload });
  const who = (user: string, team?: string): Json => {
    const person = personBody(user, team);
    return { user: person, team: { id: world.team, domain: "example" } };
  };

  return {
    event,
    mention: (words) => {
      const names = words.text.includes(`@${world.botName}`) || words.text.includes(`<@${world.botUserId}>`);
      const text = words.raw === true ? words.text : asSlackText(world, words.text);
      return write({ ...words, raw: true, text: names ? text : `<@${world.botUserId}> ${text}` }, true);
    },
    message: (words) => write(words, false),
    directMessage: (words) => write({ ...words, channel: openDirectMessage(world, words.user).id }, false),
    editMessage(channel, ts, text) {
      const message = findMessage(world, channel, ts);
      if (message === undefined) throw new Error(`no message ${ts} in ${channel}`);
      changeMessage(world, message, asSlackText(world, text), []);
    },
    deleteMessage(channel, ts) {
      const message = findMessage(world, channel, ts);
      if (message === undefined) throw new Error(`no message ${ts} in ${channel}`);
      deleteMessage(world, message);
    },
    async command({ user, channel, command, text }) {
      const person = personBody(user);
      const where = channelOf(channel);
      const ack = await delivery.send("slash_commands", {
        ...shared,
        team_id: string(person["team_id"]),
        team_domain: "example",
        channel_id: channel,
        channel_name: where.directWith === undefined ? where.name : "directmessage",
        user_id: user,
        user_name: person["name"],
        command,
        text,
        is_enterprise_install: "false",
        response_url: responseUrl(user, channel),
        trigger_id: trigger(user),
      });
      // A text or blocks in the ack are shown to the person alone, unless in_channel.
      const { payload } = ack;
      if (string(payload["text"]) !== "" || list(payload["blocks"]).length > 0)
        addMessage(world, {
          channel,
          user: world.botUserId,
          botId: world.botId,
          text: string(payload["text"]),
          blocks: list(payload["blocks"]),
          ...(payload["response_type"] === "in_channel" ? {} : { ephemeralFor: user }),
        });
      return ack;
    },
    shortcut({ user, channel, messageTs, callbackId }) {
      const message = findMessage(world, channel, messageTs);
      if (message === undefined) throw new Error(`no message ${messageTs} in ${channel}`);
      return interactive({
        ...who(user),
        type: "message_action",
        callback_id: callbackId,
        trigger_id: trigger(user),
        response_url: responseUrl(user, channel, messageTs),
        message_ts: messageTs,
        action_ts: world.ts(),
        channel: { id: channel, name: channelOf(channel).name },
        message: messageBody(message, world),
      });
    },
    globalShortcut: ({ user, callbackId }) =>
      interactive({ ...who(user), type: "shortcut", callback_id: callbackId, trigger_id: trigger(user), action_ts: world.ts() }),
    click(click) {
      const message = findMessage(world, click.channel, click.ts);
      if (message === undefined) throw new Error(`no message ${click.ts} in ${click.channel}`);
      const versions = click.stale === true ? [{ text: message.text, blocks: message.blocks }, ...message.edits.toReversed()] : [message];
      const found = versions
        .map(({ text, blocks }) => ({ text, blocks, action: pressedAction(blocks, world.ts(), click) }))
        .find((one) => one.action !== undefined);
      if (found === undefined)
        throw new Error(`message ${click.ts} has no ${JSON.stringify(click.actionId ?? click.text)}: ${message.text}`);
      if (message.deleted && click.stale !== true) throw new Error(`message ${click.ts} was deleted`);
      const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
      return interactive({
        ...who(click.user, click.team),
        type: "block_actions",
        channel: { id: click.channel, name: channelOf(click.channel).name },
        container: {
          type: "message",
          message_ts: click.ts,
          channel_id: click.channel,
          is_ephemeral: message.ephemeralFor !== undefined,
          ...thread,
        },
        message: { ...messageBody(message, world), text: found.text, blocks: found.blocks },
        trigger_id: trigger(click.user),
        response_url: responseUrl(click.user, click.channel, click.ts),
        actions: [found.action],
        state: { values: click.values ?? {} },
      });
    },
    clickInView({ user, viewId, ...click }) {
      const shown = view(user, viewId);
      const action = pressedAction(list(shown.body["blocks"]), world.ts(), click);
      if (action === undefined) throw new Error(`view ${viewId} has no ${JSON.stringify(click.actionId ?? click.text)}`);
      return interactive({
        ...who(user),
        type: "block_actions",
        container: { type: "view", view_id: viewId },
        view: viewBody(shown, world),
        trigger_id: trigger(user),
        actions: [action],
      });
    },
    async submit({ user, viewId, values }) {
      const shown = view(user, viewId);
      const state = { values: answerForm(shown.body, values) };
      const ack = await interactive({
        ...who(user),
        type: "view_submission",
        trigger_id: trigger(user),
        view: { ...viewBody(shown, world), state },
        response_urls: [],
      });
      afterSubmit(user, shown, ack);
      return ack;
    },
    async closeView(user) {
      const shown = view(user);
      const body = viewBody(shown, world);
      shown.open = false;
      if (shown.body["notify_on_close"] !== true) return undefined;
      return interactive({ ...who(user), type: "view_closed", view: body, is_cleared: false });
    },
    openHome(user) {
      const home = world.views.find((one) => one.user === user && one.type === "home");
      const body: Json = { type: "app_home_opened", user, channel: openDirectMessage(world, user).id, tab: "home", event_ts: world.ts() };
      return event(home === undefined ? body : { ...body, view: viewBody(home, world) }).delivered;
    },
  };
}
