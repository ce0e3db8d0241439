// Small helps for the pages; each page works without this file.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);

  // The error summary gets the focus, its links lead to the control itself.
  const errors = $("[data-errors]");
  if (errors) {
    errors.focus();
    errors.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const control = link && document.getElementById(link.hash.slice(1));
      if (!control) return;
      event.preventDefault();
      const place = control.closest(".kern-form-input, .kern-fieldset, .kern-form-check") || control;
      place.scrollIntoView({ block: "start" });
      control.focus({ preventScroll: true });
    });
  }

  // A form is sent once: a second press within a few seconds does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
    setTimeout(() => {
      delete form.dataset.sent;
      if (event.submitter) event.submitter.removeAttribute("aria-disabled");
    }, 5000);
  });
  // Coming back with the back button finds every button usable.
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-disabled='true']")) button.removeAttribute("aria-disabled");
  });

  // Answers are kept while typing: the same form goes to the address in data-autosave.
  const form = $("form[data-autosave]");
  if (form) {
    const state = $("[data-saved]");
    let timer = 0;
    let changed = false;
    const save = async () => {
      timer = 0;
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
      body.set("_do", "autosave");
      try {
        const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers: { "x-requested-with": "autosave" }, credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        changed = false;
        const now = new Date();
        const time = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
        state.textContent = state.dataset.saved.replace("{time}", time);
      } catch {
        state.textContent = state.dataset.unsaved;
      }
    };
    form.addEventListener("input", () => {
      changed = true;
      if (timer) clearTimeout(timer);
      timer = setTimeout(save, 4000);
    });
    form.addEventListener("submit", () => {
      changed = false;
      if (timer) clearTimeout(timer);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && changed) save();
    });
  }

  // A button that copies what stands beside it.
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
        const status = document.getElementById(button.dataset.copy + "-status");
        if (status) status.textContent = button.dataset.done;
      } catch {
        getSelection().selectAllChildren(source);
      }
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
