// A task log under its reader's hands: verbose lines on or off (kept for the next log), links to
// lines and tasks (`#L12` opens what they lie in), arrows from line to line, `l` copies a link.
const log = document.getElementById("log");
const verbose = log.querySelector("[data-verbose]");
const KEPT_AS = "log-verbose";
const FIRST = ".p-line > a";

function kept() {
  try { return localStorage.getItem(KEPT_AS) === "1"; } catch { return false; }
}

function showVerbose() {
  log.classList.toggle("p-log--quiet", !verbose.checked);
}

verbose.addEventListener("change", () => {
  showVerbose();
  try { localStorage.setItem(KEPT_AS, verbose.checked ? "1" : ""); } catch { /* private mode */ }
});

function openTarget() {
  const goal = document.getElementById(location.hash.slice(1));
  if (!goal) return;
  const isLine = goal.classList.contains("p-line");
  if (goal.classList.contains("p-line--verbose")) {
    verbose.checked = true;
    showVerbose();
  }
  for (let node = goal.closest("details"); node; node = node.parentElement.closest("details")) node.open = true;
  goal.scrollIntoView({ block: isLine ? "center" : "start", behavior: "instant" });
}
addEventListener("hashchange", openTarget);

// One tab stop among all lines: thousands would bury what comes after them.
let stop = null;
function lay(link) {
  if (stop) stop.tabIndex = -1;
  stop = link;
  if (stop) stop.tabIndex = 0;
}
log.addEventListener("log:lines", () => { if (!stop?.isConnected) lay(log.querySelector(FIRST)); });
log.addEventListener("focusin", ({ target }) => { if (target.matches(FIRST)) lay(target); });
log.addEventListener("keydown", (event) => {
  const line = event.target.closest(FIRST)?.parentElement;
  if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!step && event.key !== "l") return;
  event.preventDefault();
  if (!step) navigator.clipboard?.writeText(line.firstElementChild.href);
  let next = step ? line[step] : null;
  while (next && !next.getClientRects().length) next = next[step];
  next?.firstElementChild.focus();
});

verbose.checked = kept();
showVerbose();
lay(log.querySelector(FIRST));
openTarget();
