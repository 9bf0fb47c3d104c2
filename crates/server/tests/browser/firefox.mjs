// A real Firefox that a test drives: one JSON command a line on standard input, one JSON answer a line on standard output, like driver.mjs.
// Arguments: geckodriver, the browser, the extension, which is there until the browser ends.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [geckodriver, binary, extension] = process.argv.slice(2);
// A person may be asked for minutes.
const SCRIPT_MS = 300000;

const driver = spawn(geckodriver, ["--host", "127.0.0.1", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"], env: process.env });
// However this ends, nothing of it stays behind.
process.on("exit", () => driver.kill());
let address;
for await (const line of createInterface({ input: driver.stdout })) {
  address = /Listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
  if (address) break;
}
driver.stdout.resume();

async function call(method, path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`http://${address}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
  return value;
}

const opened = await call("POST", "/session", {
  capabilities: { alwaysMatch: { browserName: "firefox", "moz:firefoxOptions": { binary, args: ["-headless"] }, timeouts: { script: SCRIPT_MS } } },
});
const session = `/session/${opened.sessionId}`;
// Temporary: a copy that nobody signed is taken in no other way.
await call("POST", `${session}/moz/addon/install`, { path: extension, temporary: true });

const run = (script) => call("POST", `${session}/execute/sync`, { script: `return (async () => { ${script} })()`, args: [] });
const commands = {
  goto: async ({ url }) => {
    await call("POST", `${session}/url`, { url });
    return run("return performance.getEntriesByType('navigation')[0].responseStatus");
  },
  evaluate: ({ script }) => run(script),
  version: () => `${opened.capabilities.browserName} ${opened.capabilities.browserVersion}`,
};

console.log(JSON.stringify({ ok: "ready" }));
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  let said;
  try {
    said = { ok: (await commands[command](rest)) ?? null };
  } catch (error) {
    said = { error: String(error) };
  }
  console.log(JSON.stringify(said));
}
await call("DELETE", session);
process.exit();
