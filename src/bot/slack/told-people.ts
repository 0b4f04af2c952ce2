import { accountOf } from "./conversation.ts";
import type { Paper } from "./paper.ts";
import { text, type Piece } from "./rich-text.ts";

export const mostTold = 30;

/** The only mentions that we write: those who are to be told. Who is not on Slack is only named. */
export function toldPieces(tell: readonly string[], paper: Paper): Piece[] {
  const { shown, more } = paper.items(tell, mostTold);
  return [
    ...shown.flatMap((account): Piece[] => {
      const user = slackUser(account);
      return user === undefined ? [...paper.person(account), text(" ")] : [{ type: "user", user_id: user }, text(" ")];
    }),
    ...(more === null ? [] : [...more, text(" ")]),
  ];
}

export function slackUser(account: string): string | undefined {
  return accountOf(account)?.user;
}
