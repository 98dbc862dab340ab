// Sets the stage: practice cloud, mail server and service as processes of their own on loopback, in a
// folder that is gone afterwards. Everything is real; nothing outside the machine is asked.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const TARGET = path.resolve(
  process.env.CLAVIGER_TEST_TARGET ?? process.env.CARGO_TARGET_DIR ?? path.join(ROOT, "target"),
);
export const PARTS = path.join(TARGET, "parts/browser");
export const PICTURES = path.join(TARGET, "browser");
const CLAVIGER = process.env.CLAVIGER_TEST_BINARY ?? path.join(TARGET, "debug/claviger");
const PYTHON = process.env.CLAVIGER_TEST_PYTHON ?? path.join(TARGET, "parts/venv/bin/python");

export const PASSWORD = "four quiet made-up words";

// Longest wait for a process to say that it is ready.
const START_MS = 30_000;

// A process that runs until the stage is struck.
class Part {
  constructor(program, args, env = {}) {
    this.name = path.basename(program);
    this.child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.words = [];
    this.out = createInterface({ input: this.child.stdout });
    this.err = createInterface({ input: this.child.stderr });
    this.err.on("line", (line) => { this.words.push(line); });
    this.ended = new Promise((resolve) => { this.child.once("close", resolve); });
    this.child.once("error", (error) => { this.words.push(String(error)); });
  }

  // The first line of a stream that `wanted` takes.
  line(stream, wanted) {
    return new Promise((resolve, reject) => {
      const fail = (why) => {
        reject(new Error(`${this.name} ${why}: ${this.words.join("\n")}`));
      };
      const timer = setTimeout(() => { fail("was not ready in time"); }, START_MS);
      this.ended.then(() => { fail("ended"); });
      stream.on("line", (text) => {
        const found = wanted(text);
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
    });
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGTERM");
    await this.ended;
  }
}

// Runs a program to its end.
export async function run(program, args, env = {}) {
  const part = new Part(program, args, env);
  const lines = [];
  part.out.on("line", (line) => lines.push(line));
  part.child.stdin.end();
  const code = await part.ended;
  return { code, lines, words: part.words.join("\n") };
}

export async function set() {
  const folder = await mkdtemp(path.join(tmpdir(), "claviger-browser-"));
  const parts = [];
  const strike = async () => {
    await Promise.all(parts.map((part) => part.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...await furnished(folder, parts), strike };
  } catch (error) {
    await strike();
    throw error;
  }
}

async function furnished(folder, parts) {
  const start = (program, args, env) => {
    const part = new Part(program, args, env);
    parts.push(part);
    return part;
  };
  const sandbox = start(CLAVIGER, ["sandbox", "--log-interval-ms", "500"]);
  const cloud = await sandbox.line(sandbox.out, (text) => JSON.parse(text));
  const receiver = path.join(ROOT, "crates/notify/fixtures/smtp/receiver.py");
  const mail = start(PYTHON, [receiver, "{}"]);
  const mails = [];
  mail.out.on("line", (text) => { mails.push(JSON.parse(text)); });
  const { port } = await mail.line(mail.out, (text) => JSON.parse(text));
  mails.shift();
  const serve = start(CLAVIGER, [
    "serve", "--listen", "127.0.0.1:0", "--data-dir", path.join(folder, "data"),
    "--allow-network", "127.0.0.0/8",
  ], { CLAVIGER_ADMIN_PASSWORD: PASSWORD, CLAVIGER_LOG_POLL_MS: "250",
    CLAVIGER_TRUSTED_RECIPIENTS: "@example.com" });
  const url = await serve.line(serve.err, (text) => /claviger serves (http:\S+)/.exec(text)?.[1]);
  const made = await run(PYTHON, [
    path.join(ROOT, "tests/browser/furnish.py"), JSON.stringify(cloud),
  ]);
  if (made.code !== 0) throw new Error(`the bucket could not be made: ${made.words}`);
  const leak = JSON.parse(made.lines.at(-1));
  const code = path.join(folder, "shop.git");
  const begun = await run("git", ["init", "--quiet", "--bare", code]);
  if (begun.code !== 0) throw new Error(`the repository could not be made: ${begun.words}`);
  return { code: `git+file://${code}`, cloud, mails, mailPort: port, url, leak };
}

// Somebody downloads an object with a key, from a process of their own. Returns exit code and words.
export function download(stage) {
  const { leak, cloud } = stage;
  const address = `oss://${leak.bucket}/${leak.object}`;
  return run(CLAVIGER, ["fetch", address, "--endpoint", cloud.endpoints.oss], {
    CLAVIGER_FETCH_KEY_ID: leak.id,
    CLAVIGER_FETCH_KEY_SECRET: leak.secret,
  });
}
