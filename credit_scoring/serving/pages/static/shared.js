// What the modules of all pages share: elements, texts, notation, requests.

export const language = document.documentElement.lang;
export const byId = (id) => document.getElementById(id);

// Characters that change the direction of text are named (direction_controls.py does the same).
const named = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (control) => `[U+${control.charCodeAt(0).toString(16).toUpperCase()}]`);

// No line of a French text begins with ":" (language.py does the same).
export const spaced = (text) => named(language === "fr" ? text.replace(/ (?=[:;?!»%€])|(?<=«) /g, "\u00a0") : text);
export const fill = (text, values) => spaced(text.replace(/\{(\w+)\}/g, (_, name) => values[name]));
export const capitalise = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A number in the notation of the page's language, with a true minus sign, as the server writes it. */
export const numberText = (value, options) => new Intl.NumberFormat(language, options).format(value).replace("-", "\u2212");

/** A share from 0 to 1 in per cent: one decimal, two below 1 %, none at 0, as pages/notation.py makes it. */
export function percent(share) {
  const decimals = share === 0 ? 0 : Math.abs(share) < 0.01 ? 2 : 1;
  return numberText(share, { style: "percent", minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

const tokenIn = (page) => page.querySelector('meta[name="csrf-token"]');

/** POST `body`, JSON text or an object, to a path below the app's root; resolves to { status, content }.
 * An answer in HTML has its text as content. */
export async function postJson(path, body) {
  const url = new URL(`../${path}`, import.meta.url); // a proxy may serve the app under a path
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await send(url, text);
  if (!answer.content.type?.endsWith(":form-expired")) return answer;
  await renewToken(); // the visitor has signed in again, in another tab
  return send(url, text);
}

async function send(url, text) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": tokenIn(document).content };
  const answer = await fetch(url, { method: "POST", headers, body: text });
  const isJson = answer.headers.get("Content-Type").includes("json");
  return { status: answer.status, content: isJson ? await answer.json() : await answer.text() };
}

async function renewToken() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  tokenIn(document).content = tokenIn(page).content;
}

/** A link that signs in again in another tab, so that what was typed here stays. */
export function signInLink(text) {
  const href = new URL("../sign-in", import.meta.url);
  return Object.assign(document.createElement("a"), { href, textContent: text, target: "_blank" });
}

/** GET a path below the app's root; resolves to { status, content }. */
export async function getJson(path) {
  const answer = await fetch(new URL(`../${path}`, import.meta.url), { headers: { Accept: "application/json" } });
  return { status: answer.status, content: await answer.json() };
}
