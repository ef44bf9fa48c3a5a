// The search in the list of inputs: opens the tables with matches, hides the other inputs.
import { byId, fill } from "../shared.js";

const search = byId("input-search");
const texts = JSON.parse(search.dataset.texts);
const tables = [...byId("input-list").querySelectorAll("details")];
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const items = tables.flatMap((table) => [...table.querySelectorAll("li")].map((row) => ({ row, table, text: plain(row.textContent) })));
const opened = new Map(tables.map((table) => [table, table.open]));

function filter() {
  const words = plain(byId("search").value).split(/\s+/).filter(Boolean);
  const matches = items.filter((item) => words.every((word) => item.text.includes(word)));
  const shown = new Set(matches.map((item) => item.row));
  for (const item of items) item.row.hidden = !shown.has(item.row);
  const withMatches = new Set(matches.map((item) => item.table));
  for (const table of tables) {
    table.hidden = !withMatches.has(table);
    table.open = words.length ? withMatches.has(table) : opened.get(table);
  }
  byId("search-count").textContent = words.length ? count(matches.length) : "";
}

function count(number) {
  if (number === 0) return texts.none;
  return number === 1 ? texts.found_one : fill(texts.found, { count: number });
}

search.hidden = false;
byId("search").addEventListener("input", filter);
