// What a page cannot do without a script: stay live, copy keys, switch theme and time zone. Everything
// else works without it.
"use strict";

// Themes: the system's, light, dark.
const THEMES = ["system", "light", "dark"];
// Times: UTC, or the zone of whoever reads.
const ZONES = ["UTC", "local"];

function kept(name, words) {
  try {
    const word = localStorage.getItem(name);
    return words.includes(word) ? word : words[0];
  } catch {
    return words[0];
  }
}

function keep(name, word) {
  try { localStorage.setItem(name, word); } catch { /* a private window: the switch holds this page */ }
}

function showTheme(word) {
  if (word === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = word;
}

function words(seconds) {
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

function exactWords(at, zone) {
  const two = (number) => String(number).padStart(2, "0");
  if (zone === "UTC") return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function showTimes() {
  const zone = kept("zone", ZONES);
  for (const time of document.querySelectorAll("time[data-time]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const exact = exactWords(at, zone);
    const seconds = Math.floor((Date.now() - at.getTime()) / 1000);
    const text = time.dataset.time === "ago" ? words(seconds) : exact;
    if (time.textContent !== text) time.textContent = text;
    time.title = exact;
  }
}

function switches() {
  for (const [name, all, label, show] of [
    ["theme", THEMES, "Theme", showTheme],
    ["zone", ZONES, "Times", showTimes],
  ]) {
    const button = document.querySelector(`[data-switch="${name}"]`);
    if (!button) continue;
    const say = (word) => { button.textContent = `${label}: ${word}`; };
    button.hidden = false;
    say(kept(name, all));
    button.addEventListener("click", () => {
      const word = all[(all.indexOf(kept(name, all)) + 1) % all.length];
      keep(name, word);
      say(word);
      show(word);
    });
  }
}

function showCopies(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.dataset.copied = "";
    setTimeout(() => { delete button.dataset.copied; }, 1200);
  }
  const all = event.target.closest("[data-check-all]");
  if (all) {
    const boxes = document.querySelectorAll(`input[name="${all.dataset.checkAll}"]`);
    for (const box of boxes) box.checked = all.checked;
  }
});

// What scrolls sideways is reached by keyboard, and only where it scrolls.
function scrollers() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// A file is read here and sent as the text of a field, so that a form without scripts is the same form.
function files() {
  for (const field of document.querySelectorAll("[data-file-into]")) {
    const text = document.getElementById(field.dataset.fileInto);
    const file = field.querySelector("input[type=file]");
    field.hidden = false;
    file.addEventListener("change", async () => {
      if (file.files[0]) text.value = await file.files[0].text();
    });
  }
}

// A part that somebody works in is left alone: it is looked at again when they are done.
function isWorkedIn(part) {
  if (part.contains(document.activeElement) && document.activeElement !== document.body) {
    return document.activeElement.matches("input, select, textarea, button, summary");
  }
  const fields = part.querySelectorAll("input[type=text], input[type=search], textarea");
  const typed = [...fields].some((field) => field.value !== field.defaultValue);
  return typed || [...part.querySelectorAll("input[type=checkbox]")].some(
    (box) => box.checked !== box.defaultChecked);
}

// Whoever stands on a link of a part by keyboard stands on it again in the part that takes its place.
function stayIn(part) {
  const stops = "a[href], button, summary, [tabindex]";
  const at = document.activeElement;
  const place = [...part.querySelectorAll(stops)].indexOf(at);
  return (next) => {
    if (place < 0) return;
    const all = [...next.querySelectorAll(stops)];
    const same = all.find((one) => one.href === at.href && one.textContent === at.textContent);
    (same ?? all[place])?.focus({ preventScroll: true });
  };
}

function replace(part, next) {
  const open = [...part.querySelectorAll("details[id][open]")].map((one) => one.id);
  for (const id of open) next.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  next.dataset.changed = "";
  const stay = stayIn(part);
  part.replaceWith(next);
  showCopies(next);
  stay(next);
}

// What a row says, with its instants.
function said(row) {
  const copy = row.cloneNode(true);
  for (const time of copy.querySelectorAll("time")) time.textContent = time.dateTime;
  return copy.textContent;
}

// Rows that somebody reads never move by themselves: a line says how many are new or changed, and shows
// them when asked. Whether it took the matter over: where no row stands yet, nothing can move.
function announce(part, next) {
  const line = document.querySelector(`[data-news="${CSS.escape(part.dataset.part)}"]`);
  const now = new Map([...part.querySelectorAll("tr[id]")].map((row) => [row.id, said(row)]));
  const rows = [...next.querySelectorAll("tr[id]")];
  if (!line || now.size === 0) return false;
  const added = rows.filter((row) => !now.has(row.id)).length;
  const kept = rows.filter((row) => now.has(row.id));
  const changed = kept.filter((row) => now.get(row.id) !== said(row)).length;
  // New rows push old ones to the next page: those are not gone.
  const gone = added > 0 ? 0 : now.size - kept.length;
  const counts = [[added, "new"], [changed, "changed"], [gone, "no longer here"]];
  const words = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(", ");
  if (words === "") { line.replaceChildren(); return false; }
  const show = document.createElement("button");
  show.type = "button";
  show.className = "plain";
  show.textContent = `${words}: show`;
  show.addEventListener("click", () => {
    const ticked = new Set([...part.querySelectorAll("input:checked")].map((box) => box.value));
    replace(part, next);
    for (const box of next.querySelectorAll("input[name=id]")) box.checked = ticked.has(box.value);
    line.replaceChildren();
    scrollers();
    showTimes();
  });
  if (line.textContent !== show.textContent || !line.contains(document.activeElement)) {
    line.replaceChildren(show);
  }
  return true;
}

function replaceParts(fresh) {
  let leftOut = false;
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (!next || next.outerHTML === part.outerHTML) continue;
    if (plain(next) === plain(part)) continue;
    if ("quiet" in part.dataset && announce(part, next)) continue;
    if (isWorkedIn(part)) { leftOut = true; continue; }
    replace(part, next);
  }
  scrollers();
  document.title = fresh.title || document.title;
  showTimes();
  return leftOut;
}

// What a part says, without how long ago it was.
function plain(part) {
  const copy = part.cloneNode(true);
  copy.removeAttribute("data-changed");
  for (const box of copy.querySelectorAll(".scroll")) box.removeAttribute("tabindex");
  for (const time of copy.querySelectorAll("time")) { time.textContent = ""; time.title = ""; }
  for (const button of copy.querySelectorAll("[data-copy]")) button.hidden = true;
  for (const one of copy.querySelectorAll("[data-moving]")) one.replaceChildren();
  for (const one of copy.querySelectorAll("details")) one.removeAttribute("open");
  return copy.innerHTML;
}

function live() {
  const main = document.querySelector("main[data-live]");
  const subjects = (main?.dataset.live ?? "").split(" ").filter(Boolean);
  if (subjects.length === 0) return;
  let waiting = null;
  let looking = false;
  const look = async () => {
    waiting = null;
    if (looking) { soon(); return; }
    looking = true;
    try {
      const answer = await fetch(location.href, { headers: { "x-claviger-live": "1" } });
      if (answer.redirected && new URL(answer.url).pathname === "/sign-in") {
        location.reload();
        return;
      }
      if (answer.ok) {
        // The answer of an act that was not done stays until somebody goes on.
        if (answer.redirected) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (replaceParts(fresh)) soon(3000);
      }
    } catch { /* the server is away: the stream comes back and asks again */ } finally {
      looking = false;
    }
  };
  const soon = (delay = 150) => { waiting ??= setTimeout(look, delay); };
  const stream = new EventSource("/api/v1/live");
  stream.addEventListener("change", (event) => {
    if (event.data === "" || subjects.includes("*") || subjects.includes(event.data)) soon();
  });
  // What changed between the page's making and the stream's beginning was told to nobody.
  stream.addEventListener("open", () => { soon(); });
}

showTheme(kept("theme", THEMES));
switches();
showCopies(document);
files();
scrollers();
window.addEventListener("resize", scrollers);
if (window.matchMedia("(max-width: 45rem)").matches) {
  document.querySelector("details.rooms")?.removeAttribute("open");
}
showTimes();
setInterval(showTimes, 5000);
live();
