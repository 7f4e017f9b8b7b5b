// Puts a map that can be moved in place of the picture drawn on the server. Without it the picture stays.
import * as maplibregl from "./maplibre-gl.mjs";

const HATCH = "hatch";
// Lets the hatching below show.
const NO_COLOUR = "rgba(0,0,0,0)";
// An area of less is drawn without its border.
const LEAST_BORDERED_PX = 10;

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

// A page of few areas holds its values in the picture; for many areas they come by themselves, as long lists.
async function readFigures(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const { home, areas, kinds, words } = await answer.json();
  return new Map(
    areas.map((area, number) => [
      area,
      { kind: kinds[number], words: words[number], href: `${home}${encodeURIComponent(area)}/` },
    ]),
  );
}

// What a map is drawn from: boundaries as a source, the box they fill, and the areas with their values.
async function fromBoundaries(frame) {
  const areas = readPicture(frame.querySelector("svg"));
  const answer = await fetch(frame.dataset.boundaries);
  if (!answer.ok) throw new Error(`${frame.dataset.boundaries}: ${answer.status}`);
  const data = await answer.json();
  return {
    source: { type: "geojson", data, promoteId: "area" },
    target: { source: "areas" },
    bounds: boundsOf(data.features),
    leastZoom: 0,
    areas: Promise.resolve(areas),
  };
}

function fromTiles(frame) {
  const [minzoom, maxzoom] = frame.dataset.zooms.split(",").map(Number);
  const bounds = frame.dataset.bounds.split(",").map(Number);
  const tiles = [window.location.origin + frame.dataset.tiles];
  return {
    source: { type: "vector", tiles, minzoom, maxzoom, bounds, promoteId: "area" },
    target: { source: "areas", sourceLayer: "areas" },
    bounds,
    leastZoom: minzoom,
    areas: readFigures(frame.dataset.figures),
  };
}

// Borders are left out while areas are so small that their borders would hide them.
function zoomOfBorders(map, count, [west, south, east, north]) {
  const first = map.project([west, north]);
  const last = map.project([east, south]);
  const width = Math.sqrt((Math.abs(last.x - first.x) * Math.abs(last.y - first.y)) / Math.max(count, 1));
  return Math.max(0, map.getZoom() + Math.log2(LEAST_BORDERED_PX / Math.max(width, 0.01)));
}

function layersOf(kinds, { source, sourceLayer }, borders) {
  const known = kinds.filter((kind) => kind !== "none");
  const paint = ["match", ["feature-state", "kind"]];
  known.forEach((kind) => paint.push(kind, colourOf(`m-${kind}`)));
  paint.push(NO_COLOUR);
  const from = sourceLayer ? { source, "source-layer": sourceLayer } : { source };
  const over = (yes) => ["case", ["boolean", ["feature-state", "hover"], false], yes, 0];
  return [
    { id: "none", type: "fill", ...from, paint: { "fill-pattern": HATCH } },
    { id: "areas", type: "fill", ...from, paint: { "fill-color": known.length ? paint : NO_COLOUR } },
    {
      id: "borders",
      type: "line",
      ...from,
      minzoom: borders,
      paint: { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], borders, 0.2, borders + 1, 0.6] },
    },
    { id: "halo", type: "line", ...from, paint: { "line-color": "#ffffff", "line-width": over(7), "line-opacity": over(1) } },
    { id: "over", type: "line", ...from, paint: { "line-color": "#0b0c0c", "line-width": over(3), "line-opacity": over(1) } },
  ];
}

function listen(map, target, areas, said) {
  let over = null;
  const leave = () => {
    if (over !== null) map.setFeatureState({ ...target, id: over }, { hover: false });
    over = null;
    said.textContent = "";
    map.getCanvas().style.cursor = "";
  };
  map.on("mousemove", "areas", (event) => {
    const { id } = event.features[0];
    if (id === over) return;
    leave();
    over = id;
    map.setFeatureState({ ...target, id }, { hover: true });
    said.textContent = areas.get(id)?.words ?? id;
    map.getCanvas().style.cursor = "pointer";
  });
  map.on("mouseleave", "areas", leave);
  map.on("click", "areas", (event) => {
    const area = areas.get(event.features[0].id);
    if (area) window.location.assign(area.href);
  });
}

// While the map is being drawn the picture is only looked at; it can be used again when there will be no map.
function setLive(frame, live) {
  frame.classList.toggle("wp-map__canvas--live", live);
  const picture = frame.querySelector(":scope > svg");
  if (live) picture?.setAttribute("aria-hidden", "true");
  else picture?.removeAttribute("aria-hidden");
  picture?.querySelectorAll("a").forEach((link) => {
    if (live) link.setAttribute("tabindex", "-1");
    else link.removeAttribute("tabindex");
  });
}

async function draw(frame) {
  const { source, target, bounds, leastZoom, areas: coming } = await (frame.dataset.tiles
    ? fromTiles(frame)
    : fromBoundaries(frame));
  const areas = await coming;
  maplibregl.setWorkerUrl(new URL("./maplibre-gl-worker.mjs", import.meta.url).href);
  const said = document.createElement("div");
  said.className = "wp-map__said";
  frame.append(said);
  setLive(frame, true);
  const map = new maplibregl.Map({
    container: frame,
    style: { version: 8, sources: {}, layers: [] },
    bounds,
    fitBoundsOptions: { padding: 20 },
    minZoom: leastZoom,
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
    if (!frame.dataset.ready) setLive(frame, false);
  });
  map.on("load", () => {
    map.addImage(HATCH, hatch());
    map.addSource("areas", source);
    const kinds = [...new Set([...areas.values()].map((area) => area.kind))];
    layersOf(kinds, target, zoomOfBorders(map, areas.size, bounds)).forEach((layer) => map.addLayer(layer));
    areas.forEach(({ kind }, id) => map.setFeatureState({ ...target, id }, { kind }));
    listen(map, target, areas, said);
    map.once("idle", () => frame.setAttribute("data-ready", "yes"));
  });
}

document.querySelectorAll("[data-boundaries], [data-tiles]").forEach((frame) => {
  draw(frame).catch(() => setLive(frame, false));
});
