/** `npm run pictures [NAME …]`: the cards as people see them, for the docs. The page is ours; what is on it comes from the real renderers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { discordPictures } from "./discord-pictures.ts";
import { withMarks, type Picture } from "./html.ts";
import { slackPictures } from "./slack-pictures.ts";
import { smallerPng } from "./smaller-png.ts";

const folder = join(import.meta.dirname, "../../docs/images");
const mostBytes = 150_000;

const wanted = process.argv.slice(2);
const pictures = [...slackPictures(), ...discordPictures()].filter(({ name }) => wanted.length === 0 || wanted.includes(name));
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-lcd-text"],
});
try {
  for (const picture of pictures) await take(picture);
} finally {
  await browser.close();
}

async function take({ name, width, style, body }: Picture): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 100 }, deviceScaleFactor: 1.5, offline: true });
  await page.setContent(`<!doctype html><meta charset="utf-8"><style>${style}</style>${withMarks(body)}`);
  const png = smallerPng(await page.screenshot({ fullPage: true }));
  await page.close();
  writeFileSync(join(folder, `${name}.png`), png);
  const bytes = png.length;
  process.stdout.write(`${name}.png ${Math.ceil(bytes / 1000)} kB\n`);
  if (bytes > mostBytes) throw new Error(`${name} has ${bytes} bytes; at most ${mostBytes} are allowed`);
}
