import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Asset {
  readonly path: string;
  /** With the content's hash: a browser may keep it for ever. */
  readonly address: string;
  readonly type: string;
  readonly content: string;
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#7c6cf0" stroke-width="2.4" stroke-linecap="round"><path d="M2 8c4-5 7-5 10 0s6 5 10 0" opacity=".45"/><path d="M2 13c4-5 7-5 10 0s6 5 10 0" opacity=".75"/><path d="M2 18c4-5 7-5 10 0s6 5 10 0"/></svg>`;

/** The page's own style, script and icon; nothing is fetched from anywhere else. */
export const assets = {
  style: asset("chiffon.css", "text/css; charset=utf-8", read("chiffon.css")),
  script: asset("chiffon.js", "text/javascript; charset=utf-8", read("chiffon.browser.js")),
  icon: asset("icon.svg", "image/svg+xml", icon),
} as const;

function asset(name: string, type: string, content: string): Asset {
  const path = `/assets/${name}`;
  return { path, address: `${path}?v=${createHash("sha256").update(content).digest("hex").slice(0, 12)}`, type, content };
}

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, name), "utf8");
}
