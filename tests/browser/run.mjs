// The browser test: the tutorial's five steps in the real console, then what every page must hold, then
// the same by keyboard alone. `cargo xtask test` runs it; alone: `node tests/browser/run.mjs`, once the
// binary is built and the parts are installed. Pictures are written below target/browser.

import path from "node:path";

import { open, person } from "./browser.mjs";
import * as keyboard from "./keyboard.mjs";
import * as pages from "./pages.mjs";
import { PICTURES, set } from "./stage.mjs";
import * as tutorial from "./tutorial.mjs";

const STEPS = [...tutorial.STEPS, ...pages.STEPS, ...keyboard.STEPS];

async function main() {
  const stage = await set();
  let browser = null;
  let at = "opening the browser";
  let admin = null;
  try {
    browser = await open();
    admin = await person(browser, stage.url);
    const world = { stage, browser, admin };
    for (const step of STEPS) {
      at = step.title;
      const started = Date.now();
      await step.walk(world);
      console.log(`browser: ${at}: ${Date.now() - started} ms`);
    }
    console.log(`browser: ${STEPS.length} steps hold, pictures in ${PICTURES}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`browser: ${at}: ${error.stack ?? error}`);
    const picture = path.join(PICTURES, "failed.png");
    const taken = await admin?.page.screenshot({ path: picture, fullPage: true }).catch(() => null);
    if (taken) console.error(`browser: it looked so at ${admin.page.url()}: ${picture}`);
    if (admin?.complaints.length) console.error(`browser: complaints: ${admin.complaints.join("; ")}`);
  } finally {
    await browser?.close();
    await stage.strike();
  }
}

await main();
