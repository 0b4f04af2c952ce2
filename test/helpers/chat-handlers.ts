import type { ChatHandlers } from "../../src/bot/chat-platform.ts";

/** Handlers for a platform's own tests: those given, and quiet ones for the rest. */
export function chatHandlers(given: Partial<ChatHandlers> = {}): ChatHandlers {
  return {
    onMessage: async () => undefined,
    onAction: async () => undefined,
    onCommand: async () => undefined,
    onForm: async () => ({ kind: "notice", tone: "refusal", text: "There is no form.", help: null }),
    onHome: async () => [],
    suggest: async () => [],
    ...given,
  };
}
