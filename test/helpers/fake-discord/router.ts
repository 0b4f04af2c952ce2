import type { UploadedFile } from "./request-body.ts";

export interface RouteCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly form: unknown;
  readonly files: readonly UploadedFile[];
}

/** `undefined` is 204 without a content type: with one, discord.js would read an empty body as JSON. */
export interface RouteAnswer {
  readonly status: number;
  readonly body?: unknown;
}

export interface Route {
  /** Method and path, parameters with a colon: `POST /channels/:channel/messages`. */
  readonly route: string;
  /** The rest of the platform asks for `Authorization: Bot …`; interaction tokens in the path are enough for their own routes. */
  readonly withoutToken?: true;
  handle(call: RouteCall): RouteAnswer | Promise<RouteAnswer>;
}

export const noContent: RouteAnswer = { status: 204 };
export const ok = (body: unknown): RouteAnswer => ({ status: 200, body });

export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  const parts = path.split("/");
  for (const route of routes) {
    const [wanted = "", pattern = ""] = route.route.split(" ");
    const names = pattern.split("/");
    if (wanted !== method || names.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = names.every((name, index) => {
      const part = decodeURIComponent(parts[index] ?? "");
      if (!name.startsWith(":")) return name === part;
      params[name.slice(1)] = part;
      return part !== "";
    });
    if (fits) return { route, params };
  }
  return undefined;
}
