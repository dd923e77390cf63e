// Relative times count on while the page stays open; the reader's zone goes into a cookie so that
// the server renders clocks and days in it. The rules are those of ecsportal/web/moments.py.
const DAY = 86400;

function words(at, now) {
  const seconds = Math.trunc((now - at) / 1000);
  const size = Math.abs(seconds);
  if (size >= DAY) return null; // the server's words ("17 Nov") stay true
  let amount = `${size} s`;
  if (size >= 3600) amount = `${Math.floor(size / 3600)} h`;
  else if (size >= 60) amount = `${Math.floor(size / 60)} min`;
  return seconds < 0 ? `in ${amount}` : `${amount} ago`;
}

function duration(seconds) {
  const units = [["d", DAY], ["h", 3600], ["min", 60], ["s", 1]];
  for (let i = 0; i < units.length - 1; i += 1) {
    const [large, size] = units[i];
    if (seconds < size) continue;
    const [small, smallSize] = units[i + 1];
    const rest = Math.floor((seconds % size) / smallSize);
    return rest ? `${Math.floor(seconds / size)} ${large} ${rest} ${small}` : `${Math.floor(seconds / size)} ${large}`;
  }
  return `${Math.max(0, Math.floor(seconds))} s`;
}

function say(element, text) {
  if (text !== null && element.textContent !== text) element.textContent = text;
}

function tick() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[data-relative]")) {
    say(element, words(Date.parse(element.dateTime), now));
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    say(element, duration((now - Date.parse(element.dataset.since)) / 1000));
  }
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`tz=${zone}`)) {
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
}
setInterval(() => { if (!document.hidden) tick(); }, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
