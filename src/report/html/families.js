/* Filters and order of the table of families. */
const table = document.querySelector("table.families"), body = table && table.tBodies[0];
const lines = body ? [...body.rows] : [];
let search = null, count = null;
/* By the table's own cell, which all rows have. */
const fitsLedger = (line, wanted) => {
  const cell = line.querySelector(".s");
  return wanted === "told" ? cell !== null && cell.classList.contains("told") : cell !== null && cell.textContent === wanted;
};
const filter = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const kind = byId("class").value, role = byId("role").value, tid = byId("thread").value;
  const ledger = data.has_ledger ? byId("standing").value : "";
  let shown = 0;
  lines.forEach(line => {
    const i = +line.id.slice(1), family = families[i];
    const text = line.textContent.toLowerCase();
    const fits = words.every(word => text.includes(word)) && (!kind || (family && family.class === kind)) &&
      (!role || line.className.includes(role)) && (!ledger || fitsLedger(line, ledger)) &&
      (!tid || (family && family.places.some(([pair]) => { const of = tidOf(pair); return of && String(of[0]) === tid; })));
    line.hidden = !fits;
    shown += fits;
  });
  count.textContent = `${number(shown)} of ${number(lines.length)}`;
};
const choose = (id, label, choices) => {
  const select = make("select", { id });
  for (const [value, text] of choices) select.append(make("option", { value, textContent: text }));
  select.addEventListener("change", filter);
  return make("label", {}, label + " ", select);
};
const sortBy = (head, column) => {
  const descends = head.getAttribute("aria-sort") !== "descending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descends ? "descending" : "ascending");
  const keyOf = line => {
    const text = line.cells[column].textContent;
    return head.classList.contains("n") ? +text.replaceAll(",", "") : text;
  };
  lines.sort((a, b) => {
    const x = keyOf(a), y = keyOf(b), order = x < y ? -1 : x > y ? 1 : a.id.slice(1) - b.id.slice(1);
    return descends ? -order : order;
  });
  body.append(...lines);
};
if (table) {
  search = make("input", { type: "search", id: "search", placeholder: "call, value, id …", "aria-label": "Filter families by text" });
  search.addEventListener("input", filter);
  count = make("span", { role: "status" });
  const tids = [...new Set(lanes.filter(one => one.runs.length > 0).map(one => String(one.tid[0])))].sort((a, b) => a - b);
  table.parentElement.before(make("div", { className: "tools" }, search,
    choose("class", "class", [["", "all"], ...CLASSES.filter(name => families.some(one => one.class === name)).map(name => [name, name])]),
    choose("role", "which", [["", "all"], ["root", "roots"], ["follower", "followers"]]),
    choose("thread", "thread", [["", "all"], ...tids.map(tid => [tid, tid])]), count));
  if (data.has_ledger) {
    const standings = [...new Set(lines.map(line => line.querySelector(".s")).filter(Boolean).map(cell => cell.textContent))];
    search.after(choose("standing", "ledger", [["told", "to look at"], ["", "all"], ...standings.map(name => [name, name])]));
    if (!lines.some(line => fitsLedger(line, "told"))) byId("standing").value = "";
  }
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = make("button", { type: "button", textContent: head.textContent });
    button.addEventListener("click", () => sortBy(head, column));
    head.replaceChildren(button);
  });
  body.addEventListener("click", event => {
    const line = event.target.closest("tr");
    if (event.target.closest("a") || !line || String(getSelection())) return;
    const family = families[+line.id.slice(1)];
    if (family) location.hash = linkTo(+line.id.slice(1), ...placeToLookAt(family));
  });
  filter();
}
const placeToLookAt = family => {
  const [pair, idx] = family.places[0], tid = tidOf(pair);
  return tid ? [tid[0], idx] : [];
};
