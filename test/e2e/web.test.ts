import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { createE2eHouse } from "../helpers/e2e-house.ts";

const house = createE2eHouse({ lint: true });
let browser: Browser | undefined;
afterAll(() => browser?.close());

/** A missing browser is a failure: skipped, nobody would see that the page is untested. */
function findChromium(): string {
  if (existsSync("/usr/bin/chromium")) return "/usr/bin/chromium";
  return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
}

test("in a browser: one-time link, request, plan, Approve, live progress, result", async () => {
  const chiffon = house.start(["start"]);
  const [, link = ""] = await chiffon.says(/one-time link\): (\S+)/);
  browser = await chromium.launch({
    executablePath: findChromium(),
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: "light", reducedMotion: "reduce" });
  page.setDefaultTimeout(150_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  // Where the pictures stay when someone wants to look at them.
  const picture = async (name: string): Promise<void> =>
    void (await page.screenshot({ path: join(process.env["CHIFFON_TEST_PICTURES"] ?? house.folder, `${name}.png`) }));

  await page.goto(link);
  await page.getByRole("button", { name: "Open Chiffon" }).click();
  const text = "Deploy Kuma Uptime to homelab and add existing portals to config";
  await page.getByLabel("What should be done?").fill(text);
  await page.keyboard.press("Enter");

  const plan = page.getByRole("article", { name: text }).filter({ has: page.getByRole("button", { name: "Approve" }) });
  await plan.waitFor();
  expect(await plan.innerText()).toMatch(/deploy-uptime-kuma\.yml[^]*lab01[^]*configure-uptime-kuma\.yml[^]*lab01/);
  await picture("plan");
  await plan.getByRole("button", { name: "Approve" }).click();

  const progress = page.getByRole("progressbar");
  await progress.first().waitFor();
  // Live: the same card moves on by itself, without a reload.
  await page
    .getByText(/uptime[_-]kuma : |compose_service : |deployed_service : /i)
    .first()
    .waitFor();
  const result = page.getByRole("article", { name: /^Done, \d+ changes$/ });
  await result.waitFor();
  expect(await result.innerText()).toMatch(/deploy-uptime-kuma\.yml[^]*lab01[^]*configure-uptime-kuma\.yml[^]*lab01/);
  expect(await page.getByRole("button", { name: "Approve" }).count()).toBe(0);
  await page
    .getByText(/suggestions? for this playbook/)
    .first()
    .waitFor();
  await picture("result");
  const height = Number(await page.evaluate("document.documentElement.scrollHeight"));
  await page.setViewportSize({ width: 1000, height });
  await picture("thread");
  await page.setViewportSize({ width: 1100, height: 900 });
  expect(readFileSync(join(house.dataDir, "homelab", "lab01", "uptime-kuma", "monitors.json"), "utf8")).toContain("https://git.home.arpa");

  // The link was for once; the session stays, also over a restart of Chiffon.
  const other = await browser.newPage();
  expect((await other.goto(link))?.status()).toBe(401);
  const shown = await page.locator("#entries").innerText();
  chiffon.kill("SIGTERM");
  await chiffon.ended;
  await page.getByText("reconnecting").waitFor();
  const again = house.start(["start"], { env: { CHIFFON_WEB_PORT: new URL(link).port } });
  await again.says(/one-time link/);
  await page.locator("[data-state=live]").waitFor();
  expect(await page.locator("#entries").innerText()).toBe(shown);
  expect(complaints).toEqual([]);
  again.kill("SIGTERM");
  await again.ended;
});
