import type { Hono } from "hono";
import type { WebVariables } from "../auth.ts";
import { messageOf } from "../../errors.ts";
import type { WebParts } from "../parts.ts";

/** For monitors: whether what this process depends on answers. Says nothing else, as anybody may ask. */
export function healthRoute(app: Hono<WebVariables>, { database, platform, logger, info }: WebParts): void {
  app.get("/health", async (context) => {
    context.header("Cache-Control", "no-store");
    try {
      await database.query("select 1 as one");
    } catch (error) {
      logger.error({ error: messageOf(error) }, "health check: the database does not answer");
      return context.json({ status: "failing", database: "failing", version: info.version }, 503);
    }
    return context.json({ status: platform.open ? "ok" : "starting", database: "ok", version: info.version }, platform.open ? 200 : 503);
  });
}
