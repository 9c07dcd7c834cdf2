/* A picture of all threads: a row for each, its divergences as marks. */
const CLASSES = ["value", "missing", "extra", "replaced", "reordered", "truncated"];
const FIELDS = 11; /* numbers of a run; its role: 0 a consequence, 1 a root, or what a ledger leaves to be looked at, 2 a root that it lists */
const rows = [];
for (const lane of lanes) {
  const [first, last, firstTime, duration] = lane.extent;
  const row = { tid: lane.tid, state: lane.state, first, last, from: firstTime, to: firstTime + duration, runs: [] };
  for (let i = 0; i < lane.runs.length; i += FIELDS) {
    const [kind, role, family, count, position, length, ours, offset, idx, oursIdx, time] = lane.runs.slice(i, i + FIELDS);
    row.runs.push({ kind: CLASSES[kind], role, family, count, position, length, ours, idx, oursIdx,
                    x: { events: offset, time: firstTime + time } });
  }
  /* Where a run ends is between where it and the next one begin, as its events are between theirs. */
  row.runs.forEach((run, i) => {
    const next = row.runs[i + 1];
    const end = next ? next.position : lane.total;
    const share = end > run.position ? Math.min(1, run.length / (end - run.position)) : 0;
    const nextX = next ? next.x : { events: last, time: row.to };
    run.end = { events: run.x.events + (nextX.events - run.x.events) * share, time: run.x.time + (nextX.time - run.x.time) * share };
  });
  rows.push(row);
}
for (const thread of alone) {
  const [first, last, from, duration] = thread.extent;
  rows.push({ tid: [thread.tid, null], state: 3, first, last, from, to: from + duration, runs: [] });
}

const ROW = 18, LABEL = 92, HEIGHT_MAX = 384;
const picture = byId("picture"), overview = byId("overview"), box = byId("rows"), reading = byId("reading");
const HELP = reading.textContent = "Drag to move, Ctrl and the wheel to zoom, click a mark for its events. Keys: arrows, + and −, n and p for the next and the previous mark.";
const spans = {
  events: [Math.min(...rows.map(row => row.first)), Math.max(...rows.map(row => row.last))],
  time: [Math.min(...rows.map(row => row.from)), Math.max(...rows.map(row => row.to))],
};
let axis = "events", view = [0, 1], lane = 0, pointed = null;
const extentOf = row => axis === "events" ? [row.first, row.last] : [row.from, row.to];

const color = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const prepare = (canvas, height) => {
  const scale = devicePixelRatio || 1, width = canvas.clientWidth;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return [pen, width];
};
/* One run as a mark, told by its height and form, not by colour alone. */
const drawRun = (pen, run, x, width, y, height, colors) => {
  const isEarly = run.kind === "truncated", wide = Math.max(Math.round(width), run.role ? 2 : 1);
  x = Math.round(x);
  pen.fillStyle = isEarly ? colors.early : run.role === 2 ? colors.listed : run.role ? colors.root : colors.consequence;
  if (run.role === 2 && !isEarly) {
    pen.fillRect(x, y + 2, wide, height - 2);
  } else if (run.role && !isEarly) {
    pen.fillRect(x, y, wide, height);
    pen.beginPath();
    pen.moveTo(x - 2.5, y);
    pen.lineTo(x + wide + 2.5, y);
    pen.lineTo(x + wide / 2, y + 4);
    pen.fill();
  } else if (isEarly) {
    for (let i = 0; i < 3; i++) pen.fillRect(x, y + i * height / 3, Math.max(wide, 3), height / 3 - 1.5);
  } else {
    pen.fillRect(x, y + height * .45, wide, height * .55);
  }
};
const palette = () => Object.fromEntries(["matched", "root", "consequence", "listed", "early", "alone", "ink", "soft", "card", "line", "focus", "faint"]
  .map(name => [name, color(name)]));
const placeOf = (value, width) => {
  const [from, to] = spans[axis], share = to > from ? (value - from) / (to - from) : 0;
  return LABEL + (share - view[0]) / (view[1] - view[0]) * (width - LABEL - 8);
};

const draw = () => {
  const colors = palette();
  const height = Math.min(rows.length * ROW + 8, HEIGHT_MAX);
  const [pen, width] = prepare(picture, height);
  picture.style.height = height + "px";
  byId("spacer").style.height = Math.max(0, rows.length * ROW + 8 - height) + "px";
  const top = box.scrollTop;
  pen.font = "12px " + getComputedStyle(document.body).fontFamily;
  pen.textBaseline = "middle";
  for (let i = Math.floor(top / ROW); i < rows.length && i * ROW < top + height; i++) {
    const row = rows[i], y = i * ROW - top + 5;
    if (i === lane) {
      pen.fillStyle = colors.faint;
      pen.fillRect(0, y - 3, width, ROW);
    }
    const [from, to] = extentOf(row).map(value => placeOf(value, width));
    pen.save();
    pen.beginPath();
    pen.rect(LABEL - 3, y - 3, width - LABEL, ROW);
    pen.clip();
    if (row.state === 3) {
      pen.strokeStyle = colors.alone;
      pen.setLineDash([3, 3]);
      pen.strokeRect(from + .5, y + 2.5, Math.max(2, to - from), 7);
      pen.setLineDash([]);
    } else {
      pen.fillStyle = colors.matched;
      pen.fillRect(from, y + 4, Math.max(2, to - from), 5);
    }
    for (const pass of [0, 2, 1])
      for (const run of row.runs)
        if (run.role === pass) {
          const x = placeOf(run.x[axis], width), end = placeOf(run.end[axis], width);
          if (end < LABEL - 6 || x > width) continue;
          drawRun(pen, run, x, end - x, y, 12, colors);
          if (isChosen(row, run)) {
            pen.strokeStyle = colors.focus;
            pen.lineWidth = 2;
            pen.strokeRect(x - 3, y - 2, Math.max(end - x, 2) + 6, 16);
          }
        }
    pen.restore();
    pen.fillStyle = i === lane ? colors.ink : colors.soft;
    pen.textAlign = "right";
    const [canary, ours] = row.tid;
    pen.fillText(ours === null ? canary + " → –" : canary === ours ? String(canary) : canary + " → " + ours, LABEL - 10, y + 6, LABEL - 14);
  }
  drawOverview(colors);
};
const drawOverview = colors => {
  const [pen, width] = prepare(overview, 26);
  const across = width - LABEL - 8;
  pen.globalAlpha = .8;
  const [from, to] = spans[axis];
  for (const row of rows)
    for (const run of row.runs) {
      pen.fillStyle = run.kind === "truncated" ? colors.early : run.role === 2 ? colors.listed : run.role ? colors.root : colors.consequence;
      pen.fillRect(LABEL + (run.x[axis] - from) / (to - from || 1) * across, run.role ? 4 : 13, 1.5, run.role ? 18 : 9);
    }
  pen.globalAlpha = 1;
  pen.strokeStyle = colors.focus;
  pen.lineWidth = 2;
  pen.strokeRect(LABEL + view[0] * across - 1, 1, Math.max(4, (view[1] - view[0]) * across + 2), 24);
  pen.fillStyle = colors.soft;
  pen.font = "12px " + getComputedStyle(document.body).fontFamily;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillText("all", LABEL - 10, 13);
};
let isDrawing = false;
const redraw = () => {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => { isDrawing = false; draw(); });
};
const isChosen = (row, run) => state.idx !== null && String(row.tid[0]) === state.tid && String(run.idx) === state.idx &&
  (state.family < 0 || run.family === state.family);

const zoom = (factor, middle = .5) => {
  const width = view[1] - view[0], at = view[0] + width * middle;
  const now = Math.min(1, Math.max(1e-7, width * factor));
  moveTo(at - now * middle, now);
};
const moveTo = (from, width) => {
  from = Math.min(1 - width, Math.max(0, from));
  view = [from, from + width];
  redraw();
};
const shareAt = event => {
  const area = picture.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - area.left - LABEL) / (area.width - LABEL - 8)));
};
const findRun = event => {
  const area = picture.getBoundingClientRect(), x = event.clientX - area.left;
  const index = Math.floor((event.clientY - area.top + box.scrollTop - 2) / ROW), row = rows[index];
  let best = null, least = 9;
  for (const run of row ? row.runs : []) {
    const from = placeOf(run.x[axis], area.width), to = placeOf(run.end[axis], area.width);
    const away = (x < from ? from - x : x > to ? x - to : 0) + (run.role ? 0 : 3);
    if (away < least) [best, least] = [run, away];
  }
  return { index, row, run: best };
};
const describeRun = (row, run) => {
  const family = families[run.family];
  const more = run.count > 1 ? `, and ${number(run.count - 1)} more close behind it` : "";
  return `thread ${row.tid[0]} [${run.idx}]: ${run.kind} ${family ? family.what : ""}${family && family.standing ? ", " + family.standing : run.role ? "" : ", a consequence"}${more}`;
};
const point = (index, run) => {
  pointed = run ? { index, run } : null;
  const row = rows[index];
  reading.textContent = run ? describeRun(row, run)
    : row ? `thread ${row.tid[0]}: ${["diverged", "ends early", "equal", "no counterpart"][row.state]}, ${number(row.runs.length)} marks` : HELP;
};
const open = (row, run) => { location.hash = linkTo(run.family < families.length ? run.family : -1, row.tid[0], run.idx); };

let drag = null;
picture.addEventListener("pointerdown", event => {
  drag = { x: event.clientX, from: view[0], moved: false };
  picture.setPointerCapture(event.pointerId);
});
picture.addEventListener("pointermove", event => {
  if (drag) {
    const width = view[1] - view[0], away = (drag.x - event.clientX) / (picture.clientWidth - LABEL - 8);
    drag.moved = drag.moved || Math.abs(drag.x - event.clientX) > 4;
    if (drag.moved) moveTo(drag.from + away * width, width);
    return;
  }
  const { index, run } = findRun(event);
  point(index, run);
});
picture.addEventListener("pointerup", event => {
  const was = drag;
  drag = null;
  if (!was || was.moved) return;
  const { index, row, run } = findRun(event);
  if (!row) return;
  lane = index;
  point(index, run);
  if (run) open(row, run);
  redraw();
});
picture.addEventListener("pointercancel", () => { drag = null; });
picture.addEventListener("wheel", event => {
  if (!event.ctrlKey && !event.metaKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) zoom(Math.exp(event.deltaY * .004), shareAt(event));
  else moveTo(view[0] + event.deltaX / picture.clientWidth * (view[1] - view[0]), view[1] - view[0]);
}, { passive: false });
const dragOverview = event => {
  const area = overview.getBoundingClientRect(), width = view[1] - view[0];
  moveTo((event.clientX - area.left - LABEL) / (area.width - LABEL - 8) - width / 2, width);
};
overview.addEventListener("pointerdown", event => { overview.setPointerCapture(event.pointerId); dragOverview(event); });
overview.addEventListener("pointermove", event => { if (event.buttons) dragOverview(event); });
box.addEventListener("scroll", redraw);
new ResizeObserver(redraw).observe(box);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { redraw(); drawKey(); });

const reveal = () => {
  const top = lane * ROW;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + ROW + 8 > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW + 8 - box.clientHeight;
};
const step = forward => {
  const runs = rows[lane] ? rows[lane].runs : [];
  const now = pointed && pointed.index === lane ? runs.indexOf(pointed.run) : forward ? -1 : runs.length;
  const run = runs[now + (forward ? 1 : -1)];
  if (!run) return;
  point(lane, run);
  open(rows[lane], run);
};
picture.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const width = view[1] - view[0];
  const keys = {
    ArrowLeft: () => moveTo(view[0] - width * .15, width), ArrowRight: () => moveTo(view[0] + width * .15, width),
    ArrowUp: () => { lane = Math.max(0, lane - 1); point(lane, null); reveal(); redraw(); },
    ArrowDown: () => { lane = Math.min(rows.length - 1, lane + 1); point(lane, null); reveal(); redraw(); },
    Home: () => moveTo(0, width), End: () => moveTo(1 - width, width),
    "+": () => zoom(.6), "=": () => zoom(.6), "-": () => zoom(1 / .6), 0: () => moveTo(0, 1),
    n: () => step(true), p: () => step(false),
  };
  if (!keys[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  keys[event.key]();
});
byId("zoom-in").addEventListener("click", () => zoom(.5));
byId("zoom-out").addEventListener("click", () => zoom(2));
byId("zoom-all").addEventListener("click", () => moveTo(0, 1));
byId("axis").addEventListener("change", event => { axis = event.target.value; moveTo(0, 1); });
if (!data.has_times) byId("axis").closest("label").hidden = true;
const drawKey = () => {
  const list = byId("lane-key"), colors = palette();
  list.replaceChildren();
  for (const [name, run] of [[data.has_ledger ? "to look at" : "root", { kind: "value", role: 1 }],
                             ...(data.has_ledger ? [["listed", { kind: "value", role: 2 }]] : []), ["consequence", { kind: "value", role: 0 }],
                             ["ends early", { kind: "truncated", role: 1 }], ["matched", null]]) {
    const sample = make("canvas");
    const item = make("li", {}, sample, name);
    list.append(item);
    const [pen] = prepare(sample, 12);
    if (run) drawRun(pen, run, 5, 4, 0, 12, colors);
    else { pen.fillStyle = colors.matched; pen.fillRect(0, 4, 14, 5); }
  }
};
if (rows.length > 0) {
  byId("lanes").hidden = false;
  if (data.lanes_left_out > 0)
    byId("lanes").append(make("p", { className: "rest", textContent: `${number(data.lanes_left_out)} more threads are left out of the picture, so that the page stays small.` }));
  drawKey();
}
