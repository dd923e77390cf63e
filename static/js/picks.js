// Pick lists of the step editor: a menu under a field with data-pick shows what the accounts of the
// step's targets have. It opens in an empty field, on a click and while one types; arrows choose,
// Enter takes, Escape closes. The field can always be typed.
const TYPING_MS = 250;
const FIELD = "#step-form [data-pick]:not([readonly])";
let menu = null;
let field = null;
let asked = 0;
let timer = null;

const form = () => document.getElementById("step-form");
const isList = (input) => input.tagName === "TEXTAREA" && input.dataset.pickMany !== undefined;

// In a field of several values, the one on the line of the cursor.
function bounds(input) {
  if (!isList(input)) return [0, input.value.length];
  const at = input.selectionStart;
  const start = input.value.lastIndexOf("\n", at - 1) + 1;
  const end = input.value.indexOf("\n", at);
  return [start, end < 0 ? input.value.length : end];
}

function typed(input) {
  return input.value.slice(...bounds(input)).trim();
}

const sibling = (input, name) => form().elements[input.name.replace(/[^.]*$/, name)];

// A value names a secret only where its kind says so, and a log group in the option of that name.
function kindOf(input) {
  const kind = input.dataset.pick;
  const isPlain = sibling(input, "type")?.value === "plain";
  if (kind === "secrets") return isPlain ? "" : kind;
  if (kind !== "log-options") return kind;
  if (!isPlain) return "secrets";
  return sibling(input, "name")?.value === "awslogs-group" ? "log-groups" : "";
}

const offers = (input) => kindOf(input) && !typed(input).includes("#{");

function close() {
  clearTimeout(timer);
  asked += 1;
  menu?.remove();
  menu = null;
  for (const name of ["aria-controls", "aria-activedescendant"]) field?.removeAttribute(name);
  field = null;
}

function opened(input) {
  close();
  field = input;
  menu = Object.assign(document.createElement("div"), { className: "p-pop p-names p-picks", id: "picks" });
  menu.setAttribute("role", "listbox");
  menu.setAttribute("aria-label", "From AWS");
  menu.append(Object.assign(document.createElement("p"), { className: "p-pick-place p-3rd", textContent: "Reading from AWS…" }));
  menu.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the field keeps the focus
    const option = event.target.closest("[role='option']");
    if (option) take(option.dataset.value);
  });
  input.after(menu);
  input.setAttribute("aria-controls", "picks");
}

async function offer(input, search) {
  if (!offers(input)) return close();
  if (field !== input || !menu) opened(input);
  const number = (asked += 1);
  const query = new URLSearchParams({ target_tags: form().elements.target_tags?.value ?? "", search });
  if (input.dataset.pick === "access-points") query.set("within", sibling(input, "file_system_id")?.value ?? "");
  let text = "";
  try {
    const answer = await fetch(`${form().dataset.picks.replace("KIND", kindOf(input))}?${query}`, { headers: { "HX-Request": "true" } });
    text = answer.ok ? await answer.text() : "";
  } catch { /* the field can be typed */ }
  if (number !== asked || field !== input) return undefined;
  if (!text) return close();
  menu.innerHTML = text;
  menu.querySelectorAll("[role='option']").forEach((option, at) => { option.id = `pick-${at}`; });
  return undefined;
}

function take(value) {
  const input = field;
  const [start, end] = bounds(input);
  input.setRangeText(value, start, end, "end");
  close();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function mark(step) {
  const options = [...menu.querySelectorAll("[role='option']")];
  if (!options.length) return;
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const to = at < 0 ? (step > 0 ? 0 : options.length - 1) : (at + step + options.length) % options.length;
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === to)));
  options[to].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", options[to].id);
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches(FIELD) && !typed(event.target)) offer(event.target, "");
});
document.addEventListener("click", (event) => {
  if (event.target.matches(FIELD) && !menu) offer(event.target, "");
});
document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches(FIELD) || !event.isTrusted) return;
  clearTimeout(timer);
  if (!offers(input)) close();
  else timer = setTimeout(() => { if (document.activeElement === input) offer(input, typed(input)); }, TYPING_MS);
});
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(FIELD) || event.altKey) return;
  const closed = !menu || field !== event.target;
  if (closed) {
    if (event.key !== "ArrowDown" || isList(event.target) || document.getElementById("names")) return;
    offer(event.target, "");
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Escape") close();
  else if (event.key === "Enter" && menu.querySelector("[aria-selected='true']")) take(menu.querySelector("[aria-selected='true']").dataset.value);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
