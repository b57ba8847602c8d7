/* The scoring sheet's keys and folding. The sheet works without it: it is one form. */
(() => {
  "use strict";
  const sheet = document.querySelector("[data-sheet]");
  if (!sheet) return;
  const criteria = [...sheet.querySelectorAll("details.criterion")];
  const evidence = document.querySelector(".sheet-fold");
  if (evidence && window.matchMedia("(max-width: 991.98px)").matches) evidence.open = false;

  /* «name» keeps one criterion open where browsers know it; here for those that do not. */
  const openOnly = (chosen) => {
    for (const each of criteria) each.open = each === chosen;
  };
  for (const each of criteria) {
    each.addEventListener("toggle", () => { if (each.open) openOnly(each); });
  }

  const current = () => criteria.find((each) => each.open);
  const optionsOf = (criterion) => [...criterion.querySelectorAll("input[type=radio]")];

  /* Where attention goes next: the chosen option, the first one, or the foot of the sheet. */
  function next() {
    const following = criteria[criteria.indexOf(current()) + 1];
    if (!following) {
      sheet.querySelector(".sheet-foot [name=seal]").focus();
      return;
    }
    openOnly(following);
    const options = optionsOf(following);
    (options.find((option) => option.checked) ?? options[0]).focus();
    following.scrollIntoView({ block: "nearest" });
  }

  function pick(digit) {
    const criterion = current();
    const option = criterion && optionsOf(criterion)[digit - 1];
    if (!option) return false;
    option.checked = true;
    option.dispatchEvent(new Event("input", { bubbles: true }));
    option.focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && sheet.contains(event.target)) {
      event.preventDefault();
      next();
      return;
    }
    const isTyping = event.target.matches("textarea, select, input:not([type=radio])");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (localStorage.getItem("keys") === "off" || document.querySelector("dialog[open]")) return;
    if (/^[1-9]$/.test(event.key) && pick(Number(event.key))) event.preventDefault();
  });
})();
