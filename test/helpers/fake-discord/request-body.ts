import type { IncomingMessage } from "node:http";
import { refusals } from "./rest-error.ts";

export interface UploadedFile {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface RequestBody {
  /** The JSON, also of a multipart form's `payload_json`; undefined when nothing was sent. */
  readonly form: unknown;
  readonly files: readonly UploadedFile[];
}

export async function readRequestBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const contentType = request.headers["content-type"] ?? "";
  if (bytes.length === 0) return { form: undefined, files: [] };
  if (!contentType.startsWith("multipart/form-data")) return { form: parseJson(bytes.toString("utf8")), files: [] };
  const files: UploadedFile[] = [];
  let form: unknown;
  for (const part of splitParts(bytes, /boundary="?([^";]+)"?/.exec(contentType)?.[1] ?? "")) {
    const filename = /filename="([^"]*)"/.exec(part.headers)?.[1];
    if (filename !== undefined) {
      const type = /content-type:\s*(\S+)/i.exec(part.headers)?.[1] ?? "application/octet-stream";
      files.push({ filename: filename.replaceAll("%22", '"'), contentType: type, bytes: part.bytes });
    } else if (part.headers.includes('name="payload_json"')) {
      form = parseJson(part.bytes.toString("utf8"));
    }
  }
  return { form: form ?? {}, files };
}

/** `--boundary CRLF headers CRLF CRLF content CRLF`, again and again, closed by `--boundary--`. */
function splitParts(body: Buffer, boundary: string): { headers: string; bytes: Buffer }[] {
  const parts: { headers: string; bytes: Buffer }[] = [];
  const mark = `--${boundary}`;
  let start = body.indexOf(mark);
  for (;;) {
    const end = body.indexOf(`\r\n${mark}`, start + mark.length);
    const headersEnd = body.indexOf("\r\n\r\n", start);
    if (start < 0 || end < 0 || headersEnd < 0) return parts;
    parts.push({ headers: body.subarray(start + mark.length, headersEnd).toString("utf8"), bytes: body.subarray(headersEnd + 4, end) });
    start = end + 2;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.invalidJson();
  }
}
