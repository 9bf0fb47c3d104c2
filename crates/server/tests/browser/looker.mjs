// What a machine can see of the looks of a page in a browser.

export const COMPUTER = { width: 1280, height: 900 };
const DESKTOP = { width: 1440, height: 900 };
// The narrowest that anybody still has.
const PHONE = { width: 360, height: 740 };

// A function that looks at what the page shows now, in the light theme, in the dark one, and on a phone: a list of [how, what]. `load` brings
// axe-core into the page. The colours of the phone's menu and of a print depend on elements and classes alone: pages that have none but `seen` ones
// are not asked again for these two.
export function looker(page, load, seen = new Set()) {
  const findings = [];
  async function violations(how, options, where = "html") {
    const settings = { resultTypes: ["violations"], preload: false, iframes: false, ...options };
    const found = await page.evaluate(async ([where, settings]) => (await axe.run(where, settings)).violations, [where, settings]);
    for (const { id, help, nodes } of found) {
      findings.push([how, `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`]);
    }
  }
  return async () => {
    const before = page.viewportSize();
    findings.length = 0;
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await load();
    await violations("", {});
    // A letter leaves its colours to whoever shows it, and axe takes every ground that is not named for white.
    const names = await page.evaluate(() => document.styleSheets.length > 0);
    const elements = await page.evaluate(() => [...document.querySelectorAll("body *")].map((it) => `${it.localName}.${it.getAttribute("class")}`));
    const isNew = elements.some((it) => !seen.has(it));
    for (const it of elements) seen.add(it);
    // Nothing but colours depends on the theme.
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    if (names) await violations(", dark", { runOnly: ["color-contrast"] });
    await page.setViewportSize(PHONE);
    for (const what of await page.evaluate(cut)) findings.push([`, at ${PHONE.width} px`, what]);
    if (await page.evaluate(menu, true)) {
      if (isNew) await violations(`, menu at ${PHONE.width} px`, { runOnly: ["color-contrast"] }, "#menu");
      for (const what of await page.evaluate(cut)) findings.push([`, menu at ${PHONE.width} px`, what]);
      await page.evaluate(menu, false);
    }
    await page.setViewportSize(DESKTOP);
    for (const what of await page.evaluate(cut)) findings.push([`, at ${DESKTOP.width} px`, what]);
    await page.setViewportSize(before);
    // Printed while the screen is dark.
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    if (names && isNew) await violations(", printed", { runOnly: ["color-contrast"] });
    for (const what of await page.evaluate(cut)) findings.push([", printed", what]);
    await page.emulateMedia({ media: null, colorScheme: "light", reducedMotion: null });
    return [...findings];
  };
}

// Opens the menu of a phone, or closes it; whether the page has one.
function menu(open) {
  document.querySelector("#menu")?.togglePopover(open);
  return document.querySelector("#menu") !== null;
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
