// What every figure to take hold of is made of: SVG without dependencies.
// `explorable` (explorables.py) puts this file and one figure into one module.

const BLUE = "#0072B2", VERMILION = "#D55E00", GREEN = "#009E73", GREY = "#767676";
const NARROW = 480; // CSS pixels: below, the drawing has 360 units of width and not 640
const REACH = 14; // radius of what answers to a finger: 24 CSS pixels across, also on a phone
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const clip = (value, low, high) => Math.min(high, Math.max(low, value));
const sum = (values) => values.reduce((total, value) => total + value, 0);
const range = (low, high, count) =>
  Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

const svg = (parent, tag, attributes = {}) =>
  parent.appendChild(set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes));

const html = (parent, tag, attributes = {}, text = "") => {
  const node = parent.appendChild(set(document.createElement(tag), attributes));
  node.textContent = text;
  return node;
};

function write(parent, text, attributes) {
  const node = svg(parent, "text", { fill: "#333", "font-size": 12, "font-family": "sans-serif", ...attributes });
  node.textContent = text;
  return node;
}

// The drawing: `units` wide, as high as asked for.
function canvas(figure, height, label) {
  const width = (figure.clientWidth || 640) < NARROW ? 360 : 640;
  const drawing = svg(figure, "svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label,
    style: `display:block;width:100%;max-width:${width}px;background:#fff;user-select:none` });
  return { drawing, width };
}

// A panel with axes in the rectangle (left, top, width, height): data ↔ units of the drawing.
function panel(drawing, { left, top, width, height, x: [x0, x1], y: [y0, y1], xlabel, ylabel, xticks = [], yticks = [] }) {
  const sx = (x) => left + ((x - x0) / (x1 - x0)) * width;
  const sy = (y) => top + height - ((y - y0) / (y1 - y0)) * height;
  svg(drawing, "rect", { x: left, y: top, width, height, fill: "none", stroke: "#ccc" });
  for (const tick of xticks) write(drawing, tick, { x: sx(tick), y: top + height + 15, "text-anchor": "middle" });
  for (const tick of yticks) write(drawing, tick, { x: left - 5, y: sy(tick) + 4, "text-anchor": "end" });
  const middle = top + height / 2;
  write(drawing, xlabel, { x: left + width / 2, y: top + height + 31, "text-anchor": "middle" });
  write(drawing, ylabel, { transform: `translate(12 ${middle}) rotate(-90)`, "text-anchor": "middle" });
  const at = (event) => {
    const u = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    return [x0 + ((u.x - left) / width) * (x1 - x0), y0 + ((top + height - u.y) / height) * (y1 - y0)];
  };
  const path = (points) => points.map(([x, y], k) => `${k ? "L" : "M"}${sx(x).toFixed(2)} ${sy(y).toFixed(2)}`).join("");
  return { sx, sy, at, path, x: [x0, x1], y: [y0, y1] };
}

// A point that is dragged, touched, and moved with the arrow keys (with Shift ten times as far).
// `place()` is where it is; `move([x, y])` puts it elsewhere, within the panel; `done()` ends it.
function movable(drawing, { panel, step, place, move, done, shape }) {
  const node = svg(drawing, "g", { tabindex: 0, role: "button", style: "cursor:grab;touch-action:none",
    "data-lm-suppress-shortcuts": "true" }); // JupyterLab would take the keys for its own
  svg(node, "circle", { r: REACH, fill: "transparent" });
  shape(node);
  const inside = ([x, y]) => move([clip(x, ...panel.x), clip(y, ...panel.y)]);
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would select the cell and drag it
  });
  node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && inside(panel.at(event)));
  node.addEventListener("pointerup", done);
  node.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    event.stopPropagation();
    const far = event.shiftKey ? 10 : 1;
    inside(place().map((value, k) => value + far * step[k] * arrow[k]));
    done();
  });
  return node;
}

function slider(figure, name, { min, max, step, value }, change, done) {
  const label = html(figure, "label", { style: "display:block;margin:4px 0" }, `${name} `);
  const input = html(label, "input", { type: "range", min, max, step, value,
    style: "width:min(320px,60%);height:24px;vertical-align:middle", "data-lm-suppress-shortcuts": "true" });
  const output = html(label, "output", { style: "margin-left:8px" });
  input.addEventListener("input", () => change(Number(input.value)));
  input.addEventListener("change", done);
  return { show: (text) => { output.textContent = ` ${text}`; set(input, { "aria-valuetext": text }); } };
}

function choice(figure, legend, options, chosen, change, done) {
  const field = html(figure, "fieldset", { style: "border:0;padding:0;margin:4px 0" });
  html(field, "legend", { style: "float:left;width:auto;margin:0;padding:0 8px 0 0;font-size:inherit" }, legend);
  const group = `explorable-${Math.random()}`; // of this page only; nothing of it is stored
  for (const option of options) {
    const label = html(field, "label", { style: "margin-right:14px" });
    const input = html(label, "input", { type: "radio", name: group, style: "width:20px;height:20px;vertical-align:middle" });
    input.checked = option === chosen;
    input.addEventListener("change", () => { change(option); done(); });
    label.append(` ${option}`);
  }
}

// The numbers below a drawing. A screen reader says them when a movement has ended.
function numbers(figure) {
  const shown = html(figure, "p", { style: "font-variant-numeric:tabular-nums;margin:4px 0" });
  const said = html(figure, "p", { "aria-live": "polite", style: "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)" });
  return { show: (text) => { shown.textContent = text; }, say: () => { said.textContent = shown.textContent; } };
}

// Start each figure of a kind once; the picture that it replaces is hidden.
function startAll(kind, start) {
  document.querySelectorAll(`figure.explorable[data-kind="${kind}"]:not([data-started])`).forEach((figure) => {
    figure.dataset.started = "yes";
    const outputs = figure.closest(".jp-OutputArea, .cell_output");
    const picture = outputs?.querySelector("img");
    // JupyterLab shows an image that is only `hidden`.
    if (picture) picture.style.display = "none";
    start(figure, JSON.parse(figure.dataset.state));
  });
}
