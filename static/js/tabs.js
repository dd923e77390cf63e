// On a phone the tabs are wider than the page: the current one is brought into view.
for (const tab of document.querySelectorAll(".p-tabs [aria-current]")) {
  const strip = tab.parentElement;
  const beyond = tab.getBoundingClientRect().right - strip.getBoundingClientRect().right;
  if (beyond > 0) strip.scrollLeft = beyond + tab.offsetWidth / 2;
}
