// Forms: leaving with unsaved changes asks once ([data-guard]), a submitted form isn't sent twice,
// a list of errors takes the focus ([data-focus]), [data-autosubmit] sends a filter as it changes,
// [data-confirm-name="shop-web"] enables its form's danger button once that name is typed.
const dirty = new Set();

function watch(form) {
  form.addEventListener("input", () => {
    dirty.add(form);
    for (const mark of form.querySelectorAll("[data-dirty]")) mark.hidden = false;
  });
  form.addEventListener("reset", () => {
    dirty.delete(form);
    for (const mark of form.querySelectorAll("[data-dirty]")) mark.hidden = true;
  });
}

document.querySelectorAll("form[data-guard]").forEach(watch);
document.querySelectorAll("form[data-guard='changed']").forEach((form) => dirty.add(form));

document.addEventListener("portal:left", (event) => dirty.delete(event.target));
addEventListener("beforeunload", (event) => {
  if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
});

// A form that htmx sent counts as saved, unless it came back changed or with errors; a part of it
// that asked for something itself saved nothing.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest("form");
  if (!form || !detail.successful || detail.requestConfig.verb !== "post") return;
  if (!detail.elt.matches("form, button, input")) return;
  if (form.dataset.guard === "changed") {
    dirty.add(form);
    return;
  }
  dirty.delete(form);
  for (const mark of form.querySelectorAll("[data-dirty]")) mark.hidden = true;
});

function wake() {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    delete form.dataset.busy;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  dirty.delete(form);
  if (form.method !== "post") return;
  form.dataset.busy = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", wake);
document.addEventListener("htmx:afterRequest", wake);

// A button that its own act disables ("Move up" at the top) hands the focus on to its neighbour,
// one in a menu that closes to the menu's own.
let pressed = null;
document.addEventListener("htmx:beforeSwap", () => { pressed = document.activeElement; });
document.addEventListener("htmx:afterSettle", () => {
  const before = pressed;
  pressed = null;
  const active = document.activeElement;
  if (!before || (active !== document.body && active !== before)) return;
  const menu = before.closest("details.p-picker:not([open]) > .p-pop")?.parentElement;
  if (menu?.isConnected) menu.querySelector("summary").focus();
  else if (before.disabled) before.closest("form")?.querySelector("button:not([disabled])")?.focus();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
});

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-confirm-name]");
  if (!field) return;
  for (const button of field.form.querySelectorAll(".btn-danger")) {
    button.disabled = field.value.trim() !== field.dataset.confirmName;
  }
});
for (const field of document.querySelectorAll("[data-confirm-name]")) {
  for (const button of field.form.querySelectorAll(".btn-danger")) button.disabled = true;
}

function focusErrors(root) {
  (root.matches?.("[data-focus]") ? root : root.querySelector("[data-focus]"))?.focus();
}
document.addEventListener("htmx:afterSettle", (event) => focusErrors(event.target));
focusErrors(document.body);
