import type { App, types } from "@slack/bolt";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card, NoticeCard } from "../cards.ts";
import type { ChatHandlers } from "../chat-platform.ts";
import { decodeAnswerTo, type AnswerTo } from "./answer-to.ts";
import { askCallback, askedText, askView } from "./ask-view.ts";
import { actionPrefix } from "./buttons.ts";
import { commandKey, directKey, isDirect, placeOf } from "./conversation.ts";
import { readForm } from "./form-input.ts";
import { formCallback, formView, wordsView } from "./form-view.ts";
import { homeView } from "./home-view.ts";
import {
  incomingMessage,
  openedHome,
  pressOf,
  shortcutOf,
  slashCommandOf,
  submissionOf,
  type BotIdentity,
  type Press,
} from "./incoming.ts";
import { askShortcut } from "./manifest.ts";
import { renderCard } from "./render-card.ts";
import { paragraph, rich, text } from "./rich-text.ts";
import { platformErrorOf } from "./slack-error.ts";
import type { SlackSender } from "./slack-sender.ts";
import type { SlackUsers } from "./slack-users.ts";
import type { WebClient } from "./web-client.ts";

export interface ListenerDeps {
  readonly identity: BotIdentity;
  readonly handlers: ChatHandlers;
  readonly client: WebClient;
  readonly sender: SlackSender;
  readonly users: SlackUsers;
  readonly logger: Logger;
  /** Work after the acknowledgement. */
  readonly track: (work: () => Promise<void>) => void;
}

/** Everything that Slack sends, acknowledged at once (it waits three seconds) and then handed over. */
export function listen(app: App, deps: ListenerDeps): void {
  const { identity, handlers, sender, track } = deps;

  for (const name of ["app_mention", "message"]) {
    app.event(name, async ({ body }) => {
      const message = incomingMessage(body, identity);
      if (message !== undefined) track(() => handlers.onMessage(message));
    });
  }

  app.event("app_home_opened", async ({ body }) => {
    const opened = openedHome(body, identity);
    if (opened !== undefined) track(() => showHome(deps, opened.person, opened.user));
  });

  // Whatever the command is called in this workspace.
  app.command(/.*/, async ({ ack, body }) => {
    await ack();
    const command = slashCommandOf(body, identity);
    if (command === undefined) return;
    const response = { url: command.responseUrl, givenAt: Date.now(), uses: 0 };
    track(async () => {
      // In somebody's direct messages with somebody else the bot is not: then in its own with them.
      const conversation = isDirect(command.channel)
        ? directKey(identity.team, await sender.directChannel(command.user))
        : commandKey(identity.team, command.channel, command.triggerId);
      sender.rememberWayBack(conversation, response, command.person);
      await handlers.onCommand({
        conversation,
        eventKeys: [`command:${command.triggerId}`],
        person: command.person,
        text: command.text,
        answer: (card) => sender.respond(response, command.person, conversation, card),
      });
    });
  });

  app.action(new RegExp(`^${actionPrefix}`), async ({ ack, body }) => {
    await ack();
    const press = pressOf(body, identity);
    if (press === undefined) return;
    track(() => (press.action.asks === true ? openForm(deps, press) : act(deps, press)));
  });

  app.view(formCallback, async ({ ack, body }) => {
    const submission = submissionOf(body, identity);
    const decoded = submission === undefined ? undefined : decodeAnswerTo(submission.metadata);
    if (submission === undefined || decoded === undefined) return ack();
    const read = readForm(submission.values, decoded.choices);
    if (read.kind === "wrong") return ack({ response_action: "errors", errors: read.errors });
    await ack();
    const { conversation, action, home } = decoded.answerTo;
    track(async () => {
      const { id, target, value } = action;
      const { person } = submission;
      await handlers.onAction({ conversation, person, id, target, ...(value === undefined ? {} : { value }), form: read.values });
      if (home === true) await showHome(deps, person, submission.user);
    });
  });

  app.shortcut({ type: "message_action", callback_id: askShortcut }, async ({ ack, body }) => {
    await ack();
    const shortcut = shortcutOf(body, identity);
    if (shortcut === undefined) return;
    const { conversation, person, responseUrl } = shortcut;
    if (responseUrl !== undefined) sender.rememberWayBack(conversation, { url: responseUrl, givenAt: Date.now(), uses: 0 }, person);
    track(async () => {
      await deps.client.views.open({ trigger_id: shortcut.triggerId, view: askView(shortcut.text, shortcut.conversation) });
    });
  });

  app.view(askCallback, async ({ ack, body }) => {
    await ack();
    const submission = submissionOf(body, identity);
    const asked = submission === undefined ? "" : askedText(submission.values);
    if (submission === undefined || asked === "" || placeOf(submission.metadata) === undefined) return;
    track(() =>
      handlers.onMessage({
        conversation: submission.metadata,
        eventKeys: [`view:${submission.viewId}`],
        person: submission.person,
        text: asked,
        addressed: true,
        thread: true,
      }),
    );
  });
}

async function act(deps: ListenerDeps, press: Press): Promise<void> {
  const { id, target, value } = press.action;
  const conversation = await conversationOf(deps, press);
  await deps.handlers.onAction({ conversation, person: press.person, id, target, ...(value === undefined ? {} : { value }) });
  if (press.conversation === null) await showHome(deps, press.person, press.user);
}

/** A form must be opened within three seconds of the click: a light one is, and what is asked comes into it. */
async function openForm(deps: ListenerDeps, press: Press): Promise<void> {
  const { client, handlers, sender } = deps;
  const { id, target, value } = press.action;
  let viewId: string | undefined;
  try {
    const opened = await client.views.open({
      trigger_id: press.triggerId,
      view: wordsView("One moment", rich(paragraph(text("Getting the form …")))),
    });
    viewId = opened.view?.id;
    if (viewId === undefined) throw new Error("Slack gave the view no id");
  } catch (error) {
    const late = platformErrorOf(error);
    deps.logger.warn({ error: messageOf(error) }, "a form could not be opened");
    const why = late === undefined ? "Slack did not open the form." : `Slack did not open the form (${late}).`;
    return sender.replyPrivately(await conversationOf(deps, press), press.person, refusal(why, "Press the button again."));
  }
  const conversation = await conversationOf(deps, press);
  const form = await handlers
    .onForm({ conversation, person: press.person, id, target, ...(value === undefined ? {} : { value }) })
    .catch((error: unknown): Card => {
      deps.logger.error({ error: messageOf(error) }, "a form could not be made");
      return refusal("Something went wrong here.", "Press the button again; the log says more.");
    });
  const view =
    form.kind === "form"
      ? formFor(form, { conversation, action: { ...form.action }, ...(press.conversation === null ? { home: true } : {}) })
      : await cardView(deps, form);
  try {
    await client.views.update({ view_id: viewId, view });
  } catch (error) {
    // It was closed meanwhile, or Slack does not take it: the person must not be left with a form that never comes.
    deps.logger.warn({ error: messageOf(error) }, "a form could not be shown");
    if (platformErrorOf(error) !== "not_found")
      await sender.replyPrivately(conversation, press.person, refusal("Slack did not take the form.", "The web page has it too."));
  }
}

function formFor(form: Parameters<typeof formView>[0], answerTo: AnswerTo): types.ModalView {
  return (
    formView(form, answerTo) ??
    wordsView(
      form.title,
      rich(
        paragraph(text("This form is larger than Slack's forms can be. The web page has it, and an answer in your own words works too.")),
      ),
    )
  );
}

async function cardView(deps: ListenerDeps, card: Card): Promise<types.ModalView> {
  return wordsView("Chiffon", renderCard(card, await deps.users.peopleIn(card)).blocks);
}

async function conversationOf(deps: ListenerDeps, press: Press): Promise<string> {
  return press.conversation ?? directKey(deps.identity.team, await deps.sender.directChannel(press.user));
}

async function showHome(deps: ListenerDeps, person: string, user: string): Promise<void> {
  const lists = await deps.handlers.onHome(person);
  await deps.client.views.publish({ user_id: user, view: homeView(lists, await deps.users.peopleIn(lists)) });
}

function refusal(words: string, help: string): NoticeCard {
  return { kind: "notice", tone: "refusal", text: words, help };
}
