// The page of a long log shows a window of it. More lines come before or after those as the reader
// asks, a link to a line that isn't here opens the page around it, shift and a click on a number
// choose a range, and the search on the server leaves out what the page has already.
const page = document.getElementById("deployment");
const log = document.getElementById("log");
const form = log.querySelector("[data-log-form]");
const MOST_LINES = 8000; // beyond, the page is opened anew around the wanted line
const LONG_NODE = 200;

const numberOf = (line) => Number(line.id.slice(1));
const shown = () => [...log.querySelectorAll(".p-line[id]")];

function edges() {
  const numbers = shown().map(numberOf);
  return numbers.length ? [Math.min(...numbers), Math.max(...numbers)] : [1, 0];
}

// ---- more lines ----
function listOf(node) {
  return log.querySelector(`[data-lines="${CSS.escape(node)}"]`) ?? log.querySelector('[data-lines="/"]');
}

function put(lines, isBefore) {
  const byNode = Map.groupBy ? Map.groupBy(lines, (line) => line.dataset.node) : grouped(lines);
  for (const [node, own] of byNode) {
    const list = listOf(node);
    if (isBefore) list.prepend(...own);
    else list.append(...own);
    list.classList.toggle("p-lines--long", list.childElementCount > LONG_NODE);
    list.closest("[data-part]")?.removeAttribute("hidden");
  }
}

function grouped(lines) {
  const groups = new Map();
  for (const line of lines) groups.set(line.dataset.node, [...(groups.get(line.dataset.node) ?? []), line]);
  return groups;
}

function tellLeft(side, count) {
  const box = log.querySelector(`[data-${side}]`);
  box.hidden = count === 0;
  box.querySelector("[data-count]").textContent = count;
}

async function bring(link) {
  const isBefore = link.dataset.more === "before";
  const [first, last] = edges();
  link.setAttribute("aria-busy", "true");
  try {
    const query = isBefore ? `before=${first}` : `after=${last}`;
    const answer = await fetch(`${page.dataset.linesUrl}?${query}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const list = holder.content.querySelector("[data-lines]");
    put([...list.querySelectorAll(".p-line")], isBefore);
    if (isBefore) tellLeft("earlier", Number(list.dataset.earlier));
    else tellLeft("later", Number(list.dataset.later));
    log.dispatchEvent(new CustomEvent("log:lines"));
    if (!isBefore && list.dataset.later === "0") {
      page.removeAttribute("data-window");
      log.dispatchEvent(new CustomEvent("log:whole", { detail: Number(list.dataset.last) }));
    }
  } catch {
    location.assign(link.href); // the same lines, as a page of their own
  } finally {
    link.removeAttribute("aria-busy");
  }
}

// A live page lets go of its oldest lines: they can be brought back.
log.addEventListener("log:trimmed", () => tellLeft("earlier", edges()[0] - 1));

log.addEventListener("click", (event) => {
  const link = event.target.closest("[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || shown().length >= MOST_LINES) return;
  event.preventDefault();
  if (!link.hasAttribute("aria-busy")) bring(link);
});

// ---- links to lines and ranges: #L12, #L12-L20 ----
function chosen() {
  const found = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);
  if (!found) return null;
  const ends = [Number(found[1]), Number(found[2] ?? found[1])];
  return [Math.min(...ends), Math.max(...ends)];
}

function mark() {
  for (const line of log.querySelectorAll(".p-line--chosen")) line.classList.remove("p-line--chosen");
  const range = chosen();
  if (!range) return;
  for (const line of shown()) {
    const number = numberOf(line);
    line.classList.toggle("p-line--chosen", range[0] <= number && number <= range[1]);
  }
}

function goToLine() {
  const range = chosen();
  const here = range && document.getElementById(`L${range[0]}`);
  if (range && !here && new URLSearchParams(location.search).get("line") !== String(range[0])) {
    location.replace(`?line=${range[0]}${location.hash}`);
    return;
  }
  mark();
  if (here && range[1] > range[0]) {
    for (let node = here.closest("details"); node; node = node.parentElement.closest("details")) node.open = true;
    here.scrollIntoView({ block: "center", behavior: "instant" });
  }
}

log.addEventListener("click", (event) => {
  const number = event.target.closest(".p-line[id] > a");
  const range = chosen();
  if (!number || !event.shiftKey || !range) return;
  event.preventDefault();
  const ends = [range[0], numberOf(number.parentElement)].sort((a, b) => a - b);
  history.replaceState(null, "", `#L${ends[0]}-L${ends[1]}`);
  mark();
});
addEventListener("hashchange", goToLine);
goToLine();

// ---- the search on the server: what the page has is filtered in its place ----
const isWhole = () => log.querySelector("[data-earlier]").hidden && log.querySelector("[data-later]").hidden;

form.addEventListener("input", () => {
  const [first, last] = edges();
  for (const [name, value] of [["first", first], ["last", last]]) {
    const field = form.elements[name];
    field.disabled = false;
    field.value = value;
  }
}, true);
form.addEventListener("htmx:beforeRequest", (event) => {
  if (isWhole() && form.elements.q.value !== "") event.preventDefault();
});
form.addEventListener("submit", (event) => event.preventDefault());
