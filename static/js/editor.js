// The step editor: repositories are suggested as one types, Alt+arrow moves the row that has the
// focus, sections that need attention open, and what the reader opened stays open.
const SUGGEST_MS = 300;
let timer = null;

async function suggest(input) {
  const panel = input.closest("details, form");
  const feed = panel.querySelector("select[name$='image.feed']")?.value;
  if (!feed) return;
  const url = `/remote/feeds/${encodeURIComponent(feed)}/repositories/?search=${encodeURIComponent(input.value)}`;
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (answer.ok) input.list.innerHTML = await answer.text();
  } catch {
    input.list.replaceChildren(); // the field can be typed
  }
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-repositories]")) suggest(event.target);
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-repositories]")) return;
  clearTimeout(timer);
  timer = setTimeout(() => suggest(event.target), SUGGEST_MS);
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const row = event.target.closest(".p-kv, .p-sub");
  const button = row?.querySelector(`[data-alt-key="${event.key}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

// A morph keeps what is folded and open as the reader left it.
window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && node.tagName === "DETAILS");

document.addEventListener("htmx:afterSettle", (event) => {
  const form = document.getElementById("step-form");
  if (event.target.id !== "step-form" && !form.contains(event.target)) return;
  for (const details of form.querySelectorAll("details[data-open]")) details.open = true;
  if (event.target.id === "template-panel") return;
  form.dispatchEvent(new Event("typed", { bubbles: true }));
});

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  for (let node = target?.closest("details"); node; node = node.parentElement.closest("details")) node.open = true;
  target?.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", openTarget);
openTarget();
