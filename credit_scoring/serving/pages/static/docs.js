// Starts Swagger UI. A file of its own, because the Content-Security-Policy forbids inline scripts.
const source = new URL(document.currentScript.dataset.document, location.href);
const base = new URL(".", source).href;

// A proxy may serve the app under a path and not tell it: requests stay under the path of this page.
function stayUnderPath(request) {
  if (!request.url.startsWith(base)) request.url = base + request.url.slice(source.origin.length + 1);
  return request;
}

SwaggerUIBundle({
  url: source.href,
  requestInterceptor: stayUnderPath,
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
