/* A formula within a summary must not be a second thing to focus. */
document.addEventListener("DOMContentLoaded", () => {
  window.MathJax?.startup?.promise?.then(() =>
    document.querySelectorAll("summary mjx-container[tabindex]").forEach((formula) =>
      formula.removeAttribute("tabindex")));
});
