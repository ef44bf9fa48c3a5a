// Starts the what-if panels that the server rendered into a page.

import { startWhatIf } from "./what_if.js";

for (const section of document.querySelectorAll(".what-if")) startWhatIf(section);
