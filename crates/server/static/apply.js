// The form of the public door works without this. With it, cities are suggested while one types, fields that a tick makes needless are put
// away, and what is typed is kept, so that a closed tab loses nothing.

const form = document.querySelector("form[data-keep]");

const city = form.elements.namedItem("city");
const list = document.createElement("datalist");
list.id = "cities";
city.after(list);
city.setAttribute("list", list.id);

let asked = "";
city.addEventListener("input", async () => {
  const letters = city.value.trim();
  if (letters.length < 2 || letters === asked) {
    return;
  }
  asked = letters;
  try {
    const response = await fetch(`${form.dataset.cities}?begins=${encodeURIComponent(letters)}`);
    const names = response.ok ? await response.json() : [];
    // An answer that comes late is no answer to what stands there now.
    if (asked === letters) {
      list.replaceChildren(...names.map((name) => new Option(name, name)));
    }
  } catch {
    // Without suggestions the form names cities when it is sent.
  }
});

const person = form.elements.namedItem("natural_person");
const organisation = form.querySelector("[data-organisation]");
function settle() {
  organisation.hidden = person.checked;
}
person.addEventListener("change", settle);
settle();

form.addEventListener("change", () => {
  fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true }).catch(() => {});
});
