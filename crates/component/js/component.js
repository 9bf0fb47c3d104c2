// For pages of a bank: finds the component on this computer, says what is missing, hands it tickets. No dependency, no global.
// Types: component.d.ts. What travels is described by the schema of the component's manual.

const VERSION = 1;
const HELLO_MS = 4000;
const PRESENCE_MS = 700;
const ANSWER_MS = 600000;
export const LOOPBACK_PORT = 27817;

const secret = crypto.getRandomValues(new Uint8Array(32));
const hex = (octets) => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");

/** SHA-256 of this page's session secret: goes into the request for a ticket. The secret goes to the component alone. */
export async function session() {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", secret)));
}

/** Something that was not done; `code` is stable. */
export class Refusal extends Error {
  constructor(code, detail, nonce) {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
    this.detail = detail;
    this.nonce = nonce;
  }
}

/** What is missing, by name, with what helps. */
const FIXES = {
  ru: {
    extension: "Установите расширение «Сургуч: компонент безопасности» и обновите страницу.",
    host: "Установите компонент безопасности и выполните в нём «install», затем обновите страницу.",
    site: "Этому сайту запрещено обращаться к компоненту на этом компьютере. Обратитесь к тому, кто его настраивает.",
    driver: "Установите драйвер смарт-ключа с сайта его изготовителя.",
    token: "Вставьте смарт-ключ.",
    permission: "Браузер спросит, можно ли сайту обращаться к программам на этом компьютере. Так страница говорит с компонентом безопасности: ответьте «Разрешить».",
    "permission-denied": "Браузеру запрещено обращаться к программам на этом компьютере. Разрешите это в настройках сайта (значок слева от адреса) и обновите страницу.",
    listener: "Компонент безопасности не отвечает. Запустите его и обновите страницу.",
  },
  en: {
    extension: "Install the extension “Сургуч: компонент безопасности” and reload the page.",
    host: "Install the security component, run its “install”, and reload the page.",
    site: "This site may not use the component on this computer. Ask whoever looks after it.",
    driver: "Install the driver of your smart key from its maker.",
    token: "Insert the smart key.",
    permission: "The browser will ask whether this site may reach programs on this computer. That is how the page talks to the security component: answer “Allow”.",
    "permission-denied": "The browser may not reach programs on this computer for this site. Allow it in the site settings (left of the address) and reload the page.",
    listener: "The security component does not answer. Start it and reload the page.",
  },
};

function language(options) {
  const asked = options.language ?? document.documentElement.lang ?? "ru";
  return asked.startsWith("en") ? "en" : "ru";
}

let counter = 0;
const nextId = () => `${Date.now().toString(36)}-${(counter += 1)}`;

// --- over the extension

const waiting = new Map();
let listening = false;

function listen() {
  if (listening) return;
  listening = true;
  window.addEventListener("message", (event) => {
    if (event.source !== window || event.origin !== window.location.origin) return;
    if (event.data === null || typeof event.data !== "object" || event.data.surguch !== "to-page") return;
    const message = event.data.message;
    const kind = message?.answer?.kind;
    if (kind === "extension" || kind === "gone") {
      for (const one of waiting.values()) one(message);
    } else {
      waiting.get(message?.id)?.(message);
    }
  });
}

function hasExtension() {
  listen();
  return new Promise((resolve) => {
    const id = nextId();
    const end = (found) => {
      waiting.delete(id);
      clearTimeout(timer);
      resolve(found);
    };
    const timer = setTimeout(() => end(false), PRESENCE_MS);
    waiting.set(id, (message) => message.answer.kind === "extension" && end(true));
    window.postMessage({ surguch: "who" }, window.location.origin);
  });
}

function overExtension(call, limit_ms, started) {
  listen();
  return new Promise((resolve, reject) => {
    const id = nextId();
    // Whoever is to hear of the beginning has heard of it before anybody hears of the end.
    let told = Promise.resolve();
    const end = (settle, value) => {
      waiting.delete(id);
      clearTimeout(timer);
      settle(value);
    };
    const timer = setTimeout(() => end(reject, new Refusal("timed-out")), limit_ms);
    waiting.set(id, (message) => {
      const answer = message.answer;
      switch (answer.kind) {
        case "extension":
          return;
        case "started":
          told = Promise.resolve(started?.(answer));
          told.catch((error) => {
            window.postMessage({ surguch: "to-component", message: JSON.stringify({ v: VERSION, id: nextId(), call: { kind: "cancel" } }) }, window.location.origin);
            end(reject, error);
          });
          return;
        case "gone":
          return end(reject, new Refusal("extension-gone"));
        case "no-host":
          return end(reject, new Refusal("host-missing", answer.detail));
        case "refused":
          return end(reject, new Refusal(answer.code, answer.detail, answer.nonce));
        default:
          told.then(() => end(resolve, answer), () => {});
      }
    });
    window.postMessage({ surguch: "to-component", message: JSON.stringify({ v: VERSION, id, call }) }, window.location.origin);
  });
}

// --- over this machine's own address

async function loopbackPermission() {
  // The name changed from one browser to the next; a browser that knows neither asks nobody.
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      return (await navigator.permissions.query({ name })).state;
    } catch {
      // This browser does not know it by that name.
    }
  }
  return "granted";
}

async function overLoopback(port, call, limit_ms, started) {
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), limit_ms);
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/message`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ v: VERSION, id: nextId(), call }),
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      targetAddressSpace: "loopback",
      signal: leaving.signal,
    });
    let rest = "";
    let last = null;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      rest += value;
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
        last = JSON.parse(rest.slice(0, end)).answer;
        rest = rest.slice(end + 1);
        if (last.kind === "started") await started?.(last);
      }
    }
    if (last === null || last.kind === "started") throw new Refusal("listener-gone");
    if (last.kind === "refused") throw new Refusal(last.code, last.detail, last.nonce);
    return last;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(leaving.signal.aborted ? "timed-out" : "listener-missing", String(error));
  } finally {
    clearTimeout(timer);
    leaving.abort();
  }
}

// --- what pages call

/**
 * Whether everything is there, and if not, the first thing that is missing with what helps. Asks the browser for nothing:
 * a permission that is not given yet is named, so that the page can explain it before `ask()`.
 */
export async function ready(options = {}) {
  const fixes = FIXES[language(options)];
  const port = options.port ?? LOOPBACK_PORT;
  const without = (missing, more = {}) => ({ ok: false, missing, fix: fixes[missing], ...more });
  const judge = (transport, hello) => {
    if (hello.site === "refused") return without("site", { transport, hello });
    if (!hello.driver) return without("driver", { transport, hello });
    if (hello.medium === false) return without("token", { transport, hello });
    return { ok: true, transport, hello };
  };
  if (options.transport !== "loopback" && (await hasExtension())) {
    try {
      return judge("extension", await overExtension({ kind: "hello" }, HELLO_MS));
    } catch (error) {
      if (error.code !== "host-missing") return { ok: false, missing: error.code, fix: error.message };
      return without("host");
    }
  }
  if (options.transport === "extension" || (!options.port && options.transport !== "loopback")) return without("extension");
  const permission = await loopbackPermission();
  if (permission === "denied") return without("permission-denied");
  const ask = async () => judge("loopback", await overLoopback(port, { kind: "hello" }, options.ask_ms ?? 60000));
  if (permission === "prompt") return without("permission", { ask });
  try {
    return await ask();
  } catch (error) {
    return without(error.code === "origin-refused" ? "site" : "listener");
  }
}

/**
 * Hands the component a ticket as the server gave it and waits for what comes of it. `task` has `ticket`, `bank_key`, `nonce`.
 * Answers fields for a form: `nonce`, `result` (JSON), what of it is octets in base64 (`cms`, `pkcs10`, `proof`, `act`),
 * where a key was made (`medium`, `serial`), and the doctor's `support_code`.
 */
export async function run(operation, task, options = {}) {
  const found = options.transport ? { ok: true, transport: options.transport } : await ready(options);
  if (!found.ok && !["token", "driver"].includes(found.missing)) throw new Refusal(found.missing, found.fix);
  const call = { kind: "run", ticket: task.ticket, bank_key: task.bank_key, session: hex(secret), language: language(options) };
  const started = options.started ?? (() => tellStarted(task.nonce));
  const answer =
    found.transport === "loopback"
      ? await overLoopback(options.port ?? LOOPBACK_PORT, call, ANSWER_MS, started)
      : await overExtension(call, ANSWER_MS, started);
  if (answer.nonce !== task.nonce || answer.result?.kind !== operation) throw new Refusal("answer-of-other-operation");
  const fields = { nonce: answer.nonce, result: JSON.stringify(answer.result) };
  for (const name of ["cms", "pkcs10", "proof", "act", "medium", "serial", "support_code"]) {
    if (typeof answer.result[name] === "string") fields[name] = answer.result[name];
  }
  return fields;
}

async function tellStarted(nonce) {
  const response = await fetch(`/api/v1/component/tickets/${nonce}/start`, { method: "POST" });
  if (!response.ok) throw new Refusal("ticket-not-started", String(response.status));
}
