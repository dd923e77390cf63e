// Shortcuts: [data-key="c"] is clicked, or focused if it is a field; "mod+s" is Ctrl or Cmd and
// works inside fields. `?` lists them. Tables with [data-grid] are walked by arrow keys.
const EDITABLE = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

const shown = (element) => element.offsetParent !== null || element.getClientRects().length > 0;
const usable = (element) => shown(element) && !element.disabled;

function press(element) {
  if (element.matches(EDITABLE)) {
    element.focus();
    element.select?.();
  } else element.click();
}

function find(key) {
  const scope = document.querySelector("dialog[open]") ?? document;
  const all = [...scope.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter(usable);
  return all.find((element) => element.closest("main")) ?? all[0];
}

function jump() {
  const bar = document.querySelector(".p-topbar [data-key='/']");
  if (bar) press(bar);
  return Boolean(bar);
}

function listKeys() {
  const list = document.getElementById("keys-list");
  const rows = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!usable(element) || element.closest("dialog")) continue;
    const label = element.dataset.keyLabel || element.getAttribute("aria-label")
      || element.textContent.replace(element.querySelector("kbd")?.textContent ?? "", "").trim();
    if (!rows.has(element.dataset.key)) rows.set(element.dataset.key, label);
  }
  if (document.querySelector("[data-grid]")) rows.set("arrows", "Move between cells");
  rows.set("?", "This list");
  list.replaceChildren(...[...rows].flatMap(([key, label]) => {
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key.replace("mod", "Ctrl") }));
    return [term, Object.assign(document.createElement("dd"), { textContent: label })];
  }));
}

document.addEventListener("portal:opened", (event) => {
  if (event.target.id === "keys") listKeys();
  if (event.target.id === "jump") {
    const field = document.getElementById("jump-q");
    field.select();
    field.dispatchEvent(new CustomEvent("jump-open"));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const mod = event.ctrlKey || event.metaKey;
  const typing = event.target.matches?.(EDITABLE);
  if (mod && event.key === "k") {
    if (jump()) event.preventDefault();
    return;
  }
  if (typing && !mod && event.key === "/" && event.target.dataset.key === "/" && !event.target.value) {
    if (jump()) event.preventDefault();
    return;
  }
  if (typing && !mod) return;
  if (!mod && event.key === "?") {
    document.querySelector("[data-dialog='keys']")?.click();
    event.preventDefault();
    return;
  }
  const cell = mod ? null : event.target.closest?.("[data-grid] td");
  const inCell = cell?.querySelector(`[data-cell-key="${CSS.escape(event.key)}"]`);
  const target = inCell ?? find(mod ? `mod+${event.key}` : event.key);
  if (!target) return;
  event.preventDefault();
  press(target);
});

// Grids: one tab stop, arrows between the cells' links and buttons, those of the first column too.
const STOPS = ["a[href]", "button:not([disabled])"].map((stop) => `tbody :is(th, td) ${stop}`).join();

function lay(grid, keep) {
  const stops = [...grid.querySelectorAll(STOPS)];
  const current = stops.find((stop) => stop === keep) ?? stops.find((stop) => stop.tabIndex === 0) ?? stops[0];
  for (const stop of stops) stop.tabIndex = stop === current ? 0 : -1;
}

function move(grid, from, key) {
  const cell = from.closest("th, td");
  const row = cell.parentElement;
  const within = [...row.querySelectorAll(STOPS)];
  if (key === "ArrowRight") return within[within.indexOf(from) + 1];
  if (key === "ArrowLeft") return within[within.indexOf(from) - 1];
  const rows = [...grid.querySelectorAll("tbody tr")];
  const step = key === "ArrowDown" ? 1 : -1;
  for (let at = rows.indexOf(row) + step; rows[at]; at += step) {
    const stop = rows[at].cells[cell.cellIndex]?.querySelector(STOPS);
    if (stop) return stop;
  }
  return undefined;
}

document.addEventListener("keydown", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  if (!grid || !event.key.startsWith("Arrow") || !event.target.matches(STOPS)) return;
  const next = move(grid, event.target, event.key);
  event.preventDefault();
  if (!next) return;
  lay(grid, next);
  next.focus();
});

function layAll() {
  for (const grid of document.querySelectorAll("[data-grid]")) lay(grid, document.activeElement);
}
document.addEventListener("htmx:afterSettle", layAll);
layAll();

// The jump field's list: arrows choose, Enter goes.
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "jump-q") return;
  const options = [...document.querySelectorAll("#jump-results [role=option]")];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Enter" && options.length) {
    event.preventDefault();
    options[Math.max(at, 0)].click();
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || !options.length) return;
  event.preventDefault();
  const to = (Math.max(at, 0) + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === to)));
  event.target.setAttribute("aria-activedescendant", options[to].id);
  options[to].scrollIntoView({ block: "nearest" });
});
