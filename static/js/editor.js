// The step editor. Buttons of rows and fields (name=_action) post the form and morph it: nothing
// typed is lost, and without this file they are plain submits. Alt+arrow moves the row that has the
// focus. A closed panel's fields are fetched when it is opened. What is said while one types is
// editor-live.js.
const SUGGEST_MS = 300;
const FIELDS = "input, select, textarea";
const form = () => document.getElementById("step-form");
const idname = (name) => name.replaceAll(".", "-");

// Rows and fields: one request at a time, since each starts from what the one before made.
let queue = Promise.resolve();
let goOnAt = null;
let startedAt = null;

function act(action, focus = null) {
  queue = queue.then(() => {
    const restore = rememberOpen(action);
    goOnAt = focus;
    startedAt = document.activeElement;
    meanwhile = new Map();
    return window.htmx
      .ajax("POST", form().action, { source: form(), values: { _action: action }, target: "#step-form", swap: "morph:outerHTML" })
      .then(() => {
        if (!RENUMBERS.test(action)) typeAgain();
        meanwhile = null;
        restore();
      });
  }).catch(() => { meanwhile = null; });
}

// What is typed while an answer is on its way isn't in it. Where rows get other numbers it is left:
// the fields' names mean others then.
const RENUMBERS = /^(up|down|remove|restore):/;
let meanwhile = null;

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    if (!meanwhile || !target.id || !form()?.contains(target)) return;
    meanwhile.set(target.id, target.type === "checkbox" ? target.checked : target.value);
  }, true);
}

function typeAgain() {
  for (const [id, typed] of meanwhile) {
    const field = document.getElementById(id);
    if (!field?.matches(FIELDS)) continue;
    if (field.type === "checkbox") field.checked = typed;
    else field.value = typed;
  }
}

// Panels are told apart by their place, so what was open in and around them moves along.
function rememberOpen(action) {
  const [verb, name] = [action.slice(0, action.indexOf(":")), action.slice(action.indexOf(":") + 1)];
  const at = Number(name.slice(name.lastIndexOf(".") + 1));
  const owner = idname(name.slice(0, name.lastIndexOf(".")));
  const panels = () => [...document.querySelectorAll(`#f-${CSS.escape(owner)} > details.p-sub`)];
  const inside = (panel) => [...panel.querySelectorAll("details[id^='group-']")];
  if (!["up", "down", "remove"].includes(verb) || !panels().length) return () => {};
  const open = panels().map((panel, index) => ({
    panel: panel.open,
    groups: new Map(inside(panel).map((group) => [group.id.replace(`group-${owner}-${index}-`, ""), group.open])),
  }));
  if (verb === "remove") open.splice(at, 1);
  else open.splice(verb === "up" ? at - 1 : at + 1, 0, ...open.splice(at, 1));
  return () => panels().forEach((panel, index) => {
    panel.open = open[index].panel;
    for (const group of inside(panel)) {
      group.open = open[index].groups.get(group.id.replace(`group-${owner}-${index}-`, "")) ?? group.open;
    }
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#step-form button[name='_action']");
  if (!button) return;
  event.preventDefault();
  act(button.value);
});

document.addEventListener("change", (event) => {
  const field = event.target;
  const binds = field.matches("#step-form select") && field.value.startsWith("#{");
  if (binds || field.matches("#step-form [data-refresh]")) act("refresh", field.id);
});

// A long text that other fields depend on is looked at as soon as it was pasted, or read from a file.
const LARGEST_FILE = 2 ** 20;
document.addEventListener("paste", (event) => {
  if (event.target.matches("#step-form textarea[data-refresh]")) setTimeout(() => act("refresh", event.target.id));
});
document.addEventListener("change", async (event) => {
  const file = event.target.matches("#step-form [data-load-into]") && event.target.files[0];
  if (!file) return;
  const field = document.getElementById(event.target.dataset.loadInto);
  if (file.size > LARGEST_FILE) {
    document.getElementById(`${field.id}-n`).textContent = `${file.name} has ${(file.size / LARGEST_FILE).toFixed(1)} MB; 1 MB is the most.`;
    return;
  }
  field.value = await file.text();
  event.target.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  act("refresh", field.id);
});

// A panel that was closed has its fields on the server; a reader asks for them by address.
function fetchPanel(body) {
  queue = queue.then(() => {
    const name = body.isConnected && body.dataset.closed;
    if (!name) return undefined;
    const place = { source: body, target: `#${body.id}`, swap: "outerHTML" };
    const answer = document.getElementById("focus-name")
      ? window.htmx.ajax("POST", form().action, { ...place, values: { _action: `open:${name}` } })
      : window.htmx.ajax("GET", `${form().action}?open=${name}`, place);
    return answer.then(() => openAsLeft(document.getElementById(body.id)));
  }).catch(() => {});
  return queue;
}

const closedBody = (details) => details.querySelector(":scope > [data-closed]");

document.addEventListener("toggle", (event) => {
  const body = event.target.open && closedBody(event.target);
  if (body) fetchPanel(body);
}, true);

document.addEventListener("keydown", (event) => {
  const verb = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  const row = verb && event.altKey && event.target.closest("#step-form [data-row]");
  if (!row || event.target.matches("select")) return;
  const button = document.getElementById(`${verb}-${idname(row.dataset.row)}`);
  if (!button) return;
  event.preventDefault();
  if (button.disabled) return;
  const [, owner, index] = row.dataset.row.match(/^(.*)\.(\d+)$/);
  const there = idname(`${owner}.${Number(index) + (verb === "up" ? -1 : 1)}`);
  act(button.value, event.target.id.replace(`-${idname(row.dataset.row)}`, `-${there}`));
});

// A morph keeps what is folded and open as the reader left it, and the last good template.
const callbacks = window.Idiomorph.defaults.callbacks;
callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
callbacks.beforeNodeMorphed = (old, fresh) =>
  !(old.id === "template-panel" && fresh.id === "template-panel" && old.isConnected);

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "step-form") return;
  for (const details of form().querySelectorAll("details[data-open]")) details.open = true;
  const now = document.activeElement;
  const went = now !== startedAt && form().contains(now) && now.matches(FIELDS);
  const next = went ? now : (goOnAt && document.getElementById(goOnAt)) || form().querySelector("[autofocus]");
  goOnAt = null;
  if (next && next !== now) next.focus();
  if (next?.scrollIntoViewIfNeeded) next.scrollIntoViewIfNeeded(false);
  changed();
});

function changed() {
  form().dispatchEvent(new Event("portal:typed", { bubbles: true }));
}

// Suggestions: repositories of the chosen feed, target tags after the last comma.
let timer = null;

async function suggestRepositories(input) {
  const feed = input.closest("details").querySelector("select[name$='image.feed']")?.value;
  if (!feed || input.readOnly) return;
  const url = form().dataset.repositories.replace("FEED", encodeURIComponent(feed));
  let refusal = "";
  try {
    const answer = await fetch(`${url}?search=${encodeURIComponent(input.value)}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const options = document.createElement("datalist");
    options.innerHTML = await answer.text();
    refusal = options.querySelector("option[value='']")?.label ?? "";
    input.list.replaceChildren(...options.querySelectorAll("option:not([value=''])"));
  } catch {
    input.list.replaceChildren(); // the field can be typed
  }
  tellRefusal(input, refusal);
}

function tellRefusal(input, words) {
  const id = `${input.id}-refusal`;
  document.getElementById(id)?.remove();
  if (!words) return;
  const line = Object.assign(document.createElement("div"), { id, className: "p-error p-is-warning", textContent: words });
  line.setAttribute("role", "status");
  input.list.after(line);
}

function suggestTags(input) {
  input.dataset.all ??= JSON.stringify([...input.list.options].map((option) => option.value));
  const typed = input.value.split(",").slice(0, -1).map((tag) => tag.trim()).filter(Boolean);
  const options = JSON.parse(input.dataset.all).filter((tag) => !typed.includes(tag));
  input.list.replaceChildren(...options.map((tag) => new Option(tag, [...typed, tag].join(", "))));
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-suggest='repositories']")) suggestRepositories(event.target);
  if (event.target.matches("[data-tags]")) suggestTags(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-tags]")) suggestTags(event.target);
  if (!event.target.matches("[data-suggest='repositories']")) return;
  clearTimeout(timer);
  timer = setTimeout(() => suggestRepositories(event.target), SUGGEST_MS);
});

// The closed panel that holds the field of that id.
function closedAround(id) {
  return [...form().querySelectorAll("[data-closed]")]
    .find((body) => id.startsWith(`f-${idname(body.dataset.closed)}-`));
}

async function openTarget() {
  const id = location.hash.slice(1);
  if (!id || !form()) return;
  const closed = closedAround(id);
  if (closed) {
    closed.parentElement.open = true;
    await fetchPanel(closed);
  }
  const target = document.getElementById(id);
  if (!target || !form().contains(target) || target.matches("aside")) return;
  for (let node = target.closest("details"); node; node = node.parentElement.closest("details")) node.open = true;
  target.scrollIntoView({ block: target.matches("details") ? "start" : "center" });
  if (target.matches(FIELDS)) target.focus();
}
addEventListener("hashchange", openTarget);
document.addEventListener("click", (event) => {
  // The address may already end in this link's hash.
  if (event.target.closest("#form-errors a, .p-toc a")) setTimeout(openTarget);
});

// A save leads to the page anew: it opens as it was left.
const kept = () => `editor:${location.pathname}`;
addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  const open = [...form().querySelectorAll("details[id]")].map((details) => [details.id, details.open]);
  sessionStorage.setItem(kept(), JSON.stringify({ open, top: scrollY }));
});

let leftOpen = new Map();

function openAsLeft(within) {
  for (const details of within.querySelectorAll("details[id]")) {
    const wrong = details.querySelector(".p-error:not(.p-is-warning)");
    if (leftOpen.has(details.id) && !wrong) details.open = leftOpen.get(details.id);
  }
}

function asItWasLeft() {
  const left = JSON.parse(sessionStorage.getItem(kept()) ?? "null");
  sessionStorage.removeItem(kept());
  if (!left || !form()) return;
  leftOpen = new Map(left.open);
  openAsLeft(form());
  if (!document.querySelector("#step-form [data-focus]")) scrollTo({ top: left.top });
}

asItWasLeft();
openTarget();
