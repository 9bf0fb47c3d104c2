// A demonstration from its first page to the issued certificate: what to press, whom to be and with what is read off its guide, as a reader
// would; nothing of it is known here. Only the kinds of steps are, in their order.

// What a step quotes, and the card and the PIN it names.
const quoted = (text) => [...text.matchAll(/«([^»]+)»/g)].map((match) => match[1]);
const named = (text, label) => text.match(new RegExp(`${label} ([\\w-]+)`))?.[1];

async function guide(walk) {
  const steps = walk.page.locator("ol.guide li");
  const texts = await steps.allInnerTexts();
  return texts.map((text, at) => ({ text, words: quoted(text), card: named(text, "смарт-ключ"), pin: named(text, "PIN-код"), link: steps.nth(at).getByRole("link") }));
}

// Label and value of the first member of staff, as they stand now.
async function signIn(page) {
  const place = page.locator("section[aria-labelledby=staff-title] dl").first();
  const labels = (await place.locator("dt").allInnerTexts()).slice(1);
  const values = await place.locator("dd code").allInnerTexts();
  return labels.map((label, at) => [label, values[at]]);
}

export const branches = {
  guide: async (walk) => {
    await walk.goto("/demo");
    const first = walk.page;
    const [enter, menu, press, medium, own, send, accepted, desk, letter, act, save, saved] = await guide(walk);
    let letterAddress;

    await walk.step("00-guide", async () => {
      await walk.look("guide");
      await walk.goto("/demo/letters");
      await walk.look("no-letters");
      await walk.goto("/demo");
      await walk.see(...enter.words);
    });
    await walk.step("01-sign-in", async () => {
      walk.answer("consent yes", "medium 0", `pin ${enter.pin}`, "signing yes");
      await walk.openTab(enter.link, enter.text);
      // The page explains what the browser is asking; the answer is yes, and it goes on by itself.
      await walk.press(enter.words[0], "button");
      const explained = walk.page.locator("form [data-when=missing]");
      await explained.waitFor();
      await walk.allowLoopback();
      await explained.waitFor({ state: "hidden" });
      await walk.see(...menu.words);
    });
    await walk.step("02-menu", async () => {
      await walk.press(menu.words[0], "link");
      await walk.press(menu.words[1], "link");
      await walk.see(press.words[0]);
    });
    await walk.step("03-begin", async () => {
      await walk.press(press.words[0], "link");
      await walk.see(medium.words[0]);
    });
    await walk.step("04-medium", async () => {
      await walk.choose(medium.words[0], medium.words[1]);
      await walk.press(medium.words[2], "button");
      await walk.see(own.words[0]);
    });
    await walk.step("05-own", async () => {
      await walk.press(own.words[1], "button");
      await walk.see(send.words[0]);
    });
    await walk.step("06-send", async () => {
      walk.answer("consent yes", "medium 0", `pin ${send.pin}`, "signing yes", "success yes");
      await walk.press(send.words[0], "button");
      await walk.see(accepted.words[0]);
      await walk.untilAsked(`detail: "${send.card}`);
    });
    await walk.step("07-desk", async () => {
      walk.page = first;
      await walk.openTab(desk.link, desk.text);
      for (const [label, value] of await signIn(first)) await walk.fill(label, value);
      await walk.activate(walk.page.locator("main form[aria-labelledby=password-title] button"), "the button that signs in");
      const request = walk.page.locator("main table a").first();
      await request.waitFor();
      await walk.activate(request, "the request");
      await walk.press(desk.words[0], "button");
      await walk.find(desk.words[0], "button").waitFor({ state: "detached" });
    });
    await walk.step("08-letters", async () => {
      walk.page = first;
      await walk.openTab(letter.link, letter.text);
      const subject = walk.page.locator("main th a", { hasText: letter.words[0] }).first();
      // The button under the list, until the letter has come.
      await walk.until("the letter", async () => {
        if (await subject.count()) return true;
        await walk.activate(walk.page.locator("main .actions a"), "the button that looks for letters");
        await walk.page.waitForLoadState();
        return (await subject.count()) > 0;
      });
      await walk.look("letters");
      await walk.activate(subject, letter.words[0]);
      await walk.page.locator("iframe.letter").waitFor();
      letterAddress = new URL(walk.page.url()).pathname;
      await walk.look("letter");
    });
    await walk.step("09-letter", async () => {
      const link = walk.page.frameLocator("iframe.letter").getByRole("link").first();
      await link.waitFor();
      // Of the walk's own look at where the focus is: the letter has no script, and the step before saw none blocked.
      walk.expect("Blocked script execution");
      await walk.activate(link, "the link of the letter");
      await walk.see(act.words[0]);
    });
    await walk.step("10-act", async () => {
      walk.answer("consent yes", "signing yes", `pin ${act.pin}`, "success yes");
      await walk.press(act.words[0], "button");
      await walk.see(save.words[0]);
    });
    await walk.step("11-save", async () => {
      walk.answer("consent yes", "signing yes", `pin ${save.pin}`, "success yes");
      await walk.press(save.words[0], "button");
      await walk.see(saved.words[0]);
    });
    await walk.step("12-english", async () => {
      for (const [name, address] of [["guide-en", "/demo"], ["letters-en", "/demo/letters"], ["letter-en", letterAddress]]) {
        await walk.goto(`${address}?lang=en`);
        await walk.look(name);
      }
    });
  },
};
