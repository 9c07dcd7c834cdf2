/* The page's state, which is its fragment: #f=FAMILY&t=TID&i=IDX. All script files are one scope, in the order that
 * src/meson.build lists them; what comes out of the logs is shown by textContent only. */
const byId = id => document.getElementById(id);
const make = (name, options = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(options))
    if (key in element) element[key] = value; else element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const number = value => value.toLocaleString("en-US");

const unpack = async text => {
  const bytes = Uint8Array.from(atob(text.trim()), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
};
const data = await unpack(byId("data").textContent);
const { families, lanes, alone, quotations } = data;

const readState = () => {
  const state = new URLSearchParams(location.hash.slice(1));
  const family = families.findIndex(one => one.id === state.get("f"));
  return { family, tid: state.get("t"), idx: state.get("i") };
};
const linkTo = (family, tid, idx) => {
  const parts = [];
  if (family >= 0) parts.push("f=" + families[family].id);
  if (tid !== undefined && tid !== null) parts.push("t=" + tid);
  if (idx !== undefined && idx !== null) parts.push("i=" + idx);
  return "#" + parts.join("&");
};
let state = readState();
const laneOfPair = new Map(lanes.map((lane, index) => [lane.pair, index]));
