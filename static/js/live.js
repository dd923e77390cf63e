// One stream a page: <... data-live="/live/dashboard">. An element with data-live-event="attention"
// is replaced (by morphing) when that event brings HTML, and asked to reload itself (hx-trigger
// "live") when it brings none (/live/dashboard: attention, tasks, grid-<project>,
// cell-<project>-<environment>). Several such wakes within half a second are one. While the tab is
// hidden the stream is closed; on return, and where streams are blocked, the elements marked
// data-live-poll reload themselves.
const root = document.querySelector("[data-live]");
const POLL_MS = 5000;
const RETRY_MS = 60000;
const GATHER_MS = 500;
let stream = null;
let poll = null;
let failures = 0;
const woken = new Set();
const heard = new Set();

function say(text, off) {
  for (const mark of document.querySelectorAll("[data-live-state]")) {
    mark.hidden = false;
    if (mark.textContent !== text) mark.textContent = text;
    mark.classList.toggle("p-live--off", off);
  }
}

function reload() {
  document.querySelectorAll("[data-live-poll]").forEach((element) => window.htmx.trigger(element, "live"));
}

function take(name, data) {
  for (const element of document.querySelectorAll(`[data-live-event="${CSS.escape(name)}"]`)) {
    if (data.trimStart().startsWith("<")) {
      window.htmx.swap(element, data, { swapStyle: "morph:outerHTML" }, { contextElement: element });
    } else window.htmx.trigger(element, "live");
  }
}

function wake(name) {
  const first = woken.size === 0;
  woken.add(name);
  if (!first) return;
  setTimeout(() => {
    const names = [...woken];
    woken.clear();
    names.forEach((each) => take(each, ""));
  }, GATHER_MS);
}

function startPolling() {
  if (poll) return;
  say("Live updates are blocked: refreshed every 5 s", true);
  poll = setInterval(reload, POLL_MS);
}

function stop() {
  stream?.close();
  stream = null;
  clearInterval(poll);
  poll = null;
}

function listen() {
  for (const { dataset } of document.querySelectorAll("[data-live-event]")) {
    const name = dataset.liveEvent;
    if (heard.has(name)) continue;
    heard.add(name);
    stream.addEventListener(name, ({ data }) => (data ? take(name, data) : wake(name)));
  }
}

function start() {
  const url = root.dataset.live;
  if (!url) {
    startPolling();
    return;
  }
  stream = new EventSource(url);
  stream.addEventListener("open", () => {
    failures = 0;
    say("Live", false);
  });
  stream.addEventListener("reload", reload);
  heard.clear();
  listen();
  stream.addEventListener("error", () => {
    failures += 1;
    if (stream?.readyState !== EventSource.CLOSED && failures < 3) {
      say("Reconnecting, nothing is lost", true);
      return;
    }
    stop();
    startPolling();
    setTimeout(() => { if (!document.hidden) { stop(); start(); } }, RETRY_MS);
  });
}

if (root) {
  document.addEventListener("visibilitychange", () => {
    stop();
    if (document.hidden) return;
    reload();
    start();
  });
  addEventListener("pagehide", stop);
  // A filter may have brought parts that weren't there when the stream began.
  document.addEventListener("htmx:afterSettle", () => { if (stream) listen(); });
  start();
}
