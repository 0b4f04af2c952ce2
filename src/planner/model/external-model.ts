import type { ExternalSettings } from "../../model-settings.ts";
import { AppError } from "../../errors.ts";
import { guardedFetch } from "./guarded-fetch.ts";
import { loadMessages, readReply } from "./langchain.ts";
import { checkAllWasSeen, replyCharacters, replyTokens, type LanguageModel } from "./language-model.ts";
import { modelError } from "./model-error.ts";

export interface ExternalModelOptions {
  readonly settings: ExternalSettings;
  readonly key: string | undefined;
  readonly contextTokens: number;
  readonly stallMs: number;
}

/** A provider that chiffon.yml names. Whoever asks it has reserved the cost first (`quota.ts`). */
export function createExternalModel({ settings, key, contextTokens, stallMs }: ExternalModelOptions): LanguageModel {
  const { provider, model } = settings;
  return {
    tier: "external",
    provider,
    model,
    contextTokens,
    async complete(prompt, signal) {
      const [{ SystemMessage, HumanMessage }, { initChatModel }] = await Promise.all([
        loadMessages(),
        import("langchain/chat_models/universal"),
      ]);
      const fetch = guardedFetch({ signal, stallMs, mostBytes: replyCharacters * 200, jsonLines: provider === "ollama" });
      try {
        const chat = await initChatModel(model, {
          modelProvider: provider,
          temperature: 0.2,
          maxRetries: 0,
          ...optionsOf(fetch, prompt.schema),
        });
        const messages = [new SystemMessage(prompt.system), new HumanMessage(prompt.user)];
        const { text, usage, cut } = await readReply(await chat.stream(messages, { signal }));
        // OpenAI's protocol has an error for it.
        if (provider === "ollama") checkAllWasSeen(prompt, usage, { model, contextTokens });
        if (cut) throw new AppError("model-reply-too-long", `${model} did not come to an end`, { facts: { usage } });
        return { text, usage };
      } catch (error) {
        throw modelError(error);
      }
    },
  };

  function optionsOf(fetch: typeof globalThis.fetch, schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
    if (provider === "ollama") {
      return {
        ...(settings.base_url === undefined ? {} : { baseUrl: settings.base_url }),
        ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
        numCtx: contextTokens,
        numPredict: replyTokens,
        format: schema,
        fetch,
      };
    }
    return {
      // Without one the library looks for another program's key in the environment.
      apiKey: key ?? "none",
      maxTokens: replyTokens,
      modelKwargs: { response_format: { type: "json_schema", json_schema: { name: "plan", schema } } },
      configuration: { fetch, ...(settings.base_url === undefined ? {} : { baseURL: settings.base_url }) },
    };
  }
}
