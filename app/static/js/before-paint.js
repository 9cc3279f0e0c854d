// Runs before the first paint, so that neither colours nor tiles jump: a classic script on purpose.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const kept = (key) => {
    try {
      return localStorage.getItem(`proofsheet:${key}`);
    } catch {
      return null; // storage can be forbidden; the defaults of the style sheets hold
    }
  };
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const tile = Number(kept("tile"));
  if (tile >= 80 && tile <= 480) root.style.setProperty("--tile", `${tile}px`);
})();
