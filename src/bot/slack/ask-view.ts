import type { types } from "@slack/bolt";
import { z } from "zod";
import { fitting, plain } from "./buttons.ts";
import { limits } from "./limits.ts";

export const askCallback = "chiffon_ask";
const block = "request";
const input = "text";

/** A request made of somebody's message: its text to be looked over first. */
export function askView(text: string, conversation: string): types.ModalView {
  return {
    type: "modal",
    callback_id: askCallback,
    private_metadata: conversation.slice(0, limits.privateMetadata),
    title: plain("Ask Chiffon", limits.viewTitle),
    submit: plain("Ask", limits.viewButton),
    close: plain("Not now", limits.viewButton),
    blocks: [
      {
        type: "input",
        block_id: block,
        label: plain("What is to be done?", limits.inputLabel),
        hint: plain(
          text.length > limits.inputText
            ? "The message is longer than this field: only its beginning is here. The plan comes into the message's thread."
            : "The plan comes into the message's thread.",
          limits.inputHint,
        ),
        element: {
          type: "plain_text_input",
          action_id: input,
          multiline: true,
          max_length: limits.inputText,
          ...(text === "" ? {} : { initial_value: fitting(text, limits.inputText, "") }),
        },
      },
    ],
  };
}

const valuesSchema = z.object({ [block]: z.object({ [input]: z.object({ value: z.string() }) }) });

export function askedText(values: unknown): string {
  const parsed = valuesSchema.safeParse(values);
  return parsed.success ? parsed.data[block][input].value.trim() : "";
}
