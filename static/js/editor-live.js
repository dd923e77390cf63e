// What the step editor says while one types: problems beside their fields once those were left,
// summaries, what differs from the stored step, the template's lines of the field in focus, and
// where in the contents the reader is.
const FIELDS = "input, select, textarea";
const form = () => document.getElementById("step-form");
const touched = new Set();

function changed() {
  form().dispatchEvent(new Event("portal:typed", { bubbles: true }));
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (["template-panel", "template-note"].includes(event.target.id)) followTyping();
});

// A message that comes between press and release would move the button away under the pointer.
let pressed = false;
let waits = false;
document.addEventListener("pointerdown", () => { pressed = true; });
for (const ends of ["pointerup", "pointercancel"]) {
  document.addEventListener(ends, () => setTimeout(() => {
    pressed = false;
    if (waits) followTyping();
  }));
}

// The answer to what is typed: problems beside the fields, summaries, marked lines.
function followTyping() {
  waits = pressed;
  if (pressed) return;
  const list = document.getElementById("live-problems");
  if (!list) return;
  const found = new Map();
  for (const item of list.children) {
    if (item.dataset.field) found.set(item.dataset.field, [...(found.get(item.dataset.field) ?? []), item.textContent]);
  }
  const wrong = [
    ...[...form().querySelectorAll("[aria-invalid='true']")].map((field) => field.id),
    ...[...form().querySelectorAll("fieldset.p-rows")].filter((rows) => document.getElementById(`${rows.id}-m`)?.hasChildNodes()).map((rows) => rows.id),
  ];
  for (const id of new Set([...wrong, ...touched])) mark(document.getElementById(id), found.get(id) ?? []);
  for (const text of document.querySelectorAll("#live-texts > li")) {
    const place = document.getElementById(text.dataset.for);
    if (place && place.textContent !== text.textContent) place.textContent = text.textContent;
  }
  shortenList(new Set([...list.children].map((item) => item.dataset.path)));
  count([...list.children]);
  tellChanges(Number(list.dataset.changes));
  complete();
  showMarked();
}

function tellChanges(changes) {
  const edited = new Set([...document.querySelectorAll("#live-edited > li")].map((item) => item.textContent));
  for (const section of form().querySelectorAll("details.p-sec")) {
    const tag = section.querySelector(":scope > summary > [data-edited]");
    if (!tag) continue;
    tag.hidden = !edited.has(section.id);
    section.classList.toggle("p-sec--edited", edited.has(section.id));
    const inContents = form().querySelector(`[data-edited-of="${section.id}"]`);
    if (inContents) inContents.hidden = !edited.has(section.id);
  }
  const words = document.getElementById("changes");
  if (words) words.textContent = changes ? `${changes} unsaved change${changes === 1 ? "" : "s"}` : "Unsaved changes";
}

// Names that fields complete from: containers and volumes as they are called now.
function complete() {
  for (const names of document.querySelectorAll("[data-known]")) {
    const list = document.getElementById(names.dataset.known);
    const now = [...names.children].map((name) => name.textContent);
    if (list && now.join("\n") !== [...list.options].map((option) => option.value).join("\n")) {
      list.replaceChildren(...now.map((name) => Object.assign(document.createElement("option"), { value: name })));
    }
  }
}

function mark(field, messages) {
  if (field?.matches("fieldset.p-rows")) {
    document.getElementById(`${field.id}-m`)?.replaceChildren(...messages.map(errorLine));
    return;
  }
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

// Problems in panels whose fields aren't here are counted off the list.
function count(problems) {
  const unseen = problems
    .map((item) => item.dataset.inside.split(" "))
    .filter((inside) => inside.some((id) => document.querySelector(`#${CSS.escape(id)} > [data-closed]`)));
  for (const details of form().querySelectorAll("details.p-sec, details.p-sub")) {
    const wrong = errorsIn(details) + unseen.filter((inside) => inside.includes(details.id)).length;
    const place = details.querySelector(":scope > summary > [data-fixes]");
    place?.replaceChildren(...(wrong ? [failed(`${wrong} to fix`)] : []));
    details.classList.toggle(details.matches(".p-sec") ? "p-sec--bad" : "p-sub--bad", wrong > 0);
    form().querySelector(`[data-fixes-of="${details.id}"]`)?.replaceChildren(...(wrong ? [failed(String(wrong))] : []));
  }
  const wrong = errorsIn(form().querySelector(".p-secs")) + unseen.length;
  document.getElementById("fixes")?.replaceChildren(...(wrong ? [failed(`${wrong} to fix`)] : []));
  const anyway = form().querySelector("[data-save-anyway]");
  const all = problems.length + errorsIn(document.getElementById("general"));
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
  if (!foot) return;
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
  const marked = document.querySelector("#template-marked b");
  if (!marked) return;
  marked.textContent = field.getAttribute("aria-label") ?? label?.textContent.trim() ?? "";
  scrollToMarked = true;
  changed();
});
document.addEventListener("focusout", (event) => {
  if (event.target.id && event.target.matches("#step-form :is(input, select, textarea)")) {
    touched.add(event.target.id);
    const rows = event.target.closest("fieldset.p-rows");
    if (rows && !rows.contains(event.relatedTarget)) touched.add(rows.id);
    followTyping();
  }
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
  // A page that doesn't scroll shows all of them: the one on top counts.
  const scrolls = document.documentElement.scrollHeight > innerHeight;
  const current = (scrolls && seen.at(-1)) || links()[0];
  for (const link of links()) {
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
addEventListener("scroll", () => {
  if (!drawn) requestAnimationFrame(followScroll);
  drawn = true;
}, { passive: true });

followScroll();
