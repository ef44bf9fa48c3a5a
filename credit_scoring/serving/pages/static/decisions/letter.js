// The button that prints the letter: without this module, people print with their browser's menu.

const button = document.getElementById("print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
