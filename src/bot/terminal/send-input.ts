import { randomUUID } from "node:crypto";
import { isAppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { ChatHandlers, IncomingAction } from "../chat-platform.ts";
import type { DialogAnswer } from "./open-dialog.ts";
import type { OpenRuns } from "./open-runs.ts";
import type { TerminalOutput } from "./terminal-output.ts";

export interface SendInputDeps {
  readonly conversation: string;
  readonly handlers: () => ChatHandlers | undefined;
  readonly output: TerminalOutput;
  readonly runs: OpenRuns;
  readonly logger: Logger | undefined;
  /** After this long without an answer a person at a terminal is told that there is work on it. */
  readonly patienceMs?: number;
}

/** Hands messages and actions to the bot; what goes wrong is told on the screen instead of ending the chat. */
export interface SendInput {
  message(text: string, eventKey: string): Promise<void>;
  action(answer: DialogAnswer): Promise<void>;
  /** True when the work was done. */
  guarded(work: () => Promise<unknown>): Promise<boolean>;
}

export function createSendInput({ conversation, handlers, output, runs, logger, patienceMs = 1_500 }: SendInputDeps): SendInput {
  async function guarded(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (isAppError(error)) {
        output.say("error", error.message, error.help ?? null);
      } else {
        const id = randomUUID().slice(0, 8);
        logger?.error({ error, errorId: id }, "terminal input failed");
        const help = logger === undefined ? null : `The log has the details under ${id}.`;
        output.say("error", `Something unexpected went wrong: ${messageOf(error)}`, help);
      }
      return false;
    }
  }

  return {
    guarded,
    async message(text, eventKey) {
      const told = output.isTTY ? setTimeout(() => output.print(output.colours().dim("  Working on an answer …")), patienceMs) : undefined;
      await guarded(async () => handlers()?.onMessage({ conversation, eventKeys: [eventKey], person: "local", text }));
      clearTimeout(told);
    },
    async action({ action, form, typed }) {
      const starts = action.id === "approve" || action.id === "preview";
      if (starts) runs.expect();
      const incoming: IncomingAction = {
        conversation,
        person: "local",
        id: action.id,
        target: action.target,
        ...(action.value === undefined ? {} : { value: action.value }),
        ...(form === undefined ? {} : { form }),
        ...(typed === undefined ? {} : { typed }),
      };
      const done = await guarded(async () => handlers()?.onAction(incoming));
      if (!done && starts) runs.expectNothing();
    },
  };
}
