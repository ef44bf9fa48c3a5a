// "Try it": loads Swagger UI, which weighs more than everything else, and opens the route in it.
import { byId } from "../shared.js";
import { startSwagger } from "./swagger.js";

const place = byId("swagger-ui");
const status = byId("loading");

const loaded = (element) => new Promise((resolve, reject) => {
  element.addEventListener("load", resolve);
  element.addEventListener("error", () => { element.remove(); reject(new Error(element.outerHTML)); });
  document.head.append(element);
});
const style = (href) => loaded(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
const script = (src) => loaded(Object.assign(document.createElement("script"), { src }));

async function tryRoute(button) {
  const { sheet, ownSheet, script: code } = place.dataset;
  await style(sheet);
  await Promise.all([style(ownSheet), script(code)]); // our rules come after those of Swagger UI
  byId("forms").hidden = false;
  await startSwagger(place, button.dataset);
  byId("routes").hidden = true;
  status.textContent = "";
}

let isLoading = false;

byId("routes").addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-operation]");
  if (!button || isLoading) return;
  isLoading = true;
  button.parentElement.after(status);
  status.textContent = status.dataset.loading;
  try {
    await tryRoute(button);
  } catch {
    status.textContent = status.dataset.failed;
  } finally {
    isLoading = false;
  }
});
