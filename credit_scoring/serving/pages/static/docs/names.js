// Names for the controls of Swagger UI that have none, for screen readers. English, as is everything around them.
const within = (element, selector) => element.closest(selector);
const NAMES = {
  ".close-modal": () => "Close",
  ".examples-select-element": () => "Example",
  ".responses-wrapper [role=region]": (element) => `Response examples of ${within(element, ".opblock").id}`,
  ".body-param textarea": () => "Request body",
  "tr[data-param-name] :is(input, select, textarea)": (element) => within(element, "tr").dataset.paramName,
  ".auth-btn-wrapper [type=submit]": (element) => element.textContent,
  "textarea:not([aria-label])": () => "Text",
};

function nameAll(root) {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const element of root.querySelectorAll(selector)) {
      const text = name(element);
      if (element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
    }
  }
  // What scrolls takes the focus, so that the arrow keys scroll it.
  for (const element of root.querySelectorAll("pre:not([tabindex])")) element.tabIndex = 0;
}

/** Names the controls in `root`, also those that appear later. */
export function nameControls(root) {
  new MutationObserver(() => nameAll(root)).observe(root, { childList: true, subtree: true });
}
