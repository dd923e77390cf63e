// Toasts: from the page's messages, from the answer's HX-Trigger header
// {"toast": {"kind": "ok", "text": "Variable saved."}}, and for answers that never came.
// They leave after 5 s (10 s with a button in them); errors stay until they are clicked.
const place = document.getElementById("toasts");
const sprite = document.querySelector("use")?.getAttribute("href").replace(/#.*/, "") ?? "";
const SVG = "http://www.w3.org/2000/svg";

function fade(toast) {
  setTimeout(() => toast.remove(), toast.querySelector("button, a") ? 10000 : 5000);
}

function shape(kind) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${kind === "idle" ? "info-circle" : `s-${kind}`}`);
  icon.append(use);
  return icon;
}

function toast({ kind = "ok", text = "" }) {
  const box = document.createElement("div");
  box.className = `p-toast p-is-${kind}`;
  box.append(shape(kind), text);
  place.append(box);
  if (kind !== "failed") fade(box);
}

place.addEventListener("click", (event) => {
  const box = event.target.closest(".p-toast.p-is-failed");
  if (box && !event.target.closest("a, button")) box.remove();
});
place.querySelectorAll("[data-fades]").forEach(fade);
document.addEventListener("toast", (event) => toast(event.detail));

document.addEventListener("htmx:sendError", (event) => {
  if (event.target.closest("[data-quiet]")) return;
  toast({ kind: "failed", text: "The portal can’t be reached. What you typed is still here." });
});
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (event.target.closest("[data-quiet]") || xhr.getResponseHeader("HX-Redirect")) return;
  const id = xhr.getResponseHeader("X-Request-ID");
  const refusals = { 403: "You aren’t allowed to do this.", 404: "This isn’t there any more.", 409: "Somebody changed this meanwhile. Reload to see it." };
  toast({ kind: "failed", text: refusals[xhr.status] ?? `The portal failed to answer (${xhr.status}). Its log names the cause under ${id}.` });
});
