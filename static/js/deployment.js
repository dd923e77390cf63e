// A deployment's page while it runs. One stream; every line is shown once, in order, also after a
// lost connection, a restarted server or a proxy's 502: lines up to `last` are dropped, and a new
// stream asks for what comes after it. Where streams are blocked the same fragments are polled.
const page = document.getElementById("deployment");
const log = document.getElementById("log");
const RETRY_MS = [500, 1000, 2000, 5000];
const FIRST_WORD_MS = 10000; // the stream begins with the state: nothing by then, a proxy buffers
const POLL_MS = 3000;
const MOST_LINES = 5000;

let last = Number(page.dataset.after);
let source = null;
let failures = 0;
let firstWord = null;
let polling = null;
let ended = !page.dataset.stream;
let following = true;
let unseen = 0;

const follow = log.querySelector("[data-follow]");
const mark = log.querySelector("[data-stream-state]");

function tell(text, off) {
  if (mark.textContent !== text) mark.textContent = text;
  mark.classList.toggle("p-live--off", off);
  mark.hidden = text === "";
}

// ---- rights: what the reader may not do isn't offered ----
function applyRights(root) {
  const may = page.dataset.may.split(" ");
  for (const element of root.querySelectorAll("[data-needs]")) {
    if (!may.includes(element.dataset.needs)) element.hidden = true;
  }
  const final = document.getElementById("dep-head").hasAttribute("data-final");
  for (const element of document.querySelectorAll("[data-while=running]")) {
    if (final) element.hidden = true;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-csrf") || form.elements.csrfmiddlewaretoken) return;
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrfmiddlewaretoken";
  token.value = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  form.append(token);
});

// ---- following: only while the reader is at the end ----
function atEnd() {
  const box = log.getBoundingClientRect();
  return box.bottom <= window.innerHeight + 80;
}

function showUnseen() {
  follow.hidden = following || unseen === 0;
  follow.querySelector("span").textContent = `${unseen} new line${unseen === 1 ? "" : "s"}`;
}

function toEnd() {
  const lines = log.querySelectorAll(".p-line");
  lines[lines.length - 1]?.scrollIntoView({ block: "end" });
  unseen = 0;
  following = true;
  showUnseen();
}

follow.addEventListener("click", toEnd);
addEventListener("scroll", () => {
  following = atEnd();
  if (following) unseen = 0;
  showUnseen();
}, { passive: true });
document.addEventListener("selectionchange", () => {
  if (!document.getSelection().isCollapsed) following = false;
});

// ---- lines ----
function listOf(node) {
  // What the deployment itself says stands above its steps, and below them once they have spoken.
  if (node === "/" && log.querySelector(".p-node .p-line")) return log.querySelector('[data-lines="/end"]');
  return log.querySelector(`[data-lines="${CSS.escape(node)}"]`) ?? log.querySelector('[data-lines="/"]');
}

function addLines(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  let added = 0;
  for (const line of [...holder.content.querySelectorAll(".p-line")]) {
    const seq = Number(line.id.slice(1));
    if (seq <= last) continue;
    last = seq;
    listOf(line.dataset.node).append(line);
    if (!line.classList.contains("p-line--verbose")) added += 1;
  }
  if (!added) return;
  const shown = log.querySelectorAll(".p-line");
  for (let i = 0; i < shown.length - MOST_LINES; i += 1) shown[i].remove();
  if (following && !ended) keepInView();
  else unseen += added;
  showUnseen();
}

function keepInView() {
  if (!atEnd()) window.scrollBy({ top: log.getBoundingClientRect().bottom - window.innerHeight + 16 });
}

// ---- state: head, picture, resources and the nodes' summaries change in their place ----
let told = "";
function takeState(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  for (const fresh of [...holder.content.children]) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    openWhatRuns(old, fresh);
    window.Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", ignoreActiveValue: true });
  }
  applyRights(page);
  announce();
}

function openWhatRuns(old, fresh) {
  if (old.tagName !== "SUMMARY") return;
  const runs = (summary) => summary.querySelector(".p-is-running, .p-is-failed, .p-is-waiting") !== null;
  if (!runs(old) && runs(fresh)) old.parentElement.open = true;
}

function announce() {
  const word = document.querySelector("#dep-head .p-status--lg")?.textContent.trim() ?? "";
  if (word === told) return;
  told = word;
  document.getElementById("dep-told").textContent = word;
}

// ---- the stream ----
function close() {
  source?.close();
  source = null;
  clearInterval(polling);
  clearTimeout(firstWord);
  polling = null;
}

function finish() {
  ended = true;
  close();
  tell("", false);
}

function open() {
  close();
  if (ended || document.hidden) return;
  firstWord = setTimeout(poll, FIRST_WORD_MS);
  source = new EventSource(`${page.dataset.stream}?after=${last}`);
  source.addEventListener("open", () => { failures = 0; tell("Live", false); });
  source.addEventListener("lines", (event) => addLines(event.data));
  source.addEventListener("state", (event) => { clearTimeout(firstWord); takeState(event.data); });
  source.addEventListener("reload", open);
  source.addEventListener("end", finish);
  source.addEventListener("error", () => {
    // A new stream, not the browser's own retry: after a 502 that one would begin at the start.
    close();
    tell("Reconnecting, nothing is lost", true);
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    if (failures > 6) poll();
    else setTimeout(open, wait);
  });
}

async function pollOnce() {
  try {
    const answer = await fetch(`${page.dataset.tail}?after=${last}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const tail = holder.content.querySelector("[data-tail]");
    addLines(tail.querySelector("[data-lines]").innerHTML);
    takeState(tail.querySelector("[data-state]").innerHTML);
    tell("Live updates are blocked: refreshed every 3 s", true);
    if (tail.hasAttribute("data-ended")) finish();
  } catch {
    tell("Reconnecting, nothing is lost", true);
  }
}

function poll() {
  close();
  polling = setInterval(pollOnce, POLL_MS);
  pollOnce();
  setTimeout(() => { failures = 0; open(); }, 60000);
}

// ---- clocks and bars between events ----
setInterval(() => {
  const bar = document.querySelector("[data-progress-expected]");
  if (!bar || document.hidden) return;
  const elapsed = (Date.now() - Date.parse(bar.dataset.progressSince)) / 1000;
  bar.value = Math.min(100, (100 * elapsed) / Number(bar.dataset.progressExpected));
}, 1000);

log.querySelector("[data-verbose]").addEventListener("change", (event) => {
  log.classList.toggle("p-log--quiet", !event.target.checked);
});
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);

function openTarget() {
  const line = document.getElementById(location.hash.slice(1));
  for (let node = line?.closest("details"); node; node = node.parentElement.closest("details")) node.open = true;
  line?.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", openTarget);

following = !ended && !location.hash;
applyRights(page);
openTarget();
open();
