import { z } from "zod";

/** The environment's names for language models (docs/models.md). */
export const modelEnvironment = {
  OLLAMA_HOST: z.string().max(300).optional(),
  CHIFFON_MODEL: z.string().regex(/^[\w.:/-]+$/, "a model's name such as llama3.2, or none").max(200).optional(), // prettier-ignore
  CHIFFON_EXTERNAL_MODEL_KEY: z.string().min(8, "the key that the provider gave you").optional(),
};

const environmentSchema = z.object(modelEnvironment);

/** `planner` of chiffon.yml. */
export const plannerSettingsSchema = z.strictObject({
  /** How long a model on one's own machines may take; raise it for slow ones. */
  local_seconds: z.number().min(1).max(600).default(15),
  external_seconds: z.number().min(1).max(600).default(30),
  /** The longest silence in the middle of a reply. */
  stall_seconds: z.number().min(1).max(120).default(5),
  /** Tokens that request, catalog and reply may have together: more needs more memory. */
  context_tokens: z.number().int().min(2_048).max(262_144).default(8_192),
  /** A provider on the internet. Requests and the names of playbooks and hosts go there; off unless it stands here. */
  external: z
    .strictObject({
      provider: z.enum(["openai", "ollama"]),
      model: z.string().min(1).max(200),
      /** For servers that speak the provider's protocol elsewhere. */
      base_url: z.url({ protocol: /^https?$/, error: "a URL such as https://host/v1" }).optional(),
      usd_per_month: z.number().min(0).max(1_000_000),
      requests_per_minute: z.number().int().min(1).max(10_000).default(10),
      requests_per_person_hour: z.number().int().min(1).max(100_000).default(60),
      /** What a million tokens cost; the budget is counted by it. */
      usd_per_million: z.strictObject({ input: z.number().min(0).max(100_000), output: z.number().min(0).max(100_000) }),
    })
    .optional(),
});
export type PlannerSettings = z.infer<typeof plannerSettingsSchema>;
export type ExternalSettings = NonNullable<PlannerSettings["external"]>;

export interface ModelSettings {
  /** False: `CHIFFON_MODEL=none`, no Ollama is looked for. */
  readonly useLocal: boolean;
  /** Where Ollama is looked for. */
  readonly ollamaHost: string;
  /** Somebody named that place: when nothing answers there, it is told. */
  readonly hostIsNamed: boolean;
  /** Undefined: the best that Ollama has. */
  readonly model: string | undefined;
  readonly externalKey: string | undefined;
}

export function modelSettings(values: z.infer<typeof environmentSchema>): ModelSettings {
  return {
    useLocal: values.CHIFFON_MODEL !== "none",
    ollamaHost: ollamaUrl(values.OLLAMA_HOST ?? ""),
    hostIsNamed: values.OLLAMA_HOST !== undefined,
    model: values.CHIFFON_MODEL,
    externalKey: values.CHIFFON_EXTERNAL_MODEL_KEY,
  };
}

/** As Ollama itself reads OLLAMA_HOST: `host`, `:port`, `host:port` or a URL. An address to listen on is where it is reached on this machine. */
export function ollamaUrl(text: string): string {
  const plain = text.trim();
  if (plain === "") return "http://127.0.0.1:11434";
  const named = /^https?:\/\//i.test(plain);
  const withHost = named ? plain : `http://${plain.startsWith(":") ? "127.0.0.1" : ""}${plain}`;
  if (!URL.canParse(withHost)) return withHost;
  const url = new URL(withHost);
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  if (url.port === "" && !named) url.port = "11434";
  return url.href.replace(/\/+$/, "");
}
