// The button that prints the letter: without this module, people print with their browser's menu.

const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// The note at the button counts the details of the lender that are still blank.
const unset = document.getElementById("unset");
const blanks = [...document.querySelectorAll(".blank:not(.address)")];
const labels = (fields) => new Set(fields.map((field) => field.dataset.label));

function count() {
  const filled = labels(blanks.filter((field) => field.textContent.trim()));
  const left = [...labels(blanks)].filter((label) => !filled.has(label)).length;
  unset.textContent = left === 1 ? unset.dataset.one : unset.dataset.many.replace("{count}", left);
  unset.hidden = left === 0;
}

if (unset) document.querySelector(".sheet").addEventListener("input", count);
