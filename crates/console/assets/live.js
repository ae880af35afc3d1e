// Live pages: hear that something moved, fetch this page again, put its new content in place. Waits while somebody types
// or points at a row; new rows are announced and wait to be asked.
(() => {
  "use strict";
  const main = () => document.getElementById("main");
  const word = document.querySelector("[data-live-word]");
  let wanted = false, running = false, held = null, last = Date.now();

  const say = (text) => { if (word && word.textContent !== text) word.textContent = text; };
  const typing = () => {
    const at = document.activeElement;
    return at && main().contains(at) && at.matches("input, select, textarea");
  };
  const filled = () => [...main().querySelectorAll("form[data-act] input:not([type=hidden])")]
    .some((input) => input.value !== input.defaultValue);
  // A finger leaves its hover behind; only a mouse points.
  const mouse = matchMedia("(hover: hover)");
  const pointing = () => mouse.matches && main().querySelector("tr[data-row]:hover, li[data-row]:hover, summary:hover") !== null;
  const busy = () => typing() || filled() ? "updates wait while you type"
    : pointing() ? "updates wait while you point" : "";

  const figures = (root) => new Map([...root.querySelectorAll("[data-figure]")].map((el) => [el.dataset.figure, el]));
  const rows = (root) => [...root.querySelectorAll("[data-rows] [data-row]")];

  // Where the keyboard is: the control, and which one it is of those that look alike. It stays there.
  const controls = () => [...main().querySelectorAll("a[href], button, summary, input, select, [tabindex]")];
  const look = (el) => `${el.tagName} ${el.getAttribute("href") ?? el.name ?? ""} ${el.textContent.trim()}`;
  const keyboard = () => {
    const at = document.activeElement;
    if (!at || at === main() || !main().contains(at)) return () => {};
    const text = look(at);
    const nth = controls().filter((el) => look(el) === text).indexOf(at);
    const place = controls().indexOf(at);
    return () => {
      const same = controls().filter((el) => look(el) === text);
      (same[nth] ?? same[0] ?? controls()[place])?.focus({ preventScroll: true });
    };
  };

  // Puts the content of `next` into this page; what a person opened stays open, where they scrolled stays.
  const place = (next) => {
    const from = next.getElementById("main");
    if (!from) return;
    const old = new Map([...figures(document)].map(([key, el]) => [key, el.textContent]));
    const open = new Map([...main().querySelectorAll("details[data-keep]")].map((el) => [el.dataset.keep, el.open]));
    const selected = main().querySelector("[aria-selected=true]")?.dataset.row;
    const scrolled = [...main().querySelectorAll(".wrap")].map((el) => el.scrollLeft);
    const refocus = keyboard();
    main().replaceChildren(...from.childNodes);
    for (const el of main().querySelectorAll("details[data-keep]")) {
      if (open.has(el.dataset.keep)) el.open = open.get(el.dataset.keep);
    }
    [...main().querySelectorAll(".wrap")].forEach((el, n) => { if (scrolled[n]) el.scrollLeft = scrolled[n]; });
    if (selected) main().querySelector(`[data-row="${CSS.escape(selected)}"]`)?.setAttribute("aria-selected", "true");
    refocus();
    frame(next);
    for (const [key, el] of figures(document)) {
      if (old.has(key) && old.get(key) !== el.textContent) {
        el.classList.remove("changed");
        void el.offsetWidth;
        el.classList.add("changed");
      }
    }
    document.dispatchEvent(new Event("crossdock:placed"));
  };

  // Side bar and health: they hold no form, so they are always fresh.
  const frame = (next) => {
    for (const part of [".side .pages", ".side .views", ".health", "[data-live] time"]) {
      const [mine, theirs] = [document.querySelector(part), next.querySelector(part)];
      if (mine && theirs && mine.innerHTML !== theirs.innerHTML) mine.innerHTML = theirs.innerHTML;
    }
  };

  // New rows at a list that people read wait for a press; what changed in known rows is shown at once.
  const announce = (next) => {
    const news = main().querySelector("[data-news]");
    if (!news) return false;
    const known = new Map(rows(main()).map((row) => [row.dataset.row, row]));
    const fresh = rows(next.getElementById("main")).filter((row) => !known.has(row.dataset.row));
    if (fresh.length === 0) return false;
    for (const row of rows(next.getElementById("main"))) {
      const mine = known.get(row.dataset.row);
      if (mine && mine.innerHTML !== row.innerHTML) mine.innerHTML = row.innerHTML;
    }
    held = next;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = `${fresh.length} new – show`;
    button.addEventListener("click", () => { const page = held; held = null; place(page); });
    news.replaceChildren(button);
    news.hidden = false;
    frame(next);
    return true;
  };

  const refresh = async (asked) => {
    if (running) { wanted = true; return; }
    const reason = busy();
    if (!asked && (document.hidden || reason)) { wanted = true; if (reason) say(reason); return; }
    running = true; wanted = false; last = Date.now();
    try {
      const reply = await fetch(location.href, { headers: { "X-Partial": "1" }, cache: "no-store" });
      if (!reply.ok && reply.status !== 404) throw new Error(String(reply.status));
      const next = new DOMParser().parseFromString(await reply.text(), "text/html");
      // Somebody may have begun to type while the page was on its way.
      if (!asked && busy()) wanted = true;
      else if (asked || !announce(next)) place(next);
      say("live");
    } catch { say("not reached; trying again"); wanted = true; }
    running = false;
  };
  window.crossdock = { refresh };

  if (document.querySelector("[data-live]")) {
    const stream = new EventSource("/live");
    let first = true;
    stream.addEventListener("moved", () => {
      say("live");
      if (first) { first = false; return; }
      refresh(false);
    });
    stream.addEventListener("error", () => say("not reached; trying again"));
    // Clocks on the page run on even when nothing moves.
    setInterval(() => {
      if (wanted && Date.now() - last > 1000) refresh(false);
      else if (Date.now() - last > 30000) refresh(false);
    }, 1000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden && wanted) refresh(false); });
  }

  // A form is sent without leaving the page; what was typed stays when it is refused.
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    let done = false, sentence = "It is not known whether this was done: the console was not reached. Load the page again.";
    try {
      const reply = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
      });
      const text = await reply.text();
      done = reply.ok;
      try { sentence = JSON.parse(text).sentence ?? sentence; } catch { /* not from the desk */ }
    } catch { /* said above */ }
    button.removeAttribute("aria-busy");
    const line = document.createElement("p");
    line.className = `said ${done ? "ok" : "bad"}`;
    const mark = document.createElement("span");
    mark.className = `mark ${done ? "ok" : "bad"}`;
    mark.textContent = done ? "●" : "■";
    line.append(mark, sentence);
    document.querySelector("[data-said]").replaceChildren(line);
    if (done) { form.reset(); document.activeElement?.blur(); refresh(true); }
  });
})();
