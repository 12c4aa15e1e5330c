// Check-in and check-out: the place, as soon as the phone tells it. Without this file, or when
// the phone refuses, the form is posted with its position absent.
"use strict";

(() => {
  const reasons = { 1: "denied", 2: "unavailable", 3: "timeout" };

  const watch = (form) => {
    // The phone's own clock, beside the time at which the server hears of it.
    form.addEventListener("submit", () => {
      const at = form.elements.namedItem("device_at");
      if (at) at.value = String(Date.now());
    });
    const line = form.querySelector(".position");
    const input = (name) => form.elements.namedItem(name);
    const say = (text, state) => {
      if (!line) return;
      line.textContent = text;
      line.classList.toggle("found", state === "found");
      line.classList.toggle("absent", state === "absent");
    };
    const absent = (reason) => {
      if (input("latitude").value) return;
      if (input("position_absent")) input("position_absent").value = reason;
      say(line?.dataset.absent ?? "", "absent");
    };
    if (!("geolocation" in navigator)) {
      absent("unsupported");
      return;
    }
    say(line?.dataset.asking ?? "");
    let best = Infinity;
    const id = navigator.geolocation.watchPosition(({ coords }) => {
      if (coords.accuracy >= best) return;
      best = coords.accuracy;
      input("latitude").value = coords.latitude.toFixed(6);
      input("longitude").value = coords.longitude.toFixed(6);
      input("accuracy").value = Math.round(coords.accuracy);
      if (input("position_absent")) input("position_absent").value = "";
      say((line?.dataset.found ?? "").replace("{}", Math.round(coords.accuracy)), "found");
      if (best <= 20) navigator.geolocation.clearWatch(id);
    }, (error) => absent(reasons[error.code] ?? "unavailable"), { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
    window.setTimeout(() => navigator.geolocation.clearWatch(id), 60000);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-position]")) watch(form);
  });
})();
