// The one script that speaks to the client's component. A form with data-token names an operation of the component; when it is
// sent, the component is asked first and its answer travels in the form's own fields. The words stand on the page.

const COMPONENT = "/static/component.js";

for (const form of document.querySelectorAll("form[data-token]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
}

async function run(form) {
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  show(form, "working");
  try {
    const component = await load();
    const state = component ? await component.ready() : { ok: false };
    if (!state.ok) {
      show(form, "missing", state.fix);
      return;
    }
    const task = await ticket(form);
    fill(form, task);
    fill(form, await component.run(form.dataset.token, task));
    form.submit();
  } catch (error) {
    show(form, error.code === "declined" ? "declined" : "failed", error.code);
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
async function ticket(form) {
  const body = new URLSearchParams(new FormData(form));
  const response = await fetch(form.dataset.ticket, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!response.ok) {
    throw Object.assign(new Error("no ticket"), { code: String(response.status) });
  }
  return response.json();
}

function fill(form, answer) {
  for (const [name, value] of Object.entries(answer)) {
    const field = form.elements.namedItem(name);
    if (field) {
      field.value = value;
    }
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
