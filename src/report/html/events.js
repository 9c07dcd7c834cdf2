/* A family in detail: why it is one, and the events of both sides beside each other. */
/* The members of a payload, as [path, text of the value]; a payload that is cut has what there is of it. */
const membersOf = text => {
  const found = [];
  let at = 0;
  const skip = () => { while (at < text.length && " \t\n\r,:".includes(text[at])) at++; };
  const readString = () => {
    const from = at++;
    while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    return text.slice(from, ++at);
  };
  const readRaw = () => {
    const from = at;
    let depth = 0;
    while (at < text.length) {
      const letter = text[at];
      if (letter === '"') { readString(); continue; }
      if ("[{".includes(letter)) depth++;
      if ("]}".includes(letter) && depth-- === 0) break;
      if (letter === "," && depth === 0) break;
      at++;
    }
    return text.slice(from, at).trim();
  };
  const readObject = (path, depth) => {
    at++;
    for (;;) {
      skip();
      if (at >= text.length || text[at] === "}") { at++; return; }
      const start = at;
      const key = path + readString().slice(1, -1);
      skip();
      if (text[at] === "{" && depth < 3 && text[at + 1] !== "}") readObject(key + ".", depth + 1);
      else found.push([key, text[at] === '"' ? readString() : readRaw()]);
      if (at === start) return;
    }
  };
  if (text[0] === "{") readObject("", 0);
  return found;
};
const common = (a, b) => {
  const isNumber = text => /^(\d+|0x[\da-f]+)$/.test(text.join(""));
  if (a.length !== b.length && isNumber(a) && isNumber(b)) return [0, 0];
  let first = 0, last = 0;
  const least = Math.min(a.length, b.length);
  while (first < least && a[first] === b[first]) first++;
  while (last < least - first && a[a.length - 1 - last] === b[b.length - 1 - last]) last++;
  return [first, last];
};
/* The value with the part marked in which it differs from the other side's. */
const marked = (value, other, side) => {
  if (other === undefined) return [make("mark", { className: side, textContent: value })];
  if (other === value) return [value];
  const a = [...value], b = [...other], [first, last] = common(a, b);
  const parts = [a.slice(0, first).join(""), make("mark", { className: side, textContent: a.slice(first, a.length - last).join("") || "∅" }),
                 a.slice(a.length - last).join("")];
  return parts.filter(part => part !== "");
};
const fillEvent = (cell, event, other, side) => {
  const [, kind, payload, cut] = event;
  const code = make("code", {}, make("span", { className: "kind" }, ...(other ? marked(kind, other[1], side) : [kind])), " ");
  const members = membersOf(payload), others = new Map(other ? membersOf(other[2]) : []);
  for (const [key, value] of members)
    code.append(key === "name" ? "" : key + "=",
                make("span", { className: key === "name" ? "name" : "" }, ...(other ? marked(value, others.get(key), side) : [value])), " ");
  if (cut > 0) code.append(`… ${number(cut)} bytes more`);
  cell.append(code);
};
/* Rows of the events of both sides: those of one kind and call stand beside each other, as many as can be, and are held
 * against each other; the others fill the rows between. */
const pairUp = (canary, ours) => {
  const keyOf = event => event[1] + " " + (membersOf(event[2])[0] || []).join("=");
  const a = canary.map(keyOf), b = ours.map(keyOf), told = [];
  const best = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  let i = 0, j = 0, left = [], right = [];
  const fill = () => {
    for (let n = 0; n < Math.max(left.length, right.length); n++) told.push([left[n], right[n], false]);
    left = [];
    right = [];
  };
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      fill();
      told.push([canary[i++], ours[j++], true]);
    } else if (j >= b.length || (i < a.length && best[i + 1][j] >= best[i][j + 1])) left.push(canary[i++]);
    else right.push(ours[j++]);
  }
  fill();
  return told;
};
const eventTable = quotation => {
  const body = make("tbody");
  const [[before, inside, behind, count], [oursBefore, oursInside, oursBehind, oursCount]] = quotation;
  const add = (pairs, name) => {
    for (const pair of pairs) {
      const isSame = pair[2] && pair[0][1] === pair[1][1] && pair[0][2] === pair[1][2];
      const row = make("tr", { className: name + (isSame ? " same" : "") });
      ["canary", "ours"].forEach((side, i) => {
        const event = pair[i], other = pair[2] ? pair[1 - i] : undefined;
        row.append(make("td", { className: "at n", textContent: event ? `[${event[0]}]` : "" }));
        const cell = make("td", { className: event ? side : "none" });
        if (event) fillEvent(cell, event, other, side);
        row.append(cell);
      });
      body.append(row);
    }
  };
  const isValue = inside.length === 1 && oursInside.length === 1;
  add(pairUp(before, oursBefore), "before");
  add(isValue ? [[inside[0], oursInside[0], true]] : pairUp(inside, oursInside), "inside");
  const rest = Math.max(count - inside.length, oursCount - oursInside.length);
  if (rest > 0)
    body.append(make("tr", { className: "inside empty" }, make("td", { colSpan: 4, textContent: `… ${number(rest)} more events` })));
  add(pairUp(behind, oursBehind), "behind");
  const head = make("tr", {}, make("th", { className: "at", scope: "col", textContent: "idx" }), make("th", { className: "canary", scope: "col", textContent: "canary" }),
                    make("th", { className: "at", scope: "col", textContent: "idx" }), make("th", { className: "ours", scope: "col", textContent: "ours" }));
  return make("table", { className: "events" }, make("thead", {}, head), body);
};

const link = (family, text) => make("a", { href: linkTo(family), textContent: text });
const paragraph = text => make("p", { textContent: text });
const tidOf = pair => laneOfPair.has(pair) ? lanes[laneOfPair.get(pair)].tid : null;
const showDetail = index => {
  const detail = byId("detail"), family = families[index];
  detail.replaceChildren();
  detail.hidden = index < 0;
  if (index < 0) return;
  const close = make("button", { type: "button", className: "close", textContent: "Close" });
  close.addEventListener("click", () => { location.hash = "#"; });
  detail.append(close, make("h2", { id: "detail-head" }, make("span", { className: "c " + family.class, textContent: family.class }), " " + family.what));
  const line = byId("f" + index), sides = line && line.querySelector("td.sides");
  if (sides) detail.append(make("div", { className: "sides" }, ...[...sides.childNodes].map(one => one.cloneNode(true))));
  else detail.append(make("p", {}, make("code", { textContent: family.difference })));
  detail.append(paragraph(family.extent + (family.relation ? "; " + family.relation : "") + "."));
  if (family.known) detail.append(make("p", { className: "ledger", textContent: `By the ledger: ${family.known}` }));
  if (family.notes) detail.append(paragraph(family.notes));
  if (family.why) detail.append(make("p", { className: "why", textContent: family.why }));
  if (family.follows !== undefined && families[family.follows])
    detail.append(make("p", {}, "↳ follows from ", link(family.follows, families[family.follows].id), " " + families[family.follows].what));
  const followers = families.map((one, i) => [one, i]).filter(([one]) => one.follows === index);
  if (followers.length > 0) {
    const told = make("p", {}, `${number(followers.length)} ${followers.length === 1 ? "family follows" : "families follow"} from it: `);
    followers.slice(0, 12).forEach(([one, i], n) => told.append(n ? ", " : "", link(i, one.what)));
    if (followers.length > 12) told.append(`, and ${number(followers.length - 12)} more`);
    detail.append(told);
  }
  if (quotations[index]) detail.append(eventTable(quotations[index]));
  else if (index < quotations.length + data.quotations_left_out)
    detail.append(make("p", { className: "rest", textContent: "The events around this place are left out, so that the page stays small" + (family.show.length ? "; the command below shows them." : ".") }));
  else detail.append(make("p", { className: "rest", textContent: "The events around it are not in this page." }));
  for (const command of family.show) detail.append(make("p", { className: "show" }, make("code", { textContent: command })));
  const places = make("ul", { className: "places", "aria-label": "Places" });
  for (const [pair, idx] of family.places) {
    const tid = tidOf(pair);
    if (!tid) continue;
    const anchor = make("a", { href: linkTo(index, tid[0], idx), textContent: `${tid[0]} [${idx}]` });
    if (String(tid[0]) === state.tid && String(idx) === state.idx) anchor.setAttribute("aria-current", "location");
    places.append(make("li", {}, anchor));
  }
  if (family.count > family.places.length) places.append(make("li", { textContent: `and ${number(family.count - family.places.length)} more` }));
  detail.append(places);
};
