/* Visits on a telephone with no signal: every answer is kept in this browser until the server has
   it, under the key that makes sending it twice the same as once. Without JavaScript, or where the
   browser keeps nothing, the form is an ordinary form. Names of producers are never kept, only the
   numbers of those ticked; each membership sees and sends only its own visits. */
(() => {
  "use strict";
  const RETRY_MS = 30_000;
  const PATIENCE_MS = 60_000;
  const LONGEST_SIDE = 1600; /* pixels of a photograph that is kept */
  const TRY_AGAIN_LATER = [401, 403, 408, 429]; /* a session that ended is no fault of the visit */

  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const strip = one("#sync");
  if (!strip || !("indexedDB" in window)) return;
  const { owner, endpoint, ...words } = strip.dataset;
  const form = one("#visit-form");

  /* -- What is kept: one row per visit, draft, queued (to send), refused (to mend) or differs
     (its first answers reached the server, and these are others) ------------------------------ */
  const opened = new Promise((resolve, reject) => {
    const request = indexedDB.open("alianzas-visits", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("visits", { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opened.catch(() => {}); /* the form then works as an ordinary one */

  async function store(mode, act) {
    const database = await opened;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("visits", mode);
      const request = act(transaction.objectStore("visits"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }
  const keep = (visit) => store("readwrite", (visits) => visits.put(visit));
  const forget = (key) => store("readwrite", (visits) => visits.delete(key));
  const kept = (key) => store("readonly", (visits) => visits.get(key));
  async function mine() {
    const visits = await store("readonly", (rows) => rows.getAll());
    return visits.filter((visit) => visit.owner === owner).sort((a, b) => a.at - b.at);
  }

  /* -- Sending: one visit after another, each until the server answers ------------------------- */
  const csrf = () =>
    document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? one("[name=csrfmiddlewaretoken]")?.value ?? "";

  function inWords(answer) {
    return answer?.detail || words.failed;
  }

  /* The server's own word for this visit: a portal or proxy that answers 200 has stored nothing.
     The same key with other answers the server refuses, so a receipt is for these answers. */
  function isReceipt(receipt, visit) {
    const answers = new Map(visit.answers);
    const told = ["key", "kind", "visited_on"].every((name) => receipt?.[name] === answers.get(name));
    return told && receipt.alliance === visit.code;
  }

  let reachable = navigator.onLine;
  async function send(visit) {
    const body = new FormData();
    body.append("alliance", visit.code);
    body.append("membership", visit.owner); /* another tab may have signed in as somebody else */
    for (const [name, value] of visit.answers) if (value !== "") body.append(name, value);
    for (const photo of visit.photos) body.append("photos", photo, photo.name);
    let response;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
      response = await fetch(endpoint, { method: "POST", body, headers, signal });
    } catch {
      reachable = false;
      return;
    }
    reachable = true;
    if (response.ok) {
      const receipt = await response.json().catch(() => null);
      if (isReceipt(receipt, visit)) return forget(visit.key);
      return keep({ ...visit, state: "queued", problem: words.unsure });
    }
    const problem = inWords(await response.json().catch(() => null));
    const later = response.status >= 500 || TRY_AGAIN_LATER.includes(response.status);
    const stands = response.status === 409 ? "differs" : "refused";
    await keep({ ...visit, state: later ? "queued" : stands, problem });
  }

  async function sendAll() {
    if (!navigator.onLine) return show();
    const waiting = (await mine()).filter((visit) => visit.state === "queued");
    reachable = true;
    for (const visit of waiting) {
      await show(words.sending);
      await send(visit);
      if (!reachable) break;
    }
    await show();
  }
  let turn = Promise.resolve();
  const flush = () => (turn = turn.then(sendAll, sendAll));

  /* -- Saying so: connection, queue, and each visit that is not with the server yet ------------ */
  async function show(doing = "") {
    const visits = await mine();
    const pending = visits.filter((visit) => visit.state !== "draft");
    const connected = navigator.onLine && reachable;
    strip.classList.toggle("sync-off", !connected);
    strip.classList.toggle("sync-full", pending.length > 0);
    one("[data-connection]", strip).textContent = connected ? words.online : words.offline;
    const count = words.pending.replace("#", pending.length);
    const queue = visits.length ? `${words.kept} · ${count}` : words.nothing;
    one("[data-queue]", strip).textContent = doing || queue;
    const rows = visits.filter((visit) => visit.key !== current?.key || visit.state !== "draft");
    const list = one("[data-list-of-visits]", strip);
    list.replaceChildren(...rows.map(rowOf));
    list.hidden = !rows.length;
  }

  function rowOf(visit) {
    const row = one("[data-row-of-visit]", strip).content.cloneNode(true);
    one("b", row).textContent = visit.title;
    one(".chip", row).textContent = words[visit.state];
    one("p", row).textContent = visit.problem ?? "";
    const link = one("a", row);
    link.href = `${visit.page}#${visit.key}`;
    link.addEventListener("click", (event) => {
      if (!form || visit.page !== location.pathname) return;
      event.preventDefault(); /* this very page: a new address behind the # loads nothing */
      open(visit.key);
    });
    const differs = visit.state === "differs";
    const anew = one("[data-anew]", row);
    anew.hidden = !differs;
    anew.addEventListener("click", () => sendAnew(visit));
    const leave = one("[data-forget]", row);
    if (differs) leave.textContent = words.keep;
    leave.addEventListener("click", async () => {
      if (!window.confirm(differs ? words.leave : words.forget)) return;
      await forget(visit.key);
      if (visit.key === current?.key) another();
      show();
    });
    return row;
  }

  /* What the server refused to put over the first answers goes beside them, under a key of its own. */
  async function sendAnew(visit) {
    const key = newKey();
    const renamed = visit.answers.map(([name, value]) => [name, name === "key" ? key : value]);
    await keep({ ...visit, key, answers: renamed, state: "queued", problem: "" });
    await forget(visit.key);
    if (visit.key === current?.key) another();
    await flush();
  }

  /* -- The form ------------------------------------------------------------------------------------ */
  let current = null; /* the visit in the form, once something was answered */
  let photos = [];
  const keyOf = (bytes) =>
    [...bytes].map((byte, n) => (n === 6 ? (byte & 15) | 64 : n === 8 ? (byte & 63) | 128 : byte))
      .map((byte, n) => ([4, 6, 8, 10].includes(n) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
  const newKey = () => keyOf(crypto.getRandomValues(new Uint8Array(16)));

  function answers() {
    const mineToKeep = ([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken";
    return [...new FormData(form)].filter(mineToKeep);
  }

  function save(state = "draft") {
    const { code } = form.dataset;
    const title = [form.dataset.title, form.elements.topic.value].filter(Boolean).join(" · ");
    const key = form.elements.key.value;
    const at = current?.at ?? Date.now();
    current = { key, owner, code, title, at, state, photos, page: location.pathname, answers: answers() };
    return keep(current).then(() => show());
  }

  function fill(visit) {
    const values = new Map();
    for (const [name, value] of visit.answers) values.set(name, [...(values.get(name) ?? []), value]);
    for (const control of form.elements) {
      const said = values.get(control.name) ?? [];
      if (["checkbox", "radio"].includes(control.type)) control.checked = said.includes(control.value);
      else if (said.length && control.type !== "file") control.value = said[0];
    }
    current = visit;
    photos = visit.photos;
    complain(visit.problem);
    draw();
  }

  async function open(key) {
    const visit = await kept(key);
    if (!visit) return show();
    history.replaceState(null, "", `#${key}`);
    form.hidden = false;
    one("#visit-kept").hidden = true;
    fill(visit);
    form.elements.topic.focus();
    return show();
  }

  function another() {
    form.reset();
    form.elements.key.value = newKey();
    current = null;
    photos = [];
    form.hidden = false;
    one("#visit-kept").hidden = true;
    complain();
    draw();
    history.replaceState(null, "", location.pathname);
    window.scrollTo(0, 0);
  }

  function complain(problem = "") {
    const place = one("#visit-problem");
    one("div", place).textContent = problem;
    place.hidden = !problem;
    if (problem) place.focus();
  }

  function draw() {
    for (const counter of all("[data-count-of]", form)) {
      const ticked = all(`[name=${counter.dataset.countOf}]:checked`, form).length;
      counter.textContent = counter.dataset.words.replace("#", ticked);
    }
    const list = one("#visit-photos");
    list.replaceChildren(...photos.map((photo, n) => thumbnail(photo, n, list.dataset.remove)));
  }

  /* Drawn on a canvas: the policy of the pages lets no picture come from anywhere else. */
  function thumbnail(photo, number, removeLabel) {
    const item = document.createElement("li");
    const canvas = Object.assign(document.createElement("canvas"), { width: 96, height: 96 });
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    button.setAttribute("aria-label", `${removeLabel} ${number + 1}`);
    button.addEventListener("click", () => {
      photos = photos.filter((other) => other !== photo);
      draw();
      save();
    });
    createImageBitmap(photo).then((picture) => {
      const side = Math.min(picture.width, picture.height);
      const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
      canvas.getContext("2d").drawImage(picture, left, top, side, side, 0, 0, 96, 96);
    }, () => {});
    item.append(canvas, button);
    return item;
  }

  /* A photograph small enough for a weak signal; drawing it again also leaves its place behind. */
  async function lighter(photo) {
    try {
      const picture = await createImageBitmap(photo);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const size = { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
      const canvas = Object.assign(document.createElement("canvas"), size);
      canvas.getContext("2d").drawImage(picture, 0, 0, size.width, size.height);
      const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
      return new File([drawn], photo.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch {
      return photo; /* the server says what is wrong with it */
    }
  }

  async function takePhotos(input) {
    const taken = await Promise.all([...input.files].map(lighter));
    photos = [...photos, ...taken];
    input.value = "";
    draw();
    await save();
  }

  async function submit(event) {
    event.preventDefault();
    const button = event.submitter ?? one("button:not([type])", form);
    button.disabled = true;
    try {
      await save("queued");
    } catch {
      form.submit(); /* this browser keeps nothing: send it as any form */
      return;
    }
    await flush();
    button.disabled = false;
    const left = await kept(current.key);
    if (!left) location.assign(form.dataset.done);
    else if (["refused", "differs"].includes(left.state)) { current = left; complain(left.problem); }
    else { form.hidden = true; one("#visit-kept").hidden = false; one("#visit-kept").focus(); }
  }

  async function takeUp() {
    const here = (await mine()).filter((visit) => visit.code === form.dataset.code);
    const asked = here.find((visit) => visit.key === location.hash.slice(1));
    const visit = asked ?? here.find((row) => row.state !== "queued");
    if (visit && !one(".summary-errors", form)) fill(visit);
  }

  async function start() {
    if (form) {
      await takeUp();
      draw();
      form.addEventListener("submit", submit);
      form.addEventListener("input", (event) => {
        draw();
        if (event.target.type !== "file") save();
      });
      one("input[type=file]", form).addEventListener("change", (event) => takePhotos(event.target));
      one("[data-another]").addEventListener("click", another);
    }
    window.addEventListener("online", flush);
    window.addEventListener("offline", () => show());
    setInterval(async () => { if ((await mine()).length) flush(); }, RETRY_MS);
    await flush();
  }
  start().catch(() => strip.remove());
})();
