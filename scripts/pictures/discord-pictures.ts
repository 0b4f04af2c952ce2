import type { PostedCard } from "../../src/bot/chat-platform.ts";
import { modalOf } from "../../src/bot/discord/modal.ts";
import { renderCard } from "../../src/bot/discord/render-card.ts";
import { discordEntry, discordMessage, discordModal, discordPage, discordStyle } from "./discord-html.ts";
import type { Picture } from "./html.ts";
import { sampleCards } from "./sample-cards.ts";

const people = { alice: "discord:100000000000000001:400000000000000001", bob: "discord:100000000000000001:400000000000000002" };

export function discordPictures(): Picture[] {
  const cards = sampleCards(people);
  const shown = (card: PostedCard): string => discordMessage(renderCard(card, { readsReplies: false }).message);
  const asked = (text: string): string =>
    discordEntry({ from: "alice", time: "Today at 09:41", body: `<div class="text"><a class="mention">@Chiffon</a> ${text}</div>` });
  const told = (card: PostedCard): string => discordEntry({ from: "chiffon", time: "Today at 09:41", body: shown(card) });
  const modal = modalOf(cards.form);
  if (modal === undefined) throw new Error("the sample form does not fit into a modal");
  const picture = (name: string, title: string, entries: readonly string[], more = ""): Picture => ({
    name: `discord-${name}`,
    width: 640,
    style: discordStyle,
    body: `${discordPage(title, entries)}${more}`,
  });
  const thread = "deploy gitea and then back it up";
  return [
    picture("plan", thread, [asked("deploy gitea and then back it up"), told(cards.plan)]),
    picture("destructive", "remove gitea", [asked("remove gitea"), told(cards.destructive)]),
    picture("run", thread, [told(cards.progress), told(cards.result)]),
    picture("failed", thread, [told(cards.failed)]),
    picture("question", "add a user on the proxies", [asked("add a user on the proxies"), told(cards.question)], discordModal(modal)),
    picture("choice", "back up the database", [asked("back up the database"), told(cards.choice)]),
    picture("refusal", thread, [discordEntry({ from: "chiffon", time: "Today at 09:42", body: shown(cards.refusal), privately: true })]),
    picture(
      "channel",
      "# ops",
      cards.lines.map((line, index) =>
        discordEntry({ from: "chiffon", time: `Today at 09:4${index}`, body: shown(line), thread: line.requestText }),
      ),
    ),
  ];
}
