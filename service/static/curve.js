// Draws the error of both difference quotients against the step h, both axes by powers of ten, from what the server
// computed. Two lines and a marker: a library for charts would be ten times this file, and its canvas no text to read.

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [320, 52, 12, 14, 44];
const USUAL = 1e-5; // the step that is shown first
const FLOOR = 1e-17; // an error of zero is drawn at the foot

const svg = (name, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const power = (value) => Math.log10(Math.max(value, FLOOR));
function told(value, digits = 2) {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(digits - 1).replace(/\.?0*e/, "e");
  return String(Number(value.toPrecision(digits)));
}
const fill = (template, ...values) => values.reduce((text, value) => text.replace("#", value), template);

export default function begin(section) {
  const select = section.querySelector("select");
  const slider = section.querySelector("input[type=range]");
  const chart = section.querySelector("[data-chart]");
  let curve, marker;
  const put = () => at(section, curve, marker);
  const draw = () => {
    marker = picture(section, chart, curve);
    put();
  };
  const show = async () => {
    const answer = await fetch(select.value, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const first = !curve;
    curve = await answer.json();
    section.querySelector("[data-shown]").hidden = false;
    table(section, curve);
    section.querySelector("[data-of]").textContent = select.selectedOptions[0].text;
    slider.max = curve.steps.length - 1;
    if (first) slider.value = slider.max - curve.steps.findIndex((step) => step.h <= USUAL);
    draw();
    if (first) new ResizeObserver(() => chart.clientWidth !== Number(chart.firstChild.getAttribute("width")) && draw()).observe(chart);
  };
  slider.addEventListener("input", put);
  select.addEventListener("change", show);
  show();
}

function at(section, curve, marker) {
  const slider = section.querySelector("input[type=range]");
  const step = curve.steps[slider.max - slider.value]; // to the right h grows, as in the drawing
  const put = (name, text) => (section.querySelector(`[data-${name}]`).textContent = text);
  const { forward, central, kink } = section.dataset;
  put("h", told(step.h));
  put("forward-value", `${told(step.forward, 12)}\n(${fill(section.dataset.off, told(step.forward_error))})`);
  put("central-value", `${told(step.central, 12)}\n(${fill(section.dataset.off, told(step.central_error))})`);
  section.querySelector("[data-kink-here]").hidden = !step.kink;
  slider.setAttribute("aria-valuetext", [
    `h = ${told(step.h)}`, `${forward}: ${told(step.forward_error)}`, `${central}: ${told(step.central_error)}`, step.kink ? kink : "",
  ].filter(Boolean).join(", "));
  marker(step);
}

function picture(section, chart, curve) {
  const width = Math.max(chart.clientWidth, 260);
  const every = width < 480 ? 4 : 2; // powers of ten between two labels
  const errors = curve.steps.flatMap((step) => [step.forward_error, step.central_error]).concat(curve.error ?? []).filter((e) => e !== null);
  const low = Math.floor(Math.max(Math.min(...errors.map(power)), power(FLOOR)));
  const high = Math.max(Math.ceil(Math.max(...errors.map(power))), low + 1, 0);
  const hs = curve.steps.map((step) => step.h);
  const [first, last] = [power(Math.min(...hs)), power(Math.max(...hs))];
  const x = (h) => LEFT + ((power(h) - first) / (last - first)) * (width - LEFT - RIGHT);
  const y = (error) => TOP + ((high - power(error)) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const drawing = svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", class: "chart" });

  const kinked = curve.steps.filter((step) => step.kink).map((step) => step.h);
  if (kinked.length) {
    const nearest = Math.min(...kinked);
    const below = Math.max(...hs.filter((h) => h < nearest), 0);
    const from = below ? (x(nearest) + x(below)) / 2 : LEFT; // it lies between the two
    drawing.append(svg("rect", { x: from, y: TOP, width: width - RIGHT - from, height: HEIGHT - TOP - BOTTOM, class: "kinked" }));
    drawing.append(svg("text", { x: width - RIGHT - 4, y: TOP + 14, "text-anchor": "end", class: "soft" }, section.dataset.kink));
  }
  for (let k = Math.ceil(first); k <= last; k += 1) {
    drawing.append(svg("line", { x1: x(10 ** k), x2: x(10 ** k), y1: TOP, y2: HEIGHT - BOTTOM, class: "grid" }));
    if (k % every === 0) drawing.append(svg("text", { x: x(10 ** k), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, k ? `1e${k}` : "1"));
  }
  for (let k = low; k <= high; k += 1) {
    drawing.append(svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(10 ** k), y2: y(10 ** k), class: "grid" }));
    if ((high - k) % 2 === 0) drawing.append(svg("text", { x: LEFT - 6, y: y(10 ** k) + 4, "text-anchor": "end" }, k ? `1e${k}` : "1"));
  }
  drawing.append(svg("text", { x: (LEFT + width) / 2, y: HEIGHT - 6, "text-anchor": "middle", class: "soft" }, section.dataset.across));
  for (const kind of ["forward", "central"]) {
    const points = curve.steps.filter((step) => step[`${kind}_error`] !== null).map((step) => `${x(step.h)},${y(step[`${kind}_error`])}`);
    drawing.append(svg("polyline", { points: points.join(" "), class: kind, fill: "none" }));
  }
  if (curve.error !== null && curve.error !== undefined) {
    drawing.append(svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(curve.error), y2: y(curve.error), class: "candidate" }));
    const text = `${section.dataset.candidate} ${told(curve.error)}`;
    const above = y(curve.error) > TOP + 24;
    drawing.append(svg("text", { x: LEFT + 6, y: y(curve.error) + (above ? -6 : 16), class: "candidate" }, text));
  }
  const line = svg("line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "marker" });
  const dots = ["forward", "central"].map((kind) => svg("circle", { r: 5, class: kind }));
  drawing.append(line, ...dots);

  const least = (kind) => curve.steps.filter((s) => s[kind] !== null).reduce((a, b) => (b[kind] < a[kind] ? b : a));
  const [f, c] = [least("forward_error"), least("central_error")];
  const best = fill(section.dataset.best, told(f.forward_error), told(f.h), told(c.central_error), told(c.h));
  section.querySelector("[data-least]").textContent = best;
  drawing.setAttribute("aria-label", best);
  chart.replaceChildren(drawing);

  return (step) => {
    for (const end of ["x1", "x2"]) line.setAttribute(end, x(step.h));
    for (const [i, kind] of ["forward_error", "central_error"].entries()) {
      dots[i].setAttribute("cx", x(step.h));
      dots[i].setAttribute("cy", y(step[kind] ?? FLOOR));
      dots[i].setAttribute("visibility", step[kind] === null ? "hidden" : "visible");
    }
  };
}

function table(section, curve) {
  const row = (step) => {
    const cells = [step.forward, step.forward_error, step.central, step.central_error];
    const head = Object.assign(document.createElement("th"), { scope: "row", textContent: told(step.h) });
    const made = document.createElement("tr");
    made.append(head, ...cells.map((value, i) => Object.assign(document.createElement("td"), { textContent: told(value, i % 2 ? 2 : 12) })));
    return made;
  };
  section.querySelector("tbody").replaceChildren(...curve.steps.map(row));
}
