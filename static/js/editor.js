// The step editor. Buttons of rows and fields (name=_action) post the form and morph it: nothing
// typed is lost, and without this file they are plain submits. Alt+arrow moves the row that has the
// focus. Problems show as one types, once a field was left; what the reader opened stays open.
const SUGGEST_MS = 300;
const FIELDS = "input, select, textarea";
const form = () => document.getElementById("step-form");
const touched = new Set();
const idname = (name) => name.replaceAll(".", "-");

// Rows and fields: one request at a time, since each starts from what the one before made.
let queue = Promise.resolve();
let goOnAt = null;

function act(action, focus = null) {
  queue = queue.then(() => {
    const restore = rememberOpen(action);
    goOnAt = focus;
    return window.htmx
      .ajax("POST", form().action, { source: form(), values: { _action: action }, target: "#step-form", swap: "morph:outerHTML" })
      .then(restore);
  }).catch(() => {});
}

// Panels are told apart by their place, so what was open moves along with its panel.
function rememberOpen(action) {
  const [verb, name] = [action.slice(0, action.indexOf(":")), action.slice(action.indexOf(":") + 1)];
  const at = Number(name.slice(name.lastIndexOf(".") + 1));
  const owner = name.slice(0, name.lastIndexOf("."));
  const panels = () => [...document.querySelectorAll(`#f-${CSS.escape(idname(owner))} > details.p-sub`)];
  if (!["up", "down", "remove"].includes(verb) || !panels().length) return () => {};
  const open = panels().map((panel) => panel.open);
  if (verb === "remove") open.splice(at, 1);
  else open.splice(verb === "up" ? at - 1 : at + 1, 0, ...open.splice(at, 1));
  return () => panels().forEach((panel, index) => { panel.open = open[index]; });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#step-form button[name='_action']");
  if (!button) return;
  event.preventDefault();
  act(button.value);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("#step-form [data-refresh]")) act("refresh", event.target.id);
});

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
  if (event.target.id === "step-form") {
    for (const details of form().querySelectorAll("details[data-open]")) details.open = true;
    const next = (goOnAt && document.getElementById(goOnAt)) || form().querySelector("[autofocus]");
    goOnAt = null;
    if (next && next !== document.activeElement) next.focus();
    if (next?.scrollIntoViewIfNeeded) next.scrollIntoViewIfNeeded(false);
    changed();
  } else if (event.target.id === "template-panel" || event.target.id === "template-note") {
    followTyping();
  }
});

function changed() {
  form().dispatchEvent(new Event("portal:typed", { bubbles: true }));
}

// The answer to what is typed: problems beside the fields, summaries, marked lines.
function followTyping() {
  const list = document.getElementById("live-problems");
  if (!list) return;
  const found = new Map();
  for (const item of list.children) {
    if (item.dataset.field) found.set(item.dataset.field, [...(found.get(item.dataset.field) ?? []), item.textContent]);
  }
  const wrong = [...form().querySelectorAll("[aria-invalid='true']")].map((field) => field.id);
  for (const id of new Set([...wrong, ...touched])) mark(document.getElementById(id), found.get(id) ?? []);
  for (const text of document.querySelectorAll("#live-texts > li")) {
    const place = document.getElementById(text.dataset.for);
    if (place && place.textContent !== text.textContent) place.textContent = text.textContent;
  }
  shortenList(new Set([...list.children].map((item) => item.dataset.path)));
  count(Number(list.dataset.count));
  showMarked();
}

function mark(field, messages) {
  if (!field?.matches(FIELDS) || field.closest("#general")) return;
  const errorId = `${field.id}-e`;
  let box = document.getElementById(errorId);
  field.classList.toggle("is-invalid", messages.length > 0);
  const described = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== errorId);
  if (messages.length) {
    field.setAttribute("aria-invalid", "true");
    described.unshift(errorId);
    if (!box) {
      box = Object.assign(document.createElement("div"), { id: errorId });
      const around = field.closest(".p-fieldbox") ?? field.parentElement;
      around.insertBefore(box, around.querySelector(":scope > .p-hint"));
    }
    box.replaceChildren(...messages.map(errorLine));
  } else {
    field.removeAttribute("aria-invalid");
    box?.remove();
  }
  if (described.length) field.setAttribute("aria-describedby", described.join(" "));
  else field.removeAttribute("aria-describedby");
}

function shape() {
  const svg = document.querySelector("svg.icon").cloneNode(true);
  svg.setAttribute("class", "icon");
  const use = svg.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#s-failed"));
  return svg;
}

function errorLine(message) {
  const line = Object.assign(document.createElement("div"), { className: "p-error" });
  line.append(shape(), Object.assign(document.createElement("span"), { textContent: message }));
  return line;
}

function failed(words) {
  const status = Object.assign(document.createElement("span"), { className: "p-status p-is-failed" });
  status.append(shape(), words);
  return status;
}

const errorsIn = (node) => node.querySelectorAll(".p-error:not(.p-is-warning)").length;

function count(problems) {
  for (const details of form().querySelectorAll("details.p-sec, details.p-sub")) {
    const wrong = errorsIn(details);
    const place = details.querySelector(":scope > summary > [data-fixes]");
    place?.replaceChildren(...(wrong ? [failed(`${wrong} to fix`)] : []));
    details.classList.toggle(details.matches(".p-sec") ? "p-sec--bad" : "p-sub--bad", wrong > 0);
    form().querySelector(`[data-fixes-of="${details.id}"]`)?.replaceChildren(...(wrong ? [failed(String(wrong))] : []));
  }
  const wrong = errorsIn(form().querySelector(".p-secs"));
  document.getElementById("fixes")?.replaceChildren(...(wrong ? [failed(`${wrong} to fix`)] : []));
  const anyway = form().querySelector("[data-save-anyway]");
  const all = problems + errorsIn(document.getElementById("general"));
  if (anyway && all) anyway.textContent = `Save with ${all} problem${all === 1 ? "" : "s"}`;
}

function shortenList(paths) {
  const note = document.getElementById("form-errors");
  if (!note) return;
  for (const item of note.querySelectorAll("li[data-path]")) if (!paths.has(item.dataset.path)) item.remove();
  note.hidden = !note.querySelector("li");
}

// Lines of the field in focus.
let scrollToMarked = false;

function showMarked() {
  const code = document.getElementById("template-code");
  const here = code?.querySelector(".here");
  const foot = document.getElementById("template-marked");
  foot.hidden = !here;
  if (!here || !scrollToMarked) return;
  scrollToMarked = false;
  const offset = here.getBoundingClientRect().top - code.getBoundingClientRect().top;
  if (offset < 0 || offset > code.clientHeight - 40) code.scrollTop += offset - code.clientHeight / 3;
}

document.addEventListener("focusin", (event) => {
  const field = event.target;
  const name = document.getElementById("focus-name");
  if (!name || !field.matches("#step-form .p-secs :is(input, select, textarea)") || field.closest("#general")) return;
  if (name.value === field.name) return;
  name.value = field.name;
  const label = field.labels?.[0]?.querySelector("span:not(.p-3rd)") ?? field.labels?.[0]?.firstChild;
  document.querySelector("#template-marked b").textContent = field.getAttribute("aria-label") ?? label?.textContent.trim() ?? "";
  scrollToMarked = true;
  changed();
});
document.addEventListener("focusout", (event) => {
  if (event.target.id && event.target.matches("#step-form :is(input, select, textarea)")) {
    touched.add(event.target.id);
    followTyping();
  }
});

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
  const line = errorLine(words);
  line.id = id;
  line.classList.add("p-is-warning");
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

// Contents follow the scroll.
const links = () => [...document.querySelectorAll(".p-toc a")];
let drawn = false;

function followScroll() {
  drawn = false;
  const seen = links().filter((link) => {
    const section = document.getElementById(link.hash.slice(1));
    return section && section.getBoundingClientRect().top < innerHeight / 3;
  });
  const current = seen.at(-1) ?? links()[0];
  for (const link of links()) {
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
addEventListener("scroll", () => {
  if (!drawn) requestAnimationFrame(followScroll);
  drawn = true;
}, { passive: true });

function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!target || !form()?.contains(target) || target.matches("aside")) return;
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

function asItWasLeft() {
  const left = JSON.parse(sessionStorage.getItem(kept()) ?? "null");
  sessionStorage.removeItem(kept());
  if (!left || !form()) return;
  for (const [id, open] of left.open) {
    const details = document.getElementById(id);
    if (details && !errorsIn(details)) details.open = open;
  }
  if (!document.querySelector("#step-form [data-focus]")) scrollTo({ top: left.top });
}

asItWasLeft();
openTarget();
followScroll();
