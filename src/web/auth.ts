import { createHash, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { first, type Database } from "../db/database.ts";

/** Who is signed in, and the conversation of that person: every browser of one person shows the same. Tokens are stored only as hashes. */
export interface Session {
  readonly person: string;
  readonly conversation: string;
  readonly tokenHash: string;
}

export interface WebVariables {
  Variables: { session: Session };
}

const linkHours = 24;
const sessionHours = 24;

/** A link that signs its holder in as the local owner, once. */
export async function createLoginLink(database: Database, baseUrl: string): Promise<string> {
  const token = newToken();
  await database.query("insert into one_time_login (token_hash, expires_at) values ($1, chiffon.now() + make_interval(hours => $2))", [
    hashOf(token),
    linkHours,
  ]);
  return `${baseUrl.replace(/\/$/, "")}/login?token=${token}`;
}

/** Looks only: a link preview or a browser's prefetch must not use the link up. */
export async function isOpenLogin(database: Database, token: string): Promise<boolean> {
  const row = await first(
    database,
    "select 1 as one from one_time_login where token_hash = $1 and used_at is null and expires_at > chiffon.now()",
    [hashOf(token)],
  );
  return row !== undefined;
}

/** Uses a one-time link up; undefined when it is unknown, used or too old. Returns the session's token. */
export async function redeemLogin(database: Database, token: string): Promise<string | undefined> {
  return database.transaction(async (sql) => {
    const used = await sql.query(
      "update one_time_login set used_at = chiffon.now() where token_hash = $1 and used_at is null and expires_at > chiffon.now() returning token_hash",
      [hashOf(token)],
    );
    if (used.length === 0) return undefined;
    const session = newToken();
    await sql.query("delete from web_session where expires_at <= chiffon.now()");
    await sql.query("delete from one_time_login where expires_at <= chiffon.now()");
    await sql.query(
      "insert into web_session (token_hash, person, expires_at) values ($1, 'local', chiffon.now() + make_interval(hours => $2))",
      [hashOf(session), sessionHours],
    );
    return session;
  });
}

export async function endSession(database: Database, session: Session): Promise<void> {
  await database.query("delete from web_session where token_hash = $1", [session.tokenHash]);
}

export async function isOpenSession(database: Database, session: Session): Promise<boolean> {
  return (await findSession(database, session.tokenHash)) !== undefined;
}

async function findSession(database: Database, tokenHash: string): Promise<Session | undefined> {
  const row = await first<{ person: string }>(
    database,
    "select person from web_session where token_hash = $1 and expires_at > chiffon.now()",
    [tokenHash],
  );
  return row === undefined ? undefined : { person: row.person, tokenHash, conversation: `web:${row.person}` };
}

// --- the cookie

export function setSessionCookie(context: Context, token: string): void {
  setCookie(context, cookieName(context), token, {
    httpOnly: true,
    sameSite: "Strict",
    path: "/",
    maxAge: sessionHours * 3600,
    secure: isHttps(context),
  });
}

export function clearSessionCookie(context: Context): void {
  deleteCookie(context, cookieName(context), { path: "/" });
}

/** Cookies do not know ports: two Chiffons on one machine must not overwrite each other's. */
function cookieName(context: Context): string {
  return `chiffon_${hostOf(context).port || "80"}`;
}

function isHttps(context: Context): boolean {
  return new URL(context.req.url).protocol === "https:";
}

/** Lets only signed-in people through. */
export function requireSession(
  database: Database,
  refuse: (context: Context) => Response | Promise<Response>,
): MiddlewareHandler<WebVariables> {
  return async (context, next) => {
    const token = getCookie(context, cookieName(context));
    const session = token === undefined ? undefined : await findSession(database, hashOf(token));
    if (session === undefined) return refuse(context);
    context.set("session", session);
    await next();
    return undefined;
  };
}

// --- requests that other pages make this browser send

/**
 * DNS rebinding: a stranger's page reaches this port under the stranger's name. Only names that nobody else can own are answered: loopback,
 * IP addresses, and the name that was configured.
 */
export function checkHost(allowed: readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    const name = hostOf(context).hostname.replace(/^\[|\]$/g, "");
    if (name !== "localhost" && !name.endsWith(".localhost") && isIP(name) === 0 && !allowed.includes(name)) {
      return context.text("This name is not configured for Chiffon. Open it by its address, or set CHIFFON_WEB_HOST.\n", 421);
    }
    await next();
    return undefined;
  };
}

/** Cross-site request forgery: what changes state must come from our own page; SameSite alone lets other ports of this machine through. */
export function checkOrigin(): MiddlewareHandler {
  return async (context, next) => {
    if (!["GET", "HEAD"].includes(context.req.method) && !isOwnRequest(context)) {
      return context.json({ code: "foreign-origin", message: "This request did not come from Chiffon's own page." }, 403);
    }
    await next();
    return undefined;
  };
}

function isOwnRequest(context: Context): boolean {
  const site = context.req.header("sec-fetch-site");
  const origin = context.req.header("origin");
  if (site !== undefined && site !== "same-origin") return false;
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === hostOf(context).host;
  return site !== undefined;
}

/** What the browser believes it talks to. */
function hostOf(context: Context): URL {
  const header = context.req.header("host");
  const url = `http://${header ?? new URL(context.req.url).host}`;
  return URL.canParse(url) ? new URL(url) : new URL("http://not-a-host.invalid");
}

// --- tokens

function newToken(): string {
  return randomBytes(32).toString("base64url");
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
