// The way from signing in to a confirmed plan and back by keyboard alone, with the focus always to be seen.

import assert from "node:assert/strict";

import { PASSWORD } from "./stage.mjs";

// More stops than any page has.
const STOPS_MAX = 400;

// Goes on by Tab until the focus is on `target`.
async function tabTo(page, target) {
  await target.waitFor();
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((one) => one === document.activeElement)) {
      const outline = await target.evaluate((one) => getComputedStyle(one).outlineStyle);
      assert.notEqual(outline, "none", `the focus on ${target} is not to be seen`);
      return;
    }
  }
  throw new Error(`the keyboard does not reach ${target}`);
}

async function press(page, target) {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

async function walk({ admin, stage }) {
  const { page } = admin;
  await press(page, page.getByRole("button", { name: "Sign out" }));
  await page.waitForURL("**/sign-in");
  await tabTo(page, page.getByLabel("Name"));
  await page.keyboard.type("admin");
  await tabTo(page, page.getByLabel("Password"));
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${stage.url}/`);
  const skip = page.getByRole("link", { name: "Skip to the page" });
  await press(page, skip);
  const types = page.getByRole("region", { name: "Risk type" });
  await press(page, types.getByRole("link", { name: "AccessKey Pair Leak", exact: true }));
  const row = page.getByRole("row").filter({ hasText: stage.leak.user });
  await press(page, row.getByRole("link", { name: /^Details/ }));
  const stop = page.getByRole("region", { name: "Stop it" });
  await press(page, stop.getByRole("button", { name: "Disable: show the plan" }));
  await press(page, stop.getByRole("button", { name: /^Disable LTAI/ }));
  await stop.getByText("verified").first().waitFor();
  await press(page, stop.getByRole("button", { name: "Undo" }));
  await stop.getByText("taken back").first().waitFor();
}

export const STEPS = [{ title: "sign in, confirm and undo by keyboard", walk }];
