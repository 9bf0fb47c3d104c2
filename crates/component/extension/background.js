// Between pages and the component. The origin it passes on is the browser's own word for the sender, never a page's.
"use strict";

const api = globalThis.browser ?? globalThis.chrome;
const HOST = "surguch.component";
const LONGEST = 524288;

/** The origin of a port's page, or null where the page may not ask. */
function originOf(sender) {
  if (!sender || sender.id !== api.runtime.id) return null;
  // The top frame of a visible tab, nothing embedded, nothing prerendered.
  if (!sender.tab || sender.frameId !== 0) return null;
  if (sender.documentLifecycle !== undefined && sender.documentLifecycle !== "active") return null;
  // No guessing: a browser that does not name the origin is too old.
  return typeof sender.origin === "string" && sender.origin !== "null" ? sender.origin : null;
}

function refusal(id, code) {
  return { v: 1, id, answer: { kind: "refused", code } };
}

function idOf(text) {
  try {
    const id = JSON.parse(text).id;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

api.runtime.onConnect.addListener((page) => {
  const origin = page.name === "surguch" ? originOf(page.sender) : null;
  let host = null;
  const waiting = new Set();

  page.onMessage.addListener((text) => {
    const id = idOf(text);
    if (origin === null) return page.postMessage(refusal(id, "origin-missing"));
    if (typeof text !== "string" || text.length > LONGEST) return page.postMessage(refusal(id, "message-too-large"));
    if (id === undefined) return page.postMessage(refusal(undefined, "message-malformed"));
    if (host === null) {
      host = api.runtime.connectNative(HOST);
      host.onMessage.addListener((reply) => {
        if (reply?.answer?.kind !== "started") waiting.delete(reply?.id);
        page.postMessage(reply);
      });
      host.onDisconnect.addListener(() => {
        host = null;
        // Not installed, forbidden, or ended: whoever waits must hear it.
        for (const left of waiting) page.postMessage({ v: 1, id: left, answer: { kind: "no-host", detail: api.runtime.lastError?.message } });
        waiting.clear();
      });
    }
    waiting.add(id);
    try {
      host.postMessage({ origin, message: JSON.parse(text) });
    } catch {
      waiting.delete(id);
      page.postMessage(refusal(id, "message-malformed"));
    }
  });

  page.onDisconnect.addListener(() => host?.disconnect());
});
