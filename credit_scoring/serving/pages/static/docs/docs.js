// Starts Swagger UI. A file of its own, because the Content-Security-Policy forbids inline scripts.
const source = new URL(document.currentScript.dataset.document, location.href);
const base = new URL(".", source).href;

// A proxy may serve the app under a path and not tell it: requests stay under the path of this page.
function stayUnderPath(request) {
  if (!request.url.startsWith(base)) request.url = base + request.url.slice(source.origin.length + 1);
  return request;
}

// The session of a visitor who has signed in authenticates requests that carry its token.
function sendToken(request) {
  request.headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf-token"]').content;
  return request;
}

/** Swagger UI inside the page: the routes and Authorize only, without links inside buttons. */
function insidePage({ React }) {
  const element = React.createElement;

  function RoutesOnly({ getComponent, specSelectors }) {
    if (specSelectors.loadingStatus() !== "success") return element(getComponent("errors", true));
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

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

const start = () => SwaggerUIBundle({
  url: source.href,
  requestInterceptor: (request) => sendToken(stayUnderPath(request)),
  dom_id: "#swagger-ui",
  plugins: [insidePage],
  layout: "RoutesOnly",
  // Its links would put "_" into the address, about which it complains in the console.
  deepLinking: false,
  docExpansion: "list",
  validatorUrl: null,
});

window.noZensmooth = true; // a library of Swagger UI would take the clicks on links within the page
document.addEventListener("DOMContentLoaded", start); // after Swagger UI, which is loaded after this file
