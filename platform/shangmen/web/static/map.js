// Maps over our own GeoJSON: see templates/macros/map.html for the properties of a feature.
// There is no tile server; the outlines of the townships are the ground.
"use strict";

(() => {
  const tones = {
    good: "#3b8a5d", info: "#4b86b4", wait: "#8373bd", warn: "#cf8a35", bad: "#b3322e", quiet: "#a79f8f",
  };
  const kinds = {
    station: { colour: "#0e5f57" }, provider: { colour: "#c8602a" }, institution: { colour: "#5a4890" },
    recipient: { colour: "#4b86b4", radius: 4 },
    visit: { colour: "#2f8177", radius: 5 }, unmet: { colour: "#b3322e", radius: 5 },
    serves: { colour: "#7d8f8a" }, route: { colour: "#2f8177" },
  };
  // Suppliers side by side on a map: far enough apart in hue and lightness.
  const groups = ["#1f7a6f", "#c8602a", "#3d78a8", "#7a67b5", "#a8801f", "#8c4f66", "#5f7f3f", "#4d6b75",
    "#b0492f", "#2d9186", "#6d5a3a", "#94509e", "#33689f", "#78812a", "#a0616f", "#50746a", "#6a6fb0", "#b5722c"];
  const order = ["county", "township", "serves", "route", "recipient", "visit", "unmet", "institution", "station", "provider"];

  // Suppliers differ by shape: the colour says which one it is.
  const shapes = {
    station: "M3 3h14v14H3z", provider: "M10 1.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17z", institution: "M10 0l10 10-10 10L0 10z",
  };
  const supplier = (place, { kind, title }, colour) => {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 20 20");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", shapes[kind]);
    path.setAttribute("fill", colour);
    drawing.append(path);
    return window.L.marker(place, { icon: window.L.divIcon({ html: drawing, className: "supplier", iconSize: [18, 18] }),
      alt: title ?? "", title: title ?? "", riseOnHover: true });
  };

  const popup = (properties, words) => {
    const box = document.createElement("div");
    const add = (tag, text) => box.append(Object.assign(document.createElement(tag), { textContent: text }));
    if (properties.title) add("strong", properties.title);
    for (const line of properties.lines ?? []) add("p", line);
    // Only an address of our own becomes a link.
    if (typeof properties.href === "string" && /^\/(?!\/)/.test(properties.href)) {
      const line = document.createElement("p");
      line.append(Object.assign(document.createElement("a"), { href: properties.href, textContent: words.details }));
      box.append(line);
    }
    return box;
  };

  const fill = (map, collection, words) => {
    const L = window.L;
    const seen = new Map();
    const colour = ({ kind, status, group }) => {
      if (tones[status]) return tones[status];
      if (group !== undefined && group !== null && kind !== "unmet") {
        if (!seen.has(group)) seen.set(group, groups[seen.size % groups.length]);
        return seen.get(group);
      }
      return kinds[kind]?.colour ?? "#7d8f8a";
    };
    const members = new Map();
    const features = [...collection.features].sort(
      (a, b) => order.indexOf(a.properties.kind) - order.indexOf(b.properties.kind));
    // Suppliers come first in the hues, in the order of the file.
    for (const feature of collection.features) {
      if (["station", "provider"].includes(feature.properties.kind)) colour(feature.properties);
    }

    const layer = L.geoJSON({ type: "FeatureCollection", features }, {
      style: ({ geometry, properties }) => {
        if (geometry.type.endsWith("Polygon")) {
          const shaded = typeof properties.value === "number";
          return { color: "#8fa39c", weight: properties.kind === "county" ? 2 : 1, fillColor: shaded || properties.status ? (tones[properties.status] ?? "#1f7a6f") : "#fbfaf6",
            fillOpacity: shaded ? 0.08 + 0.6 * Math.min(1, Math.max(0, properties.value)) : properties.status ? 0.3 : 0.9 };
        }
        const route = properties.kind === "route";
        return { color: colour(properties), weight: route ? 3 : 1.2, opacity: route ? 0.9 : 0.45, dashArray: properties.dashed ? "4 4" : undefined };
      },
      pointToLayer: ({ properties }, place) => {
        if (shapes[properties.kind]) return supplier(place, properties, colour(properties));
        const radius = kinds[properties.kind]?.radius ?? 5;
        return L.circleMarker(place, { radius, color: "#fff", weight: 1, fillColor: colour(properties), fillOpacity: 0.95, bubblingMouseEvents: false });
      },
      onEachFeature: (feature, shape) => {
        const { properties } = feature;
        if (properties.title || properties.lines) shape.bindPopup(() => popup(properties, words), { maxWidth: 280 });
        const name = properties.label ?? (properties.kind === "township" ? properties.title : undefined);
        if (name) shape.bindTooltip(words.text(name), { permanent: true, direction: "top", className: "map-label", offset: [0, -8] });
        if (properties.group !== undefined && properties.group !== null) {
          if (!members.has(properties.group)) members.set(properties.group, []);
          members.get(properties.group).push(shape);
        }
      },
    }).addTo(map);

    // Pointing at a supplier brings out whom it serves.
    const light = (group, on) => {
      for (const [name, shapes] of members) {
        for (const shape of shapes) {
          const properties = shape.feature.properties;
          if (properties.kind === "serves") shape.setStyle({ opacity: on ? (name === group ? 0.95 : 0.06) : 0.45, weight: on && name === group ? 2 : 1.2 });
          else if (properties.kind === "recipient") shape.setStyle({ fillOpacity: on && name !== group ? 0.15 : 0.95 });
        }
      }
    };
    layer.eachLayer((shape) => {
      const { kind, group } = shape.feature.properties;
      if (!["station", "provider"].includes(kind) || group === undefined) return;
      shape.on("mouseover", () => light(group, true));
      shape.on("mouseout", () => light(group, false));
    });
    const bounds = layer.getBounds();
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [16, 16] });
  };

  const draw = async (panel) => {
    if (panel.dataset.drawn || !window.L) return;
    panel.dataset.drawn = "yes";
    const instead = panel.parentElement.querySelector(".map-instead");
    try {
      const answer = await fetch(panel.dataset.geojson, { headers: { Accept: "application/geo+json, application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const collection = await answer.json();
      panel.hidden = false;
      if (instead) instead.hidden = true;
      const map = window.L.map(panel, { attributionControl: false, preferCanvas: true, scrollWheelZoom: false, zoomSnap: 0.25, minZoom: 5 });
      map.setView([37, 106], 9);
      map.on("focus", () => map.scrollWheelZoom.enable());
      map.on("blur", () => map.scrollWheelZoom.disable());
      window.L.control.scale({ imperial: false }).addTo(map);
      const text = (words) => Object.assign(document.createElement("span"), { textContent: words });
      fill(map, collection, { details: panel.dataset.details, text });
    } catch {
      panel.hidden = true;
      if (instead) {
        instead.hidden = false;
        instead.prepend(Object.assign(document.createElement("p"), { className: "notice warn", textContent: panel.dataset.failed }));
      }
    }
  };

  const prepare = (root) => {
    for (const panel of root.querySelectorAll("[data-geojson]")) draw(panel);
  };
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement ?? document));
})();
