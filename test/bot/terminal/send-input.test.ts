import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createOpenRuns } from "../../../src/bot/terminal/open-runs.ts";
import { createSendInput } from "../../../src/bot/terminal/send-input.ts";
import { createTerminalOutput } from "../../../src/bot/terminal/terminal-output.ts";
import { chatHandlers } from "../../helpers/chat-handlers.ts";

test("an answer that takes its time is announced once, on a terminal only; a quick one is not", async () => {
  const said = async (isTTY: boolean, answerMs: number): Promise<string[]> => {
    const printed: string[] = [];
    const output = {
      ...createTerminalOutput({ isTTY, columns: 80, colour: false }, () => undefined),
      print: (text: string) => void printed.push(text),
    };
    const handlers = chatHandlers({ onMessage: () => sleep(answerMs) });
    const send = createSendInput({
      conversation: "terminal:test",
      handlers: () => handlers,
      output,
      runs: createOpenRuns(),
      logger: undefined,
      patienceMs: 30,
    });
    await send.message("deploy gitea", "e1");
    await sleep(60);
    return printed;
  };
  expect(await said(true, 120)).toEqual([expect.stringContaining("Working on an answer")]);
  expect(await said(true, 0)).toEqual([]);
  expect(await said(false, 120)).toEqual([]);
});
