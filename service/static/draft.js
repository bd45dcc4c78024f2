// What is typed and not handed in yet stays in this browser, by account and assignment: it is put back when the page is
// opened again, until it is handed in or discarded. Whoever signs out, or in after somebody else, leaves nothing behind.

const account = document.body.dataset.account;
const own = `draft/${account}/`;

// Where the browser keeps nothing (in some frames, or when it is full), there are no drafts.
function allowed(keep) {
  try {
    return keep();
  } catch {
    return null;
  }
}

function forget(which) {
  allowed(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft/") && which(key)) localStorage.removeItem(key);
  });
}

function keepDraft(form, key, draft) {
  const fields = [...form.querySelectorAll("textarea[name], input[type=text][name]")];
  const restored = form.querySelector("[data-restored]");
  const fill = (text) => {
    for (const field of fields) {
      field.value = text(field);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const save = (sent) => {
    const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    const text = JSON.stringify({ values, sent });
    if (fields.some((field) => field.value)) allowed(() => localStorage.setItem(key, text));
    else forget((kept) => kept === key);
  };
  const before = (field) => draft?.values[field.name] ?? field.defaultValue;
  if (fields.some((field) => before(field) !== field.defaultValue)) {
    fill(before);
    restored.hidden = false;
  }
  restored.querySelector("button").addEventListener("click", () => {
    fill((field) => field.defaultValue);
    forget((kept) => kept === key);
    restored.hidden = true;
    document.getElementById("hand-in").focus();
  });
  form.addEventListener("input", () => save());
  form.addEventListener("submit", (event) => {
    const handsIn = !event.submitter?.hasAttribute("formaction") && !form.elements.file?.files.length;
    if (handsIn) save(Number(form.dataset.next));
  });
}

if (account) forget((key) => !key.startsWith(own));
document.querySelector("form[data-sign-out]")?.addEventListener("submit", () => forget(() => true));

// The form, or the report on an attempt: it tells the number of the next one. A draft that was sent as an earlier one
// was taken.
const place = document.querySelector("[data-draft]");
if (place) {
  const key = own + place.dataset.draft;
  let draft = allowed(() => JSON.parse(localStorage.getItem(key)));
  if (draft?.sent < Number(place.dataset.next)) {
    forget((kept) => kept === key);
    draft = null;
  }
  if (place.matches("form")) keepDraft(place, key, draft);
}
