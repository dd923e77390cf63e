// Leaving the step editor with unsaved changes by one of the portal's own links asks in its own
// words; the browser asks for everything else (forms.js).
const form = () => document.getElementById("step-form");
const dialog = document.getElementById("leave");
const isDirty = () => form()?.querySelector("[data-dirty]:not([hidden])");

function leads(link) {
  const url = new URL(link.href, location.href);
  const isHere = url.pathname === location.pathname && url.search === location.search;
  return url.origin === location.origin && !(isHere && url.hash) && !link.target && !link.hasAttribute("download");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.id === "leave-anyway") {
    form().dispatchEvent(new Event("portal:left", { bubbles: true }));
    return;
  }
  if (!dialog || dialog.open || link.matches("[data-dialog], [data-close]") || !leads(link) || !isDirty()) return;
  event.preventDefault();
  const said = document.getElementById("changes").textContent.replace("unsaved ", "").trim();
  document.getElementById("leave-count").textContent = /^\d/.test(said) ? said : "Changes";
  document.getElementById("leave-anyway").href = link.href;
  dialog.showModal();
  dialog.querySelector("[data-safe]").focus();
});
