// Many pages in one real Chromium, each on a computer in the light theme, in the dark one, and on a phone: axe-core finds no violation
// and no text is cut. Argument: a JSON file with the modules, the folder of static files and `pages`, a list of [name, file].
// Every finding is a line on standard output; the last line is `N pages, N findings`.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { chromium } = (await import(pathToFileURL(given.playwright))).default;
const axe = readFileSync(given.axe, "utf8");

const ORIGIN = "http://pages.test";
const COMPUTER = { width: 1280, height: 900 };
// The narrowest that anybody still has.
const PHONE = { width: 360, height: 740 };
const TYPES = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

const browser = await chromium.launch({
  executablePath: given.browser,
  args: ["--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
});
const page = await browser.newPage();
await page.route("**/*", (route) => {
  const path = new URL(route.request().url()).pathname;
  if (path.startsWith("/static/")) {
    const file = join(given.static, basename(path));
    return existsSync(file) ? route.fulfill({ path: file, contentType: TYPES[file.split(".").pop()] }) : route.fulfill({ status: 404 });
  }
  const file = given.pages[Number(path.slice(1))]?.[1];
  return file ? route.fulfill({ path: file, contentType: "text/html; charset=utf-8" }) : route.fulfill({ status: 404 });
});

let findings = 0;
const tell = (name, what) => {
  findings += 1;
  console.log(`${name}: ${what}`);
};

async function violations(name, options) {
  const found = await page.evaluate(async (options) => (await axe.run(document, options)).violations, { resultTypes: ["violations"], preload: false, ...options });
  for (const { id, help, nodes } of found) tell(name, `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`);
}

// Text that stands outside the window or outside of what its surroundings show.
function cut() {
  const found = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const isForEars = (element) => {
    for (let around = element; around !== document.body; around = around.parentElement) if (around.offsetWidth === 1) return true;
    return false;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = node.textContent.trim();
    const parent = node.parentElement;
    if (!words || !parent.checkVisibility({ visibilityProperty: true })) continue;
    // What comes only with the focus, and what is there for ears alone.
    if (parent.closest(".skip, option, noscript, script, style") || isForEars(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.right > width + 1 || box.left < -1) {
        found.push(`outside the window: ${words.slice(0, 60)}`);
        break;
      }
      const hides = (element) => ["hidden", "clip", "auto", "scroll"].includes(getComputedStyle(element).overflowX);
      let around = parent;
      while (around && around !== document.body && !hides(around)) around = around.parentElement;
      if (around && around !== document.body) {
        const edge = around.getBoundingClientRect();
        if (box.right > edge.right + 1 || box.left < edge.left - 1) {
          found.push(`cut: ${words.slice(0, 60)}`);
          break;
        }
      }
    }
  }
  for (const field of document.querySelectorAll("button, select, input:not([type=hidden]), textarea")) {
    const box = field.getBoundingClientRect();
    if (box.width && (box.right > width + 1 || box.left < -1)) found.push(`outside the window: ${field.outerHTML.slice(0, 80)}`);
    if (field.matches("button") && field.scrollWidth > field.clientWidth + 1) found.push(`cut: ${field.innerText.slice(0, 60)}`);
  }
  return found;
}

for (const [number, [name]] of given.pages.entries()) {
  await page.setViewportSize(COMPUTER);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(`${ORIGIN}/${number}`);
  await page.evaluate(axe);
  await violations(name, {});
  // Nothing but colours depends on the theme.
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await violations(`${name}, dark`, { runOnly: ["color-contrast"] });
  await page.setViewportSize(PHONE);
  for (const what of await page.evaluate(cut)) tell(`${name}, at ${PHONE.width} px`, what);
}
await browser.close();
console.log(`${given.pages.length} pages, ${findings} findings`);
