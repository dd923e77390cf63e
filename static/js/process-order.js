// The steps of a process are put in order by dragging their grip, or with Alt and an arrow key.
// Without this file the buttons of each row do the same.
const list = () => document.querySelector("[data-order]");
const rowOf = (event) => event.target.closest?.("[data-step]");
const slugs = () => [...list().querySelectorAll("[data-step]")].map((row) => row.dataset.step);
let dragged = null;
let before = "";

document.addEventListener("dragstart", (event) => {
  if (!event.target.closest?.(".p-grip") || !list()) return;
  dragged = rowOf(event);
  before = slugs().join(",");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.step);
  event.dataTransfer.setDragImage(dragged, 0, 0);
  dragged.classList.add("p-is-dragged");
});

document.addEventListener("dragover", (event) => {
  const over = dragged && rowOf(event);
  if (!dragged) return;
  event.preventDefault();
  if (!over || over === dragged || over.parentElement !== dragged.parentElement) return;
  const { top, height } = over.getBoundingClientRect();
  over.insertAdjacentElement(event.clientY < top + height / 2 ? "beforebegin" : "afterend", dragged);
});

document.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });

document.addEventListener("dragend", (event) => {
  if (!dragged) return;
  dragged.classList.remove("p-is-dragged");
  dragged = null;
  const order = slugs().join(",");
  if (event.dataTransfer.dropEffect === "none") {
    for (const slug of before.split(",")) list().append(document.getElementById(`step-${slug}`));
    return;
  }
  if (order !== before) send(order);
});

document.addEventListener("keydown", (event) => {
  const verb = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  const row = verb && event.altKey && list() && rowOf(event);
  if (!row) return;
  event.preventDefault();
  const button = document.getElementById(`${verb}-${row.dataset.step}`);
  if (button && !button.disabled) {
    button.focus();
    button.click();
  }
});

function send(order) {
  window.htmx.ajax("POST", list().dataset.order, {
    source: list(),
    values: { order },
    target: "#process",
    select: "#process",
    swap: "morph:outerHTML",
  });
}
