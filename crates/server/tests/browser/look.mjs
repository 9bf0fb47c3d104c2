// Many pages in one real Chromium, each on a computer in the light theme, in the dark one, and on a phone: axe-core finds no violation
// and no text is cut. Argument: a JSON file with the modules, the folder of static files and `pages`, a list of [name, file].
// Every finding is a line on standard output; the last line is `N pages, N findings`.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

import { COMPUTER, looker } from "./looker.mjs";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { chromium } = (await import(pathToFileURL(given.playwright))).default;

const ORIGIN = "http://pages.test";
const TYPES = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

const browser = await chromium.launch({
  executablePath: given.browser,
  args: ["--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
});
const serve = (route) => {
  const path = new URL(route.request().url()).pathname;
  if (path.startsWith("/static/")) {
    const file = join(given.static, basename(path));
    return existsSync(file) ? route.fulfill({ path: file, contentType: TYPES[file.split(".").pop()] }) : route.fulfill({ status: 404 });
  }
  const file = given.pages[Number(path.slice(1))]?.[1];
  return file ? route.fulfill({ path: file, contentType: "text/html; charset=utf-8" }) : route.fulfill({ status: 404 });
};

let findings = 0;
const tell = (name, what) => {
  findings += 1;
  console.log(`${name}: ${what}`);
};

const axe = readFileSync(given.axe, "utf8");
const waiting = given.pages.entries();
const seen = new Set();
// Windows beside each other take what is left, page by page.
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    const page = await (await browser.newContext()).newPage();
    await page.route("**/*", serve);
    const lookAt = looker(page, axe, seen);
    for (const [number, [name]] of waiting) {
      await page.setViewportSize(COMPUTER);
      await page.goto(`${ORIGIN}/${number}`);
      for (const [how, what] of await lookAt()) tell(`${name}${how}`, what);
    }
  }),
);
await browser.close();
console.log(`${given.pages.length} pages, ${findings} findings`);
