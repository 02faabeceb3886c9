"use strict";
const { run, rows } = JSON.parse(document.getElementById("data").textContent);
const [ID, QUESTION, A, B, REFERENCE] = [0, 1, 2, 3, 4];
const KEY = `review-${run}`, CHOICES = ["A", "B", "equal"];
const SAID = { A: "A is better", B: "B is better", equal: "equal" };
const at = id => document.getElementById(id);
const asked = rows.filter(row => row[B] !== null), known = new Set(asked.map(row => row[ID]));
const buttons = [...at("choices").children];
let state = fresh(), kept = true, changed = false, saved = false;

function fresh() {
  const first = rows.findIndex(row => row[B] !== null);
  // Without a prototype: an id may be __proto__.
  return { name: "", choices: Object.create(null), past: [], place: Math.max(0, first) };
}
// What the browser kept may be of anybody: only what this page could have written is taken.
function read(text) {
  const made = fresh();
  try {
    const found = JSON.parse(text);
    made.name = String(found.name ?? "");
    for (const [id, choice] of Object.entries(found.choices)) {
      if (known.has(id) && CHOICES.includes(choice)) made.choices[id] = choice;
    }
    made.past = found.past.filter(([id, before]) => known.has(id) && (before === null || CHOICES.includes(before)));
    if (Number.isInteger(found.place) && rows[found.place]) made.place = found.place;
  } catch { /* nothing was kept, or nothing to use */ }
  return made;
}
function keep() {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    kept = false;
  }
  if (!kept) tell("notice", "This browser keeps nothing for this page: save your file before you close it.");
}
function tell(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
}
function write(id, text) {
  at(id).textContent = text.trim() ? text : "(empty)";
  at(id).classList.toggle("nothing", !text.trim());
}
const judged = () => asked.filter(row => Object.hasOwn(state.choices, row[ID])).length;
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

function show(announced = "") {
  const row = rows[state.place], same = row[B] === null, count = judged(), open = asked.length - count;
  const choice = state.choices[row[ID]];
  at("place").textContent = `Row ${state.place + 1} of ${rows.length}`;
  write("question", row[QUESTION]);
  write("target", row[REFERENCE]);
  write("a", row[A]);
  if (!same) write("b", row[B]);
  at("head-a").textContent = same ? "Answers A and B" : "Answer A";
  at("right").hidden = same;
  at("same").hidden = !same;
  at("sides").classList.toggle("one", same);
  at("left").classList.toggle("chosen", choice === "A");
  at("right").classList.toggle("chosen", choice === "B");
  for (const button of buttons) {
    button.disabled = same;
    button.setAttribute("aria-pressed", String(same ? button.dataset.choice === "equal" : button.dataset.choice === choice));
  }
  at("back").disabled = state.place === 0;
  at("next").disabled = state.place === rows.length - 1;
  at("undo").disabled = !state.past.length;
  at("open").disabled = !open;
  at("bar").max = Math.max(1, asked.length);
  at("bar").value = asked.length ? count : 1;
  const alike = rows.length - asked.length;
  at("count").textContent = `${count} of ${asked.length} judged` + (alike ? `, ${alike} equal anyway` : "");
  tell("done", open ? "" : !asked.length ?
    "In every row both answers are the same: there is nothing to judge." :
    `All rows are judged${saved && !changed ? " and saved. Send" : ". Save your choices, and send"} the file to whoever asked you.`);
  if (document.activeElement !== at("name")) at("name").value = state.name;
  at("said").textContent = [announced, at("place").textContent, same ? at("same").textContent : choice ? `Chosen: ${SAID[choice]}` : "",
    at("count").textContent].filter(Boolean).join(". ");
}
// After a choice or a move the next row is read from its beginning.
function go(place, announced) {
  const moved = place !== state.place;
  state.place = place;
  keep();
  show(announced);
  const { top, bottom } = at("row").getBoundingClientRect();
  if (moved && (top < 0 || bottom > at("bench").getBoundingClientRect().top)) at("row").scrollIntoView();
}
function nextOpen() {
  const order = rows.map((_, i) => (state.place + 1 + i) % rows.length);
  return order.find(i => rows[i][B] !== null && !Object.hasOwn(state.choices, rows[i][ID]));
}
function choose(choice) {
  const row = rows[state.place], id = row[ID];
  if (row[B] === null) return;
  const before = state.choices[id] ?? null;
  if (before !== choice) {
    state.past.push([id, before]);
    state.choices[id] = choice;
    touch();
  }
  go(nextOpen() ?? state.place, SAID[choice]);
  if (judged() === asked.length) at("done").scrollIntoView({ block: "nearest" });
}
function undo() {
  const last = state.past.pop();
  if (!last) return;
  const [id, before] = last;
  if (before === null) delete state.choices[id];
  else state.choices[id] = before;
  touch();
  go(rows.findIndex(row => row[ID] === id), "Undone");
}
function touch() {
  if (saved) at("saved").textContent = "Changed since it was saved";
  changed = true;
}
const back = () => go(Math.max(0, state.place - 1)), next = () => go(Math.min(rows.length - 1, state.place + 1));

function save() {
  const reviewer = state.name.trim().replace(/\s+/g, " "), count = judged();
  const judgements = asked.filter(row => Object.hasOwn(state.choices, row[ID]))
    .map(row => ({ id: row[ID], choice: state.choices[row[ID]] }));
  const file = `review_${reviewer.replace(/[^\p{L}\p{N}]+/gu, "_")}.json`;
  const link = Object.assign(document.createElement("a"), { download: file });
  link.href = URL.createObjectURL(new Blob([JSON.stringify({ run, reviewer, judgements }, null, 1) + "\n"],
    { type: "application/json" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  changed = false;
  saved = true;
  show();
  const open = asked.length - count;
  at("saved").textContent = `Saved as ${file}` + (open ? `, with ${plural(open, "row")} still open` : "");
}

for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.choice));
at("back").addEventListener("click", back);
at("next").addEventListener("click", next);
at("undo").addEventListener("click", undo);
at("open").addEventListener("click", () => go(nextOpen()));
at("name").addEventListener("input", () => { state.name = at("name").value; keep(); });
at("who").addEventListener("submit", event => {
  event.preventDefault();
  state.name = at("name").value.trim();
  at("name").value = state.name;
  keep();
  if (state.name) save();
  else {
    at("saved").textContent = "Enter your name first";
    at("name").focus();
  }
});
// Twice, as it cannot be undone.
at("restart").addEventListener("click", () => {
  if (!at("restart").dataset.sure) {
    at("restart").dataset.sure = "yes";
    at("restart").textContent = `Forget ${plural(judged(), "choice")}? Press again`;
    return;
  }
  calm();
  state = fresh();
  changed = saved = false;
  at("saved").textContent = "";
  go(state.place, "Started over");
  scrollTo(0, 0);
});
function calm() {
  delete at("restart").dataset.sure;
  at("restart").textContent = "Start over";
}
at("restart").addEventListener("blur", calm);

const PRESSED = { 1: "A", a: "A", 2: "B", b: "B", 0: "equal", "=": "equal" };
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target === at("name")) return;
  if (!at("keys").checked) return;
  const key = event.key.toLowerCase();
  if (key === "arrowleft") back();
  else if (key === "arrowright") next();
  else if (event.repeat) return;  // a key held down judges one row
  else if (Object.hasOwn(PRESSED, key)) choose(PRESSED[key]);
  else if (key === "u") undo();
  else return;
  event.preventDefault();
});
// The same sheet in another tab.
addEventListener("storage", event => {
  if (event.key !== KEY || !event.newValue) return;
  state = read(event.newValue);
  show();
});
addEventListener("beforeunload", event => { if (!kept && changed) event.preventDefault(); });

try {
  state = read(localStorage.getItem(KEY));
} catch {
  kept = false;
}
at("run").textContent = run.slice(0, 12);
keep();
show();
