// The tag picker of the release form: it opens with the cursor in its search field, Enter takes what
// is typed (the server asks the feed for it), arrows walk through the tags.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".p-tagpicker") && event.target.open) {
    event.target.querySelector("input[type=search]").focus();
  }
}, true);

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
