import type { CardFile } from "../chat-platform.ts";
import type { WebClient } from "./web-client.ts";

/** Into a thread, or to the end of a channel or direct message. */
export async function uploadFile(client: WebClient, channel: string, thread: string | null, file: CardFile): Promise<void> {
  // Slack takes no empty file.
  const content = Buffer.from(file.text === "" ? "\n" : file.text, "utf8");
  const upload = { channel_id: channel, filename: file.name, title: file.title, file: content };
  await client.files.uploadV2(thread === null ? upload : { ...upload, thread_ts: thread });
}
