// The map, drawn by Vega, which places the labels where there is room. Its view is set by the signals cx, cy (the centre,
// in the units of the words' positions) and k (pixels a unit).
const LEAST = 0.7, MOST = 40; // relative to the zoom that shows all words
// An item far outside the view: the label transform fails on a mark to avoid that never had an item.
const UNSEEN = { id: null, word: "", x: -99, y: -99, x2: -99, y2: -99, area: 0, width: 0, opacity: 0, tone: "dot", ink: "dot", size: 1, weight: 400,
  first: -1, paired: true, chosen: true, own: false, unseen: true };
const TONES = ["back", "text", "soft", "interchangeable", "collocates", "opposite", "derivation", "near", "dot", "paired"];

function tones() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(TONES.map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
}
function mapSpec(width, height, view) {
  const signal = text => ({ signal: text });
  const x = field => ({ scale: "x", field }), y = field => ({ scale: "y", field });
  const shrunk = least => `clamp(min(width, height) / 650, ${least}, 1)`; // on a phone
  const line = { x: x("x"), y: y("y"), x2: x("x2"), y2: y("y2"), stroke: signal("tone[datum.tone]"), strokeOpacity: { field: "opacity" },
    strokeWidth: signal(`datum.width * ${shrunk(0.6)} * clamp(sqrt(k / k0), 1, 2)`),
    strokeDash: signal("datum.tone === 'collocates' ? [5, 4] : datum.tone === 'opposite' ? [2, 3] : [1, 0]") };
  const font = '"DejaVu Sans", Verdana, "Segoe UI", Roboto, "Noto Sans", sans-serif';
  // One label for each 60 by 60 pixels at most, on a phone for each 85 by 85, so that the map can be seen.
  const text = { text: signal("datum.datum.chosen || datum.datum.turn * (width < 500 ? 7200 : 3600) > width * height ? '' : datum.datum.word"), font: { value: font }, fontSize: signal("datum.datum.size"), fontWeight: signal("datum.datum.weight") };
  const dot = { x: x("x"), y: y("y"), size: signal(`datum.area * ${shrunk(0.4)} * clamp(k / k0, 1, 4)`), fill: signal("tone[datum.tone]"),
    fillOpacity: { field: "opacity" }, stroke: signal("tone.back"), strokeWidth: { value: 1 } };
  // The view is in `size`, though nothing is added: only a new size places all labels anew while the map moves.
  const placed = { size: signal("[width, height + 0 * (cx + cy + k)]"), padding: 0, sort: { field: "datum.datum.first", order: "descending" }, offset: [2],
    anchor: ["top", "bottom", "right", "left", "top-right", "top-left", "bottom-right", "bottom-left"] };
  const halo = name => ({ type: "text", from: { data: name }, interactive: false, zindex: 1, encode: { update: {
    x: { field: "x" }, y: { field: "y" }, align: { field: "align" }, baseline: { field: "baseline" }, opacity: { field: "opacity" },
    text: { field: "text" }, font: { value: font }, fontSize: { field: "fontSize" }, fontWeight: { field: "fontWeight" },
    fill: { value: "transparent" }, stroke: signal("tone.back"), strokeWidth: { value: 3 } } } });
  const named = { x: x("x"), y: y("y"), dy: { value: -14 }, align: { value: "center" }, baseline: { value: "middle" }, text: { field: "word" },
    font: { value: font }, fontSize: { value: 14 }, fontWeight: { value: 600 } };
  // The names of the clusters, while all words are shown.
  const area = { x: x("x"), y: y("y"), size: { value: 0 } };
  const areaName = { text: signal("k > k0 * 2.2 ? '' : datum.datum.name"), font: { value: font }, fontSize: signal("width < 500 ? 13 : 15"),
    fontWeight: { value: 700 }, fill: signal("tone.text") };
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json", width, height, padding: 0, autosize: "none", background: null,
    signals: [{ name: "cx", value: view.cx }, { name: "cy", value: view.cy }, { name: "k", value: view.k }, { name: "k0", value: view.k },
      { name: "tone", value: tones() }, { name: "over", value: -1 }],
    data: [{ name: "words" }, { name: "edges" }, { name: "areas" },
      // The lines of the chosen word or pair, which its label may cover; no label covers the others.
      { name: "rays", source: "edges", transform: [{ type: "filter", expr: "datum.own" }] },
      { name: "others", source: "edges", transform: [{ type: "filter", expr: "!datum.own" }] },
      // Only words in view get a label.
      { name: "seen", source: "words", transform: [{ type: "filter",
        expr: "datum.unseen || abs(datum.x - cx) * k < width / 2 + 20 && abs(datum.y - cy) * k < height / 2 + 20" },
        { type: "window", sort: { field: "first", order: "descending" }, ops: ["row_number"], as: ["turn"] }] },
      { name: "centre", source: "seen", transform: [{ type: "filter", expr: "datum.chosen" }] },
      { name: "ends", source: "seen", transform: [{ type: "filter", expr: "datum.paired" }] },
      { name: "named", source: "words", transform: [{ type: "filter", expr: "datum.id === over" }] }],
    scales: [
      { name: "x", type: "linear", zero: false, domain: signal("[cx - width / 2 / k, cx + width / 2 / k]"), range: signal("[0, width]") },
      { name: "y", type: "linear", zero: false, domain: signal("[cy - height / 2 / k, cy + height / 2 / k]"), range: signal("[0, height]") }],
    marks: [
      { type: "rule", from: { data: "rays" }, interactive: false, encode: { update: line } },
      { name: "lines", type: "rule", from: { data: "others" }, interactive: false, encode: { update: line } },
      { name: "dots", type: "symbol", from: { data: "seen" }, interactive: false, encode: { update: dot } },
      { name: "tips", type: "symbol", from: { data: "ends" }, interactive: false, encode: { update: dot } },
      { name: "centres", type: "symbol", from: { data: "centre" }, interactive: false, encode: { update: dot } },
      { name: "titles", type: "text", from: { data: "centres" }, interactive: false, zindex: 2, encode: { update: {
        ...text, text: signal("datum.datum.word"), fill: signal("tone.text") } }, transform: [{ type: "label", ...placed, avoidBaseMark: true }] },
      { name: "spots", type: "symbol", from: { data: "areas" }, interactive: false, encode: { update: area } },
      { name: "clusters", type: "text", from: { data: "spots" }, interactive: false, zindex: 2, encode: { update: areaName },
        transform: [{ type: "label", ...placed, avoidBaseMark: false,
          anchor: ["middle", "top", "bottom", "right", "left", "top", "bottom"], offset: [0, 2, 2, 2, 2, 22, 22] }] },
      { name: "labels", type: "text", from: { data: "dots" }, interactive: false, zindex: 2, encode: { update: { ...text,
        fill: signal("tone[datum.datum.ink]") } }, transform: [{ type: "label", ...placed, avoidBaseMark: false, avoidMarks: ["tips", "lines", "centres", "titles", "clusters"] }] },
      ...["labels", "titles", "clusters"].map(halo),
      { type: "text", from: { data: "named" }, interactive: false, zindex: 3, encode: { update: { ...named, fill: signal("tone.back"),
        stroke: signal("tone.back"), strokeWidth: { value: 7 }, strokeJoin: { value: "round" } } } },
      { type: "text", from: { data: "named" }, interactive: false, zindex: 4, encode: { update: { ...named, fill: signal("tone.text") } } },
    ],
  };
}

// Makes the map in `box`. A click calls on.word(id) or on.edge(id); show(words, edges, clusters) draws; focus(places) moves there.
async function makeMap(box, words, on) {
  let view = null, edges = [], moving = 0;
  const size = () => [Math.max(1, box.clientWidth), Math.max(1, box.clientHeight)];
  const fit = (places, margin) => {
    const [width, height] = size(), xs = places.map(place => place.x), ys = places.map(place => place.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const room = side => Math.max(40, side - 2 * margin);
    return { cx: (left + right) / 2, cy: (top + bottom) / 2,
      k: Math.min(room(width) / Math.max(right - left, 1e-3), room(height) / Math.max(bottom - top, 1e-3)) };
  };
  const overview = () => fit(words, Math.min(44, box.clientWidth / 14));
  const now = () => ({ cx: view.signal("cx"), cy: view.signal("cy"), k: view.signal("k") });
  const bound = ({ cx, cy, k }) => {
    const all = overview().k, inside = value => Math.min(1, Math.max(0, value));
    return { cx: inside(cx), cy: inside(cy), k: Math.min(all * MOST, Math.max(all * LEAST, k)) };
  };
  let waiting = 0;
  function draw() { // at most once a frame
    waiting ||= requestAnimationFrame(() => { waiting = 0; view.run(); });
  }
  function go(wanted) {
    const { cx, cy, k } = bound(wanted);
    view.signal("cx", cx).signal("cy", cy).signal("k", k);
    draw();
  }
  function glide(to) {
    cancelAnimationFrame(moving);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return go(to);
    const from = now(), begun = performance.now();
    const step = time => {
      const part = (time - begun) / 350, eased = part * part * (3 - 2 * part), mix = (a, b) => a + (b - a) * eased;
      if (part >= 1) return go(to);
      go({ cx: mix(from.cx, to.cx), cy: mix(from.cy, to.cy), k: Math.exp(mix(Math.log(from.k), Math.log(to.k))) });
      moving = requestAnimationFrame(step);
    };
    moving = requestAnimationFrame(step);
  }
  const spot = event => {
    const frame = box.getBoundingClientRect();
    return { px: event.clientX - frame.left, py: event.clientY - frame.top };
  };
  function zoomAt(factor, { px, py }) {
    const { cx, cy, k } = now(), [width, height] = size();
    const { k: next } = bound({ cx, cy, k: k * factor });
    const [dx, dy] = [px - width / 2, py - height / 2];
    go({ cx: cx + dx / k - dx / next, cy: cy + dy / k - dy / next, k: next });
  }
  const zoom = factor => glide({ ...now(), k: now().k * factor });
  // Returns what is under a pointer: the nearest word within reach, else the nearest edge.
  function under({ px, py }, reach) {
    const { cx, cy, k } = now(), [width, height] = size();
    const x = place => (place.x - cx) * k + width / 2, y = place => (place.y - cy) * k + height / 2;
    let word = null, best = reach;
    for (const one of words) {
      const far = Math.hypot(x(one) - px, y(one) - py);
      if (far < best) [word, best] = [one.id, far];
    }
    if (word !== null && best < reach / 2) return { word };
    let edge = null, close = reach / 2;
    for (const one of edges) {
      if (one.id === null || !one.opacity) continue;
      const [ax, ay] = [x(one), y(one)], [bx, by] = [(one.x2 - one.x) * k, (one.y2 - one.y) * k];
      const part = Math.min(1, Math.max(0, ((px - ax) * bx + (py - ay) * by) / (bx * bx + by * by || 1)));
      const far = Math.hypot(ax + part * bx - px, ay + part * by - py);
      if (far < close) [edge, close] = [one.id, far];
    }
    return edge !== null ? { edge } : { word };
  }

  const canvas = element("div");
  const [width, height] = size();
  // ast: expressions are interpreted, not compiled, so that the page's policy can forbid eval.
  const made = await vegaEmbed(canvas, mapSpec(width, height, overview()),
    { mode: "vega", ast: true, renderer: "canvas", actions: false, defaultStyle: false, hover: false, tooltip: () => {} });
  view = made.view;
  box.replaceChildren(canvas);

  const pointers = new Map();
  let dragged = false, pinch = 0;
  const apart = () => { const [a, b] = [...pointers.values()]; return Math.hypot(a.px - b.px, a.py - b.py); };
  box.addEventListener("pointerdown", event => {
    if (event.button) return;
    cancelAnimationFrame(moving);
    box.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { ...spot(event), begun: spot(event) });
    if (pointers.size === 1) dragged = false;
    if (pointers.size === 2) pinch = apart();
  });
  box.addEventListener("pointermove", event => {
    const to = spot(event), from = pointers.get(event.pointerId);
    if (!from) {
      const { word } = under(to, 14), found = under(to, 14);
      box.classList.toggle("over", word != null || found.edge !== undefined);
      view.signal("over", word ?? -1);
      return draw();
    }
    if (!dragged && Math.hypot(to.px - from.begun.px, to.py - from.begun.py) < 5 && pointers.size === 1) return;
    dragged = true;
    box.classList.add("dragged");
    pointers.set(event.pointerId, { ...from, ...to });
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()], next = apart();
      if (pinch > 0 && next > 0) zoomAt(next / pinch, { px: (a.px + b.px) / 2, py: (a.py + b.py) / 2 });
      pinch = next;
    } else if (pointers.size === 1) {
      const { cx, cy, k } = now();
      go({ cx: cx - (to.px - from.px) / k, cy: cy - (to.py - from.py) / k, k });
    }
  });
  const release = event => {
    if (!pointers.delete(event.pointerId)) return;
    box.classList.remove("dragged");
    if (dragged || event.type !== "pointerup") return;
    const found = under(spot(event), event.pointerType === "mouse" ? 14 : 26);
    if (found.edge !== undefined) on.edge(found.edge);
    else if (found.word !== null) on.word(found.word);
  };
  box.addEventListener("pointerup", release);
  box.addEventListener("pointercancel", release);
  box.addEventListener("pointerleave", () => { view.signal("over", -1); draw(); });
  box.addEventListener("wheel", event => {
    event.preventDefault();
    cancelAnimationFrame(moving);
    const lines = event.deltaMode === 1 ? 20 : 1;
    zoomAt(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018)), spot(event));
  }, { passive: false });
  box.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { cx, cy, k } = now(), step = 80 / k;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (Object.hasOwn(moves, event.key)) go({ cx: cx + moves[event.key][0], cy: cy + moves[event.key][1], k });
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") glide(overview());
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(() => {
    const [width, height] = size();
    if (matchMedia("print").matches || (width === view.width() && height === view.height())) return;
    const zoomed = now().k / view.signal("k0"), all = overview();
    view.width(width).height(height).signal("k0", all.k);
    go({ ...now(), k: zoomed * all.k });
  }).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { view.signal("tone", tones()); draw(); });
  // On paper in light colours, whatever the screen has; at once, since the page is printed before the next frame.
  for (const [event, printed] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      document.documentElement.classList.toggle("paper", printed);
      view.signal("tone", tones()).run();
    });
  }

  return {
    show(drawnWords, drawnEdges, areas) {
      edges = drawnEdges;
      view.data("words", [{ ...UNSEEN }, ...drawnWords]).data("edges", [{ ...UNSEEN }, ...drawnEdges]).data("areas", [{ ...UNSEEN, name: "" }, ...areas]);
      draw();
    },
    focus(places) {
      const { cx, cy, k } = fit(places, 110);
      glide(bound({ cx, cy, k: Math.min(overview().k * 8, Math.max(overview().k * 2.5, k)) }));
    },
    overview: () => glide(overview()),
    zoom,
  };
}
