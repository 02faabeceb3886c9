// The page that compares the pairs of two runs.
const changes = data.changes.map(([left, right, status, oldRank, oldCosine, oldKind, newRank, newCosine, newKind], id) => ({
  id, left, right, status, oldRank, oldCosine, oldKind, newRank, newCosine, newKind,
  rankChange: oldRank === null || newRank === null ? null : oldRank - newRank,
  cosineChange: oldRank === null || newRank === null ? null : newCosine - oldCosine,
  folded: [left, right].map(word => word.toLowerCase()) }));
const SHOWN = { all: "All", kept: "Kept", added: "Added", removed: "Removed" };
const COLUMNS = [
  { name: "Pair", key: "pair" },
  { name: "Rank before", key: "oldRank", className: "number rank before" },
  { name: "Rank after", key: "newRank", className: "number rank" },
  { name: "Moved", key: "rankChange", className: "number move", down: true, title: "Ranks up or down" },
  { name: "Cosine before", key: "oldCosine", className: "number cosine before", down: true },
  { name: "Cosine after", key: "newCosine", className: "number cosine", down: true },
  { name: "Change", key: "cosineChange", className: "number move change", down: true, title: "Cosine after minus cosine before" },
];
const position = change => change.newRank ?? 1e6 + change.oldRank;
const FRESH = { status: "all", query: "", sort: "newRank", down: false };
const state = { ...FRESH };
const minus = text => text.replace("-", "−");
const signed = (value, digits) => (value > 0 ? "+" : "") + minus(value.toFixed(digits));

function visible() {
  const query = state.query.trim().toLowerCase();
  return changes.filter(change => (state.status === "all" || change.status === state.status) &&
    (!query || change.folded.some(word => word.includes(query))))
    .sort(by(state.sort === "pair" ? change => change.left : change => change[state.sort], state.down, position));
}
function write() {
  setAddress({ show: state.status === "all" ? null : state.status, find: state.query,
    sort: state.sort === "newRank" && !state.down ? null : (state.down ? "-" : "") + state.sort }, false);
}
// The address may be anything: only values that this page writes are accepted.
function read() {
  const found = address(), sort = found.get("sort") ?? "newRank", key = sort.replace(/^-/, "");
  Object.assign(state, FRESH, { query: found.get("find") ?? "" });
  if (COLUMNS.some(column => column.key === key)) Object.assign(state, { sort: key, down: sort.startsWith("-") });
  if (Object.hasOwn(SHOWN, found.get("show") ?? "")) state.status = found.get("show");
  at("search").value = state.query;
  show();
}
const cosines = changes.flatMap(change => [change.oldCosine, change.newCosine]).filter(value => value !== null);
const low = Math.floor(Math.min(1, ...cosines) * 20) / 20, high = Math.ceil(Math.max(0, ...cosines) * 20) / 20;
function drawn(change) {
  const draw = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const x = cosine => `${((cosine - low) / (high - low || 1) * 92 + 4).toFixed(2)}%`;
  const picture = draw("svg", { "aria-hidden": "true" });
  picture.append(draw("line", { class: "axis", x1: "4%", x2: "96%", y1: 10, y2: 10 }));
  if (change.status === "kept") picture.append(draw("line", { class: "step", x1: x(change.oldCosine), x2: x(change.newCosine), y1: 10, y2: 10 }));
  if (change.oldCosine !== null) picture.append(draw("circle", { class: "old", cx: x(change.oldCosine), cy: 10, r: 5 }));
  if (change.newCosine !== null) picture.append(draw("circle", { class: "new", cx: x(change.newCosine), cy: 10, r: 4.5 }));
  return picture;
}
function rankCell(change) {
  if (change.status !== "kept") return element("span", { className: change.status }, change.status);
  if (!change.rankChange) return "=";
  return element("b", {}, `${change.rankChange > 0 ? "▲" : "▼"} ${Math.abs(change.rankChange)}`);
}
function show() {
  const rows = visible(), number = (value, digits) => value === null ? "" : value.toFixed(digits);
  at("rows").replaceChildren(...rows.map(change => element("tr", {},
    element("td", { className: "name" }, element("bdi", {}, change.left), element("i", {}, " – "), element("bdi", {}, change.right)),
    element("td", { className: "number before" }, number(change.oldRank, 0)),
    element("td", { className: "number" }, number(change.newRank, 0)),
    element("td", { className: "number" }, rankCell(change)),
    element("td", { className: "number before" }, number(change.oldCosine, 3)),
    element("td", { className: "number" }, number(change.newCosine, 3)),
    element("td", { className: "number change" }, change.cosineChange === null ? "" : signed(change.cosineChange, 3)),
    element("td", { className: "drawn" }, drawn(change)))));
  markSorted(at("heads"), state);
  for (const radio of document.getElementsByName("show")) radio.checked = radio.value === state.status;
  at("count").textContent = rows.length === changes.length ? plural(rows.length, "pair") : `${plural(rows.length, "pair")} of ${changes.length.toLocaleString("en")}`;
  at("empty").hidden = rows.length > 0;
  at("empty").textContent = changes.length ? "No pair passes these filters." : "Neither run has a pair.";
}
function change() {
  write();
  show();
}

function summary() {
  const count = status => changes.filter(one => one.status === status).length;
  const [kept, added, removed] = ["kept", "added", "removed"].map(count);
  const parts = [`${plural(data.sizes[0], "pair")} before and ${data.sizes[1].toLocaleString("en")} after: ${kept} kept, ${added} added, ${removed} removed`];
  if (data.rho !== null) parts.push(`Spearman’s ρ of the ranks of the kept pairs is ${minus(data.rho.toFixed(2))}`);
  return `${parts.join("; ")}. A removed pair is no longer among the closest.`;
}
at("summary").textContent = summary();
for (const [value, name] of Object.entries(SHOWN)) {
  const count = value === "all" ? changes.length : changes.filter(one => one.status === value).length;
  const radio = element("input", { type: "radio", name: "show", value });
  radio.addEventListener("change", () => { state.status = value; change(); });
  at("kinds").append(element("label", {}, radio, element("span", {}, `${name} ${count.toLocaleString("en")}`)));
}
sortHeads(at("heads"), COLUMNS, state, change);
at("heads").append(element("th", { scope: "col", className: "drawn" },
  element("span", { id: "key", title: `Cosine from ${low.toFixed(2)} to ${high.toFixed(2)}` }, element("i", { className: "old" }), "before", element("i", { className: "new" }), "after")));
at("search").addEventListener("input", () => { state.query = at("search").value; change(); });
at("export").disabled = !changes.length;
at("export").addEventListener("click", () => saveTable("word_pairs_compared.csv", [
  ["left", "right", "status", "old_rank", "new_rank", "old_cosine", "new_cosine", "old_kind", "new_kind"],
  ...visible().map(one => [one.left, one.right, one.status, one.oldRank, one.newRank, one.oldCosine, one.newCosine, one.oldKind, one.newKind])]));
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "/" && event.target !== at("search")) at("search").focus();
  else if (event.key === "Escape" && state.query) { at("search").value = state.query = ""; change(); }
  else return;
  event.preventDefault();
});
addEventListener("hashchange", read);
read();
