// The page for tests: one button an operation, the outcome as JSON. Tests call `window.surguchTest` too.
import { ready, run, session } from "/static/component.js";

const form = document.getElementById("operations");
const outcome = document.getElementById("outcome");
const field = (name) => form.elements.namedItem(name).value;

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.code), { code: answer.code, detail: answer.detail });
  return answer;
}

/** Where tickets of an operation come from and answers go to. */
function doors(operation) {
  const session_sha256 = session();
  if (operation === "make-key") {
    const base = `/api/v1/requests/${field("request")}/component`;
    return { base, body: { session_sha256 }, token: field("token") };
  }
  if (operation === "sign-act" || operation === "store-certificate") {
    const base = `/api/v1/delivery/${field("agent")}/${field("code")}/component`;
    return { base, body: { operation, session_sha256 } };
  }
  const body = { agent: Number(field("agent")), operation, session_sha256 };
  if (operation === "delete-key") body.key_id = field("key_id");
  return { base: "/api/v1/component", body };
}

const options = () => (field("port") ? { port: Number(field("port")), transport: "loopback" } : { transport: "extension" });

async function perform(operation, more = {}) {
  if (operation === "ready") return ready(options());
  const { base, body, token } = doors(operation);
  body.session_sha256 = await body.session_sha256;
  const task = await post(`${base}/tickets`, body, token);
  const fields = await run(operation, more.task ? more.task(task) : task, { ...options(), ...more });
  const answer = await post(`${base}/answers`, { nonce: fields.nonce, result: JSON.parse(fields.result) }, token);
  return { result: JSON.parse(fields.result), answer };
}

async function show(operation, more) {
  outcome.textContent = "";
  let said;
  try {
    said = await perform(operation, more);
  } catch (error) {
    said = { error: error.code ?? String(error), detail: error.detail };
  }
  outcome.textContent = JSON.stringify(said, null, 1);
  return said;
}

window.surguchTest = { show, post, ready, run, session };
form.addEventListener("click", (event) => {
  if (event.target.tagName === "BUTTON") show(event.target.value);
});
