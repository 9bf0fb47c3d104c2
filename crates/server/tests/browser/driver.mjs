// A real Chromium that a test drives: one JSON command a line on standard input, one JSON answer a line on standard output.
// Arguments: the module of playwright-core, the browser, the folder of the profile, the extension (or "-"), more switches.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [playwright, executablePath, profile, extension, ...switches] = process.argv.slice(2);
const { chromium } = (await import(pathToFileURL(playwright))).default;

const args = ["--no-first-run", "--disable-gpu", ...switches];
// The root of a container has no sandbox to give.
if (process.getuid?.() === 0) args.push("--no-sandbox");
if (extension !== "-") args.push(`--load-extension=${extension}`, `--disable-extensions-except=${extension}`);
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args,
  // Playwright turns extensions off unless it is told not to.
  ignoreDefaultArgs: ["--disable-extensions"],
  env: process.env,
});
const page = context.pages()[0] ?? (await context.newPage());

const commands = {
  goto: async ({ url }) => (await page.goto(url)).status(),
  evaluate: async ({ script }) => (await page.evaluate(`(async () => { ${script} })()`)) ?? null,
  frame: async ({ name, script }) => (await page.frame(name).evaluate(`(async () => { ${script} })()`)) ?? null,
  grant: async ({ permissions, origin }) => (await context.grantPermissions(permissions, { origin })) ?? null,
  clear: async () => (await context.clearPermissions()) ?? null,
};

console.log(JSON.stringify({ ok: "ready" }));
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  let said;
  try {
    said = { ok: await commands[command](rest) };
  } catch (error) {
    said = { error: String(error) };
  }
  console.log(JSON.stringify(said));
}
await context.close();
