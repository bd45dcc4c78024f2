// Draws each circuit of a page from the table that says the same in words: boxes are gates or steps, and on the wire
// that leaves one stand its value, in green, and the gradient that comes back, in red. Nothing is computed here.

import { Graph, layout } from "./vendor/dagre/dagre.esm.js";

const LETTER = 7.6; // the width of a letter of the code font at 12.5 px
const LONGEST = 24;
const SMALL = 0.8; // a drawing is scaled down to this before another layout is tried
const SMALLEST = 0.7; // and to this before it scrolls
const LARGEST = 1.2;
const WIDE = "(min-width: 64rem)"; // as in the style sheet: what is told stands beside a tall drawing
const BESIDE = 320;
const ASIDE = 36; // how far left of the middle wires run downwards, for the numbers on their right
const SIGNS = { right: "✓", wrong: "✗", carried: "→", open: "?" };

const svg = (name, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const fill = (template, ...values) => values.reduce((text, value) => text.replace("#", value), template);
const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
const widest = (lines) => Math.max(...lines.map((line) => line.length)) * LETTER;

export default function draw(section) {
  const elements = read(section);
  const place = section.querySelector("[data-drawing]");
  place.hidden = false;
  section.querySelector("details").open = false;
  const scroll = place.querySelector(".scroll");
  const show = explaining(section, elements);
  let room = 0;
  new ResizeObserver(() => {
    if (place.clientWidth === room) return;
    room = place.clientWidth;
    const { paddingLeft, paddingRight } = getComputedStyle(place);
    const inside = room - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const fits = (made) => made.width * SMALL <= inside;
    const made = [arranged(elements, true)];
    if (!fits(made[0])) made.push(arranged(elements, false));
    if (!made.some(fits)) made.push(arranged(inOneColumn(elements), false, true));
    const chosen = made.find(fits) ?? made.reduce((one, other) => (other.width < one.width ? other : one));
    place.classList.toggle("tall", !chosen.flat);
    const beside = !chosen.flat && matchMedia(WIDE).matches ? BESIDE : 0;
    const bar = scroll.offsetWidth - scroll.clientWidth; // of its own, to scroll down with
    scroll.replaceChildren(picture(section, chosen, inside - beside - bar));
    scroll.scrollLeft = (scroll.scrollWidth - scroll.clientWidth) / 2;
    show();
  }).observe(place);
}

// ------------------------------------------------------------------------------------------------- what is drawn

function read(section) {
  const rows = [...section.querySelectorAll("tr[data-element]")];
  const elements = new Map(rows.map((row) => [row.dataset.element, element(row)]));
  for (const one of elements.values()) one.inputs = one.inputs.map((node) => elements.get(node));
  for (const one of elements.values()) one.consumers = [...elements.values()].filter((other) => other.inputs.includes(one));
  return [...elements.values()];
}

function element(row) {
  const { name, operation, sign, letters, value, gradient, gradientName, exact, sweptName, swept, passed, tone, result } = row.dataset;
  const step = operation && (!sign || letters); // a gate of scalars is drawn by its sign alone
  const title = operation && name ? `${name} = ${operation}` : name || operation;
  const lines = !operation ? [name, letters] : step ? [name, short(operation), letters] : [sign];
  const both = gradientName ? `${gradientName} = ${gradient}` : gradient;
  const mark = tone ? ` ${SIGNS[tone]}` : "";
  const split = gradientName && gradient !== "?" && Number.isNaN(Number(gradient)); // no number: on a line of its own
  return {
    row, title, tone, result, exact,
    swept: swept && `${sweptName} = ${swept}`,
    sweptName: sweptName || gradientName,
    passed: passed.split("|"),
    inputs: row.dataset.inputs.split(" ").filter(Boolean),
    turn: Number(row.dataset.place),
    gates: row.dataset.gates.split(" ").filter(Boolean),
    kind: !operation ? "given" : step ? "step" : "gate",
    lines: lines.filter(Boolean),
    value: name && operation && !step ? `${name} = ${value}` : value,
    back: !gradient ? [] : split ? [`${gradientName}${mark}`, gradient] : [`${both}${mark}`],
    gradient: gradient && both,
  };
}

// ---------------------------------------------------------------------------------------------------- the layout

// The longest way into each first and what is given last, so that few wires pass by.
function inOneColumn(elements) {
  const depth = new Map();
  for (const one of elements) depth.set(one, 1 + Math.max(0, ...one.inputs.map((input) => depth.get(input))));
  const placed = new Set();
  const put = (one) => {
    one.inputs.toSorted((a, b) => depth.get(b) - depth.get(a)).forEach(put);
    placed.add(one);
  };
  elements.filter((one) => !one.consumers.length).forEach(put);
  return [...placed];
}

// Each node of the layout is a box together with the stretch of wire that leaves it and carries its two numbers.
// In one column each has a rank of its own.
function arranged(elements, flat, column) {
  const graph = new Graph();
  graph.setGraph({ rankdir: flat ? "LR" : "TB", rankalign: "top", nodesep: flat ? 18 : 6, ranksep: column ? 14 : 30, marginx: 6, marginy: 6 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [i, one] of elements.entries()) {
    const box = { width: Math.max(one.kind === "gate" ? 36 : 30, widest(one.lines) + 16), height: 18 + 18 * one.lines.length };
    const wire = widest([one.value, ...one.back]) + 12;
    const size = flat
      ? { width: box.width + wire, height: Math.max(box.height, 24 + 20 * one.back.length) }
      : { width: 2 * Math.max(box.width / 2 + ASIDE, wire - ASIDE), height: box.height + 24 + 18 * one.back.length };
    graph.setNode(String(i), { ...size, box, wire });
    if (column && i) graph.setEdge(String(i - 1), String(i), { weight: 0 });
  }
  for (const [i, one] of elements.entries()) {
    for (const input of one.inputs) graph.setEdge(String(elements.indexOf(input)), String(i), { weight: 1 });
  }
  layout(graph);
  return { elements, graph, flat, width: graph.graph().width, height: graph.graph().height };
}

function picture(section, { elements, graph, flat, width, height }, room) {
  const scale = Math.max(SMALLEST, Math.min(LARGEST, room / width));
  const drawing = svg("svg", {
    viewBox: `0 0 ${width} ${height}`, width: Math.round(width * scale), height: Math.round(height * scale),
    role: "group", "aria-label": section.dataset.drawn, class: "drawing",
  });
  const spots = elements.map((one, i) => {
    const { x, y, width, height, box, wire } = graph.node(String(i));
    return flat
      ? { x: x - width / 2, y: y - box.height / 2, ...box, wire, out: [x + width / 2, y] }
      : { x: x - ASIDE - box.width / 2, y: y - height / 2, ...box, wire, out: [x - ASIDE, y + height / 2] };
  });
  const along = flat ? 0 : 1; // wires turn only behind all boxes of their rank
  for (const spot of spots) {
    const rank = spots.filter((other) => Math.abs(flat ? other.x - spot.x : other.y - spot.y) < 1);
    spot.end = Math.max(...rank.map((other) => other.out[along]));
  }
  for (const spot of spots) spot.out[along] = spot.end;
  for (const [i, one] of elements.entries()) {
    const arriving = one.inputs.map((input) => {
      const source = elements.indexOf(input);
      const points = graph.edge(String(source), String(i)).points.map(({ x, y }) => [x, y]);
      // from one rank to the next there is nothing to avoid
      return { input, path: [spots[source].out, ...(points.length > 3 ? points.slice(1, -1) : [])] };
    });
    arriving.sort((a, b) => a.path.at(-1)[1 - along] - b.path.at(-1)[1 - along]);
    for (const [k, { input, path }] of arriving.entries()) {
      const end = port(spots[i], (k + 1) / (arriving.length + 1), flat);
      const line = svg("path", { d: curve([...path, end], flat), class: "wire", fill: "none" });
      line.ends = [input, one];
      drawing.append(line);
    }
  }
  for (const [i, one] of elements.entries()) drawing.append(boxed(one, spots[i], flat));
  return drawing;
}

const port = (spot, part, flat) =>
  flat ? [spot.x, spot.y + spot.height * (0.2 + 0.6 * part)] : [spot.x + spot.width * (0.2 + 0.6 * part), spot.y];

function curve([first, ...rest], flat) {
  let [x, y] = first;
  let path = `M${x} ${y}`;
  for (const [u, v] of rest) {
    path += flat ? `C${(x + u) / 2} ${y} ${(x + u) / 2} ${v} ${u} ${v}` : `C${x} ${(y + v) / 2} ${u} ${(y + v) / 2} ${u} ${v}`;
    [x, y] = [u, v];
  }
  return path;
}

function boxed(one, spot, flat) {
  const middle = spot.x + spot.width / 2;
  const [x, y] = flat ? [spot.x + spot.width, spot.y + spot.height / 2] : [middle, spot.y + spot.height];
  const wire = svg("path", { d: `M${x} ${y}L${spot.out[0]} ${spot.out[1]}`, class: "wire", fill: "none" });
  const value = svg("text", { x: x + 6, y: flat ? y - 6 : y + 16, class: "value" }, one.value);
  const gradient = svg("text", { class: `back ${one.tone}` },
    ...one.back.map((line, i) => svg("tspan", { x: x + 6, y: (flat ? y + 16 : y + 34) + 17 * i }, line)));
  const shape = svg("rect", { x: spot.x, y: spot.y, width: spot.width, height: spot.height, rx: one.kind === "gate" ? 18 : 6 });
  const lines = one.lines.map((line, i) =>
    svg("text", { x: middle, y: spot.y + 23 + 18 * i, "text-anchor": "middle", class: i && line === one.lines.at(-1) ? "soft" : "" }, line));
  const known = one.gradient?.endsWith("?") ? "" : one.gradient;
  const drawn = one.lines.join(" ");  // what is seen is part of what is said, for those who speak to their screen
  const said = [drawn, drawn.includes(one.title) ? "" : one.title, one.value, known, one.result].filter(Boolean).join(", ");
  const group = svg("g", { class: `${one.kind} ${one.tone}`, role: "button", tabindex: 0, "aria-label": said }, shape, ...lines.flatMap((line) => [line, " "]));
  group.addEventListener("focus", () => one.explain());
  group.addEventListener("click", () => one.explain());
  one.drawn = { group, wire, gradient };
  return svg("g", {}, wire, value, gradient, group);
}

// ---------------------------------------------------------------------------------- local rules, and the backward pass

function explaining(section, elements) {
  const told = section.querySelector("[data-told]");
  const where = section.querySelector("[data-where]");
  const [back, next] = section.querySelectorAll("[data-turn]");
  const turns = elements.filter((one) => one.turn).sort((a, b) => a.turn - b.turn);
  let step = 0; // 0: all is shown

  const rules = (one) => one.gates.map((gate) => section.querySelector(`[data-gate="${gate}"]`).textContent);
  const { value, arrives, asked, exact, passed, share } = section.dataset;
  const passedTo = (one) => one.inputs.map((input, i) => {
    const shown = one.passed[i];
    if (!shown) return "";
    if (input.consumers.filter((other) => other.turn).length > 1) return fill(share, shown, input.sweptName || input.title);
    return input.sweptName ? `${input.sweptName} = ${shown}` : `${input.title}: ${shown}`;
  }).filter(Boolean).join(", ");

  // What is said of an element: each with its label, and the cell of the table that shows it whole.
  const facts = (one) => [
    [value, one.row.dataset.value, one.row.cells[3]],
    [arrives, one.swept],
    [one.swept ? asked : arrives, [one.gradient, one.result, one.exact && `${exact}: ${one.exact}`].filter(Boolean).join(". "), one.row.cells[4], one.result],
    [passed, passedTo(one)],
  ].filter(([, text]) => text);

  const made = (tag, ...parts) => {
    const element = document.createElement(tag);
    element.append(...parts);
    return element;
  };
  const tell = (one) => {
    const list = made("dl");
    list.className = "check";
    for (const [label, text, cell, result = ""] of facts(one)) {
      const whole = cell?.querySelector("details") && cell.cloneNode(true).childNodes;
      list.append(made("dt", label), made("dd", ...(whole ? [...whole, " ", result] : [text])));
    }
    told.replaceChildren(made("p", made("strong", one.title)), list, ...rules(one).map((text) => made("p", text)));
    for (const other of elements) other.drawn.group.classList.toggle("told-of", other === one);
  };

  // At a step, what has a gradient is what all its consumers on the way have passed theirs to.
  const show = () => {
    const current = turns[step - 1];
    for (const one of elements) {
      const reached = !step || one.consumers.every((other) => !other.turn || other.turn <= step);
      one.drawn.gradient.classList.toggle("ahead", !reached);
      one.drawn.group.classList.toggle("current", one === current);
    }
    for (const line of section.querySelectorAll("path.wire")) {
      line.classList.toggle("current", Boolean(current) && line.ends?.[1] === current && Boolean(line.ends[0].gradient));
    }
    back.disabled = !step;
    next.disabled = step === turns.length;
    where.textContent = step ? fill(section.dataset.step, step, turns.length) : "";
  };

  // Where a tall drawing scrolls by itself, it alone does: the page stays, with the buttons.
  const bring = (group) => {
    const scroll = section.querySelector(".tall > .scroll");
    if (!scroll || matchMedia(WIDE).matches) return group.scrollIntoView({ block: "nearest", inline: "nearest" });
    const [seen, box] = [scroll, group].map((element) => element.getBoundingClientRect());
    scroll.scrollBy({ top: box.top + box.height / 2 - seen.top - seen.height / 2, left: Math.min(box.left - seen.left, 0) || Math.max(box.right - seen.right, 0) });
  };

  const turn = (by) => {
    const before = step;
    step = Math.min(Math.max(step + by, 0), turns.length);
    if (step === before) return;
    show();
    if (!step) return;
    const current = turns[step - 1];
    tell(current);
    bring(current.drawn.group);
    const words = [where.textContent, current.title, ...facts(current).map(([label, text]) => `${label}: ${text}`), ...rules(current)].filter(Boolean);
    document.getElementById("announcement").textContent = words.map((text) => text.replace(/[.。]$/, "")).join(". ");
  };

  for (const one of elements) one.explain = () => tell(one);
  for (const button of [back, next]) button.addEventListener("click", () => turn(Number(button.dataset.turn)));
  section.querySelector("[data-drawing]").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) event.preventDefault();
    if (by) turn(by);
    if ((event.key === "Enter" || event.key === " ") && event.target.closest("g[role=button]")) {
      event.preventDefault();
      elements.find((one) => one.drawn.group === event.target)?.explain();
    }
  });
  if (!turns.length) section.querySelector(".actions").hidden = true;
  return show;
}
