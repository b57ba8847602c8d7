/* Behaviour that pages share. Every page works without it; nothing here changes data. */
(() => {
  "use strict";
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const YEAR = 365 * 24 * 3600;

  /* -- Theme: the choice lives in a cookie so that the server can paint it ------------------ */
  function toggleTheme() {
    const root = document.documentElement;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    root.dataset.bsTheme = theme;
    document.cookie = `theme=${theme}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
  }

  /* -- Menus: native <details>; a click elsewhere or Escape closes them ---------------------- */
  function closeMenus(except) {
    for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false;
  }

  /* -- Dialogs: <a href="#id" data-dialog> opens <dialog id> --------------------------------- */
  function openDialog(dialog) {
    if (dialog && !dialog.open) dialog.showModal();
  }

  /* -- Lists: j and k move, Enter opens; the current row keeps the real focus ---------------- */
  const rowsOf = (list) => all("[data-row]", list);
  function moveInList(step) {
    const here = document.activeElement?.closest("[data-row]");
    const list = here?.closest("[data-list]") ?? one("[data-list]");
    if (!list) return false;
    const rows = rowsOf(list);
    const next = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(here) + step))];
    const target = next && (one("[data-open]", next) ?? one("a[href], button", next));
    if (!target) return false;
    for (const row of all("[data-row].is-current")) row.classList.remove("is-current");
    next.classList.add("is-current");
    target.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  /* Choosing every row of a page at once; each box can still be taken back. */
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-choose-all]")) return;
    const boxes = all("[data-row] input[type=checkbox]", event.target.form);
    for (const box of boxes) box.checked = event.target.checked;
  });

  /* What was chosen on other pages of a list goes along, and the page says so. */
  function holdPicks(form) {
    const note = one("[data-picks-elsewhere]", form);
    if (!note) return;
    const place = `picks:${location.pathname}:${form.dataset.picks}`;
    const boxes = all("[data-row] input[type=checkbox]", form);
    const numberOf = (value) => value.split(":")[0];
    const here = new Set(boxes.map((box) => numberOf(box.value)));
    const held = () => JSON.parse(sessionStorage.getItem(place) ?? "[]");
    const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
    const elsewhere = () => held().filter((value) => !here.has(numberOf(value)));
    const keep = (values) => { sessionStorage.setItem(place, JSON.stringify(values)); show(); };
    function show() {
      for (const input of all("[data-picked]", form)) input.remove();
      const values = elsewhere();
      for (const value of values) {
        const input = Object.assign(document.createElement("input"), { type: "hidden", name: "row", value });
        input.dataset.picked = "";
        form.append(input);
      }
      note.hidden = !values.length;
      one("b", note).textContent = note.dataset.words.replace("#", values.length);
    }
    const chosen = new Set(held().map(numberOf));
    for (const box of boxes) if (chosen.has(numberOf(box.value))) box.checked = true;
    document.addEventListener("change", (event) => {
      if (event.target.form === form) keep([...elsewhere(), ...ticked()]);
    });
    one("[data-let-go]", note).addEventListener("click", () => keep(ticked()));
    form.addEventListener("submit", () => sessionStorage.removeItem(place));
    show();
  }
  for (const form of all("form[data-picks]")) holdPicks(form);

  const typing = (element) =>
    element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  /* A page gives its own keys with data-key="a" on a link or button: it is clicked. */
  function pageKey(key) {
    if (!/^[a-z]$/.test(key)) return false;
    const row = document.activeElement?.closest("[data-row]");
    const selector = `[data-key="${key}"]:not(:disabled)`;
    const outside = () => all(`main ${selector}`).find((found) => !found.closest("[data-row]"));
    const drawer = one("#drawer[open]");
    const target = drawer ? one(selector, drawer) : ((row && one(selector, row)) ?? outside());
    target?.click();
    return Boolean(target);
  }

  /* Whoever dictates to the computer turns the keys of one letter off (WCAG 2.1.4). */
  const keysAreOn = () => localStorage.getItem("keys") !== "off";
  const keysSwitch = one("[data-keys-switch]");
  if (keysSwitch) {
    keysSwitch.checked = keysAreOn();
    keysSwitch.addEventListener("change", () => {
      localStorage.setItem("keys", keysSwitch.checked ? "on" : "off");
    });
  }

  const keys = {
    "/": () => { const box = one("#search"); box?.focus(); box?.select(); return Boolean(box); },
    "?": () => { openDialog(one("#keys")); return Boolean(one("#keys")); },
    "j": () => moveInList(1),
    "k": () => moveInList(-1),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.activeElement?.closest("details.menu[open]");
      closeMenus();
      if (menu) one("summary", menu).focus();
      return;
    }
    if (!keysAreOn() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || one("dialog[open]:not(#drawer)")) return;
    const act = keys[event.key] ?? (() => pageKey(event.key));
    if (act()) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    const dialogLink = event.target.closest("a[data-dialog]");
    if (dialogLink) {
      event.preventDefault();
      openDialog(one(dialogLink.hash));
    }
    if (event.target.closest("[data-theme-toggle]")) toggleTheme();
    if (event.target.closest("[data-dismiss]")) event.target.closest("[role]").remove();
    const closer = event.target.closest("[data-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
    if (event.target.matches("dialog[open]")) event.target.close(); /* its backdrop */
  });

  /* -- htmx: what arrives in the drawer opens it; what fails says so -------------------------- */
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "drawer-body") return;
    keepTrail(event.detail.target, event.detail.pathInfo.requestPath);
    openDialog(one("#drawer"));
  });
  function say(template) {
    const place = one("dialog[open] .dialog-body") ?? one("#messages");
    if (!place || !template) return;
    for (const said of all("[data-said]", place)) said.remove();
    const words = template.content.cloneNode(true);
    one("[role]", words).dataset.said = "";
    place.prepend(words);
    place.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:responseError", (event) => {
    const isReading = event.detail.requestConfig.verb === "get";
    if (event.detail.xhr.status === 503) return say(one("#text-later"));
    if (event.detail.xhr.status === 401) return say(one("#text-signed-out"));
    say(one(isReading ? "#text-missing" : "#text-failed"));
  });
  document.addEventListener("allauth.error", (event) => { event.preventDefault(); say(one("#text-no-key")); });
  document.addEventListener("htmx:sendError", () => say(one("#text-offline")));

  /* A day that is offered because it is today: whoever comes back to the page finds today's. */
  const dayFormat = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Bogota" });
  function refreshToday() {
    if (document.hidden) return;
    const today = dayFormat.format(new Date());
    for (const input of all("input[data-today]")) {
      if (input.value === input.dataset.today) input.value = today;
      input.dataset.today = today;
    }
  }
  for (const event of ["pageshow", "focus"]) window.addEventListener(event, refreshToday);
  document.addEventListener("visibilitychange", refreshToday);
  document.addEventListener("input", (event) => { delete event.target.dataset?.today; });

  /* On paper nothing can be unfolded: what is folded is opened, and folded again afterwards. */
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = all("main details:not([open], .menu)");
    for (const each of unfolded) { each.removeAttribute("name"); each.open = true; }
  });
  window.addEventListener("afterprint", () => { for (const each of unfolded) each.open = false; });

  /* A form is sent once: the second click finds its button resting. The server decides anyway. */
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || !button || event.target.getAttribute("method") !== "post") return;
    setTimeout(() => { button.disabled = true; }, 0);
    setTimeout(() => { button.disabled = false; }, 4000); /* a download leaves the page here */
  });

  /* A row that was opened from a list stays on its trail, whichever of its pages is opened next. */
  function keepTrail(place, address) {
    const row = new URL(address, location.href);
    const from = row.searchParams.get("from");
    const ofRow = row.pathname.split("/").slice(0, 3).join("/") + "/";
    for (const way of from ? all("a[href], form[method=post]", place) : []) {
      const name = way.matches("a") ? "href" : "action";
      const where = way.getAttribute(name) ?? "";
      if (where.startsWith(ofRow) && !/[?#]/.test(where)) {
        way.setAttribute(name, `${where}?${new URLSearchParams({ from })}`);
      }
    }
  }
  keepTrail(one("main"), location.href);

  /* On a phone the filters of a list are folded until somebody uses them. */
  const isPhone = window.matchMedia("(max-width: 767.98px)").matches;
  for (const part of all("[data-fold]")) part.open = !isPhone || part.dataset.fold === "used";

  /* On a phone the present tab may lie beyond the edge. */
  const tabs = one(".tabs");
  const tab = tabs && one("[aria-current]", tabs);
  if (tab) tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;

  /* After a refused form the summary of what to mend takes the focus. */
  one(".summary-errors")?.focus();
})();
