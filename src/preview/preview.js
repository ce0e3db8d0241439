// Loads the page again when the definitions were read anew. Without this file
// the pages show the newest definitions when they are reloaded by hand.
(() => {
  "use strict";
  const bar = document.querySelector("[data-preview]");
  if (!bar) return;
  const seen = bar.dataset.preview;
  const address = location.pathname + location.search;
  const note = bar.querySelector(".p-new");
  note.querySelector("a").href = address;

  // What was typed and not sent yet shall not be lost without being asked.
  let typed = false;
  document.addEventListener("input", () => { typed = true; });
  let leaving = false;
  window.addEventListener("pagehide", () => { leaving = true; });

  const key = "preview-scroll " + address;
  const kept = sessionStorage.getItem(key);
  if (kept !== null) {
    sessionStorage.removeItem(key);
    window.scrollTo(0, Number(kept));
  }

  const show = () => {
    if (typed) {
      note.hidden = false;
      return;
    }
    sessionStorage.setItem(key, String(window.scrollY));
    location.replace(address);
  };

  const wait = async () => {
    while (!leaving) {
      try {
        const answer = await fetch("/preview/wait?seen=" + seen, { cache: "no-store" });
        if (answer.ok && (await answer.text()) !== seen) return show();
      } catch {
        // The preview was stopped, or is being started again.
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  };
  wait();
})();
