// The page: its state (what is chosen and filtered) and its table. The files explorer_*.js are the map, the search and
// the details of a word or a pair; on the page all of them are one module.
const words = data.words.map(([word, x, y, count, documents, sentences, near, cosines, texts, forms, cluster], id) =>
  ({ id, word, x, y, count, documents, sentences, near, cosines, texts, forms, cluster, folded: word.toLowerCase() }));
const pairs = data.pairs.map(([rank, left, right, cosine, kind, spelling, together, pmi, sentences, texts], id) =>
  ({ id, rank, left: words[left], right: words[right], cosine, kind, spelling, together, pmi, sentences, texts }));
const clusters = data.clusters.map(([names, x, y, size]) => ({ name: names.map(id => words[id].word).join(", "), x, y, size, first: size }));
const byWord = new Map(words.map(word => [word.word, word]));
const KINDS = ["interchangeable", "collocates", "opposite", "derivation"];
const SHOWN = KINDS.filter(kind => kind !== "derivation").join(); // at first
const low = pairs.length ? Math.floor(Math.min(...pairs.map(pair => pair.cosine)) * 100) / 100 : 0;
const high = pairs.length ? Math.max(...pairs.map(pair => pair.cosine)) : 1;
const COLUMNS = [
  { name: "#", key: "rank", title: "Rank by cosine", className: "number rank" },
  { name: "Pair", key: "pair" },
  { name: "Cosine", key: "cosine", className: "cosine", down: true },
  { name: "Kind", key: "kind", className: "kind" },
  { name: "Together", key: "together", title: "Sentences that contain both words", className: "number together", down: true },
  { name: "PMI", key: "pmi", title: "How often both are in one sentence, relative to chance (log2)", className: "number pmi", down: true },
];
const VALUES = { rank: pair => pair.rank, pair: pair => pair.left.word, cosine: pair => pair.cosine, kind: pair => pair.kind,
  together: pair => pair.together, pmi: pair => pair.pmi };
const FRESH = { least: low, kinds: SHOWN, sort: "rank", down: false };
const state = { chosen: null, missing: "", ...FRESH };  // chosen: a word, a pair, or null
let map = null, scrolled = 0;

const isPair = one => one !== null && Object.hasOwn(one, "left");
const named = pair => `${pair.left.word} – ${pair.right.word}`;
const kept = pair => pair.cosine >= state.least - 1e-9 && state.kinds.split(",").includes(pair.kind);
const visible = () => pairs.filter(kept).sort(by(VALUES[state.sort], state.down, pair => pair.rank));
const minus = text => text.replace("-", "−");

// The address.
function write(newEntry) {
  const { chosen } = state;
  setAddress({
    word: chosen && !isPair(chosen) ? chosen.word : null,
    left: isPair(chosen) ? chosen.left.word : null, right: isPair(chosen) ? chosen.right.word : null,
    min: state.least > low ? state.least.toFixed(2) : null, kind: state.kinds === SHOWN ? null : state.kinds || "none",
    sort: state.sort === "rank" && !state.down ? null : (state.down ? "-" : "") + state.sort,
  }, newEntry);
}
// The address may be anything: only values that this page writes are accepted.
function read() {
  const found = address(), sort = found.get("sort") ?? "rank", key = sort.replace(/^-/, ""), least = Number.parseFloat(found.get("min"));
  const before = state.chosen;
  Object.assign(state, FRESH, { chosen: null, missing: "" });
  if (Object.hasOwn(VALUES, key)) Object.assign(state, { sort: key, down: sort.startsWith("-") });
  const kinds = (found.get("kind") ?? "").split(",");
  if (kinds[0] === "none") state.kinds = "";
  else if (kinds.some(kind => KINDS.includes(kind))) state.kinds = KINDS.filter(kind => kinds.includes(kind)).join();
  if (Number.isFinite(least)) state.least = Math.min(high, Math.max(low, least));
  const [word, left, right] = ["word", "left", "right"].map(name => found.get(name));
  if (word !== null) state.chosen = byWord.get(word) ?? null;
  else if (left !== null) state.chosen = pairs.find(pair => pair.left.word === left && pair.right.word === right) ?? null;
  if (!state.chosen && (word ?? left) !== null) state.missing = word ?? `${left} – ${right}`;
  show();
  if (state.chosen !== before) focus();
}
function choose(one, { move = true } = {}) {
  if (state.chosen === null) scrolled = at("frame").scrollTop || scrollY;
  state.chosen = one;
  state.missing = "";
  write(true);
  show();
  if (move) focus();
  at("detail").scrollTop = 0;
  at("detail").focus({ preventScroll: true });
  if (at("panel").getBoundingClientRect().top < 0) at("panel").scrollIntoView();
}
function back() {
  const was = state.chosen;
  state.chosen = null;
  write(true);
  show();
  const button = isPair(was) && at("rows").querySelector(`[data-pair="${was.id}"]`);
  if (getComputedStyle(at("frame")).overflowY === "auto") at("frame").scrollTop = scrolled;
  else scrollTo(0, scrolled);
  (button || at("search")).focus({ preventScroll: true });
}
function change() {
  write(false);
  show();
}

// The map.
function focus() {
  if (!map) return;
  const { chosen } = state;
  if (isPair(chosen)) return map.focus([chosen.left, chosen.right]);
  if (!chosen) return;
  // In the middle, with those of its nearest words that are near on the map: a distant one would make the rest small.
  const far = other => Math.hypot(other.x - chosen.x, other.y - chosen.y);
  const others = nearWords(chosen).sort((a, b) => far(a) - far(b)).slice(0, 5);
  map.focus([chosen, ...others, ...others.map(({ x, y }) => ({ x: 2 * chosen.x - x, y: 2 * chosen.y - y }))]);
}
const nearWords = word => word.near.filter(other => typeof other === "number").map(other => words[other]);
function drawMap() {
  if (!map) return;
  const { chosen } = state, shown = pairs.filter(kept), inPairs = new Set(shown.flatMap(pair => [pair.left, pair.right]));
  const centre = isPair(chosen) ? [chosen.left, chosen.right] : chosen ? [chosen] : [];
  const near = new Set(isPair(chosen) ? [] : centre.flatMap(nearWords));
  const most = Math.sqrt(Math.max(1, ...words.map(word => word.documents)));
  const drawn = words.map(word => {
    const role = centre.includes(word) ? "chosen" : near.has(word) ? "near" : "";
    const paired = inPairs.has(word);
    return { id: word.id, word: word.word, x: word.x, y: word.y, paired, chosen: role === "chosen",
      area: 14 + 110 * Math.sqrt(word.documents) / most + (role === "chosen" ? 50 : 0),
      tone: role === "chosen" ? "text" : role === "near" ? "near" : paired ? "paired" : "dot",
      opacity: chosen && !role ? 0.45 : 1,
      ink: role === "chosen" || (paired && !chosen) ? "text" : role === "near" ? "near" : "soft",
      size: role === "chosen" ? 15 : role ? 13 : 12, weight: role === "chosen" ? 700 : role ? 600 : 400,
      first: (role === "chosen" ? 4e9 : role ? 3e9 : 0) + word.documents * (paired && !chosen ? 8 : 1) };
  });
  const ends = (a, b) => ({ x: a.x, y: a.y, x2: b.x, y2: b.y });
  const lines = isPair(chosen) ? [] : centre.flatMap(word => nearWords(word).map(other =>
    ({ id: null, own: true, ...ends(word, other), tone: "near", width: 1, opacity: 0.7 })));
  for (const pair of (isPair(chosen) && !kept(chosen) ? [...shown, chosen] : shown)) {
    const own = chosen !== null && (pair === chosen || pair.left === chosen || pair.right === chosen);
    lines.push({ id: pair.id, own, ...ends(pair.left, pair.right), tone: pair.kind, opacity: chosen && !own ? 0.25 : 0.9,
      width: (1.8 + 3.2 * (pair.cosine - low) / (high - low || 1)) * (pair === chosen ? 1.4 : 1) });
  }
  // The last one drawn is on top.
  drawn.sort((a, b) => a.first - b.first);
  map.show(drawn, lines, chosen ? [] : clusters);
}

// The list.
function showList() {
  const rows = visible();
  const focused = document.activeElement?.dataset?.pair;
  at("rows").replaceChildren(...rows.map((pair, place) => {
    const button = element("button", { type: "button", tabIndex: place ? -1 : 0 }, ...pairName(pair));
    button.dataset.pair = pair.id;
    const name = element("td", {}, button);
    if (pair.spelling) name.append(" ", element("span", { className: "tag", title: "One letter apart" }, "spelling"));
    const line = element("tr", {}, element("td", { className: "number" }, String(pair.rank)), name,
      element("td", { className: "cosine" }, bar(pair.cosine, pair.kind), pair.cosine.toFixed(3)),
      element("td", { className: "kind", title: pair.kind }, ...kindMark(pair.kind)),
      element("td", { className: "number together" }, pair.together.toLocaleString("en")),
      element("td", { className: "number pmi" }, pair.pmi === null ? "" : minus(pair.pmi.toFixed(1))));
    line.addEventListener("click", () => choose(pair));
    return line;
  }));
  if (focused !== undefined) at("rows").querySelector(`[data-pair="${focused}"]`)?.focus({ preventScroll: true });
  markSorted(at("heads"), state);
  at("count").textContent = rows.length < pairs.length ? `${plural(rows.length, "pair")} of ${pairs.length.toLocaleString("en")}` : plural(rows.length, "pair");
  at("clear").hidden = state.least === FRESH.least && state.kinds === FRESH.kinds;
  at("empty").hidden = rows.length > 0;
  at("empty").textContent = pairs.length ? "No pair passes these filters." : "There are no two words to compare.";
  at("threshold").value = state.least;
  at("threshold-shown").textContent = state.least.toFixed(2);
  for (const box of document.getElementsByName("kind")) box.checked = state.kinds.split(",").includes(box.value);
}

function showDetail() {
  const { chosen } = state;
  if (!chosen) return at("detail").replaceChildren();
  const up = element("button", { type: "button", id: "back" }, "← All pairs");
  up.addEventListener("click", back);
  const moves = element("div", { id: "moves" }, up);
  if (isPair(chosen)) {
    const rows = visible(), place = rows.indexOf(chosen);
    if (place >= 0) {
      moves.append(element("span", {}, `${place + 1} of ${rows.length}`), ...[["‹", -1, "Pair before"], ["›", 1, "Pair after"]].map(([sign, step, label]) => {
        const button = element("button", { type: "button", ariaLabel: label, disabled: !rows[place + step] }, sign);
        button.dataset.step = step;
        button.addEventListener("click", () => stepBy(step));
        return button;
      }));
    }
  }
  at("detail").replaceChildren(moves, ...(isPair(chosen) ? pairDetail(chosen) : wordDetail(chosen)));
}
function stepBy(step) {
  const rows = visible(), next = rows[rows.indexOf(state.chosen) + step];
  if (!isPair(state.chosen) || !rows.includes(state.chosen) || !next) return;
  choose(next);
  at("detail").querySelector(`[data-step="${step}"]:not(:disabled)`)?.focus({ preventScroll: true });
}
function show() {
  const { chosen } = state;
  at("list").hidden = chosen !== null;
  at("detail").hidden = chosen === null;
  at("near-key").hidden = !chosen || isPair(chosen);
  document.title = chosen ? `${isPair(chosen) ? named(chosen) : chosen.word} · Word pairs` : "Word pairs";
  at("notfound").textContent = state.missing ? `“${state.missing}” is not on this page.` : "";
  showList();
  showDetail();
  drawMap();
}

// The rest of the controls.
at("threshold").addEventListener("input", () => { state.least = Number(at("threshold").value); change(); });
at("boxes").append(...KINDS.map(kind => {
  const box = element("input", { type: "checkbox", name: "kind", value: kind });
  box.addEventListener("change", () => {
    state.kinds = KINDS.filter(one => at("boxes").querySelector(`[value="${one}"]`).checked).join();
    change();
  });
  const count = pairs.filter(pair => pair.kind === kind).length;
  return element("label", {}, box, ...kindMark(kind), " ", element("small", {}, count.toLocaleString("en")));
}));
at("clear").addEventListener("click", () => { Object.assign(state, { least: FRESH.least, kinds: FRESH.kinds }); change(); at("export").focus(); });
at("export").addEventListener("click", () => {
  const head = ["rank", "left", "right", "cosine", "kind", "spelling", "together", "pmi", "left_count", "right_count", "left_documents", "right_documents"];
  saveTable("word_pairs.csv", [head, ...visible().map(({ rank, left, right, cosine, kind, spelling, together, pmi }) =>
    [rank, left.word, right.word, cosine, kind, spelling ? "yes" : "no", together, pmi, left.count, right.count, left.documents, right.documents])]);
});
at("nearer").addEventListener("click", () => map?.zoom(1.6));
at("farther").addEventListener("click", () => map?.zoom(1 / 1.6));
at("overview").addEventListener("click", () => map?.overview());
at("rows").addEventListener("keydown", event => {
  const buttons = [...at("rows").querySelectorAll("button")], place = buttons.indexOf(event.target);
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (place < 0 || to === undefined) return;
  event.preventDefault();
  const next = buttons[Math.min(buttons.length - 1, Math.max(0, to))];
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
});
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const typing = event.target.matches("input");
  if (event.key === "/" && event.target !== search) search.focus();
  else if (event.key === "Escape" && state.chosen) back();
  else if (event.key === "Escape" && state.missing) { state.missing = ""; write(false); show(); }
  else if (event.key === "ArrowLeft" && isPair(state.chosen) && !typing) stepBy(-1);
  else if (event.key === "ArrowRight" && isPair(state.chosen) && !typing) stepBy(1);
  else return;
  event.preventDefault();
});
addEventListener("popstate", read);
addEventListener("hashchange", read);

function summary() {
  if (!pairs.length) return `${plural(words.length, "word")}, and no two words to compare.`;
  const parts = [`${plural(pairs.length < data.total_pairs ? data.total_pairs : pairs.length, "pair")} of ${plural(data.total_words, "word")}, the closest first`];
  if (data.total_pairs < data.requested) parts.push(`${data.requested.toLocaleString("en")} were requested, there are no more`);
  if (pairs.length < data.total_pairs) parts.push(`the closest ${pairs.length.toLocaleString("en")} are listed`);
  if (words.length < data.total_words) parts.push(`${words.length.toLocaleString("en")} words are on this page: those of the pairs and those in most reports`);
  return parts.join("; ") + ".";
}
at("summary").textContent = summary();
Object.assign(at("threshold"), { min: low, max: Math.max(low + 0.01, Math.floor(high * 100) / 100), step: 0.01, disabled: pairs.length < 2 });
at("range").textContent = pairs.length ? `, of ${low.toFixed(2)} to ${high.toFixed(2)}` : "";
at("export").disabled = !pairs.length;
sortHeads(at("heads"), COLUMNS, state, change);
const measure = () => document.documentElement.style.setProperty("--top", `${document.querySelector("header").offsetHeight}px`);
new ResizeObserver(measure).observe(document.querySelector("header"));
measure();
read();
if (words.length) {
  map = await makeMap(at("map"), words, {
    word: id => choose(words[id], { move: false }),
    edge: id => choose(pairs[id], { move: false }),
  });
  drawMap();
  focus();
} else {
  at("nomap").hidden = false;
  at("nomap").textContent = "There is no word to show.";
}
