import { AppError } from "../../errors.ts";
import { guardedFetch } from "./guarded-fetch.ts";
import { loadMessages, readReply } from "./langchain.ts";
import { checkAllWasSeen, replyCharacters, replyTokens, type LanguageModel } from "./language-model.ts";
import { modelError } from "./model-error.ts";

export interface OllamaModelOptions {
  readonly host: string;
  readonly model: string;
  readonly contextTokens: number;
  readonly stallMs: number;
}

/** A model that Ollama runs, streamed, so that it can be stopped and a silence is noticed. */
export function createOllamaModel({ host, model, contextTokens, stallMs }: OllamaModelOptions): LanguageModel {
  return {
    tier: "local",
    provider: "ollama",
    model,
    contextTokens,
    async complete(prompt, signal) {
      const [{ SystemMessage, HumanMessage }, { ChatOllama }] = await Promise.all([loadMessages(), import("@langchain/ollama")]);
      const chat = new ChatOllama({
        baseUrl: host,
        model,
        temperature: 0.2,
        numCtx: contextTokens,
        numPredict: replyTokens,
        format: { ...prompt.schema },
        // A model that thinks first would need the whole time limit for it.
        think: false,
        maxRetries: 0,
        // A frame for each token: some 200 bytes for four letters.
        fetch: guardedFetch({ signal, stallMs, mostBytes: replyCharacters * 100, jsonLines: true }),
      });
      try {
        const stream = await chat.stream([new SystemMessage(prompt.system), new HumanMessage(prompt.user)], { signal });
        const { text, usage, cut } = await readReply(stream);
        checkAllWasSeen(prompt, usage, { model, contextTokens });
        if (cut) throw new AppError("model-reply-too-long", `${model} did not come to an end`, { facts: { usage } });
        return { text, usage };
      } catch (error) {
        throw modelError(error);
      }
    },
  };
}
