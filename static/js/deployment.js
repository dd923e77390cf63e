// A deployment's page while it runs. One stream; every line is shown once, in order, also after a
// lost connection, a restarted server or a proxy's 502: lines up to `last` are dropped, and a new
// stream asks for what comes after it. Where streams are blocked the same fragments are polled.
const page = document.getElementById("deployment");
const log = document.getElementById("log");
const RETRY_MS = [500, 1000, 2000, 5000];
const FAILURES_BEFORE_POLLING = 6;
const FAILURES_UNHEARD = 2; // no stream has ever said a word: they are blocked rather than broken
const FIRST_WORD_MS = 5000; // the stream begins with the state: nothing by then, a proxy buffers
const POLL_MS = 3000;
const STREAM_AGAIN_MS = 60000;
const MOST_LINES = 5000;
const LONG_NODE = 200; // above it a node is laid out only near the screen
const TOLD_EVERY_MS = 10000;

let last = Number(page.dataset.after);
let source = null;
let failures = 0;
let heard = false;
let ended = !page.dataset.stream;
let polling = false;
let following = false;
let unseen = 0;
const timers = new Set();

const follow = log.querySelector("[data-follow]");
const mark = log.querySelector("[data-stream-state]");
const search = log.querySelector("[data-log-search]");
const count = log.querySelector("[data-line-count]");
const verbose = log.querySelector("[data-verbose]");

function later(task, ms) {
  timers.add(setTimeout(task, ms));
}

function forget() {
  timers.forEach(clearTimeout);
  timers.clear();
}

function tell(text, off = false) {
  if (mark.textContent !== text) mark.textContent = text;
  mark.classList.toggle("p-live--off", off);
  mark.hidden = text === "";
}

// ---- times: the stream is rendered once for everybody, in UTC; here it gets the reader's zone ----
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const exact = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });
const zoneName = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if (time.hasAttribute("data-clock") || /^\d\d:\d\d:\d\d$/.test(time.textContent)) time.textContent = clock.format(at);
    if (!time.title) continue;
    const zone = zoneName.formatToParts(at).find((part) => part.type === "timeZoneName").value;
    time.title = `${exact.format(at)} ${zone}`;
  }
}

// ---- forms that came with the stream know no token: it is added when they are sent ----
document.addEventListener("submit", ({ target }) => {
  if (!target.hasAttribute("data-csrf") || target.elements.csrfmiddlewaretoken) return;
  const value = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  target.append(Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken", value }));
}, true);

// ---- following: only while the reader is at the end ----
function atEnd() {
  return log.getBoundingClientRect().bottom <= window.innerHeight + 80;
}

function showUnseen() {
  const idle = following || unseen === 0;
  follow.toggleAttribute("data-idle", idle);
  follow.tabIndex = idle ? -1 : 0;
  if (!idle) follow.querySelector("span").textContent = `${unseen} new line${unseen === 1 ? "" : "s"}`;
}

function newest() {
  const shown = [...log.querySelectorAll(".p-line[id]:not([hidden])")].filter((line) => line.getClientRects().length);
  return shown.reduce((best, line) => (!best || Number(line.id.slice(1)) > Number(best.id.slice(1)) ? line : best), null);
}

function toEnd() {
  newest()?.scrollIntoView({ block: "end", behavior: "instant" });
  if (!ended) keepInView();
  unseen = 0;
  following = true;
  showUnseen();
}

function keepInView() {
  const below = log.getBoundingClientRect().bottom - window.innerHeight + 16;
  // At once: a smooth scroll would count as the reader's own, and end the following.
  if (below > 0) window.scrollBy({ top: below, behavior: "instant" });
}

follow.addEventListener("click", toEnd);
let before = window.scrollY;
addEventListener("scroll", () => {
  // Upwards is away from the end, even while a smooth scroll has only begun.
  const up = window.scrollY < before && window.scrollY + window.innerHeight < document.documentElement.scrollHeight - 2;
  before = window.scrollY;
  following = !up && atEnd();
  if (following) unseen = 0;
  showUnseen();
}, { passive: true });
document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!selection.isCollapsed && log.contains(selection.anchorNode)) following = false;
});

// ---- lines ----
function listOf(node) {
  // What the deployment itself says stands above its steps, and below them once they have spoken.
  const own = node === "/" && log.querySelector(".p-node .p-line") ? "/end" : node;
  return log.querySelector(`[data-lines="${CSS.escape(own)}"]`) ?? log.querySelector('[data-lines="/end"]');
}

function matches(line) {
  const wanted = search.value.trim().toLowerCase();
  return !wanted || line.lastElementChild.textContent.toLowerCase().includes(wanted);
}

function reveal(element) {
  for (let node = element.closest("details"); node; node = node.parentElement.closest("details")) node.open = true;
}

// The reader looks at older lines: new ones are counted, and come when he goes to the end.
function countBeyond(lines) {
  const numbers = [...lines.querySelectorAll(".p-line")].map((line) => Number(line.id.slice(1)));
  last = Math.max(last, ...numbers);
  const shownLast = Math.max(0, ...[...log.querySelectorAll(".p-line[id]")].map((line) => Number(line.id.slice(1))));
  log.querySelector("[data-later] [data-count]").textContent = last - shownLast;
  showCount();
}

log.addEventListener("log:whole", ({ detail }) => {
  last = detail;
  open();
});

// ---- a repeat ("Still UPDATE_IN_PROGRESS, 2 min") counts up while it is the newest of its node ----
function countUp() {
  for (const since of log.querySelectorAll("[data-still]")) {
    const line = since.closest(".p-line");
    const isNewest = !ended && line === line.parentElement.lastElementChild;
    if (isNewest) since.dataset.since = since.dataset.still;
    else delete since.dataset.since;
  }
}

function addLines(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  if (page.hasAttribute("data-window")) {
    countBeyond(holder.content);
    return;
  }
  localise(holder.content);
  const byList = new Map();
  let added = 0;
  for (const line of [...holder.content.querySelectorAll(".p-line")]) {
    const seq = Number(line.id.slice(1));
    if (seq <= last) continue;
    last = seq;
    const list = listOf(line.dataset.node);
    if (!byList.has(list)) byList.set(list, document.createDocumentFragment());
    byList.get(list).append(line);
    line.hidden = !matches(line);
    if (!line.hidden && search.value.trim()) reveal(list);
    if (!line.hidden && (verbose.checked || !line.classList.contains("p-line--verbose"))) added += 1;
  }
  for (const [list, lines] of byList) {
    list.append(lines);
    list.closest("[data-part]")?.removeAttribute("hidden");
    list.classList.toggle("p-lines--long", list.childElementCount > LONG_NODE);
  }
  if (!byList.size) return;
  const all = log.querySelectorAll(".p-line[id]");
  if (all.length > MOST_LINES) {
    [...all].slice(0, all.length - MOST_LINES).forEach((line) => line.remove());
    log.dispatchEvent(new CustomEvent("log:trimmed"));
  }
  log.dispatchEvent(new CustomEvent("log:lines"));
  countUp();
  showCount();
  if (following) keepInView();
  else unseen += added;
  showUnseen();
}

function showCount() {
  const wanted = search.value.trim();
  const found = wanted ? `${log.querySelectorAll(".p-line[id]:not([hidden])").length} of ` : "";
  count.textContent = `${found}${last} line${last === 1 ? "" : "s"}`;
}

search.addEventListener("input", () => {
  for (const line of log.querySelectorAll(".p-line[id]")) line.hidden = !matches(line);
  if (search.value.trim()) log.querySelectorAll(".p-lines:has(> .p-line:not([hidden]))").forEach(reveal);
  showCount();
});

// ---- state: head, picture, resources and the nodes' summaries change in their place ----
// What the reader folded, unfolded or typed stays as it is.
const keepTheReaders = {
    beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
  beforeNodeMorphed: (node) => !(node.id === "answer-note" && node.value !== ""),
  beforeNodeRemoved: (node) => !["answer-note-error", "answer-error"].includes(node.id),
};

const cancelling = document.getElementById("cancel");
let stateHtml = "";

// Under the reader's hand "Cancel" never turns into "Stop waiting": the open dialog keeps its words.
function wouldMeanMore(state) {
  const abandons = "#cancel-form[data-abandons]";
  return Boolean(cancelling?.open && state.querySelector(abandons) && !cancelling.querySelector(abandons));
}

cancelling?.addEventListener("close", () => {
  if (stateHtml) takeState(stateHtml);
});

function takeState(html) {
  stateHtml = html;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  localise(holder.content);
  const keepsCancel = wouldMeanMore(holder.content);
  for (const fresh of [...holder.content.children]) {
    const old = document.getElementById(fresh.id);
    if (!old || (keepsCancel && fresh.id.startsWith("cancel-"))) continue;
    openWhatRuns(old, fresh);
    moveBars(fresh);
    window.Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", ignoreActiveValue: isTypedInto(document.activeElement), callbacks: keepTheReaders });
  }
  if (document.querySelector("#dep-head[data-final]")) {
    for (const element of document.querySelectorAll("[data-while=running]")) element.hidden = true;
    if (cancelling?.open && !cancelling.contains(document.activeElement)) cancelling.querySelector("[data-close]")?.focus();
  }
  if (following) keepInView();
  announce();
}

// Only of a field: of a focused link or summary it would hold back what stands in it as well.
function isTypedInto(element) {
  return Boolean(element?.matches("input, select, textarea"));
}

function openWhatRuns(old, fresh) {
  if (old.tagName !== "SUMMARY") return;
  const runs = (summary) => summary.querySelector(".p-is-running, .p-is-failed, .p-is-waiting") !== null;
  if (!runs(old) && runs(fresh)) old.parentElement.open = true;
}

// Changes of state and step, at most every ten seconds; a failure once, at once.
let told = stateWords();
let toldAt = 0;

function stateWord() {
  return document.querySelector("#dep-head .p-status--lg")?.textContent.trim() ?? "";
}

function stateWords() {
  const state = stateWord();
  const steps = [...document.querySelectorAll("#dep-head .p-stage.p-is-running b")].map((step) => step.textContent);
  return [state, ...steps].join(", ");
}

// A tab in the background tells its state by its title.
function entitle() {
  const state = stateWord();
  if (state) document.title = document.title.replace(/^[^:]*/, state);
}

function announce() {
  entitle();
  const words = stateWords();
  if (words === told) return;
  const cause = document.getElementById("cause-1");
  if (cause) document.getElementById("dep-alarm").textContent = cause.textContent;
  else if (Date.now() - toldAt < TOLD_EVERY_MS && !ended) return;
  else document.getElementById("dep-told").textContent = words;
  told = words;
  toldAt = Date.now();
}

// ---- the stream ----
function close() {
  source?.close();
  source = null;
  polling = false;
  forget();
}

function finish() {
  ended = true;
  countUp();
  close();
  tell("");
  announce();
}

function open() {
  close();
  if (ended || document.hidden) return;
  later(poll, FIRST_WORD_MS);
  const mine = new EventSource(`${page.dataset.stream}?after=${last}`);
  source = mine;
  source.addEventListener("lines", (event) => addLines(event.data));
  source.addEventListener("state", (event) => {
    forget();
    failures = 0;
    heard = true;
    tell("Live");
    takeState(event.data);
  });
  source.addEventListener("reload", open);
  source.addEventListener("end", finish);
  source.addEventListener("error", () => {
    if (source !== mine) return;
    // A new stream, not the browser's own retry: after a 502 that one would begin at the start.
    close();
    tell("Reconnecting, nothing is lost", true);
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    if (failures > (heard ? FAILURES_BEFORE_POLLING : FAILURES_UNHEARD)) poll();
    else later(open, wait);
  });
}

async function pollOnce() {
  try {
    const answer = await fetch(`${page.dataset.tail}?after=${last}`, { headers: { "HX-Request": "true" } });
    if (!polling) return;
    if (answer.redirected || [401, 403, 404].includes(answer.status)) {
      close();
      tell("You are signed out or may not see this any more. Reload the page.", true);
      return;
    }
    if (!answer.ok) throw new Error(answer.status);
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const tail = holder.content.querySelector("[data-tail]");
    addLines(tail.querySelector("[data-lines]").innerHTML);
    takeState(tail.querySelector("[data-state]").innerHTML);
    tell("Live updates are blocked: refreshed every 3 s", true);
    if (tail.hasAttribute("data-ended")) {
      finish();
      return;
    }
  } catch {
    tell("Reconnecting, nothing is lost", true);
  }
  if (polling) later(pollOnce, POLL_MS);
}

function poll() {
  close();
  polling = true;
  later(open, STREAM_AGAIN_MS);
  pollOnce();
}

// ---- bars between events ----
function moveBars(root) {
  for (const bar of root.querySelectorAll("[data-progress-expected]")) {
    const elapsed = (Date.now() - Date.parse(bar.dataset.progressSince)) / 1000;
    const part = Math.min(100, (100 * elapsed) / Number(bar.dataset.progressExpected));
    // As an attribute too: a morph compares attributes.
    bar.setAttribute("value", part.toFixed(1));
  }
}
setInterval(() => { if (!document.hidden) moveBars(page); }, 1000);

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => { if (event.persisted) open(); });

localise(page);
moveBars(page);
countUp();
following = !ended && atEnd();
open();
