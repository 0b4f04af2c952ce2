import type { Card } from "../../src/bot/cards.ts";
import type { PostedCard } from "../../src/bot/chat-platform.ts";
import { formView } from "../../src/bot/slack/form-view.ts";
import { renderCard } from "../../src/bot/slack/render-card.ts";
import type { Picture } from "./html.ts";
import { sampleCards } from "./sample-cards.ts";
import { slackBlocks, slackEntry, slackModal, slackPage, slackStyle } from "./slack-html.ts";

const people = { alice: "slack:T1:U1", bob: "slack:T1:U2" };
const names: Readonly<Record<string, string>> = { [people.alice]: "Alice Kim", [people.bob]: "Bob Okoye" };

export function slackPictures(): Picture[] {
  const cards = sampleCards(people);
  const shown = (card: PostedCard): string =>
    slackBlocks(
      renderCard(card, (account) => {
        const name = names[account];
        return name === undefined ? undefined : { name, url: `https://example.slack.com/team/${account.slice(-2)}` };
      }).blocks,
    );
  const asked = (text: string): string =>
    slackEntry({ from: "alice", time: "9:41 AM", body: `<p><a class="mention">@Chiffon</a> ${text}</p>` });
  const told = (card: Card): string => slackEntry({ from: "chiffon", time: "9:41 AM", body: shown(card) });
  const view = formView(cards.form, { conversation: "slack:T1:C1:1.2", action: cards.form.action });
  if (view === undefined) throw new Error("the sample form does not fit into a modal");
  const picture = (name: string, title: string, entries: readonly string[], more = ""): Picture => ({
    name: `slack-${name}`,
    width: 640,
    style: slackStyle,
    body: `${slackPage(title, entries)}${more}`,
  });
  return [
    picture("plan", "Thread · #ops", [asked("deploy gitea and then back it up"), told(cards.plan)]),
    picture("destructive", "Thread · #ops", [asked("remove gitea"), told(cards.destructive)]),
    picture("run", "Thread · #ops", [told(cards.progress), told(cards.result)]),
    picture("failed", "Thread · #ops", [told(cards.failed)]),
    picture("question", "Thread · #ops", [asked("add a user on the proxies"), told(cards.question)], slackModal(view)),
    picture("choice", "Thread · #ops", [asked("back up the database"), told(cards.choice)]),
    picture("refusal", "Thread · #ops", [slackEntry({ from: "chiffon", time: "9:42 AM", body: shown(cards.refusal), privately: true })]),
    picture(
      "channel",
      "# ops",
      cards.lines.map((line, index) => slackEntry({ from: "chiffon", time: `9:4${index} AM`, body: shown(line), replies: 4 - index })),
    ),
  ];
}
