import { randomUUID } from "node:crypto";
import { request } from "node:http";
import type { Started } from "./e2e-house.ts";

/** A browser without a screen: the page as text, its buttons by their label. */
export interface WebSession {
  readonly url: string;
  text(): Promise<string>;
  say(text: string): Promise<void>;
  /** Presses the newest button of this name. */
  press(label: string): Promise<void>;
}

/** Signs in by the one-time link that `start` prints. */
export async function signIn(chiffon: Started): Promise<WebSession> {
  const [, link = ""] = await chiffon.says(/one-time link\): (\S+)/);
  const { origin: url, searchParams } = new URL(link);
  const answer = await send(`${url}/login`, { origin: url }, { token: searchParams.get("token") ?? "" });
  return continueSession(url, answer.cookie);
}

function continueSession(url: string, cookie: string): WebSession {
  const headers = { origin: url, cookie };
  const html = async (): Promise<string> => (await send(url, { ...headers, accept: "text/html" })).body;
  const post = async (path: string, form: Record<string, string>): Promise<void> => {
    const answer = await send(`${url}${path}`, headers, form);
    if (answer.status !== 202) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
  };
  return {
    url,
    async text() {
      const page = await html();
      return unescaped(page.slice(page.indexOf("<main"), page.lastIndexOf("</main>")).replaceAll(/<[^>]*>/g, " ")).replaceAll(/\s+/g, " ");
    },
    say: (text) => post("/messages", { text, key: randomUUID() }),
    async press(label) {
      const forms = (await html()).match(/<form[^>]*action="\/actions"[^]*?<\/form>/g) ?? [];
      const form = forms.findLast((one) =>
        unescaped(one.replaceAll(/<[^>]*>/g, " "))
          .trim()
          .endsWith(label),
      );
      if (form === undefined) throw new Error(`there is no button ${label}`);
      const fields = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
      await post("/actions", Object.fromEntries(fields.map(([, name = "", value = ""]) => [name, unescaped(value)])));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly cookie: string;
}

/** A connection of its own each time: one kept open may belong to a Chiffon that was killed meanwhile. */
function send(url: string, headers: Readonly<Record<string, string>>, form?: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const type = body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
    const outgoing = request(
      url,
      { method: body === undefined ? "GET" : "POST", agent: false, headers: { ...headers, ...type } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: text, cookie: (answer.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "" }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function unescaped(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
