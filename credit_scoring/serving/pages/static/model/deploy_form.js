// After a refusal the summary of errors has the focus.
import { byId } from "../shared.js";

byId("deploy-errors")?.focus();
