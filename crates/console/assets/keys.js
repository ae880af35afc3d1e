// Keys and small comforts: search, rows, theme, print.
(() => {
  "use strict";
  const root = document.documentElement;

  const links = () => {
    for (const row of document.querySelectorAll("[data-rows] tr[data-row]")) {
      if (row.querySelector("a.id")) row.dataset.link = "";
    }
  };
  links();
  document.addEventListener("crossdock:placed", links);
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-link]");
    if (!row || event.target.closest("a, button, input") || String(getSelection())) return;
    const link = row.querySelector("a.id");
    if (event.metaKey || event.ctrlKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  });

  const rows = () => [...document.querySelectorAll("#main [data-row]")].filter((row) => row.offsetParent !== null);
  const move = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
    const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
    if (at >= 0) all[at].removeAttribute("aria-selected");
    all[to].setAttribute("aria-selected", "true");
    all[to].scrollIntoView({ block: "nearest" });
  };
  const open = () => {
    const row = document.querySelector("#main [aria-selected=true]");
    if (!row) return false;
    if (row.matches("details")) { row.open = !row.open; return true; }
    row.querySelector("a[href]")?.click();
    return true;
  };
  const pages = { t: "/", o: "/orders", e: "/exceptions", s: "/stock", d: "/despatch", c: "/connections" };
  let going = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest("input, select, textarea");
    if (event.key === "Escape") {
      if (field) field.blur();
      else document.querySelector("#main [aria-selected=true]")?.removeAttribute("aria-selected");
      return;
    }
    if (field) return;
    const control = event.target.closest("a, button, summary");
    if (going && Date.now() - going < 1000 && pages[event.key]) { location.href = pages[event.key]; event.preventDefault(); return; }
    going = 0;
    switch (event.key) {
      case "/": { const q = document.getElementById("q"); q?.focus(); q?.select(); break; }
      case "j": move(1); break;
      case "k": move(-1); break;
      case "g": going = Date.now(); break;
      case "u": window.crossdock?.refresh(true); break;
      case "e": document.querySelector("#main details[open] form[data-act] input:not([type=hidden]), #main form[data-act] input:not([type=hidden])")?.focus(); break;
      case "?": location.href = "/help"; break;
      case "Enter": if (control || !open()) return; break;
      default: return;
    }
    event.preventDefault();
  });

  document.querySelector("[data-print]")?.addEventListener("click", () => print());
  document.addEventListener("crossdock:placed", () =>
    document.querySelector("[data-print]")?.addEventListener("click", () => print()));

  const button = document.querySelector("[data-theme-switch]");
  const name = () => root.dataset.theme ?? "auto";
  const label = () => {
    const words = { auto: "as the system", light: "light", dark: "dark" }[name()];
    button.setAttribute("aria-label", `Theme: ${words}`);
    button.title = `Theme: ${words}`;
  };
  if (button) {
    label();
    button.addEventListener("click", () => {
      const next = { auto: "light", light: "dark", dark: "auto" }[name()];
      if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next;
      try { next === "auto" ? localStorage.removeItem("crossdock-theme") : localStorage.setItem("crossdock-theme", next); } catch { /* not kept */ }
      label();
    });
  }
})();
