import type { types } from "@slack/bolt";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Card, Form, NoticeCard } from "../cards.ts";
import type { ChatHandlers } from "../chat-platform.ts";
import type { AnswerTo } from "./answer-to.ts";
import { directKey } from "./conversation.ts";
import { formView, wordsView } from "./form-view.ts";
import { homeView } from "./home-view.ts";
import type { Press } from "./incoming-act.ts";
import type { BotIdentity } from "./incoming-message.ts";
import type { PrivateAnswers } from "./private-answers.ts";
import { renderCard } from "./render-card.ts";
import { paragraph, rich, text } from "./rich-text.ts";
import { platformErrorOf } from "./slack-error.ts";
import type { SlackUsers } from "./slack-users.ts";
import type { WebClient } from "./web-client.ts";

export interface PressDeps {
  readonly identity: BotIdentity;
  readonly handlers: ChatHandlers;
  readonly client: WebClient;
  readonly answers: PrivateAnswers;
  readonly users: SlackUsers;
  readonly logger: Logger;
}

/** What a button or menu says is handed over as it is. */
export async function act(deps: PressDeps, press: Press): Promise<void> {
  const { id, target, value } = press.action;
  const conversation = await conversationOf(deps, press);
  await deps.handlers.onAction({ conversation, person: press.person, id, target, ...(value === undefined ? {} : { value }) });
  if (press.conversation === null) await showHome(deps, press.person, press.user);
}

/** A form must be opened within three seconds of the click: a light one is, and what is asked comes into it. */
export async function openForm(deps: PressDeps, press: Press): Promise<void> {
  const { client, handlers, answers } = deps;
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
    return answers.reply(await conversationOf(deps, press), press.person, refusal(why, "Press the button again."));
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
      await answers.reply(conversation, press.person, refusal("Slack did not take the form.", "The web page has it too."));
  }
}

function formFor(form: Form, answerTo: AnswerTo): types.ModalView {
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

async function cardView(deps: PressDeps, card: Card): Promise<types.ModalView> {
  return wordsView("Chiffon", renderCard(card, await deps.users.peopleIn(card)).blocks);
}

async function conversationOf(deps: PressDeps, press: Press): Promise<string> {
  return press.conversation ?? directKey(deps.identity.team, await deps.answers.directChannel(press.user));
}

export async function showHome(deps: PressDeps, person: string, user: string): Promise<void> {
  const lists = await deps.handlers.onHome(person);
  await deps.client.views.publish({ user_id: user, view: homeView(lists, await deps.users.peopleIn(lists)) });
}

function refusal(words: string, help: string): NoticeCard {
  return { kind: "notice", tone: "refusal", text: words, help };
}
