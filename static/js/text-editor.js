// A text area with line numbers ([data-text-editor]); links with data-text-line="12" go to their line,
// which is marked. [data-text-file] takes the text from a file. Without this file it is a plain field.
const editor = document.querySelector("[data-text-editor]");
const area = editor?.querySelector("textarea");
const gutter = document.createElement("div");

function number() {
  const marked = new Map(
    [...document.querySelectorAll("[data-text-line]")].map((link) => [Number(link.dataset.textLine), link.dataset.textKind]),
  );
  const count = area.value.split("\n").length;
  if (gutter.childElementCount === count && !marked.size && !gutter.querySelector("[class]")) return;
  gutter.replaceChildren(
    ...Array.from({ length: count }, (_, index) => {
      const line = document.createElement("span");
      line.textContent = `${index + 1}\n`;
      if (marked.has(index + 1)) line.className = `p-is-${marked.get(index + 1)}`;
      return line;
    }),
  );
  gutter.scrollTop = area.scrollTop;
}

function goTo(line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  const height = area.scrollHeight / lines.length;
  area.scrollTop = Math.max(0, (line - 4) * height);
}

if (area) {
  gutter.className = "p-gutter p-mono";
  gutter.ariaHidden = "true";
  editor.prepend(gutter);
  area.addEventListener("input", number);
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  document.addEventListener("htmx:afterSettle", number);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-text-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.textLine));
  });
  document.querySelector("[data-text-file]")?.addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file || file.size > 2_000_000) return;
    area.value = await file.text();
    target.value = "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.form.querySelector("[value=look]").click();
  });
  number();
}
