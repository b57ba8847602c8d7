/* Runs before the first paint, so that the page never flashes the other theme.
   The server writes the choice of a person who made one; without it the system decides. */
(() => {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  root.classList.add("js");
  if (root.dataset.bsTheme) return;
  const follow = () => { root.dataset.bsTheme = system.matches ? "dark" : "light"; };
  follow();
  system.addEventListener("change", () => {
    if (!document.cookie.includes("theme=")) follow();
  });
})();
