// Variables: Enter saves and Escape cancels the open row, chips follow the scope's ticks, `#{`
// offers names, and the focus returns to the row that was open.
const table = () => document.getElementById("variables");
const form = () => document.getElementById("value-form");
let openRow = "";

document.addEventListener("keydown", (event) => {
  const inside = event.target.closest?.("#value-form");
  if (!inside || event.defaultPrevented || event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey && event.target.matches("[data-enter-saves]")) {
    event.preventDefault();
    inside.requestSubmit();
  }
  if (event.key === "Escape") {
    event.preventDefault();
    inside.querySelector("[data-cancels]").click();
  }
});

// Somebody saved meanwhile: the answer is the same form with both versions.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status === 409 && ["variables", "plan"].includes(detail.target.id)) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

function drawChips(scope) {
  const chips = scope.querySelector("[data-scope-chips]");
  const ticked = [...scope.querySelectorAll("input[type=checkbox]:checked")];
  chips.replaceChildren(...ticked.map((tick) => {
    const chip = Object.assign(document.createElement("span"), { className: "p-chip" });
    const name = tick.closest("label").textContent.trim();
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", className: "p-copy p-copy--s", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${name}`);
    remove.addEventListener("click", () => {
      tick.checked = false;
      drawChips(scope);
      scope.querySelector("summary").focus();
    });
    chip.append(name, remove);
    return chip;
  }));
  if (!ticked.length) {
    chips.append(Object.assign(document.createElement("span"), { className: "p-chip p-chip--any", textContent: "Everywhere" }));
  }
}

document.addEventListener("change", (event) => {
  const scope = event.target.closest("[data-scope]");
  if (scope && event.target.matches("input[type=checkbox]")) drawChips(scope);
});

// Enter ticks what was typed as tags; an empty field lets Enter save, as anywhere in the form.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !field.matches?.("[data-new-tags]")) return;
  const tags = field.value.split(",").map((tag) => tag.trim()).filter(Boolean);
  if (!tags.length) return;
  event.preventDefault();
  const set = field.closest("fieldset");
  for (const tag of tags) tickTag(set, tag);
  field.value = "";
  drawChips(field.closest("[data-scope]"));
  field.scrollIntoView({ block: "nearest" });
});

function tickTag(set, tag) {
  const ticks = [...set.querySelectorAll("input[type=checkbox]")];
  const known = ticks.find((tick) => tick.value.toLowerCase() === tag.toLowerCase());
  if (known) {
    known.checked = true;
    return;
  }
  const label = Object.assign(document.createElement("label"), { className: "form-check" });
  const tick = Object.assign(document.createElement("input"), {
    className: "form-check-input", type: "checkbox", name: "target_tags", value: tag, checked: true,
  });
  const name = Object.assign(document.createElement("span"), { textContent: tag });
  label.append(tick, " ", name);
  set.insertBefore(label, set.querySelector("label:not(.form-check)"));
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-scope-find]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const set of event.target.closest("[data-scope]").querySelectorAll("fieldset")) {
    const labels = [...set.querySelectorAll("label.form-check")];
    for (const label of labels) label.hidden = !label.textContent.toLowerCase().includes(wanted);
    set.hidden = labels.every((label) => label.hidden) && !set.querySelector("[data-new-tags]");
  }
});

function wake() {
  document.querySelectorAll("[data-scope]").forEach(drawChips);
  const opened = form();
  if (opened) {
    const returning = openRow === (opened.dataset.row || "new");
    openRow = opened.dataset.row || "new";
    if (!returning && !opened.querySelector("[data-focus]")) {
      const first = [...opened.querySelectorAll("input:not([type=hidden]), textarea, select")].find((field) => field.offsetParent);
      first?.focus();
    }
  } else if (openRow) {
    const row = openRow;
    openRow = "";
    if (!table()?.contains(document.activeElement) && !table()?.querySelector("[data-focus]")) {
      document.getElementById(`edit-${row}`)?.focus({ preventScroll: true });
    }
  }
}
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "variables" || event.target.id === "variables") wake();
});
// A saved or deleted value may change what the panel beside says.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.verb === "post" && detail.successful && detail.target?.id === "variables") {
    document.getElementById("preview-form")?.dispatchEvent(new Event("change"));
  }
});
wake();
