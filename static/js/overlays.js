// Menus and pickers (details.p-picker) close on Escape and outside; dialogs open by
// [data-dialog="id"] and close by [data-close]. Focus returns to the opener.
let opener = null;

function show(dialog, from) {
  const other = document.querySelector("dialog[open]");
  if (other && other !== dialog) return; // never a dialog on a dialog
  opener = from;
  if (dialog.open) dialog.close();
  dialog.showModal();
  const first = dialog.querySelector("[data-safe], [autofocus], input:not([type=hidden]), select, textarea");
  (first ?? dialog.querySelector(".p-dialog-foot .btn, [data-close]"))?.focus();
  dialog.dispatchEvent(new CustomEvent("portal:opened", { bubbles: true }));
}

function forgetAddress() {
  const url = new URL(location.href);
  if (!url.searchParams.has("dialog")) return;
  url.searchParams.delete("dialog");
  history.replaceState(history.state, "", url);
}

document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-dialog]");
  if (asks && !event.ctrlKey && !event.metaKey) {
    const dialog = document.getElementById(asks.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      asks.closest("details.p-picker")?.removeAttribute("open");
      show(dialog, asks);
      if (asks.matches("a[href^='?']")) history.replaceState(history.state, "", asks.href);
      return;
    }
  }
  const dialog = event.target.closest("dialog");
  if (dialog?.open && (event.target === dialog || event.target.closest("[data-close]"))) {
    event.preventDefault();
    dialog.close();
  }
  for (const picker of document.querySelectorAll("details.p-picker[open]")) {
    if (!picker.contains(event.target)) picker.open = false;
  }
});

// Tab leaves a menu and closes it.
document.addEventListener("focusin", (event) => {
  for (const picker of document.querySelectorAll("details.p-picker[open]")) {
    if (!picker.contains(event.target)) picker.open = false;
  }
});

document.addEventListener("close", (event) => {
  if (!(event.target instanceof HTMLDialogElement)) return;
  forgetAddress();
  if (opener?.isConnected) opener.focus();
  opener = null;
}, true);

document.addEventListener("keydown", (event) => {
  const picker = event.target.closest?.("details.p-picker[open]");
  if (!picker) return;
  if (event.key === "Escape") {
    picker.open = false;
    picker.querySelector("summary").focus();
    event.stopPropagation();
  }
  if (!picker.hasAttribute("data-menu") || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const items = [...picker.querySelectorAll(".p-menu a, .p-menu button")];
  const at = items.indexOf(document.activeElement);
  const step = event.key === "ArrowDown" ? 1 : -1;
  items[(at + step + items.length) % items.length]?.focus();
  event.preventDefault();
});

// A page that was asked for with ?dialog=... came with that dialog open in its place.
for (const dialog of document.querySelectorAll("dialog[open]")) {
  show(dialog, document.querySelector(`[data-dialog="${dialog.id}"]`));
}
