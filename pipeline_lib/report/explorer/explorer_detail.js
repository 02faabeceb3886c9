// The details of a word and of a pair.
const bar = (cosine, tone) => {
  const filled = element("b");
  filled.style.width = `${Math.max(0, Math.min(1, cosine)) * 100}%`;
  return element("span", { className: `bar ${tone}`, ariaHidden: "true" }, filled);
};
const kindMark = kind => [element("i", { className: `dot ${kind}` }), kind];
function pairName(pair) {
  return [element("bdi", {}, pair.left.word), element("i", {}, " – "), element("bdi", {}, pair.right.word)];
}

function wordButton(word, label = word.word) {
  const button = element("button", { type: "button" }, element("bdi", {}, label));
  button.addEventListener("click", () => choose(word));
  return button;
}
function nearList(word) {
  return element("ol", { className: "words" }, ...word.near.map((other, place) => {
    const known = typeof other === "number";
    const name = known ? wordButton(words[other]) : element("bdi", { title: "Not on this page" }, other);
    return element("li", {}, name, bar(word.cosines[place], "near"), element("small", {}, minus(word.cosines[place].toFixed(2))));
  }));
}
function pairList(own, word) {
  return element("ol", { className: "words" }, ...own.map(pair => {
    const button = element("button", { type: "button" }, element("bdi", {}, (pair.left === word ? pair.right : pair.left).word));
    button.addEventListener("click", () => choose(pair));
    return element("li", { title: `${pair.kind}, rank ${pair.rank}` }, button, bar(pair.cosine, pair.kind), element("small", {}, pair.cosine.toFixed(2)));
  }));
}
// The letters of scripts without spaces between words, each a token: where one begins and ends is never in question.
const SIGN = "[[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Bopo}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}]&&\\p{L}]";
// Returns a sentence with every form of the words marked. A form must begin and end where a token does (core.text.tokens).
function marked(text, forms) {
  if (!forms.length) return [text];
  const spelt = forms.sort((a, b) => b.length - a.length).map(form =>
    form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("'", "['’ʼ]").replaceAll("-", "[\\-‐‑]"));
  const any = `(?:${spelt.join("|")})`, inner = `[[\\p{L}\\p{M}\\p{N}]--${SIGN}]`;
  const found = new RegExp(`(?=${SIGN})${any}(?!\\p{M})|(?<!${inner}['’ʼ‐‑\\-]?)${any}(?!['’ʼ‐‑\\-]?${inner})`, "giv");
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(found)) {
    parts.push(text.slice(end, match.index), element("mark", {}, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
function sentenceList(texts, forms) {
  return element("ul", { className: "sentences" }, ...texts.map(place => {
    const [text, count] = data.texts[place];
    return element("li", {}, element("span", { dir: "auto" }, ...marked(text, [...forms])),
      element("small", { title: `Occurs ${plural(count, "time")}` }, count > 1 ? `${count.toLocaleString("en")}×` : ""));
  }));
}
function sentencesOf(title, texts, all, forms) {
  if (!all) return [];
  const few = texts.length < all ? `: ${texts.length ? "the most frequent " : ""}${texts.length.toLocaleString("en")} of ${all.toLocaleString("en")}` : "";
  return [element("h3", {}, title + few), sentenceList(texts, forms)];
}
const facts = word => [element("b", {}, plural(word.documents, "report")), `, ${plural(word.count, "time")}`];
function wordDetail(word) {
  const own = pairs.filter(pair => pair.left === word || pair.right === word);
  return [
    element("h2", { dir: "auto" }, word.word),
    element("p", { className: "facts" }, ...facts(word), `, ${plural(word.sentences, "different sentence")}`,
      ...(word.cluster === null ? [] : ["; cluster ", element("bdi", {}, clusters[word.cluster].name)])),
    ...(own.length ? [element("h3", {}, "Its pairs"), pairList(own, word)] : []),
    ...(word.near.length ? [element("h3", {}, "Nearest words"), nearList(word)] : []),
    ...sentencesOf("Sentences", word.texts, word.sentences, word.forms),
  ];
}
const MEANINGS = { interchangeable: "one can replace the other", collocates: "side by side more often than by chance",
  opposite: "one is the opposite or the negation of the other", derivation: "formed of one stem" };
function together(pair) {
  if (!pair.together) return "No sentence contains both.";
  const counted = `${plural(pair.together, "sentence")} ${pair.together === 1 ? "contains" : "contain"} both`;
  if (pair.pmi === null) return `${counted}.`;
  const times = 2 ** Math.abs(pair.pmi), often = times >= 10 ? Math.round(times).toLocaleString("en") : times.toFixed(1);
  const chance = times < 1.05 ? "as often as by chance" : `${often} times ${pair.pmi > 0 ? "as" : "less"} often ${pair.pmi > 0 ? "as" : "than"} by chance`;
  return `${counted}, ${chance} (PMI ${minus(pair.pmi.toFixed(1))}).`;
}
function pairDetail(pair) {
  const { left, right } = pair, forms = [...left.forms, ...right.forms];
  const title = element("h2", {}, wordButton(left), element("i", {}, " – "), wordButton(right));
  if (pair.spelling) title.append(" ", element("span", { className: "tag", title: "One letter apart" }, "spelling variants?"));
  return [
    title,
    element("p", { className: "facts" }, element("b", {}, `Cosine ${pair.cosine.toFixed(3)}`), `, rank ${pair.rank}`),
    element("p", { className: "facts" }, element("b", {}, ...kindMark(pair.kind)), `: ${MEANINGS[pair.kind]}. ${together(pair)}`),
    element("p", { className: "facts" }, element("bdi", {}, left.word), " in ", ...facts(left), "; ", element("bdi", {}, right.word), " in ", ...facts(right)),
    ...(pair.sentences ? sentencesOf("Sentences with both", pair.texts, pair.sentences, forms) : [
      ...[left, right].flatMap(word => sentencesOf(`Sentences with ${word.word}`, word.texts.slice(0, 2), word.sentences, word.forms)),
    ]),
    element("div", { className: "columns" }, ...[left, right].map(word => element("div", {},
      element("h3", {}, "Nearest to ", element("bdi", {}, word.word)), nearList(word)))),
  ];
}
