// The release form. The button names all that it will do. The tag picker opens with the cursor in
// its search field, Enter takes what is typed (the server asks the feed), arrows walk the tags.
const form = document.getElementById("release-form");

function nameTheButton() {
  const button = document.getElementById("create");
  const version = form.elements.version.value.trim() || form.elements.version.placeholder;
  const deploys = form.elements.deploy?.checked ? ` and deploy to ${button.dataset.deployTo}` : "";
  button.textContent = `Create ${version}${deploys}`;
}

if (form) {
  form.addEventListener("input", nameTheButton);
  form.addEventListener("change", nameTheButton);
  addEventListener("pageshow", nameTheButton); // the browser may have kept what was typed
}

// Opened here and not by the browser, whose "toggle" comes late: the first keys would be lost.
document.addEventListener("click", (event) => {
  const summary = event.target.closest(".p-tagpicker > summary");
  if (!summary) return;
  event.preventDefault();
  const picker = summary.parentElement;
  picker.open = !picker.open;
  if (picker.open) picker.querySelector("input[type=search]").focus();
});

document.addEventListener("keydown", (event) => {
  const picker = event.target.closest?.(".p-tagpicker[open]");
  if (!picker) return;
  const search = picker.querySelector("input[type=search]");
  if (event.target === search && event.key === "Enter") {
    event.preventDefault();
    if (search.value.trim()) picker.querySelector("[data-take-typed]").click();
    else picker.open = false;
    return;
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const stops = [search, ...picker.querySelectorAll(".p-opt")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = stops.indexOf(document.activeElement);
  stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
});
