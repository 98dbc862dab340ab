// Steps 4 and 5 of the tutorial: the leaked key is used by a process of its own, the event tells so while
// somebody looks, and the key is stopped by a plan, proved, and given back.

import assert from "node:assert/strict";

import { judge, until } from "./browser.mjs";
import { download } from "./stage.mjs";
import { RECIPIENT, room, stays } from "./tutorial.mjs";

// What `claviger fetch` ends with when the store refuses the key.
const REFUSED = 3;

// The value beside a label of the event's facts.
function fact(page, label) {
  const term = page.getByRole("term").filter({ hasText: new RegExp(`^${label}$`) });
  return term.locator("xpath=following-sibling::dd[1]");
}

function stopIt(page) {
  return page.getByRole("region", { name: "Stop it" });
}

// From the overview by the risk type to the details of the key's event.
export async function toEvent(page, leak) {
  await room(page, "Overview").click();
  const types = page.getByRole("region", { name: "Risk type" });
  await types.getByRole("link", { name: "AccessKey Pair Leak", exact: true }).click();
  await page.getByRole("row").filter({ hasText: leak.user }).getByRole("link", { name: /^Details/ }).click();
  await page.getByRole("heading", { level: 2, name: "What happened" }).waitFor();
}

async function misuse({ admin, stage }) {
  const { page } = admin;
  await room(page, "Risk events").click();
  await judge(admin, "events");
  await toEvent(page, stage.leak);
  await page.getByRole("heading", { level: 1, name: /not used since/ }).waitFor();
  await judge(admin, "event-unused");
  const before = stage.mails.length;
  await stays(page, async () => {
    const { code, words } = await download(stage);
    assert.equal(code, 0, words);
    await page.getByRole("heading", { level: 1, name: /was used by a stranger/ }).waitFor();
    const access = page.getByRole("region", { name: "AccessKey bucket access details" });
    await access.getByText(stage.leak.object).first().waitFor();
  });
  const mail = await until("the mail arrives", () => stage.mails.at(before));
  assert.deepEqual(mail.to, [RECIPIENT]);
  assert.match(mail.headers.Subject, /leaked key .* of billing-export is being used/);
  assert.ok(mail.text.includes(stage.leak.object), mail.text);
  assert.ok(!mail.text.includes(stage.leak.secret), "the mail holds a secret");
  assert.ok(mail.text.includes(page.url().split("#")[0]), "the mail does not lead to the event");
  await judge(admin, "event-used");
}

async function details({ admin, stage }) {
  const { page } = admin;
  const { leak } = stage;
  const instant = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC$/;
  for (const [label, says] of [
    ["AccessKey ID", new RegExp(`^${leak.id}`)],
    ["Account of AccessKey Pair", /^billing-export$/],
    ["AccessKey Pair Status", /Active/],
    ["First Detection Time", instant],
    ["Latest Detection Time", instant],
    ["Intelligence Source", /^Private Plaintext Storage$/],
  ]) {
    assert.match((await fact(page, label).innerText()).trim(), says, label);
  }
  const evidence = page.getByRole("region", { name: "AccessKey leak details" });
  await evidence.getByRole("row").filter({ hasText: "test.txt" }).getByText("Found").waitFor();
  assert.ok(!(await page.content()).includes(leak.secret), "the page holds a secret");
}

async function disable({ admin, stage }) {
  const { page } = admin;
  await stopIt(page).getByRole("button", { name: "Disable: show the plan" }).click();
  const confirm = stopIt(page).getByRole("button", { name: /^Disable LTAI/ });
  await confirm.waitFor();
  assert.equal((await download(stage)).code, 0, "a plan that nobody confirmed changed something");
  await judge(admin, "event-plan");
  await confirm.click();
  await stopIt(page).getByText("verified").first().waitFor();
  await page.getByRole("heading", { level: 1, name: /it is disabled now/ }).waitFor();
  assert.match(await fact(page, "AccessKey Pair Status").innerText(), /Inactive/);
  const timeline = page.getByRole("region", { name: "Timeline" });
  const refusals = timeline.getByRole("listitem").filter({ hasText: "refused" });
  const before = await refusals.count();
  await stays(page, async () => {
    const { code, words } = await download(stage);
    assert.equal(code, REFUSED, words);
    await until("the refusal is on the timeline", async () => await refusals.count() > before);
  });
  await judge(admin, "event-disabled");
}

async function undo({ admin, stage }) {
  const { page } = admin;
  await stopIt(page).getByRole("button", { name: "Undo" }).click();
  await stopIt(page).getByText("taken back").first().waitFor();
  await until("the key is active again", async () =>
    (await fact(page, "AccessKey Pair Status").innerText()).includes("Active"));
  assert.equal((await download(stage)).code, 0, "the key was not given back");
  await judge(admin, "event-undone");
}

export const STEPS = [
  { title: "misuse shows on the event, and a mail tells", walk: misuse },
  { title: "the details have every field of the tutorial", walk: details },
  { title: "disable by a plan, with proof", walk: disable },
  { title: "undo", walk: undo },
];
