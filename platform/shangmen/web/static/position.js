// Check-in and check-out: the place, as soon as the phone tells it, and when it was there. Without
// this file, or when the phone refuses, the form is posted with its position absent.
"use strict";

(() => {
  const reasons = { 1: "denied", 2: "unavailable", 3: "timeout" };
  const FRESH = 60000; // an older position is asked for again
  const PATIENCE = 12000; // for how long the form waits for it

  const watch = (form) => {
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
    // How far the home is, and why so far: asked when it is farther than counts.
    const home = form.querySelector("[data-home]");
    const why = home?.querySelector("input");
    const far = (metres, accuracy) => {
      const outside = metres - accuracy > Number(home.dataset.fence);
      home.querySelector("p").textContent = home.dataset.distance.replace("{}", String(Math.round(metres)));
      if (why) why.closest(".field").hidden = !outside && !why.value;
    };
    const measure = ({ latitude, longitude, accuracy }) => {
      if (!home) return;
      const [north, east] = home.dataset.home.split(",").map(Number);
      const radians = Math.PI / 180;
      far(6371000 * radians * Math.hypot(latitude - north, (longitude - east) * Math.cos(north * radians)), accuracy);
    };
    if (why && !why.value) why.closest(".field").hidden = true;
    const here = "geolocation" in navigator;
    let best = Infinity, taken = 0, id = 0, waiting = null, waited = false;

    const found = ({ coords, timestamp }) => {
      // A worse one replaces a better one that has grown old.
      if (coords.accuracy >= best && timestamp - taken < FRESH) return;
      best = coords.accuracy;
      taken = timestamp;
      input("latitude").value = coords.latitude.toFixed(6);
      input("longitude").value = coords.longitude.toFixed(6);
      input("accuracy").value = Math.round(coords.accuracy);
      if (input("fixed_at")) input("fixed_at").value = String(Math.round(timestamp));
      if (input("position_absent")) input("position_absent").value = "";
      measure(coords);
      say((line?.dataset.found ?? "").replace("{}", Math.round(coords.accuracy)), "found");
      if (best <= 20) navigator.geolocation.clearWatch(id);
      waiting?.();
    };
    const ask = () => {
      navigator.geolocation.clearWatch(id);
      id = navigator.geolocation.watchPosition(found, (error) => {
        absent(reasons[error.code] ?? "unavailable");
        waiting?.();
      }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
      const asked = id;
      window.setTimeout(() => navigator.geolocation.clearWatch(asked), 60000);
    };

    // A visit takes an hour and its page stays open: what is sent is where the phone is now.
    form.addEventListener("submit", (event) => {
      if (taken && !waited && Date.now() - taken > FRESH) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (waiting) return;
        const go = () => {
          if (!waiting) return;
          waiting = null;
          waited = true;
          form.requestSubmit(event.submitter);
          waited = false;
        };
        waiting = go;
        say(line?.dataset.asking ?? "");
        window.setTimeout(go, PATIENCE);
        ask();
        return;
      }
      // The phone's own clock, beside the time at which the server hears of it.
      const at = form.elements.namedItem("device_at");
      if (at) at.value = String(Date.now());
    }, { capture: true });

    if (!here) {
      absent("unsupported");
      return;
    }
    say(line?.dataset.asking ?? "");
    ask();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - taken > FRESH) ask();
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("form[data-position]")) watch(form);
  });
})();
