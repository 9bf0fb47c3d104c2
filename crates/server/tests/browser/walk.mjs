// One branch of a walk through a bank's manual, in a real Chromium. The walk itself is data of its procedure: `tests/walks/NAME/walk.mjs`
// exports `branches`, each a function of the `Walk` below. Argument: a JSON file with what the test made (see `walks.rs`). The walk through the
// demonstration is `guide.mjs` (see `demo.rs`).
//
// Every step leaves a picture and its visible text in the folder of the branch, and one line on standard output. A step fails with what it
// did not find, with an error on the console of any page, and with an exception of a page's script. The last line is `N passed, N failed`.
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { decoded } from "./letter.mjs";
import { looker } from "./looker.mjs";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { chromium } = (await import(pathToFileURL(given.playwright))).default;
const { branches } = await import(pathToFileURL(given.walk));

// A machine that is ten times slower still gets there.
const PATIENCE = Number(process.env.SURGUCH_TEST_PATIENCE_MS ?? 180_000);
const LOOK_AGAIN = 100;
// More than any page has places where the keyboard stops.
const MOST_TABS = 120;
// Dots per inch of a picture of a step, and of a scanner.
const A4_DOTS = "100";
const SCAN_DOTS = "150";

// The component's own windows: by the name of their question, what they say when they are due, and how a person answers them.
const SUCCESS = ["Ключ создан, запрос подписан", "Акт подписан", "Сертификат успешно сохранен на смарт-ключ"];
const WINDOWS = {
  consent: { says: ["Разрешить действие на этом компьютере?"], yes: (hands) => hands.press("Разрешить") },
  medium: {
    says: ["Укажите место хранения сертификата"],
    async 0(hands) {
      await hands.press("Смарт-ключ");
      await hands.press("Далее");
    },
  },
  pin: {
    says: ["Введите PIN-код"],
    async PIN(hands) {
      await hands.enter("Введите PIN-код", given.pin);
      await hands.press("OK");
    },
  },
  signing: {
    says: ["Подтверждение подписи"],
    // A long text can be signed after its last page.
    async yes(hands) {
      while (hands.shown.at(-1).includes("Подписать можно после просмотра последней страницы")) await hands.turn("Next");
      await hands.press("Подписать");
    },
    decline: (hands) => hands.press("Отказаться"),
  },
  success: { says: SUCCESS, yes: (hands) => hands.press("OK") },
};

// A person at these windows. The test that began this walk moves the hands: a line for each deed, a line for what came of it.
class Hands {
  shown = [];
  pictures = 0;
  answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

  async tell(deed) {
    console.log(`hands: ${JSON.stringify(deed)}`);
    const { text, error } = JSON.parse((await this.answers.next()).value);
    if (error) throw new Error(error);
    return text;
  }

  async read(says, step) {
    this.pictures += 1;
    this.shown.push(await this.tell({ do: "read", says, picture: join(given.out, `${step}-window-${this.pictures}.png`) }));
  }

  press(name) {
    return this.tell({ do: "press", name });
  }

  enter(field, text) {
    return this.tell({ do: "enter", field, text });
  }

  async turn(key) {
    this.shown.push(await this.tell({ do: "turn", key }));
  }

  // Answers one window after another.
  async answer(lines, step) {
    for (const line of lines) {
      const [question, answer] = line.split(" ");
      await this.read(WINDOWS[question].says, step);
      await WINDOWS[question][answer](this);
    }
  }
}

const single = (text) => text.replace(/\s+/g, " ").trim();
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Six digits of a second device (RFC 6238) at this moment.
function codeOf(secret, milliseconds) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(milliseconds / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, "0");
}

async function until(what, found) {
  for (const began = Date.now(); Date.now() - began < PATIENCE; await sleep(LOOK_AGAIN)) {
    const result = await found();
    if (result) return result;
  }
  throw new Error(`waited in vain: ${await what()}`);
}

class Walk {
  given = given;
  // Where the component writes down what it asks.
  questions = `${given.script}.asked`;
  changed = `${given.script}.changed`;
  passed = 0;
  failed = 0;
  // What came beside the page in this step: letters, papers.
  beside = [];
  errors = [];
  expected = new Set();
  paper = null;
  // How long the list of the component's questions was when this step began.
  asked = 0;
  // Whoever answers the component's own windows, where a branch has them; what they are at, and what went wrong with it.
  hands = given.windows ? new Hands() : null;
  answering = null;
  clumsy = null;
  // Cookies by whose computer they are on, of those where nobody sits now.
  seats = {};
  seat = "client";

  constructor(context) {
    this.context = context;
    context.setDefaultTimeout(PATIENCE);
    context.on("console", (message) => message.type() === "error" && this.errors.push(`${message.text()} ${message.location().url}`));
    context.on("weberror", (error) => this.errors.push(String(error.error())));
  }

  // One numbered step of the manual: `name` is the number and a word.
  async step(name, action) {
    let trouble;
    this.name = name;
    try {
      await action();
      await this.answering;
      if (this.clumsy) throw this.clumsy;
    } catch (error) {
      trouble = error;
    }
    const wrong = this.errors.filter((text) => ![...this.expected].some((words) => text.includes(words)));
    this.errors = [];
    this.expected.clear();
    if (!trouble && wrong.length) trouble = new Error(`errors on the console: ${wrong.join("; ")}`);
    await this.keep(name);
    if (trouble) {
      this.failed += 1;
      console.log(`${given.branch}: ${name}: FAILED: ${trouble.message}`);
      throw trouble;
    }
    this.passed += 1;
    console.log(`${given.branch}: ${name}: ok`);
  }

  async keep(name) {
    const file = join(given.out, name);
    if (this.paper) writeFileSync(`${file}.png`, this.paper);
    else await this.page.screenshot({ path: `${file}.png`, fullPage: true });
    const page = this.paper ? [] : [this.page.url().replace(/code=[0-9a-f]+/, "code=…"), await this.text()];
    writeFileSync(`${file}.txt`, [...page, ...this.beside, ...this.windows()].join("\n\n") + "\n");
    this.beside = [];
    this.paper = null;
  }

  // What the component's windows showed in this step.
  windows() {
    if (this.hands) {
      const shown = this.hands.shown.splice(0).map((text) => `--- window of the component ---\n${text.trim()}`);
      this.hands.pictures = 0;
      return shown;
    }
    const all = existsSync(this.questions) ? readFileSync(this.questions, "utf8") : "";
    const here = all.slice(this.asked);
    this.asked = all.length;
    return here ? [`--- windows of the component ---\n${here.replaceAll("\\n", "\n").trim()}`] : [];
  }

  text() {
    return this.page.evaluate(() => document.body?.innerText ?? "").catch(() => "");
  }

  async goto(path) {
    await this.page.goto(given.url + path);
  }

  // What Chromium itself reports on the console as an error in this step, and that is right here: a status, or words.
  expect(what) {
    this.expected.add(typeof what === "number" ? `status of ${what} ` : what);
  }

  // The page says all of this, in whatever lines. It need not yet; a note of trouble that nobody expected ends the wait.
  async see(...wanted) {
    let text = "";
    await until(() => `${JSON.stringify(wanted.filter((words) => !text.includes(single(words))))} in ${text}`, async () => {
      text = single(await this.text());
      if (wanted.every((words) => text.includes(single(words)))) return true;
      if (this.clumsy) throw this.clumsy;
      const trouble = await this.page.locator("form [data-when]:not([data-when=working]):visible").allInnerTexts().catch(() => []);
      // It may have come since the page was read.
      if (trouble.length) text = single(await this.text());
      if (trouble.length && !wanted.every((words) => text.includes(single(words)))) throw new Error(`the page says ${trouble.join(" ")}\n${this.windows().join("\n")}`);
      return false;
    });
  }

  // A link or a button by its exact words; or one named in `role`.
  find(words, role) {
    const named = (role) => this.page.getByRole(role, { name: words, exact: true });
    return (role ? named(role) : named("link").or(named("button"))).first();
  }

  press(words, role) {
    return this.activate(this.find(words, role), words);
  }

  async activate(target, words) {
    if (given.keyboard) {
      await this.tabTo(target, words);
      await this.page.keyboard.press("Enter");
    } else {
      await target.click();
    }
  }

  // A checkbox by its label, on the page or in a part of it.
  async tick(words, part = this.page) {
    const target = part.getByLabel(words);
    if (given.keyboard) {
      await this.tabTo(target, words);
      await this.page.keyboard.press("Space");
    } else {
      await target.check();
    }
  }

  // An option of a list, both by their words.
  async choose(label, option) {
    const list = this.page.getByLabel(label, { exact: true });
    if (given.keyboard) {
      await this.tabTo(list, label);
      await this.page.keyboard.type(option);
    } else {
      await list.selectOption({ label: option });
    }
    const chosen = await list.evaluate((list) => list.selectedOptions[0].label);
    if (chosen !== option) throw new Error(`${chosen} is chosen, not ${option}`);
  }

  async fill(label, value) {
    const field = this.page.getByLabel(label, { exact: true });
    if (given.keyboard) {
      await this.tabTo(field, label);
      await this.page.keyboard.press("Control+a");
      await this.page.keyboard.type(value);
    } else {
      await field.fill(value);
    }
  }

  // As somebody without a mouse: from where the focus is to `target`, and where it stops is to be seen.
  async tabTo(target, words) {
    await target.waitFor();
    const wanted = await target.elementHandle();
    const frame = await wanted.ownerFrame();
    for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
      await this.page.keyboard.press("Tab");
      const [isThere, isSeen, what] = await frame.evaluate((wanted) => {
        const here = document.activeElement;
        const style = getComputedStyle(here);
        const isSeen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
        return [here === wanted, here === document.body || isSeen, here.outerHTML.slice(0, 120)];
      }, wanted);
      if (!isSeen) throw new Error(`the focus is not to be seen on ${what}`);
      if (isThere) return;
    }
    throw new Error(`the keyboard does not come to ${words}`);
  }

  // The answers of the person in the component's next windows.
  answer(...lines) {
    if (this.hands) {
      this.answering = this.hands.answer(lines, this.name).catch((error) => (this.clumsy = error));
      return;
    }
    rmSync(this.changed, { force: true });
    writeFileSync(given.script, lines.join("\n").replaceAll("PIN", given.pin));
  }

  // The component's windows said all of this in this step. Where a script stands in the person's place no window is shown.
  async showed(...wanted) {
    if (!this.hands) return;
    await this.answering;
    const text = single(this.hands.shown.join(" "));
    const missing = wanted.filter((words) => !text.includes(single(words)));
    if (missing.length) throw new Error(`${JSON.stringify(missing)} in no window: ${text}`);
  }

  // Waits until the component's questions in this step have these words.
  untilAsked(words) {
    const asked = () => (existsSync(this.questions) ? readFileSync(this.questions, "utf8").slice(this.asked) : "");
    return until(() => `the question ${words}; there are ${asked()}`, () => asked().includes(words));
  }

  // The card that the walk calls so goes in, whatever was in before comes out.
  insert(name) {
    for (const [other, serial] of Object.entries(given.cards)) {
      execFileSync(given.softtoken, ["card", other === name ? "replug" : "unplug", serial], { env: process.env });
    }
  }

  // `card when CHANGED` among the answers waits for this.
  change() {
    writeFileSync(this.changed, "");
  }

  // The person's answer to the browser's own question.
  allowLoopback() {
    return this.context.grantPermissions(["local-network-access"], { origin: given.url });
  }

  // A part of the page that is folded away.
  async unfold(words) {
    await this.activate(this.page.locator("summary", { hasText: words }).first(), words);
  }

  // Somebody of this bank in a tab of their own, by password and second device. The role is the name for sign-in.
  async signInAtDesk(to, role = "operator") {
    this.page = await this.context.newPage();
    await this.goto(to);
    await this.fill("Имя для входа", role);
    await this.fill("Пароль", given.desk.password);
    await this.fill("Код", codeOf(given.desk.secrets[role], given.clock ? Number(readFileSync(given.clock, "utf8")) : Date.now()));
    await this.press("Войти", "button");
  }

  // A tab that is open already. What is behind another one is not painted.
  async turnTo(page) {
    this.page = page;
    await page.bringToFront();
  }

  // Another person's computer: the cookies are theirs, as they left them. The walk begins at the client's.
  async sitDownAt(seat) {
    this.seats[this.seat] = await this.context.cookies();
    this.seat = seat;
    await this.context.clearCookies();
    await this.context.addCookies(this.seats[seat] ?? []);
  }

  // A link that opens a tab of its own.
  async openTab(target, words) {
    const opened = this.context.waitForEvent("page");
    await this.activate(target, words);
    this.page = await opened;
    await this.page.waitForLoadState();
  }

  // The page as it is now: accessible in both themes, whole on a phone. Its source goes to the folder `html`, for the checker of HTML.
  async look(name) {
    const answer = await this.context.request.get(this.page.url());
    writeFileSync(join(given.out, "html", `${name}.html`), await answer.body());
    const found = await looker(this.page, () => this.page.evaluate(readFileSync(given.axe, "utf8")))();
    if (found.length) throw new Error(found.map(([how, what]) => `${name}${how}: ${what}`).join("\n"));
  }

  // The tab is closed, as a person closes it; another one is opened.
  async reopen(address) {
    const closed = this.page;
    this.page = await this.context.newPage();
    await closed.close();
    await this.page.goto(new URL(address, given.url).href);
  }

  // A call of the API by one of the bank's staff.
  async api(method, path, body, who = "operator") {
    const headers = { Authorization: `Bearer ${given[who]}`, "Content-Type": "application/json" };
    const answer = await fetch(given.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  // The one request there is, as the desk first had it in its queue.
  async request() {
    this.id ??= (await this.api("GET", "/api/v1/desk/requests")).requests[0].id;
    return this.id;
  }

  async card() {
    return this.api("GET", `/api/v1/desk/requests/${await this.request()}`);
  }

  // The bank's yes, by its other door; what an operator sees is in the main branch.
  async approve() {
    const { id, version } = await this.card();
    await this.api("POST", `/api/v1/desk/requests/${id}/approve`, { version });
  }

  async stage(wanted) {
    let stage;
    await until(() => `the stage ${wanted}, it is ${stage}`, async () => (stage = (await this.card()).stage) === wanted);
  }

  until(what, found) {
    return until(() => what, found);
  }

  letters() {
    const files = existsSync(given.mailbox) ? readdirSync(given.mailbox).filter((name) => name.endsWith(".eml")) : [];
    return files.map((name) => ({ file: join(given.mailbox, name), ...decoded(readFileSync(join(given.mailbox, name))) }));
  }

  // A letter whose text fits, once it has come.
  letter(fits) {
    const all = () => `a letter; there are ${JSON.stringify(this.letters().map((letter) => letter.text))}`;
    return until(all, () => this.letters().find((letter) => fits(letter.text)));
  }

  // In a tab of its own, as a mail program of the web shows it. A link in it opens in that tab.
  async openLetter(letter) {
    this.page = await this.context.newPage();
    const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const plain = escape(letter.text).replace(/https?:\/\/\S+/g, (link) => `<a href="${link}">${link}</a>`);
    const html = letter.html ?? `<pre style="white-space: pre-wrap">${plain}</pre>`;
    await this.page.setContent(html);
    this.beside.push(`--- letter ---\nTo: ${letter.to}\nSubject: ${letter.subject}\n\n${letter.text}`);
  }

  // A link of the letter by its words.
  async followLetter(words) {
    await this.press(words, "link");
    await this.page.waitForLoadState();
  }

  // A link that leads to a paper: as a page of its own, or a PDF, whose first sheet is the picture of the step.
  async openPaper(words) {
    const link = this.find(words, "link");
    const address = new URL(await link.getAttribute("href"), this.page.url()).href;
    const answer = await this.context.request.get(address);
    if (!answer.ok()) throw new Error(`${words}: ${answer.status()}`);
    if (!answer.headers()["content-type"].startsWith("application/pdf")) {
      await this.press(words, "link");
      await this.page.waitForURL(address);
      return single(await this.text());
    }
    const file = join(given.out, "paper.pdf");
    writeFileSync(file, await answer.body());
    const text = execFileSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" });
    this.paper = execFileSync("pdftoppm", ["-png", "-r", A4_DOTS, "-f", "1", "-l", "1", file]);
    this.beside.push(`--- paper ---\n${text}`);
    return single(text);
  }

  // The first sheet of the paper that was opened last, as a scanner gives it: the name of a picture.
  scanned() {
    const picture = join(given.out, "scan");
    execFileSync("pdftoppm", ["-jpeg", "-r", SCAN_DOTS, "-f", "1", "-l", "1", "-singlefile", join(given.out, "paper.pdf"), picture]);
    return `${picture}.jpg`;
  }

  // From now on no letter goes out: the mail server says "later" to each, or the folder they land in is not there.
  stopMail() {
    if (given.by_smtp) writeFileSync(join(given.mailbox, "answers"), "451 4.3.0 come back later\n".repeat(10_000));
    else renameSync(given.mailbox, `${given.mailbox}.away`);
  }

  resumeMail() {
    if (given.by_smtp) rmSync(join(given.mailbox, "answers"));
    else renameSync(`${given.mailbox}.away`, given.mailbox);
  }

  // The bank's clock goes on by so many minutes.
  moveClock(minutes) {
    const beside = `${given.clock}.new`;
    writeFileSync(beside, String(Number(readFileSync(given.clock, "utf8")) + minutes * 60_000));
    renameSync(beside, given.clock);
  }
}

mkdirSync(given.out, { recursive: true });
for (const entry of readdirSync(given.out, { withFileTypes: true })) if (entry.isFile()) rmSync(join(given.out, entry.name));
rmSync(join(given.out, "html"), { recursive: true, force: true });
if (given.axe) mkdirSync(join(given.out, "html"));
const args = ["--no-first-run", "--disable-gpu"];
if (given.extension) args.push(`--load-extension=${given.extension}`, `--disable-extensions-except=${given.extension}`);
// The page counts as one from the wide net, as a bank's does: its reach for this machine is asked about.
if (given.public) args.push(`--ip-address-space-overrides=${new URL(given.url).host}=public`);
// The root of a container has no sandbox to give.
if (process.getuid?.() === 0) args.push("--no-sandbox");
const context = await chromium.launchPersistentContext(given.profile, {
  executablePath: given.browser,
  headless: true,
  locale: "ru-RU",
  viewport: { width: 1280, height: 800 },
  args,
  // Playwright turns extensions off unless it is told not to.
  ignoreDefaultArgs: ["--disable-extensions"],
  env: process.env,
});
const walk = new Walk(context);
walk.page = context.pages()[0] ?? (await context.newPage());
try {
  await branches[given.branch](walk);
} catch (error) {
  // A step has said so already; what lies between steps has not.
  if (walk.failed === 0) {
    walk.failed += 1;
    console.log(`${given.branch}: FAILED: ${error.stack}`);
  }
}
// What a page said when no step was to come any more.
if (walk.failed === 0 && walk.errors.length) {
  walk.failed += 1;
  console.log(`${given.branch}: FAILED: errors on the console after the last step: ${walk.errors.join("; ")}`);
}
await context.close();
// Nobody answers any more.
if (walk.hands) process.stdin.destroy();
console.log(`${walk.passed} passed, ${walk.failed} failed`);
process.exitCode = walk.failed === 0 && walk.passed > 0 ? 0 : 1;
