import type { TemplateWish } from "../orchestrator/template-store.ts";

type WishRead =
  | { readonly kind: "wish"; readonly wish: TemplateWish }
  | { readonly kind: "refused"; readonly text: string; readonly help: string };

const options = ["description", "port", "hosts"] as const;

/** `my app --port 9000 --hosts web --no-become --description what it does`: as at the command line, an option's words up to the next one. */
export function wishIn(text: string): WishRead {
  // Telephones make one dash of two.
  const [service = "", ...parts] = ` ${text.trim()}`.split(/\s(?:--|—|–)(?=[a-z])/);
  const given: Partial<Record<(typeof options)[number], string>> = {};
  let become: boolean | undefined;
  for (const part of parts) {
    const [, word = "", value = ""] = /^([\w-]+)[=\s]*([^]*)$/.exec(part) ?? [];
    const option = options.find((one) => one === word);
    if (word === "no-become" && value.trim() === "") become = false;
    else if (option !== undefined && value.trim() !== "") given[option] = value.trim();
    else return refused(`generate does not know "${part.slice(0, 60)}"`);
  }
  const { port, ...rest } = given;
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    return refused("a port is a whole number from 1 to 65535");
  if (service.trim() === "") return refused("say for which service");
  const more = { ...(port === undefined ? {} : { port: Number(port) }), ...(become === undefined ? {} : { become }) };
  return { kind: "wish", wish: { service: service.trim(), ...rest, ...more } };
}

function refused(text: string): WishRead {
  return { kind: "refused", text, help: "For example: generate my-app --port 9000 --hosts web --no-become --description a wiki" };
}
