// [data-copy="text"], or [data-copy-from="id"] for the text of an element. The answer is the
// button's own tick for two seconds.
async function write(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain HTTP on a host other than localhost has no clipboard API.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  event.preventDefault();
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  await write(source ? (source.value ?? source.textContent) : button.dataset.copy);
  const use = button.querySelector("use");
  if (!use || button.dataset.copied) return;
  const href = use.getAttribute("href");
  button.dataset.copied = "1";
  use.setAttribute("href", href.replace(/#.*/, "#check"));
  setTimeout(() => {
    use.setAttribute("href", href);
    delete button.dataset.copied;
  }, 2000);
});
