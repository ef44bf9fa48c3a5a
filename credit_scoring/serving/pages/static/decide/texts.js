// The page's texts in its language.

import { byId } from "../shared.js";

export const texts = JSON.parse(byId("decide-page").dataset.texts);
