"use strict";
// Functions that both pages of word pairs use. Text is always inserted as text: a word or a sentence may contain anything.
const data = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties ?? {});
  made.append(...children);
  return made;
}
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const order = new Intl.Collator().compare;

// Returns a comparison of two rows by a value of each, missing values last in both directions; `then` decides ties.
function by(value, down, then) {
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null) || then(a) - then(b);
    return (down ? -1 : 1) * (typeof x === "string" ? order(x, y) : x - y) || then(a) - then(b);
  };
}
// Makes table heads that sort. columns: { name, key, title, className, down: whether the first click sorts downward }.
function sortHeads(line, columns, state, changed) {
  line.replaceChildren(...columns.map(({ name, key, title, className = "", down = false }) => {
    const button = element("button", { type: "button", title: title ?? "" }, name);
    button.addEventListener("click", () => {
      Object.assign(state, state.sort === key ? { down: !state.down } : { sort: key, down });
      changed();
    });
    const head = element("th", { scope: "col", className }, button);
    head.dataset.key = key;
    return head;
  }));
}
function markSorted(line, state) {
  for (const head of line.children) {
    if (head.dataset.key === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

// Returns a cell that no spreadsheet runs as a formula (OWASP, CSV Injection). Numbers are safe.
function cell(value) {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
function saveTable(file, lines) {
  // Excel reads a file as UTF-8 only with a byte order mark.
  const text = "\ufeff" + lines.map(line => line.map(cell).join(",") + "\n").join("");
  const link = element("a", { download: file, href: URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// The state is in the address, after #, so that it can be shared and the back button works.
const address = () => new URLSearchParams(location.hash.slice(1));
function setAddress(values, newEntry) {
  const text = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== "")).toString();
  if (text === location.hash.slice(1)) return;
  const url = `${location.pathname}${location.search}${text ? `#${text}` : ""}`;
  if (newEntry) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}
