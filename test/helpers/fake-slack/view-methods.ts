/** views.*: one trigger opens one view within 3 s, at most three lie on each other. */
import { ApiError } from "./api-error.ts";
import { checkView } from "./block-rules.ts";
import type { Method } from "./chat-methods.ts";
import { list, object, string, type Json } from "./json.ts";
import type { FakeView, World } from "./world.ts";

const triggerLife = 3000;

function useTrigger(world: World, args: Json): string {
  const trigger = world.triggers.get(string(args["trigger_id"]));
  if (trigger === undefined) throw new ApiError("invalid_trigger_id");
  if (trigger.used) throw new ApiError("exchanged_trigger_id");
  if (world.now() - trigger.at > triggerLife) throw new ApiError("expired_trigger_id");
  trigger.used = true;
  return trigger.user;
}

/** Refuses a wrong view; gives every block and element the ids that Slack gives. */
export function readView(world: World, method: string, value: unknown, type: "modal" | "home"): Json {
  const view = object(value);
  const errors = view["type"] === type ? checkView(view) : [`[ERROR] must be ${type} [json-pointer:/view/type]`];
  const externalId = string(view["external_id"]);
  if (errors.length > 0) {
    world.problems.push(`${method}: invalid view ${errors.join("; ")}`);
    throw new ApiError("invalid_arguments", errors);
  }
  if (externalId !== "" && method !== "views.update" && world.views.some((one) => one.open && one.body["external_id"] === externalId))
    throw new ApiError("duplicate_external_id");
  const blocks = list(view["blocks"]).map((block) => {
    const element = block["type"] === "input" ? object(block["element"]) : undefined;
    return {
      ...block,
      block_id: block["block_id"] ?? world.id("b"),
      ...(element === undefined ? {} : { element: { ...element, action_id: element["action_id"] ?? world.id("a") } }),
    };
  });
  return { ...view, blocks };
}

export function viewBody(view: FakeView, world: World): Json {
  const stack = openViews(world, view.user);
  const below = stack[stack.indexOf(view) - 1];
  return {
    private_metadata: "",
    callback_id: "",
    external_id: "",
    notify_on_close: false,
    ...view.body,
    id: view.id,
    hash: view.hash,
    team_id: world.team,
    app_id: world.appId,
    app_installed_team_id: world.team,
    bot_id: world.botId,
    root_view_id: stack[0]?.id ?? view.id,
    previous_view_id: below?.id ?? null,
    state: { values: {} },
  };
}

export function openViews(world: World, user: string): FakeView[] {
  return world.views.filter((view) => view.user === user && view.open && view.type === "modal");
}

export function addView(world: World, user: string, body: Json, type: "modal" | "home"): FakeView {
  const view: FakeView = { id: world.id("V"), user, type, hash: world.id("h"), body, open: true };
  world.views.push(view);
  return view;
}

export function pushView(world: World, user: string, body: Json): FakeView {
  if (openViews(world, user).length >= 3) {
    world.problems.push("views.push: more than three views");
    throw new ApiError("push_limit_reached");
  }
  return addView(world, user, body, "modal");
}

export function replaceView(world: World, view: FakeView, body: Json): void {
  view.body = body;
  view.hash = world.id("h");
}

export const viewMethods: Record<string, Method> = {
  "views.open": (args, world) => {
    const body = readView(world, "views.open", args["view"], "modal");
    const user = useTrigger(world, args);
    for (const view of openViews(world, user)) view.open = false;
    return { view: viewBody(addView(world, user, body, "modal"), world) };
  },
  "views.push": (args, world) => {
    const body = readView(world, "views.push", args["view"], "modal");
    return { view: viewBody(pushView(world, useTrigger(world, args), body), world) };
  },
  "views.update": (args, world) => {
    const body = readView(world, "views.update", args["view"], "modal");
    const id = string(args["view_id"]);
    const externalId = string(args["external_id"]);
    const view = world.views.find((one) => one.open && (id === "" ? one.body["external_id"] === externalId : one.id === id));
    if (view === undefined) throw new ApiError("not_found");
    const hash = string(args["hash"]);
    if (hash !== "" && hash !== view.hash) throw new ApiError("hash_conflict");
    replaceView(world, view, body);
    return { view: viewBody(view, world) };
  },
  "views.publish": (args, world) => {
    const user = string(args["user_id"]);
    if (!world.users.has(user)) throw new ApiError("user_not_found");
    const body = readView(world, "views.publish", args["view"], "home");
    const view = world.views.find((one) => one.user === user && one.type === "home");
    const hash = string(args["hash"]);
    if (view !== undefined && hash !== "" && hash !== view.hash) throw new ApiError("hash_conflict");
    if (view !== undefined) replaceView(world, view, body);
    return { view: viewBody(view ?? addView(world, user, body, "home"), world) };
  },
};
