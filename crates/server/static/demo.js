// Keeps the guide of a demonstration true while it stands open: how the component stands, what the phone would show. Without it the page
// is as true as when it was loaded.

const EVERY_MS = 2000;

async function look() {
  const response = await fetch("/demo/state", { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const { component, codes } = await response.json();
  const text = document.getElementById("component-text");
  // Only what is new is written: a reader of screens says each change aloud.
  if (text.textContent !== component.text) text.textContent = component.text;
  document.getElementById("component").className = `note ${component.tone}`;
  const progress = document.getElementById("component-progress");
  progress.hidden = component.percent === null;
  progress.value = component.percent ?? 0;
  document.querySelectorAll("[data-code]").forEach((place, at) => {
    if (codes[at] && place.textContent !== codes[at]) place.textContent = codes[at];
  });
  document.querySelectorAll("[data-code-sent]").forEach((field, at) => {
    if (codes[at]) field.value = codes[at];
  });
}

// A server that was stopped is asked again: it may come back.
setInterval(() => look().catch(() => {}), EVERY_MS);
