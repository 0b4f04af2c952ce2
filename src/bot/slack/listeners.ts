import type { App } from "@slack/bolt";
import { decodeAnswerTo } from "./answer-to.ts";
import { askCallback, askedText, askView } from "./ask-view.ts";
import { actionPrefix } from "./buttons.ts";
import { commandKey, directKey, isDirect, placeOf } from "./conversation.ts";
import { readForm } from "./form-input.ts";
import { formCallback } from "./form-view.ts";
import { pressOf, shortcutOf, slashCommandOf, submissionOf } from "./incoming-act.ts";
import { incomingMessage, openedHome } from "./incoming-message.ts";
import { askShortcut } from "./manifest.ts";
import { act, openForm, showHome, type PressDeps } from "./presses.ts";
import type { SlackSender } from "./slack-sender.ts";

export interface ListenerDeps extends PressDeps {
  readonly sender: SlackSender;
  /** Work after the acknowledgement. */
  readonly track: (work: () => Promise<void>) => void;
}

/** Everything that Slack sends, acknowledged at once (it waits three seconds) and then handed over. */
export function listen(app: App, deps: ListenerDeps): void {
  const { identity, handlers, sender, answers, track } = deps;

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
        ? directKey(identity.team, await answers.directChannel(command.user))
        : commandKey(identity.team, command.channel, command.triggerId);
      sender.rememberWayBack(conversation, response, command.person);
      await handlers.onCommand({
        conversation,
        eventKeys: [`command:${command.triggerId}`],
        person: command.person,
        text: command.text,
        answer: (card) => answers.respond(response, command.person, conversation, card),
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
