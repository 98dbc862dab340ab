// The system's Chromium, and what every page must hold: no serious accessibility violation, no error, no
// breach of the content policy, no page wider than the window.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

import { PARTS, PICTURES } from "./stage.mjs";

const require = createRequire(path.join(PARTS, "package.json"));
const { chromium } = require("playwright-core");
const AXE = require.resolve("axe-core/axe.min.js");

const CHROMIUM = process.env.CLAVIGER_TEST_CHROMIUM ?? "/usr/bin/chromium";

// Longest wait for anything that the service does by itself.
export const PATIENCE_MS = 30_000;

// Looks at which every page is judged.
const LOOKS = [
  { scheme: "light", width: 1280 },
  { scheme: "dark", width: 1280 },
  { scheme: "light", width: 360 },
  { scheme: "dark", width: 360 },
];

export async function open() {
  await mkdir(PICTURES, { recursive: true });
  return chromium.launch({
    executablePath: CHROMIUM,
    // As root and in containers there is neither a sandbox nor much shared memory.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

// A window of its own cookies. Whatever its pages complain of is kept in `complaints`.
export async function person(browser, url) {
  const context = await browser.newContext({
    baseURL: url, viewport: { width: 1280, height: 900 }, colorScheme: "light",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    // A status that a test asks for on purpose is no fault of the page.
    const asked = message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !asked) complaints.push(message.text());
  });
  page.on("pageerror", (error) => { complaints.push(String(error)); });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // Leaving a page ends its stream and what it was loading.
    if (why !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${why}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, complaints, context };
}

// Judges the page as it stands, in every look, and takes its pictures.
export async function judge({ page, complaints }, name) {
  const before = page.viewportSize();
  for (const { scheme, width } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const look = `${name}-${width}-${scheme}`;
    await page.screenshot({ path: path.join(PICTURES, `${look}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${look}: the page is ${wide} px wide`);
    assert.deepEqual(await violations(page), [], `${look}: ${page.url()}`);
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  assert.deepEqual(complaints, [], `${name}: the page complains`);
}

// Serious and critical violations, each with the first place where it is met.
async function violations(page) {
  // By evaluation, which the page's content policy does not reach; a script tag it would refuse.
  const known = await page.evaluate(() => typeof window.axe !== "undefined");
  if (!known) {
    await page.evaluate(await readFile(AXE, "utf8"));
  }
  const { violations: all } = await page.evaluate(
    () => window.axe.run(document, { resultTypes: ["violations"] }),
  );
  return all
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
}

// Asks again until there is an answer, or patience ends.
export async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}
