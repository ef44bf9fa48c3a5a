// The two views of an applicant: the form and the JSON editor.

import { byId } from "../shared.js";

export const tabs = [byId("tab-form"), byId("tab-json")];
export const usesJson = () => tabs[1].getAttribute("aria-selected") === "true";

export function select(tab) {
  for (const each of tabs) {
    const on = each === tab;
    each.setAttribute("aria-selected", String(on));
    each.tabIndex = on ? 0 : -1;
    byId(each.getAttribute("aria-controls")).hidden = !on;
  }
}
