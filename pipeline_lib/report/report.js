"use strict";
// The page is complete without this: it only filters and orders the rows that are there.
const at = id => document.getElementById(id);
const list = at("list"), form = at("controls"), facets = [...form.querySelectorAll("[data-facet]")];
const rows = [...list.children].map((article, place) => ({ article, place, text: article.textContent.toLowerCase() }));

function fits(row) {
  const { dataset } = row.article;
  const fault = at("fault") ? at("fault").value : "", faults = dataset.faults.split(" ").filter(Boolean);
  return row.text.includes(at("search").value.trim().toLowerCase()) &&
    (!at("outcome").value || dataset.outcome === at("outcome").value) &&
    (!fault || (fault === "none" ? !faults.length : fault === "*" ? faults.length : faults.includes(fault))) &&
    facets.every(select => !select.value || select.value === "=" + dataset[select.dataset.facet]);
}
function show() {
  const shown = rows.filter(row => {
    const fit = fits(row);
    row.article.hidden = !fit;
    return fit;
  });
  at("count").textContent = `${shown.length} of ${rows.length} rows`;
  at("none").hidden = shown.length > 0;
}
function order() {
  const down = at("order").value.startsWith("-"), key = at("order").value.replace("-", "");
  const number = row => (down ? -1 : 1) * Number(row.article.dataset[key]);
  list.append(...rows.toSorted((a, b) => number(a) - number(b) || a.place - b.place).map(row => row.article));
}
// A link to a row that is filtered away shows all rows again.
function reveal() {
  const row = document.getElementById(location.hash.slice(1));
  if (row && row.hidden) {
    form.reset();
    show();
  }
  if (row) row.scrollIntoView();
}
form.addEventListener("input", event => {
  if (event.target.id === "order") order();
  show();
});
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { order(); show(); }));
addEventListener("hashchange", reveal);
form.hidden = false;
form.reset();  // a browser fills in what stood there before a reload
show();
