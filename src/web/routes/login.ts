import type { Context, Hono } from "hono";
import { clearSessionCookie, endSession, isOpenLogin, redeemLogin, setSessionCookie, type WebVariables } from "../auth.ts";
import { loginPage, signedOutPage } from "../pages/note-pages.ts";
import type { WebParts } from "../parts.ts";

const triesPerMinute = 10;

/** Signing in by a one-time link: the GET shows a button and changes nothing, the POST uses the link up. */
export function loginRoutes(app: Hono<WebVariables>, { database, logger, now, info }: WebParts): void {
  const failures: number[] = [];

  const refused = (context: Context): Response | Promise<Response> => {
    failures.push(now().getTime());
    return context.html(signedOutPage(info.newLinkHelp, true), 401);
  };
  const tooMany = (): boolean => {
    const since = now().getTime() - 60_000;
    while (failures.length > 0 && (failures[0] ?? 0) < since) failures.shift();
    return failures.length >= triesPerMinute;
  };

  app.get("/login", async (context) => {
    context.header("Cache-Control", "no-store");
    if (tooMany()) return context.text("Too many tries. Wait a minute.\n", 429);
    const token = context.req.query("token") ?? "";
    return (await isOpenLogin(database, token)) ? context.html(loginPage(token)) : refused(context);
  });

  app.post("/login", async (context) => {
    if (tooMany()) return context.text("Too many tries. Wait a minute.\n", 429);
    const { token } = await context.req.parseBody();
    const session = typeof token === "string" ? await redeemLogin(database, token) : undefined;
    if (session === undefined) return refused(context);
    setSessionCookie(context, session);
    logger.info({}, "a browser signed in by a one-time link");
    return context.redirect("/", 303);
  });
}

export function logoutRoute(app: Hono<WebVariables>, { database, info }: WebParts): void {
  app.post("/logout", async (context) => {
    await endSession(database, context.get("session"));
    clearSessionCookie(context);
    return context.html(signedOutPage(info.newLinkHelp, false));
  });
}
