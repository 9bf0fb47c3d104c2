// A demonstration from its first page to the issued certificate: what to press, whom to be and with what is read off its guide, as a reader
// would; nothing of it is known here. Only the kinds of steps are, in their order.

// What a step quotes, and the card and the PIN it names.
const quoted = (text) => [...text.matchAll(/«([^»]+)»/g)].map((match) => match[1]);
const named = (text, label) => text.match(new RegExp(`${label} (\\d[\\w-]*)`))?.[1];

async function guide(walk, title = "guide-title") {
  const steps = walk.page.locator(`section[aria-labelledby=${title}] ol.guide li`);
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

// The page explains what the browser is asking. Nobody answers a browser without a window: the reader allows it in the site's settings and presses again.
async function allow(walk, press) {
  const explained = walk.page.locator("form [data-when=missing]");
  for (const words of ["/v1/message", "`loopback` address space"]) walk.expect(words);
  await press();
  await explained.waitFor();
  await walk.allowLoopback();
  await press();
  await explained.waitFor({ state: "hidden" });
}

async function goIn(walk, enter, menu, begin = allow) {
  await walk.openTab(enter.link, enter.text);
  await begin(walk, () => walk.press(enter.words[0], "button"));
  await walk.see(...menu.words);
}

// What the client writes to the bank.
const SAID = "Направляю копию Акта приема-передачи.";

// A message with the act of this request beside it, on either side.
async function attached(walk, unz) {
  const sent = walk.page.locator("section.message", { hasText: SAID });
  await sent.locator("a[download]", { hasText: unz }).first().waitFor();
  await walk.see(unz);
}

export const branches = {
  guide: async (walk) => {
    await walk.goto("/demo");
    const first = walk.page;
    const [enter, menu, press, medium, own, send, accepted, desk, letter, act, paper, save, saved, message, attach, read] = await guide(walk);
    let letterAddress;
    let unz;

    await walk.step("00-guide", async () => {
      await walk.look("guide");
      await walk.goto("/demo/letters");
      await walk.look("no-letters");
      await walk.goto("/demo");
      await walk.see(...enter.words);
    });
    await walk.step("01-sign-in", async () => {
      walk.answer("consent yes", "medium 0", `pin ${enter.pin}`, "signing yes");
      await goIn(walk, enter, menu);
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
      [unz] = (await walk.text()).match(/\b[0-9a-f]{14}\b/);
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
    await walk.step("11-paper", async () => {
      const here = walk.page.url();
      const text = await walk.openPaper(paper.words[0]);
      if (!text.includes(unz)) throw new Error(`${unz} is not in the act: ${text}`);
      await walk.press(paper.words[0], "link");
      await walk.page.waitForURL((address) => address.href !== here);
      await walk.page.goBack();
      await walk.see(save.words[0]);
    });
    await walk.step("12-save", async () => {
      walk.answer("consent yes", "signing yes", `pin ${save.pin}`, "success yes");
      await walk.press(save.words[0], "button");
      await walk.see(saved.words[0]);
    });
    await walk.step("13-message", async () => {
      await walk.press(message.words[0], "link");
      await walk.see(`${message.words[1]} ${unz}`);
    });
    await walk.step("14-attach", async () => {
      await walk.fill(attach.words[0], SAID);
      await walk.tick(attach.words[1]);
      await walk.press(attach.words[2], "button");
      await attached(walk, unz);
    });
    await walk.step("15-desk", async () => {
      walk.page = first;
      await walk.openTab(read.link, read.text);
      await walk.press(read.words[0], "link");
      await walk.press(unz, "link");
      await attached(walk, unz);
      await walk.look("desk-message");
    });
    await walk.step("16-read", async () => {
      await walk.press(read.words[1], "button");
      await walk.find(read.words[1], "button").waitFor({ state: "detached" });
      await walk.see(read.words[0], unz);
    });
    await walk.step("17-english", async () => {
      for (const [name, address] of [["guide-en", "/demo"], ["letters-en", "/demo/letters"], ["letter-en", letterAddress]]) {
        await walk.goto(`${address}?lang=en`);
        await walk.look(name);
      }
    });
  },

  // Whoever sits at the terminal of a machine without a display answers there. The browser lets a page of this machine through unasked.
  terminal: async (walk) => {
    await walk.goto("/demo");
    const [enter, menu] = await guide(walk);
    await walk.step("01-sign-in", () => goIn(walk, enter, menu, (_walk, press) => press()));
  },

  // A stranger's order of work, by clicking alone: from the first page to an issued first certificate, and on to the card. How often something was
  // clicked, and how long the person waited for it, come as rows of `cargo xtask bench walks`. The answers in the component's windows stand beside.
  stranger: async (walk) => {
    await walk.goto("/demo");
    const first = walk.page;
    const [form, send, accepted, paper, admit, approve, letter, save] = await guide(walk, "first-title");
    let clicks = 0;
    let waited = 0;
    let windows = 0;
    const row = (name, unit, ours) => console.log(JSON.stringify({ bench: "walks", row: `first issue, ${name}`, unit, ours }));
    const rows = (until) => {
      row(`clicks ${until}`, "clicks", clicks);
      row(`answers in the component's windows ${until}`, "clicks", windows);
      row(`waiting ${until}`, "s", waited / 1000);
    };
    // One click, and the wait until what comes of it is there.
    const click = async (target, come) => {
      await target.waitFor();
      clicks += 1;
      const began = performance.now();
      await target.click();
      await come?.();
      waited += performance.now() - began;
    };
    // The same where the component's windows ask in between.
    const answered = (...lines) => {
      windows += lines.length;
      walk.answer(...lines);
    };
    const tab = (target) => async () => {
      const opened = walk.context.waitForEvent("page");
      await click(target, async () => {
        walk.page = await opened;
        await walk.page.waitForLoadState();
      });
    };

    await walk.step("01-form", async () => {
      await tab(form.link)();
      await walk.see(form.words[1]);
    });
    await walk.step("02-latin", () => click(walk.find(form.words[1], "button"), () => walk.find(send.words[0], "button").waitFor()));
    await walk.step("03-send", async () => {
      answered("consent yes", "medium 2", `new-pins user 12345678 ${save.pin} administrator 87654321 made`, "made-pin yes", "success yes");
      // The second press stands for the answer to the browser's own question.
      await allow(walk, () => click(walk.find(send.words[0], "button")));
      const began = performance.now();
      await walk.see(accepted.words[0]);
      waited += performance.now() - began;
      await walk.untilAsked(`detail: "${send.card}`);
    });
    await walk.step("04-desk", async () => {
      walk.page = first;
      const member = first.locator("section[aria-labelledby=staff-title] form button").last();
      await tab(member)();
      await walk.page.locator("main table a").first().waitFor();
    });
    await walk.step("05-request", () => click(walk.page.locator("main table a").first(), () => walk.page.locator("summary", { hasText: paper.words[0] }).waitFor()));
    await walk.step("06-paper", async () => {
      await click(walk.page.locator("summary", { hasText: paper.words[0] }), () => walk.find(paper.words[0], "button").waitFor());
      await click(walk.find(paper.words[0], "button"), () => walk.find(admit.words[0], "link").waitFor());
    });
    await walk.step("07-admit", async () => {
      await click(walk.find(admit.words[0], "link"), () => walk.find(admit.words[1], "button").waitFor());
      await click(walk.find(admit.words[1], "button"), () => walk.find(approve.words[0], "button").waitFor());
    });
    await walk.step("08-approve", async () => {
      await click(walk.find(approve.words[0], "button"), () => walk.find(approve.words[0], "button").waitFor({ state: "detached" }));
      const began = performance.now();
      const certificate = walk.page.locator("section[aria-labelledby=certificate-title]");
      await walk.until("the certificate on the desk's page", async () => {
        if (await certificate.count()) return true;
        await walk.page.reload();
        return (await certificate.count()) > 0;
      });
      waited += performance.now() - began;
    });
    rows("to an issued certificate");
    if (clicks > 11) throw new Error(`${clicks} clicks`);

    await walk.step("09-letter", async () => {
      walk.page = first;
      await tab(letter.link)();
      const subject = walk.page.locator("main th a", { hasText: letter.words[0] }).first();
      await walk.until("the letter", async () => {
        if (await subject.count()) return true;
        await walk.page.reload();
        return (await subject.count()) > 0;
      });
      await click(subject, () => walk.page.locator("iframe.letter").waitFor());
      const link = walk.page.frameLocator("iframe.letter").getByRole("link").first();
      await click(link, () => walk.see(save.words[0]));
    });
    await walk.step("10-save", async () => {
      answered("consent yes", `pin ${save.pin}`, "success yes");
      await click(walk.find(save.words[0], "button"), () => walk.see("Сертификат успешно сохранен"));
    });
    rows("to the certificate on the card");
  },
};
