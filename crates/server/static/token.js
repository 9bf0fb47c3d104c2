// The one script that speaks to the client's component. A form with data-token names an operation of the component; when it is
// sent, the component is asked first and its answer travels in the form's own fields. The words stand on the page.

const COMPONENT = "/static/component.js";
// What the component says when the person said no.
const DECLINED = ["declined", "cancelled", "consent-declined"];
// What the doctor looks for itself.
const FOR_DOCTOR = ["driver", "token"];
// How long the component may take before the page tells what the browser may be asking.
const EXPLAIN_AFTER_MS = 300;

for (const form of document.querySelectorAll("form[data-token]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
}

for (const form of document.querySelectorAll("form[data-live]")) {
  greet(form);
}

// Says whether the component is there as soon as the page is. The browser asks nobody for that.
async function greet(form) {
  const component = await load();
  if (component) {
    const state = await component.ready(optionsOf(component));
    if (state.hello) {
      show(form, state.transport, state.hello.version);
    } else if (!state.ask) {
      // Where the browser would ask first, nothing is known yet.
      show(form, "missing", state.fix);
    }
  }
}

// A demonstration runs a component of its own and says on which port; everywhere else the usual one is asked, if no extension answers.
function optionsOf(component) {
  const { lang: language, dataset: { componentPort } } = document.documentElement;
  return componentPort
    ? { language, port: Number(componentPort), transport: "loopback" }
    : { language, port: component?.LOOPBACK_PORT };
}

async function run(form) {
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  show(form, "working");
  try {
    const component = await load();
    const options = optionsOf(component);
    let state = component ? await component.ready(options) : { ok: false };
    if (!state.ok && state.ask) {
      // The browser asks now, and the person reads why. A page from this very computer is let through unasked, whatever the permission
      // says: it is not told of a question that nobody puts.
      const explain = setTimeout(() => show(form, "missing", state.fix), EXPLAIN_AFTER_MS);
      // What is missing after the answer is another thing.
      state = await state.ask().catch(() => component.ready(options));
      clearTimeout(explain);
    }
    const looks = form.dataset.token === "doctor" && FOR_DOCTOR.includes(state.missing);
    if (!state.ok && !looks) {
      show(form, "missing", state.fix);
      return;
    }
    show(form, "working");
    const task = await ticket(form, await component.session());
    fill(form, task);
    fill(form, await component.run(form.dataset.token, task, { ...options, transport: state.transport }));
    form.submit();
  } catch (error) {
    tell(form, error);
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

// None when the component's own script is not there.
async function load() {
  try {
    return await import(COMPONENT);
  } catch {
    return null;
  }
}

// The task, signed by the bank for this page and this moment.
async function ticket(form, session) {
  const body = new URLSearchParams(new FormData(form));
  body.set("session", session);
  const response = await fetch(form.dataset.ticket, { method: "POST", body, headers: { Accept: "application/json" } });
  const answer = await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(answer.title), { code: answer.code, title: answer.title });
  }
  return answer;
}

function fill(form, answer) {
  for (const [name, value] of Object.entries(answer)) {
    const field = form.elements.namedItem(name);
    if (field) {
      field.value = value;
    }
  }
}

// The server's own sentence, the page's words for the component's code, or the code for support.
function tell(form, error) {
  const notes = Array.from(form.querySelectorAll("[data-when]"), (note) => note.dataset.when);
  if (error.title) {
    show(form, "refused", `${error.title} (${error.code})`);
  } else if (DECLINED.includes(error.code)) {
    show(form, "declined");
  } else {
    const known = [error.detail, error.code].find((code) => notes.includes(code));
    show(form, known ?? "failed", error.code || String(error));
  }
}

function show(form, state, detail) {
  for (const note of form.querySelectorAll("[data-when]")) {
    note.hidden = note.dataset.when !== state;
    const place = note.querySelector("[data-detail]");
    if (place && !note.hidden) {
      place.textContent = detail || "";
    }
  }
}
