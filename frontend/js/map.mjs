// Puts a map that can be moved in place of the picture drawn on the server. Without it the picture stays.
import * as maplibregl from "./maplibre-gl.mjs";

const HATCH = "hatch";

function hatch() {
  const size = 8;
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const line = (x + y) % size < 2;
      data.set(line ? [123, 138, 144, 255] : [255, 255, 255, 255], (y * size + x) * 4);
    }
  }
  return { width: size, height: size, data };
}

function colourOf(kind) {
  const probe = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  probe.setAttribute("class", kind);
  box.append(probe);
  document.body.append(box);
  const colour = getComputedStyle(probe).fill;
  box.remove();
  return colour;
}

function boundsOf(features) {
  const box = [180, 90, -180, -90];
  const visit = (part) => {
    if (typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0]);
      box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]);
      box[3] = Math.max(box[3], part[1]);
    } else part.forEach(visit);
  };
  features.forEach((feature) => feature.geometry && visit(feature.geometry.coordinates));
  return box;
}

// The values stand in the picture already: each area is a link with its code, its class and its words.
function readPicture(picture) {
  const areas = new Map();
  picture.querySelectorAll("a[data-area]").forEach((link) => {
    areas.set(link.dataset.area, {
      kind: link.dataset.class,
      words: link.getAttribute("aria-label") || link.querySelector("title").textContent,
      href: link.getAttribute("href"),
    });
  });
  return areas;
}

function layersOf(kinds) {
  const known = kinds.filter((kind) => kind !== "none");
  const paint = ["match", ["feature-state", "kind"]];
  known.forEach((kind) => paint.push(kind, colourOf(`m-${kind}`)));
  paint.push("rgba(0,0,0,0)");
  const strong = ["boolean", ["feature-state", "hover"], false];
  return [
    { id: "none", type: "fill", source: "areas", paint: { "fill-pattern": HATCH } },
    { id: "areas", type: "fill", source: "areas", paint: { "fill-color": known.length ? paint : "#e6edee" } },
    {
      id: "edges",
      type: "line",
      source: "areas",
      paint: { "line-color": ["case", strong, "#0b0c0c", "#ffffff"], "line-width": ["case", strong, 3, 0.6] },
    },
  ];
}

function listen(map, areas, said) {
  let over = null;
  const leave = () => {
    if (over !== null) map.setFeatureState({ source: "areas", id: over }, { hover: false });
    over = null;
    said.textContent = "";
    map.getCanvas().style.cursor = "";
  };
  map.on("mousemove", "areas", (event) => {
    const { id, properties } = event.features[0];
    if (id === over) return;
    leave();
    over = id;
    map.setFeatureState({ source: "areas", id }, { hover: true });
    said.textContent = areas.get(properties.area)?.words ?? properties.name;
    map.getCanvas().style.cursor = "pointer";
  });
  map.on("mouseleave", "areas", leave);
  map.on("click", "areas", (event) => {
    const area = areas.get(event.features[0].properties.area);
    if (area) window.location.assign(area.href);
  });
}

async function draw(frame) {
  const picture = frame.querySelector("svg");
  const areas = readPicture(picture);
  const answer = await fetch(frame.dataset.boundaries);
  if (!answer.ok) return;
  const data = await answer.json();
  data.features.forEach((feature, number) => {
    feature.id = number;
  });
  const kinds = [...new Set([...areas.values()].map((area) => area.kind))];
  maplibregl.setWorkerUrl(new URL("./maplibre-gl-worker.mjs", import.meta.url).href);
  const said = document.createElement("div");
  said.className = "wp-map__said";
  frame.append(said);
  frame.classList.add("wp-map__canvas--live");
  const map = new maplibregl.Map({
    container: frame,
    style: { version: 8, sources: {}, layers: [] },
    bounds: boundsOf(data.features),
    fitBoundsOptions: { padding: 20 },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    cooperativeGestures: true,
    attributionControl: false,
    maplibreLogo: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.getCanvas().setAttribute("aria-label", frame.dataset.label);
  map.on("error", () => {
    frame.classList.remove("wp-map__canvas--live");
  });
  map.on("load", () => {
    map.addImage(HATCH, hatch());
    map.addSource("areas", { type: "geojson", data });
    layersOf(kinds).forEach((layer) => map.addLayer(layer));
    data.features.forEach((feature) => {
      const kind = areas.get(feature.properties.area)?.kind ?? "none";
      map.setFeatureState({ source: "areas", id: feature.id }, { kind });
    });
    listen(map, areas, said);
    map.once("idle", () => frame.setAttribute("data-ready", "yes"));
  });
}

document.querySelectorAll("[data-boundaries]").forEach((frame) => {
  draw(frame).catch(() => frame.classList.remove("wp-map__canvas--live"));
});
