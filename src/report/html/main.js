/* What the state shows, and the keys of the whole page. */
/* Moves the picture so that the chosen mark is in it, and not too small. */
const showPlace = () => {
  const index = rows.findIndex(row => String(row.tid[0]) === state.tid);
  if (index < 0) return;
  lane = index;
  reveal();
  const run = state.idx === null ? null : rows[index].runs.find(one => isChosen(rows[index], one));
  point(index, run || null);
  if (!run) return;
  const [from, to] = spans[axis], at = (run.x[axis] - from) / (to - from || 1);
  if (at < view[0] || at > view[1]) moveTo(at - (view[1] - view[0]) / 2, view[1] - view[0]);
};
const apply = moves => {
  state = readState();
  showDetail(state.family);
  document.querySelectorAll("tr.chosen").forEach(line => line.classList.remove("chosen"));
  const line = state.family < 0 ? null : byId("f" + state.family);
  if (line) line.classList.add("chosen");
  if (line && line.closest("details")) line.closest("details").open = true;
  if (rows.length > 0) showPlace();
  if (moves && state.family >= 0) byId("detail").scrollIntoView({ block: "nearest" });
  else if (moves && state.tid !== null) byId("lanes").scrollIntoView({ block: "nearest" });
  redraw();
};
addEventListener("hashchange", () => apply(true));
const stepFamily = forward => {
  const shown = lines.filter(line => !line.hidden), now = shown.findIndex(line => +line.id.slice(1) === state.family);
  const line = shown[now < 0 ? (forward ? 0 : shown.length - 1) : now + (forward ? 1 : -1)];
  if (!line || !families[+line.id.slice(1)]) return;
  location.hash = linkTo(+line.id.slice(1), ...placeToLookAt(families[+line.id.slice(1)]));
};
addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select")) {
    if (event.key === "Escape" && event.target === search) search.blur();
    return;
  }
  if (event.key === "/" && search) { event.preventDefault(); search.focus(); }
  else if (event.key === "j" || event.key === "k") stepFamily(event.key === "j");
  else if (event.key === "Escape" && state.family >= 0) location.hash = "#";
});
apply(location.hash.length > 1);
document.documentElement.dataset.ready = "yes";
