// In the page's top frame: passes messages between the page and the background, and nothing else. It adds no origin; the browser does that.
"use strict";

(() => {
  // A frame is never let through, whoever embeds it and however it got a script of ours.
  if (window.top !== window) return;
  const api = globalThis.browser ?? globalThis.chrome;
  const LONGEST = 524288;
  let port = null;

  const toPage = (message) => window.postMessage({ surguch: "to-page", message }, window.location.origin);

  const connected = () => {
    if (port) return port;
    port = api.runtime.connect({ name: "surguch" });
    port.onMessage.addListener(toPage);
    port.onDisconnect.addListener(() => {
      port = null;
      toPage({ v: 1, answer: { kind: "gone" } });
    });
    return port;
  };

  window.addEventListener("message", (event) => {
    if (event.source !== window || event.origin !== window.location.origin) return;
    const data = event.data;
    if (data === null || typeof data !== "object" || data.surguch !== "to-component") return;
    if (typeof data.message !== "string" || data.message.length > LONGEST) return;
    try {
      connected().postMessage(data.message);
    } catch {
      // The extension was updated or removed under the page: a reload brings the new one.
      port = null;
      toPage({ v: 1, answer: { kind: "gone" } });
    }
  });

  // Answers a page that asked before this script was there, and one that asks again.
  const present = () => toPage({ v: 1, answer: { kind: "extension", version: api.runtime.getManifest().version } });
  window.addEventListener("message", (event) => {
    if (event.source === window && event.data !== null && typeof event.data === "object" && event.data.surguch === "who") present();
  });
})();
