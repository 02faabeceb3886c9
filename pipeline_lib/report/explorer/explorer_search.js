// Search: a combobox as the ARIA Authoring Practices describe it.
const search = at("search");
let offered = [], active = -1;
function suggest() {
  const query = search.value.trim().toLowerCase().normalize("NFC");
  const rank = word => word.folded === query ? 0 : word.folded.startsWith(query) ? 1 : 2;
  offered = query ? words.filter(word => word.folded.includes(query))
    .sort((a, b) => rank(a) - rank(b) || b.documents - a.documents || order(a.word, b.word)).slice(0, 8) : [];
  active = offered.length ? 0 : -1;
  at("notfound").textContent = query && !offered.length ?
    `No word here holds “${search.value.trim()}”` + (data.total_words > words.length ? "; the less frequent ones are not on this page." : ".") : "";
  showOffered();
}
function showOffered() {
  at("suggestions").replaceChildren(...offered.map((word, place) => {
    const item = element("li", { id: `offer-${place}`, role: "option", ariaSelected: String(place === active) },
      element("bdi", {}, word.word), element("span", {}, plural(word.documents, "report")));
    item.addEventListener("pointerdown", event => event.preventDefault()); // the field keeps the focus
    item.addEventListener("click", () => take(word));
    return item;
  }));
  at("suggestions").hidden = !offered.length;
  search.setAttribute("aria-expanded", String(offered.length > 0));
  if (active >= 0) search.setAttribute("aria-activedescendant", `offer-${active}`);
  else search.removeAttribute("aria-activedescendant");
  at(`offer-${active}`)?.scrollIntoView({ block: "nearest" });
}
function closeOffered() {
  offered = [];
  active = -1;
  at("notfound").textContent = "";
  showOffered();
}
function take(word) {
  search.value = "";
  closeOffered();
  choose(word);
}
search.addEventListener("input", suggest);
search.addEventListener("focus", () => { if (search.value) suggest(); });
search.addEventListener("blur", closeOffered);
search.addEventListener("keydown", event => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" && offered.length) active = (active + 1) % offered.length;
  else if (event.key === "ArrowUp" && offered.length) active = (active + offered.length - 1) % offered.length;
  else if (event.key === "Enter" && offered[active]) return take(offered[active]);
  else if (event.key === "Escape" && (search.value || offered.length)) {
    search.value = "";
    closeOffered();
    event.stopPropagation();
    return event.preventDefault();
  } else return;
  event.preventDefault();
  showOffered();
});
