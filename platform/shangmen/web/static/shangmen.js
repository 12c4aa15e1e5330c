// Comforts over pages that work without it: no page may need this file.
"use strict";

(() => {
  // One press sends a form once. The button comes back when the page is shown again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const question = button?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    delete form.dataset.changed;
    button?.setAttribute("aria-busy", "true");
  }, true);

  const release = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
  };
  window.addEventListener("pageshow", release);
  document.addEventListener("htmx:afterRequest", release);

  // A filled form is not left without a question. What came back unsaved is marked by the page (macros/forms.html).
  const touched = (event) => {
    const form = event.target.form;
    if (form?.method === "post" && !form.matches(".filters")) form.dataset.changed = "yes";
  };
  document.addEventListener("input", touched);
  document.addEventListener("change", touched);
  window.addEventListener("beforeunload", (event) => {
    const changed = [...document.querySelectorAll("form[data-changed]")];
    if (changed.some((form) => !form.querySelector("input[type=password]"))) event.preventDefault();
  });

  // A signature that was taken is not kept any longer (signature.js).
  if (document.querySelector(".notice.success")) {
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith("signature:") && sessionStorage.getItem(`sent:${name}`)) {
        sessionStorage.removeItem(name);
        sessionStorage.removeItem(`sent:${name}`);
      }
    }
  }

  // A filter that is chosen from a list shows its result at once.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const all = event.target.closest("[data-check-all]");
    if (all) {
      for (const box of document.getElementsByName(all.dataset.checkAll)) {
        if (!box.disabled) box.checked = all.checked;
      }
    }
    // A menu that was unfolded closes when something else is touched.
    for (const menu of document.querySelectorAll("details.phone-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // The summary of faults names the field of each; without this file the link still leads to it.
  const name = () => {
    for (const link of document.querySelectorAll(".error-summary:not([data-named]) a[href^='#']")) {
      const field = document.getElementById(link.hash.slice(1));
      const label = field?.closest("fieldset")?.querySelector("legend") ?? (field?.id && document.querySelector(`label[for="${CSS.escape(field.id)}"]`));
      const text = label?.textContent.replace("*", "").trim();
      if (text && !link.textContent.includes(text)) link.prepend(text, link.ownerDocument.documentElement.lang === "en" ? ": " : "：");
    }
    for (const summary of document.querySelectorAll(".error-summary")) summary.dataset.named = "yes";
  };
  name();
  document.addEventListener("htmx:afterSwap", name);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.phone-menu[open]")) menu.open = false;
    const toggle = document.getElementById("menu-toggle");
    if (toggle) toggle.checked = false;
  });

  // What a fragment could not do is said, not swallowed.
  const complain = () => {
    const notices = document.getElementById("notices");
    if (!notices) return;
    const notice = document.createElement("div");
    notice.className = "notice error";
    notice.setAttribute("role", "alert");
    notice.append(Object.assign(document.createElement("p"), { textContent: document.body.dataset.failed }));
    notices.replaceChildren(notice);
    notice.scrollIntoView({ block: "center" });
  };
  document.addEventListener("htmx:responseError", complain);
  document.addEventListener("htmx:sendError", complain);

  const prepare = (root) => {
    for (const button of root.querySelectorAll("[data-print]")) button.hidden = false;
    root.querySelector(".error-summary")?.focus();
  };
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) prepare(event.detail.elt);
  });
})();
