// Swagger UI inside the page: the routes and Authorize only, without links inside buttons.
import { nameControls } from "./names.js";

const token = () => document.querySelector('meta[name="csrf-token"]').content;
const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);

function insidePage({ React }) {
  const element = React.createElement;

  function RoutesOnly({ getComponent }) {
    const parts = ["SvgAssets", "errors", "AuthorizeBtnContainer", "operations"];
    const isContainer = (name) => name !== "SvgAssets";
    return element("div", { className: "swagger-ui" }, parts.map((name) => element(getComponent(name, isContainer(name)), { key: name })));
  }

  function PathText({ operationProps }) {
    const path = operationProps.get("path");
    const parts = path.split(/(?=\/)/).flatMap((part, index) => (index ? [element("wbr", { key: index }), part] : [part]));
    return element("span", { className: "opblock-summary-path", "data-path": path }, parts);
  }

  return { components: { RoutesOnly, OperationSummaryPath: PathText } };
}

/** The document without the scheme of sessions: a page cannot set that cookie, and the browser sends it. */
function withoutSessions(document) {
  const { key } = document.components.securitySchemes;
  document.components.securitySchemes = { key };
  for (const operation of Object.values(document.paths).flatMap(Object.values)) {
    operation.security &&= operation.security.filter((scheme) => "key" in scheme);
  }
  return document;
}

/** A proxy may serve the app under a path and not tell it: requests stay under the path of this page.
 * The session of a visitor who has signed in authenticates requests that carry its token. */
const preparedBy = (source) => (request) => {
  const base = new URL(".", source).href;
  if (!request.url.startsWith(base)) request.url = base + request.url.slice(source.origin.length + 1);
  request.headers["X-CSRF-Token"] = token();
  return request;
};

/** Shows Swagger UI in `place`, with the form of an operation open and focused. */
export async function startSwagger(place, { tag, operation }) {
  const source = new URL(place.dataset.document, location.href);
  const spec = withoutSessions(await (await fetch(source)).json());
  window.noZensmooth = true; // a library of Swagger UI would take the clicks on links within the page
  dark.addEventListener("change", followScheme);
  followScheme();
  nameControls(place);
  const ui = window.SwaggerUIBundle({
    spec,
    domNode: place,
    requestInterceptor: preparedBy(source),
    plugins: [insidePage],
    layout: "RoutesOnly",
    // Its links would put "_" into the address, about which it complains in the console.
    deepLinking: false,
    docExpansion: "list",
    tryItOutEnabled: true,
    validatorUrl: null,
  });
  await shown(() => place.querySelector(".opblock"));
  ui.layoutActions.show(["operations", tag, operation], true);
  const opened = await shown(() => place.querySelector(`[id="operations-${tag}-${operation}"] .execute`));
  const block = opened.closest(".opblock");
  block.querySelector(".opblock-summary-control").focus({ preventScroll: true });
  requestAnimationFrame(() => block.scrollIntoView({ block: "start" }));
}

async function shown(find) {
  while (!find()) await new Promise(requestAnimationFrame);
  return find();
}
