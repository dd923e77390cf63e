// Names complete after `#{`: in fields with data-completes, and in all text fields of a form with
// data-names; both hold the address that offers names.
const TEXT = "input:not([type=checkbox], [type=hidden], [type=search]), textarea";
let list = null;
let asked = 0;

function addressFor(field) {
  if (field.dataset.completes) return field.dataset.completes;
  return field.matches(TEXT) ? field.closest("form[data-names]")?.dataset.names : undefined;
}

function typedName(field) {
  const before = field.value.slice(0, field.selectionStart);
  return before.match(/#\{(?:\s*(?:if|unless)\s+)?([\w.\-:[\]]*)$/)?.[1];
}

function close() {
  list?.remove();
  list = null;
}

function take(field, name) {
  const typed = typedName(field) ?? "";
  const at = field.selectionStart;
  const closes = field.value.startsWith("}", at) ? "" : "}";
  field.setRangeText(name + closes, at - typed.length, at, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

async function offer(field) {
  const typed = typedName(field);
  const url = addressFor(field);
  if (typed === undefined || !url) return close();
  const number = (asked += 1);
  const answer = await fetch(`${url}?name=${encodeURIComponent(typed)}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok || number !== asked || document.activeElement !== field) return undefined;
  const { names } = await answer.json();
  close();
  if (!names.length || (names.length === 1 && names[0] === typed)) return undefined;
  list = Object.assign(document.createElement("div"), { className: "p-pop p-names", id: "names" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Names");
  names.forEach((name, at) => {
    const option = Object.assign(document.createElement("div"), { className: "p-opt p-mono", id: `name-${at}`, textContent: name });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(at === 0));
    option.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(field, name);
    });
    list.append(option);
  });
  field.after(list);
  return undefined;
}

document.addEventListener("input", (event) => {
  if (addressFor(event.target)) offer(event.target);
});
document.addEventListener("focusout", close);
document.addEventListener("keydown", (event) => {
  if (!list) return;
  const options = [...list.children];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    const to = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === to)));
    options[to].scrollIntoView({ block: "nearest" });
  } else if (["Enter", "Tab"].includes(event.key)) take(event.target, options[at].textContent);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
