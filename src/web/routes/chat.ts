import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context, Hono } from "hono";
import { z } from "zod";
import type { Action, Card, FormField, QuestionCard } from "../../bot/cards.ts";
import type { IncomingAction } from "../../bot/chat-platform.ts";
import { formValue } from "../../form-value.ts";
import type { WebVariables } from "../auth.ts";
import { cardEntry, lastEntries, newestRevision } from "../entry-store.ts";
import { eventStream } from "../event-stream.ts";
import { chatPage } from "../pages/chat-page.ts";
import { refusedPage } from "../pages/note-pages.ts";
import type { WebParts } from "../parts.ts";
import type { Handed } from "../web-platform.ts";

/** How long a page without the script waits for its answer before it is shown again. */
const answerWaitMs = 2000;

/** How many entries a page shows; earlier ones are a link away. */
const entriesAPage = 100;

const messageSchema = z.object({ text: z.string().trim().min(1).max(200_000), key: z.string().min(1).max(100) });
const actionSchema = z.object({
  card: z.string(),
  id: z.string(),
  target: z.string(),
  value: z.string().optional(),
  typed: z.string().max(1000).optional(),
});

export function chatRoutes(app: Hono<WebVariables>, parts: WebParts): void {
  const { database, platform, info, now } = parts;

  app.get("/", async (context) => {
    const { conversation } = context.get("session");
    const before = positionOf(context.req.query("before"));
    // Before the entries: what changes in between is then sent by the stream once more, not missed.
    const revision = await newestRevision(database, conversation);
    const { entries, hasEarlier } = await lastEntries(database, conversation, { limit: entriesAPage, before });
    context.header("Cache-Control", "no-store");
    return context.html(
      chatPage({
        ...info,
        entries,
        hasEarlier,
        isHistory: before !== undefined,
        revision,
        now: now(),
        messageKey: randomUUID(),
        draft: (context.req.query("text") ?? "").slice(0, 20_000),
      }),
    );
  });

  app.get("/events", (context) => eventStream(context, parts));

  app.post("/messages", async (context) => {
    const parsed = messageSchema.safeParse(await context.req.parseBody());
    if (!parsed.success) return refuse(context, "Write what should be done first.");
    const { person, conversation } = context.get("session");
    const { text, key } = parsed.data;
    if (!platform.open) return starting(context);
    return accepted(context, await platform.say({ conversation, eventKeys: [`${conversation}:${key}`], person, text }));
  });

  app.post("/actions", async (context) => {
    const body = await context.req.parseBody();
    const parsed = actionSchema.safeParse(body);
    if (!parsed.success) return refuse(context, "This button was not understood.");
    if (!platform.open) return starting(context);
    const { person, conversation } = context.get("session");
    const entry = await cardEntry(database, conversation, parsed.data.card);
    const action = entry === undefined ? undefined : offeredAction(entry.card, parsed.data);
    if (entry === undefined || action === undefined) return refuse(context, "This card has changed meanwhile; look at it again.", 409);
    const word = action.confirm?.typed ?? null;
    const typed = parsed.data.typed?.trim();
    if (word !== null && typed !== word) return refuse(context, `Type ${word} to confirm.`);
    const form = entry.card.kind === "question" && action.id === "answer" ? formOf(entry.card, body) : undefined;
    if (form !== undefined && "problem" in form) return refuse(context, form.problem);
    const incoming: IncomingAction = {
      conversation,
      person,
      id: action.id,
      target: action.target,
      ...(action.value === undefined ? {} : { value: action.value }),
      ...(form === undefined ? {} : { form: form.values }),
      ...(typed === undefined || typed === "" ? {} : { typed }),
    };
    return accepted(context, platform.act(incoming));
  });
}

function positionOf(text: string | undefined): number | undefined {
  const position = Number(text);
  return text !== undefined && text !== "" && Number.isSafeInteger(position) && position >= 0 ? position : undefined;
}

/** Only what the card offers at this moment; a question offers its choices and its form without a button of their own. */
function offeredAction(
  card: Card,
  sent: { readonly id: string; readonly target: string; readonly value?: string | undefined },
): Action | undefined {
  const offered = [...actionsOf(card), ...(card.kind === "question" ? questionActions(card) : [])];
  return offered.find((action) => action.id === sent.id && action.target === sent.target && action.value === sent.value);
}

function actionsOf(card: Card): readonly Action[] {
  return card.kind === "list" ? card.items.flatMap((item) => item.actions) : (card.actions ?? []);
}

function questionActions(card: QuestionCard): Action[] {
  const base = { style: "plain", target: card.planVersionId } as const;
  const picks = card.choices.flatMap((choice) =>
    choice.candidates.map((candidate) => ({
      ...base,
      id: "choose" as const,
      label: candidate.name,
      value: `${choice.step}:${candidate.playbook}`,
    })),
  );
  return card.fields.length === 0 ? picks : [...picks, { ...base, id: "answer", label: "Continue" }];
}

function formOf(
  card: QuestionCard,
  body: Readonly<Record<string, unknown>>,
): { readonly values: Record<string, unknown> } | { readonly problem: string } {
  const values: Record<string, unknown> = {};
  const problems = card.fields.flatMap((field) => {
    const found = fieldValue(field, body);
    if (found.kind === "value") values[field.name] = found.value;
    return found.kind === "refused" ? [found.message] : [];
  });
  return problems.length === 0 ? { values } : { problem: problems.join(" ") };
}

function fieldValue(field: FormField, body: Readonly<Record<string, unknown>>): ReturnType<typeof formValue> {
  const typed = body[`field.${field.name}`];
  const found = formValue(field, typeof typed === "string" ? typed : "");
  return found.kind === "empty" && field.default !== null && field.default !== undefined ? { kind: "value", value: field.default } : found;
}

/** The script is told at once and hears the rest from the stream; a page without it waits a little, so that it comes back with the answer. */
async function accepted(context: Context<WebVariables>, { done }: Handed): Promise<Response> {
  if (!wantsPage(context)) return context.json({ accepted: true }, 202);
  await Promise.race([done, sleep(answerWaitMs, undefined, { ref: false })]);
  return context.redirect("/#text", 303);
}

function starting(context: Context<WebVariables>): Response | Promise<Response> {
  return refuse(context, "Chiffon is just starting or stopping. Try again in a moment.", 503);
}

const refusalCodes = { 409: "card-changed", 422: "input-wrong", 503: "not-ready" } as const;

function refuse(context: Context<WebVariables>, message: string, status: keyof typeof refusalCodes = 422): Response | Promise<Response> {
  if (wantsPage(context)) return context.html(refusedPage("Not sent", message), status);
  return context.json({ code: refusalCodes[status], message }, status);
}

export function wantsPage(context: Context): boolean {
  return (context.req.header("accept") ?? "").includes("text/html");
}
