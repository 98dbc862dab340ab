// Steps 2 and 3 of the tutorial, as a person walks them with a pointer. The provider's clients did step 1
// when the stage was set; every page is judged on the way.

import assert from "node:assert/strict";

import { judge, until } from "./browser.mjs";
import { PASSWORD } from "./stage.mjs";

export const RECIPIENT = "oncall@example.com";

// Reloads would hide what is not live: a mark that only a new document loses.
export async function stays(page, act) {
  await page.evaluate(() => { window.claviger_stays = true; });
  await act();
  assert.ok(await page.evaluate(() => window.claviger_stays === true), "the page was loaded anew");
}

// A page's room, from the rail.
export function room(page, name) {
  return page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name, exact: true });
}

async function signIn({ admin, stage }) {
  const { page } = admin;
  await page.goto("/assets");
  await page.waitForURL("**/sign-in?next=*");
  await judge(admin, "sign-in");
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Password").fill(`${PASSWORD} not`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("the name or the password is wrong").waitFor();
  await judge(admin, "sign-in-wrong");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${stage.url}/assets`);
}

async function connect({ admin, stage }) {
  const { page } = admin;
  const { cloud } = stage;
  await room(page, "Overview").click();
  await page.getByRole("heading", { name: "Nothing is watched yet" }).waitFor();
  await judge(admin, "overview-empty");
  await page.getByRole("link", { name: "Connect an account" }).click();
  await judge(admin, "connect");
  await page.getByLabel("Name", { exact: true }).fill("practice");
  await page.getByLabel("Provider").selectOption("aliyun");
  await page.getByLabel("Region").fill(cloud.region);
  await page.getByLabel("Endpoint", { exact: true }).fill(cloud.endpoints.oss);
  await page.getByLabel("Accounts endpoint").fill(cloud.endpoints.ram);
  await page.getByLabel("AccessKey ID").fill(cloud.access_key_id);
  await page.getByLabel("AccessKey secret").fill(cloud.access_key_secret);
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByRole("status").getByText("Asset synchronization has begun.").waitFor();
  await page.getByRole("link", { name: "practice", exact: true }).click();
  await page.getByRole("heading", { name: "What it may do" }).waitFor();
  assert.ok(!(await page.content()).includes(cloud.access_key_secret), "a secret is shown");
  await judge(admin, "connection");
}

async function authorize({ admin, stage }) {
  const { page } = admin;
  const { bucket } = stage.leak;
  await room(page, "Overview").click();
  await page.getByRole("link", { name: "Authorize", exact: true }).click();
  await page.getByRole("button", { name: "Asset synchronization", exact: true }).click();
  await page.getByRole("link", { name: /^Not authorized/ }).click();
  const button = page.getByRole("button", { name: `Authorization: ${bucket}`, exact: true });
  await button.waitFor();
  await judge(admin, "assets-not-authorized");
  await button.click();
  await page.getByRole("status").getByText("1 bucket authorized.").waitFor();
  await page.getByRole("link", { name: /^Authorized/ }).click();
  await judge(admin, "assets-authorized");
  await page.getByRole("link", { name: bucket, exact: true }).click();
  // What the identification finds appears while somebody looks.
  await stays(page, async () => {
    const row = page.getByRole("row").filter({ hasText: stage.leak.object });
    await row.getByText(/^S[34]$|\bS[34]\b/).first().waitFor();
  });
  await judge(admin, "asset");
}

async function policy({ admin }) {
  const { page } = admin;
  await room(page, "Policy").click();
  const region = page.getByRole("region", { name: "AccessKey Pair Leak" });
  await judge(admin, "policy");
  await region.getByLabel("Risk Event Level").selectOption("medium");
  await region.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").getByText("1 existing event changed its level.").waitFor();
  await region.getByLabel("Risk Event Level").selectOption("high");
  await region.getByLabel("Enabled").check();
  await region.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").getByText("level High, enabled").waitFor();
  await judge(admin, "policy-saved");
}

async function alert({ admin, stage }) {
  const { page } = admin;
  await room(page, "Alerts").click();
  await page.getByRole("heading", { name: "Nobody is told yet" }).waitFor();
  await judge(admin, "alerts-empty");
  await page.getByRole("link", { name: "Create Alert Configuration" }).click();
  await judge(admin, "alert-create");
  await page.getByLabel("Name", { exact: true }).fill("on call");
  await page.getByLabel("Recipients", { exact: true }).fill("on call");
  await page.getByLabel("AccessKey Pair Leak").check();
  await page.getByLabel("Least level").selectOption("high");
  await page.getByLabel("Server").fill("127.0.0.1");
  await page.getByLabel("Port").fill(String(stage.mailPort));
  await page.getByLabel("Security").selectOption("none");
  await page.getByLabel("Sender").fill("claviger@example.com");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("`on call` is no mail address").first().waitFor();
  assert.equal(await page.getByLabel("Port").inputValue(), String(stage.mailPort), "a field is lost");
  await judge(admin, "alert-wrong");
  await page.getByLabel("Recipients", { exact: true }).fill(RECIPIENT);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("status").getByText("on call is saved.").waitFor();
  await judge(admin, "alert-saved");
  await page.getByRole("status").getByRole("button", { name: "Test on call" }).click();
  // The page follows how the message fares.
  await stays(page, () => page.getByRole("row").getByText("Delivered").waitFor());
  const mail = await until("the test message arrives", () => stage.mails.at(0));
  assert.deepEqual(mail.to, [RECIPIENT]);
  assert.match(mail.headers.Subject, /test/i);
  await judge(admin, "alert-tested");
}

export const STEPS = [
  { title: "sign in", walk: signIn },
  { title: "connect the practice account", walk: connect },
  { title: "synchronize, authorize, identify", walk: authorize },
  { title: "set the policy", walk: policy },
  { title: "create an alert configuration and test it", walk: alert },
];
