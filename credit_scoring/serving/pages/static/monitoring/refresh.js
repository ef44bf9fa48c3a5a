// Keeps the page of monitoring up to date: it loads the page again and changes what differs, so that focus,
// scroll positions and opened details stay. Links and forms with data-load are loaded in the same way.
/* global Idiomorph */

import { byId, fill } from "../shared.js";

const controls = byId("refresh");
const texts = JSON.parse(controls.dataset.texts);
const period = 1000 * Number(controls.dataset.seconds);
const problem = byId("refresh-problem");
let isPaused = false;
let timer = 0;
let due = Date.now() + period;
let pending = null; // the controller of a request on its way

const clock = () => new Date().toISOString().slice(11, 19);

/** Replace what differs in #live. A refresh leaves forms alone, in which somebody may be typing. */
function show(text, isRefresh) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.getElementById("live");
  if (!fresh) throw new Error(texts.signed_out);
  Idiomorph.morph(byId("live"), fresh, {
    ignoreActiveValue: true,
    callbacks: {
      beforeNodeMorphed: (old) => !(isRefresh && old.nodeType === Node.ELEMENT_NODE && old.hasAttribute("data-keep")),
      beforeAttributeUpdated: (name, element) => !(name === "open" && element.localName === "details"),
    },
  });
  document.title = page.title;
}

async function load(url, isRefresh) {
  pending?.abort();
  const request = new AbortController();
  pending = request;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, cache: "no-store", signal: request.signal });
    const isPage = answer.ok || answer.status === 422; // 422: dates that are not usable, explained on the page
    if (!isPage) throw new Error(fill(texts.status, { status: answer.status }));
    show(await answer.text(), isRefresh);
    problem.hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    const reason = error instanceof TypeError ? texts.unreachable : error.message;
    problem.textContent = fill(texts.failed, { time: clock(), reason, old: byId("live").dataset.time });
    problem.hidden = false;
  }
  if (pending === request) pending = null;
  due = Date.now() + period;
  plan();
}

const refresh = () => load(location.href, true);

/** Wait for the next refresh; none while the page is paused or not visible. */
function plan() {
  clearTimeout(timer);
  if (!isPaused && !document.hidden) timer = setTimeout(refresh, Math.max(due - Date.now(), 0));
}

function setPaused(paused) {
  isPaused = paused;
  byId("refresh-toggle").textContent = paused ? texts.resume : texts.pause;
  byId("refresh-state").textContent = paused ? texts.off : fill(texts.on, { seconds: period / 1000 });
  plan();
}

async function go(url) {
  history.pushState(null, "", url);
  await load(url, false);
  const errors = byId("date-errors");
  if (errors) errors.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-load]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.href);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-load]")) return;
  event.preventDefault();
  const url = new URL(event.target.action);
  url.search = new URLSearchParams(new FormData(event.target));
  go(url.href);
});
addEventListener("popstate", () => load(location.href, false));
document.addEventListener("visibilitychange", plan);
byId("refresh-toggle").addEventListener("click", () => setPaused(!isPaused));
byId("refresh-now").addEventListener("click", refresh);
controls.hidden = false;
plan();
