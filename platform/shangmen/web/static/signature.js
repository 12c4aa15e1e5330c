// A pad to sign on. The hidden input gets the strokes as compact JSON: {"w", "h", "strokes"},
// each stroke a flat list of x, y in units of the canvas. An empty pad posts nothing.
"use strict";

(() => {
  // Until it was taken, a signature outlives a failure, the way back and a reload: it is kept with this tab and page.
  const place = (pad) => `signature:${location.pathname}:${pad.querySelector("input[type=hidden]").name}`;

  const open = (pad) => {
    const canvas = pad.querySelector("canvas");
    const input = pad.querySelector("input[type=hidden]");
    const context = canvas.getContext("2d");
    let strokes = [];
    let current = null;
    pad.hidden = false;

    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      return [
        Math.round((event.clientX - box.left) / box.width * canvas.width),
        Math.round((event.clientY - box.top) / box.height * canvas.height),
      ];
    };
    const draw = () => {
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.lineWidth = 4;
      context.lineCap = context.lineJoin = "round";
      context.strokeStyle = "#1f2d2b";
      for (const stroke of strokes) {
        context.beginPath();
        context.moveTo(stroke[0], stroke[1]);
        for (let i = 2; i < stroke.length; i += 2) context.lineTo(stroke[i], stroke[i + 1]);
        if (stroke.length === 2) context.lineTo(stroke[0] + 0.1, stroke[1]);
        context.stroke();
      }
    };
    const keep = () => {
      input.value = strokes.length ? JSON.stringify({ w: canvas.width, h: canvas.height, strokes }) : "";
      pad.classList.toggle("signed", strokes.length > 0);
      if (input.value) sessionStorage.setItem(place(pad), input.value);
      else sessionStorage.removeItem(place(pad));
      sessionStorage.removeItem(`sent:${place(pad)}`);
    };

    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      current = point(event);
      strokes.push(current);
      draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!current) return;
      const [x, y] = point(event);
      if (Math.hypot(x - current.at(-2), y - current.at(-1)) < 3) return;
      current.push(x, y);
      draw();
    });
    const end = () => {
      if (!current) return;
      current = null;
      keep();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    pad.querySelector("button").addEventListener("click", () => {
      strokes = [];
      draw();
      keep();
    });

    input.form?.addEventListener("submit", () => sessionStorage.setItem(`sent:${place(pad)}`, "yes"));

    // A form that came back with faults still has the strokes; after the way back or a reload the tab has them.
    try {
      strokes = JSON.parse(input.value || sessionStorage.getItem(place(pad)) || "").strokes ?? [];
      draw();
      keep();
    } catch {
      input.value = "";
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const pad of document.querySelectorAll("[data-signature]")) open(pad);
  });
})();
