import type { AIMessageChunk } from "@langchain/core/messages";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { noUsage, replyCharacters, type ModelReply } from "./language-model.ts";

/** Loads LangChain, which takes a few hundred milliseconds: only for a model that answers. */
export async function loadMessages(): Promise<typeof import("@langchain/core/messages")> {
  // With one of these in the environment, set for another program, LangChain would send every prompt to a tracing service.
  for (const name of ["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"])
    process.env[name] = "false";
  return import("@langchain/core/messages");
}

const count = z.number().int().min(0).max(1_000_000_000);
const countsSchema = z.object({ input_tokens: count, output_tokens: count });

/** Reads a reply to its end, or as far as a reply may go. `cut`: the model had to stop. */
export async function readReply(stream: AsyncIterable<AIMessageChunk>): Promise<ModelReply & { readonly cut: boolean }> {
  let text = "";
  let usage = noUsage;
  let cut = false;
  for await (const chunk of stream) {
    text += chunk.text;
    if (text.length > replyCharacters)
      throw new AppError("model-reply-too-long", `the model's reply is longer than ${replyCharacters} characters`);
    const counted = countsSchema.safeParse(chunk.usage_metadata);
    if (counted.success && counted.data.input_tokens + counted.data.output_tokens > 0)
      usage = { inputTokens: counted.data.input_tokens, outputTokens: counted.data.output_tokens };
    const reason: unknown = chunk.response_metadata["done_reason"] ?? chunk.response_metadata["finish_reason"];
    cut ||= reason === "length";
  }
  return { text, usage, cut };
}
