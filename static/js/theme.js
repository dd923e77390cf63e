// The theme button goes round: system, light, dark. Without script its form does the same.
const NEXT = { "": "light", light: "dark", dark: "" };
const form = document.querySelector("[data-theme-switch]");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const root = document.documentElement;
  const theme = NEXT[root.dataset.bsTheme ?? ""];
  if (theme) root.dataset.bsTheme = theme;
  else delete root.dataset.bsTheme;
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax`;
  document.querySelector('meta[name="color-scheme"]').content = theme || "light dark";
  const button = form.querySelector("button");
  button.setAttribute("aria-label", `Theme: ${theme || "system"}. Switch`);
  button.title = `Theme: ${theme || "system"}`;
});
