// What is typed into a form and not stored yet survives another form's answer, a sign-in and the Back button.
// It is kept for the tab and the key, and removed once the server has stored it.

const forms = document.querySelectorAll("form[data-draft]");
const typed = (form) => [...form.elements].filter((field) => field.name && field.name !== "csrf_token");

function keep(form) {
  const values = typed(form).filter((field) => field.type !== "radio" || field.checked).map((field) => [field.name, field.value]);
  sessionStorage.setItem(form.dataset.draft, JSON.stringify(Object.fromEntries(values)));
}

function restore(form) {
  const values = JSON.parse(sessionStorage.getItem(form.dataset.draft) ?? "{}");
  for (const field of typed(form)) {
    if (!(field.name in values)) continue;
    if (field.type === "radio") field.checked = field.value === values[field.name];
    else field.value = values[field.name];
  }
}

/** The page after a stored form; loading it again does not remove what was typed since. */
function forgetStored(form, address) {
  if (address.searchParams.get("saved") !== form.dataset.form) return;
  sessionStorage.removeItem(form.dataset.draft);
  address.searchParams.delete("saved");
}

const address = new URL(location.href);
for (const form of forms) {
  forgetStored(form, address);
  if ("refused" in form.dataset) keep(form);
  else restore(form);
  form.addEventListener("input", () => keep(form));
}
history.replaceState(null, "", address); // Back and Reload open the page again: they send no form twice
