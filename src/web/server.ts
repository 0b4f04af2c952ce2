import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import type { Database } from "../db/database.ts";
import { AppError, messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { checkHost, checkOrigin, requireSession, type WebVariables } from "./auth.ts";
import type { WebInfo, WebParts } from "./parts.ts";
import { refusedPage, signedOutPage } from "./pages/note-pages.ts";
import { assetRoutes } from "./routes/assets.ts";
import { chatRoutes, wantsPage } from "./routes/chat.ts";
import { healthRoute } from "./routes/health.ts";
import { loginRoutes, logoutRoute } from "./routes/login.ts";
import type { WebPlatform } from "./web-platform.ts";

export interface WebAppDeps {
  readonly database: Database;
  readonly logger: Logger;
  /** Its handlers, given to `start`, get what people say and press. */
  readonly platform: WebPlatform;
  readonly info: WebInfo;
  /** Names under which this server may be opened besides loopback and IP addresses. */
  readonly hosts?: readonly string[];
  readonly now?: () => Date;
  readonly heartbeatMs?: number;
}

export type WebApp = Hono<WebVariables>;

/** The web chat. Everything but signing in, health and the page's own style and script needs a session. */
export function createWebApp(deps: WebAppDeps): WebApp {
  const parts: WebParts = {
    ...deps,
    info: { examples: defaultExamples, newLinkHelp: defaultNewLinkHelp, ...deps.info },
    now: deps.now ?? (() => new Date()),
    heartbeatMs: deps.heartbeatMs ?? 15_000,
  };
  const app: WebApp = new Hono<WebVariables>();
  app.use(checkHost(deps.hosts ?? []));
  app.use(safeHeaders());
  app.use(checkOrigin());
  app.use(bodyLimit({ maxSize: 1024 * 1024, onError: (context) => context.json({ code: "too-long", message: "That is too long." }, 413) }));

  healthRoute(app, parts);
  assetRoutes(app);
  loginRoutes(app, parts);
  app.use(
    requireSession(deps.database, (context) => {
      const message = "You are not signed in, or your session ended.";
      if (wantsPage(context)) return context.html(signedOutPage(parts.info.newLinkHelp, false), 401);
      return context.json({ code: "not-signed-in", message, help: parts.info.newLinkHelp }, 401);
    }),
  );
  logoutRoute(app, parts);
  chatRoutes(app, parts);

  app.notFound((context) => context.html(refusedPage("Nothing is here", "This address does not exist."), 404));
  app.onError((error, context) => {
    const errorId = randomUUID().slice(0, 8);
    deps.logger.error({ error: messageOf(error), stack: error.stack, errorId }, "web request failed");
    const message = `Something went wrong here. The log has the details under ${errorId}.`;
    return wantsPage(context)
      ? context.html(refusedPage("That did not work", message), 500)
      : context.json({ code: "unexpected", message }, 500);
  });
  return app;
}

const defaultExamples = [
  "Deploy Kuma Uptime to homelab and add existing portals to config",
  "Show the disk usage of all hosts",
  "Remove Uptime Kuma",
];
const defaultNewLinkHelp = "Start Chiffon again: it prints a new link. With the terminal chat open, type link there.";

function safeHeaders(): ReturnType<typeof secureHeaders> {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: "DENY",
    // Not "no-referrer": forms would then send `Origin: null`, and could not be told from a stranger's.
    referrerPolicy: "same-origin",
    crossOriginOpenerPolicy: "same-origin",
    crossOriginResourcePolicy: "same-origin",
    strictTransportSecurity: false,
  });
}

export interface WebServer {
  /** Where people open it. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Port 0 takes a free one. */
export async function startWebServer(options: { readonly app: WebApp; readonly host: string; readonly port: number }): Promise<WebServer> {
  const { app, host, port } = options;
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        // Streams never end by themselves.
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
    },
  };
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  if (error.code === "EADDRINUSE") {
    return new AppError("port-taken", `port ${port} on ${host} is already taken`, {
      cause: error,
      help: "Set CHIFFON_WEB_PORT to another port, or stop the program that uses it.",
      facts: { host, port },
    });
  }
  return new AppError("web-not-listening", `the web chat cannot listen on ${host}, port ${port}: ${error.message}`, {
    cause: error,
    help: "Set CHIFFON_WEB_HOST and CHIFFON_WEB_PORT to an address of this machine and a free port.",
    facts: { host, port },
  });
}
