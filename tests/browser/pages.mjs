// What every page must hold, room by room, for an admin and for a viewer, who sees what the role lacks and
// cannot act.

import assert from "node:assert/strict";

import { judge, person } from "./browser.mjs";
import { room } from "./tutorial.mjs";

const ROOMS = [
  "Overview", "Risk events", "Assets", "Identification", "Intelligence", "Policy", "Alerts", "Allowlist",
  "Audit", "Settings",
];

// Made up, for this test alone.
const VIEWER = { name: "mei", password: "words of a made-up viewer" };

async function everyRoom({ admin }) {
  const { page } = admin;
  for (const name of ROOMS) {
    await room(page, name).click();
    const here = room(page, name);
    assert.equal(await here.getAttribute("aria-current"), "page", `${name} is not marked as current`);
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, `${name} has not one title`);
    await judge(admin, `room-${name.toLowerCase().replace(" ", "-")}`);
  }
}

async function dial({ admin }) {
  const { page } = admin;
  await room(page, "Policy").click();
  const part = page.locator("section[aria-labelledby=dial]");
  await part.getByLabel("Alarms a day").fill("20");
  await part.getByRole("button", { name: "Preview" }).click();
  await part.getByRole("button", { name: "Turn the dial to 20" }).waitFor();
  await judge(admin, "policy-dial-preview");
}

async function audit({ admin }) {
  const { page } = admin;
  await room(page, "Audit").click();
  await page.getByRole("button", { name: "Verify the chain" }).click();
  await page.getByRole("status").getByText("The chain holds").waitFor();
  await judge(admin, "audit-proof");
}

async function intelligence({ admin }) {
  const { page } = admin;
  await room(page, "Intelligence").click();
  const add = page.getByRole("region", { name: "Add Intelligence" });
  await add.getByLabel("AccessKey ID").fill("LTAI5tMadeUpBrowser1");
  await page.getByLabel("Link").fill("somewhere");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("link must begin with").first().waitFor();
  await page.getByLabel("Link").fill("https://example.com/paste/1");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("status").getByText("1 entry is kept.").waitFor();
  await page.getByLabel("File").setInputFiles({
    name: "feed.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("access_key_id,note\r\nLTAI5tMadeUpBrowser2,from a file\r\ntwo words,x\r\n"),
  });
  const entries = page.getByRole("textbox", { name: "Entries" });
  await page.waitForFunction((box) => box.value !== "", await entries.elementHandle());
  await page.getByRole("button", { name: "Add all" }).click();
  await page.getByRole("alert").getByText("1 line was not kept.").waitFor();
  await page.getByRole("alert").getByRole("rowheader", { name: "3", exact: true }).waitFor();
  assert.match(await entries.inputValue(), /two words,x/);
  await judge(admin, "intelligence-rejected");
  const canaries = page.getByRole("region", { name: "Canary keys" });
  await canaries.getByLabel("Name").fill("decoy");
  await canaries.getByLabel("Place").fill("the wiki");
  await canaries.getByLabel("AccessKey ID").fill("LTAI5tMadeUpBrowser3");
  await canaries.getByRole("button", { name: "Watch it" }).click();
  await canaries.getByRole("row").getByText("the wiki").waitFor();
  await judge(admin, "intelligence-canary");
}

async function repositories({ admin, stage }) {
  const { page } = admin;
  await room(page, "Intelligence").click();
  const part = page.locator("section[aria-labelledby=repositories]");
  await part.getByText("Watch a repository").click();
  await part.getByLabel("Address").fill("ext::sh");
  await part.getByRole("button", { name: "Watch it" }).click();
  await part.getByText("is no address of a repository").first().waitFor();
  await judge(admin, "intelligence-repository-refused");
  await part.getByLabel("Address").fill(stage.code);
  await part.getByRole("button", { name: "Watch it" }).click();
  await part.getByRole("row").getByText("Watched").waitFor();
  await judge(admin, "intelligence-repository");
}

async function viewer({ admin, stage, browser }) {
  const { page } = admin;
  await room(page, "Settings").click();
  await page.getByLabel("Name", { exact: true }).fill(VIEWER.name);
  await page.getByLabel("Password", { exact: true }).fill(VIEWER.password);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("status").getByText("mei may sign in as viewer").waitFor();
  await judge(admin, "settings-added");
  const mei = await person(browser, stage.url);
  await mei.page.goto("/sign-in");
  await mei.page.getByLabel("Name").fill(VIEWER.name);
  await mei.page.getByLabel("Password").fill(VIEWER.password);
  await mei.page.getByRole("button", { name: "Sign in" }).click();
  for (const [name, act] of [
    ["Policy", "Save AccessKey Pair Leak"], ["Alerts", "Test on call"], ["Intelligence", "Add all"],
    ["Settings", "Add"], ["Assets", "Asset synchronization"],
  ]) {
    await room(mei.page, name).click();
    const button = mei.page.getByRole("button", { name: act, exact: true });
    assert.ok(await button.isDisabled(), `${name}: a viewer may press ${act}`);
    await judge(mei, `viewer-${name.toLowerCase()}`);
  }
  await mei.context.close();
}

async function tokens({ admin }) {
  const { page } = admin;
  await room(page, "Settings").click();
  await page.getByText("Make a token").click();
  await page.getByLabel("Name of the token").fill("nightly");
  await page.getByLabel("Read", { exact: true }).check();
  await page.getByLabel("Ingest", { exact: true }).check();
  await judge(admin, "settings-token-form");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "The new token" }).waitFor();
  await judge(admin, "settings-token");
  await page.getByRole("link", { name: "Back to the settings" }).click();
  await page.getByLabel("Change mei").click();
  await judge(admin, "settings-people");
  await page.getByRole("button", { name: "Remove the token nightly of admin" }).click();
  await page.getByRole("status").getByText("The token is removed").waitFor();
}

async function noSuchPage({ admin }) {
  const { page } = admin;
  await page.goto("/nowhere");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await judge(admin, "nowhere");
  await page.getByRole("link", { name: "Go to the overview" }).click();
  await room(page, "Overview").waitFor();
}

export const STEPS = [
  { title: "every room", walk: everyRoom },
  { title: "the alarm dial is previewed", walk: dial },
  { title: "the audit log proves itself", walk: audit },
  { title: "intelligence by form and file", walk: intelligence },
  { title: "a repository is watched", walk: repositories },
  { title: "a viewer sees and cannot act", walk: viewer },
  { title: "a token is made, shown once and removed", walk: tokens },
  { title: "an unknown page", walk: noSuchPage },
];
