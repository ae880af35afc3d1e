// Before anything is painted: the theme that this person chose, and the word that a script runs.
(() => {
  const root = document.documentElement;
  root.classList.add("script");
  if (root.dataset.theme) return;
  try {
    const chosen = localStorage.getItem("crossdock-theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch { /* storage is switched off: the system's theme it is */ }
})();
