// Many pages in one real Chromium, each on a computer in the light theme, in the dark one, and on a phone: axe-core finds no violation
// and no text is cut. Argument: a JSON file with the modules, the folder of static files and `pages`, a list of [name, file].
// Every finding is a line on standard output; the last line is `N pages, N findings`.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

import { COMPUTER, looker } from "./looker.mjs";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { chromium } = (await import(pathToFileURL(given.playwright))).default;

const TYPES = { css: "text/css", js: "text/javascript", svg: "image/svg+xml", html: "text/html" };

// Where a page's parts are; a server of its own, because the browser then keeps what every page has.
const place = (path) => {
  if (path === "/axe.js") return given.axe;
  return path.startsWith("/static/") ? join(given.static, basename(path)) : given.pages[Number(path.slice(1))]?.[1];
};
const server = createServer(({ url }, answer) => {
  const file = place(url.split("?")[0]);
  if (!file || !existsSync(file)) return answer.writeHead(404).end();
  const type = `${TYPES[file.split(".").pop()]}; charset=utf-8`;
  answer.writeHead(200, { "Content-Type": type, "Cache-Control": "max-age=3600" }).end(readFileSync(file));
});
await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
const origin = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: given.browser,
  args: ["--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
});

let findings = 0;
const tell = (name, what) => {
  findings += 1;
  console.log(`${name}: ${what}`);
};

const waiting = given.pages.entries();
const seen = new Set();
// Windows beside each other take what is left, page by page.
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    const page = await (await browser.newContext()).newPage();
    const lookAt = looker(page, () => page.addScriptTag({ url: `${origin}/axe.js` }), seen);
    for (const [number, [name]] of waiting) {
      await page.setViewportSize(COMPUTER);
      await page.goto(`${origin}/${number}`);
      for (const [how, what] of await lookAt()) tell(`${name}${how}`, what);
    }
  }),
);
await browser.close();
server.close();
console.log(`${given.pages.length} pages, ${findings} findings`);
