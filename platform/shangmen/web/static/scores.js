// An assessment's running total and the level that follows from it, as somebody fills it in. What is recorded is
// reckoned again when the form is sent; without this script nothing is missing but the preview.
"use strict";

(() => {
  const begin = (output) => {
    const form = output.closest("form");
    const rules = JSON.parse(output.dataset.score);
    const field = (name) => form.elements.namedItem(name);
    const ticked = (name) => Boolean(field(name)?.checked);

    const level = (total) => {
      if (rules.scale === "MINOR") {
        if (ticked("guardianship_gap")) return "GUARDIANSHIP";
        return total ? "PARTIAL" : "SELF";
      }
      let place = rules.levels.findIndex(([least]) => (rules.scale === "SIX_ITEM" ? total <= least : total >= least));
      if (rules.scale === "GBT42195") {
        place += Number(ticked("mental_disorder")) + Number(Number(field("risk_events")?.value || 0) >= 2);
        if (ticked("coma")) place = rules.levels.length - 1;
      }
      return rules.levels[Math.min(place, rules.levels.length - 1)][1];
    };

    const show = () => {
      const answers = rules.items.map((name) =>
        rules.scale === "MINOR" ? String(Number(ticked(name))) : field(name)?.value || "");
      const open = answers.filter((answer) => answer === "").length;
      const total = answers.reduce((sum, answer) => sum + Number(answer || 0), 0);
      const parts = [`${rules.words.total} ${total}`];
      parts.push(open ? `${rules.words.open} ${open}` : `${rules.words.level} ${rules.names[level(total)]}`);
      output.textContent = parts.join(" · ");
    };

    output.hidden = false;
    form.addEventListener("input", show);
    form.addEventListener("change", show);
    show();
  };
  document.querySelectorAll("output[data-score]").forEach(begin);
})();
