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
    visit: { colour: "#2f8177", radius: 5 }, unmet: { colour: "#d1001f", radius: 7 },
    serves: { colour: "#7d8f8a" }, route: { colour: "#2f8177" },
  };
  // Suppliers side by side on a map: eight colours that the colour-blind tell apart too (Paul Tol, "muted"; parts.css has
  // the same), then the shapes of the needs and the dashes of the lines begin anew. Red is kept for the unserved.
  const groups = ["#332288", "#88ccee", "#117733", "#ddcc77", "#44aa99", "#882255", "#999933", "#aa4499"];
  const dashes = [undefined, "6 4", "2 4", "10 3 2 3"];
  const order = ["county", "township", "serves", "route", "recipient", "visit", "unmet", "institution", "station", "provider"];

  // Suppliers differ by shape: the colour says which one it is.
  const shapes = {
    station: "M3 3h14v14H3z", provider: "M10 1.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17z", institution: "M10 0l10 10-10 10L0 10z",
  };
  const supplier = (place, { kind, title, number }, colour) => {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 20 20");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", shapes[kind]);
    path.setAttribute("fill", colour);
    drawing.append(path);
    if (number !== undefined) {
      const written = document.createElementNS("http://www.w3.org/2000/svg", "text");
      written.setAttribute("x", "10");
      written.setAttribute("y", "14");
      written.setAttribute("fill", ["#88ccee", "#ddcc77"].includes(colour) ? "#1b2a26" : "#fff");
      written.textContent = number;
      drawing.append(written);
    }
    return window.L.marker(place, { icon: window.L.divIcon({ html: drawing, className: "supplier", iconSize: number === undefined ? [18, 18] : [22, 22] }),
      alt: title ?? "", title: title ?? "", riseOnHover: true });
  };

  // Points of a canvas map in other shapes than circles: the needs of suppliers that share a colour, and a cross for the
  // unserved. It draws as Leaflet's own circle does, by the same renderer.
  const marks = [
    (ctx, x, y, r) => ctx.arc(x, y, r, 0, Math.PI * 2),
    (ctx, x, y, r) => ctx.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8),
    (ctx, x, y, r) => { ctx.moveTo(x, y - r * 1.2); ctx.lineTo(x + r * 1.1, y + r * 0.9); ctx.lineTo(x - r * 1.1, y + r * 0.9); ctx.closePath(); },
    (ctx, x, y, r) => { ctx.moveTo(x, y - r * 1.3); ctx.lineTo(x + r * 1.3, y); ctx.lineTo(x, y + r * 1.3); ctx.lineTo(x - r * 1.3, y); ctx.closePath(); },
  ];
  const cross = (ctx, x, y, r) => {
    const a = r * 0.36;
    const turns = [[0, -a], [r - a, -r], [r, -r + a], [a, 0], [r, r - a], [r - a, r], [0, a], [-r + a, r], [-r, r - a], [-a, 0], [-r, -r + a], [-r + a, -r]];
    turns.forEach(([east, south], at) => (at ? ctx.lineTo(x + east, y + south) : ctx.moveTo(x + east, y + south)));
    ctx.closePath();
  };
  const marked = (place, shape, options) => {
    const point = window.L.circleMarker(place, options);
    point._updatePath = () => {
      const renderer = point._renderer;
      if (!renderer._drawing || point._empty()) return;
      renderer._ctx.beginPath();
      shape(renderer._ctx, point._point.x, point._point.y, point._radius);
      renderer._fillStroke(renderer._ctx, point);
    };
    return point;
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
    const colour = ({ kind, status, mark }) => {
      if (tones[status]) return tones[status];
      if (mark && kind !== "unmet") return groups[mark[0]];
      return kinds[kind]?.colour ?? "#7d8f8a";
    };
    const members = new Map();
    const features = [...collection.features].sort(
      (a, b) => order.indexOf(a.properties.kind) - order.indexOf(b.properties.kind));
    const layer = L.geoJSON({ type: "FeatureCollection", features }, {
      style: ({ geometry, properties }) => {
        if (geometry.type.endsWith("Polygon")) {
          const shaded = typeof properties.value === "number";
          return { color: "#8fa39c", weight: properties.kind === "county" ? 2 : 1, fillColor: shaded || properties.status ? (tones[properties.status] ?? "#1f7a6f") : "#fbfaf6",
            fillOpacity: shaded ? 0.08 + 0.6 * Math.min(1, Math.max(0, properties.value)) : properties.status ? 0.3 : 0.9 };
        }
        const route = properties.kind === "route";
        return { color: colour(properties), weight: route ? 3 : 1.2, opacity: route ? 0.9 : 0.45, dashArray: dashes[properties.mark?.[1] ?? 0] };
      },
      pointToLayer: ({ properties }, place) => {
        if (shapes[properties.kind]) return supplier(place, properties, colour(properties));
        const { kind, estimated, count } = properties;
        const tone = colour(properties);
        // Several in one: the area grows with the number. What is estimated is hollow.
        const radius = (kinds[kind]?.radius ?? 5) * Math.min(4, Math.sqrt(1 + (count ?? 1) / 4));
        const style = estimated ? { color: tone, weight: 2, fillColor: "#fff", fillOpacity: 0.85 } : { color: "#fff", weight: 1, fillColor: tone, fillOpacity: 0.95 };
        return marked(place, kind === "unmet" ? cross : marks[properties.mark?.[1] ?? 0], { radius, bubblingMouseEvents: false, ...style });
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
          else if (properties.kind === "recipient") shape.setStyle({ fillOpacity: on && name !== group ? 0.15 : properties.estimated ? 0.85 : 0.95, opacity: on && name !== group ? 0.2 : 1 });
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

  // A click sets the point of a form; what is typed moves the mark.
  const pick = (map, ids) => {
    const [north, east, system] = ids.map((id) => document.getElementById(id));
    let mark;
    const show = () => {
      const place = [Number.parseFloat(north.value), Number.parseFloat(east.value)];
      if (!place.every(Number.isFinite) || Math.abs(place[0]) > 90) return;
      mark ??= window.L.circleMarker(place, { radius: 9, color: "#d1001f", weight: 3, fillOpacity: 0 }).addTo(map);
      mark.setLatLng(place);
    };
    map.on("click", ({ latlng }) => {
      [north.value, east.value] = [latlng.lat.toFixed(6), latlng.lng.toFixed(6)];
      if (system) system.value = "WGS84";
      for (const field of [north, east]) field.dispatchEvent(new Event("input", { bubbles: true }));
      show();
    });
    for (const field of [north, east]) field.addEventListener("input", show);
    show();
  };

  const draw = async (panel) => {
    if (panel.dataset.drawn || !window.L) return;
    const fold = panel.closest("details");
    if (fold && !fold.open) {
      fold.addEventListener("toggle", () => draw(panel), { once: true });
      return;
    }
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
      if (panel.dataset.pick) pick(map, panel.dataset.pick.split(" "));
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
