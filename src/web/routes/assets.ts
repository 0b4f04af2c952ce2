import type { Hono } from "hono";
import type { WebVariables } from "../auth.ts";
import { assets } from "../pages/assets.ts";

export function assetRoutes(app: Hono<WebVariables>): void {
  for (const asset of Object.values(assets)) {
    app.get(asset.path, (context) => {
      context.header("Cache-Control", "public, max-age=31536000, immutable");
      context.header("Content-Type", asset.type);
      return context.body(asset.content);
    });
  }
}
