// Chapters 5 and 6: drag the flowers, move the ceiling C, and see the corridor, the prices as discs,
// and the cost beside the bound that proves it least.

const ROUNDS = 200_000;
const CLOSE = 1e-10; // how far apart the offsets may be that two flowers ask for

const inner = (u, v) => u[0] * v[0] + u[1] * v[1];

// The dual, two prices at a time, as in section 5.14: the two flowers that disagree most about b.
function solve(X, y, C) {
  const n = y.length, K = X.map((u) => X.map((v) => inner(u, v)));
  const signed = new Array(n).fill(0); // α y, which sums to 0
  const low = y.map((label) => Math.min(0, C * label)), high = y.map((label) => Math.max(0, C * label));
  const asked = y.slice(); // y − K (α y): the b that each flower asks for
  let i, j;
  for (let round = 0; round < ROUNDS; round++) {
    i = j = -1;
    for (let k = 0; k < n; k++) {
      if (signed[k] < high[k] && (i < 0 || asked[k] > asked[i])) i = k;
      if (signed[k] > low[k] && (j < 0 || asked[k] < asked[j])) j = k;
    }
    const apart = asked[i] - asked[j];
    if (apart < CLOSE) break;
    const bend = K[i][i] + K[j][j] - 2 * K[i][j]; // 0 for two flowers at one place
    const rooms = [high[i] - signed[i], signed[j] - low[j]];
    const step = Math.min(bend > 0 ? apart / bend : Infinity, ...rooms);
    // A wall is reached exactly, or a price would never be at its ceiling.
    signed[i] = step === rooms[0] ? high[i] : signed[i] + step;
    signed[j] = step === rooms[1] ? low[j] : signed[j] - step;
    for (let k = 0; k < n; k++) asked[k] -= step * (K[k][i] - K[k][j]);
  }
  const w = [0, 1].map((d) => sum(X.map((x, k) => signed[k] * x[d])));
  const b = (asked[i] + asked[j]) / 2, half = inner(w, w) / 2;
  const margins = X.map((x, k) => y[k] * (inner(w, x) + b));
  const slack = sum(margins.map((m) => Math.max(0, 1 - m)));
  const prices = signed.map((value, k) => value * y[k]);
  return { prices, w, b, margins, slack, cost: half + C * slack, bound: sum(prices) - half };
}

// The two ends of the line f = level within the panel, null where w = 0.
function ends({ w: [u, v], b }, level, { x: [x0, x1], y: [y0, y1] }) {
  if (Math.hypot(u, v) < 1e-9) return null;
  const steep = Math.abs(u) * (y1 - y0) > Math.abs(v) * (x1 - x0);
  const at = (t) => (steep ? [(level - b - v * t) / u, t] : [t, (level - b - u * t) / v]);
  return steep ? [at(y0), at(y1)] : [at(x0), at(x1)];
}

const digits = (value) => Number(value.toPrecision(3)).toString();

function start(figure, state) {
  const { X, y } = state;
  let { C } = state;
  const { drawing, width } = canvas(figure, 390, state.label);
  const plane = panel(drawing, { left: 48, top: 8, width: width - 58, height: 340, x: state.xlim, y: state.ylim,
    xlabel: state.xlabel, ylabel: state.ylabel, xticks: state.xticks, yticks: state.yticks });
  const name = `panel-${Math.random()}`; // of this page only; nothing of it is stored
  svg(svg(drawing, "clipPath", { id: name }), "rect", { x: 48, y: 8, width: width - 58, height: 340 });
  const clipped = svg(drawing, "g", { "clip-path": `url(#${name})` });
  const lines = [-1, 0, 1].map((level) => svg(clipped, "line",
    { stroke: "#000", "stroke-width": level ? 1.2 : 2.2, "stroke-dasharray": level ? "5 4" : "none" }));
  const discs = X.map(() => svg(clipped, "circle", { fill: GREY, "fill-opacity": 0.35 }));

  function draw() {
    const found = solve(X, y, C);
    lines.forEach((line, k) => {
      const drawn = ends(found, k - 1, plane);
      set(line, { visibility: drawn ? "visible" : "hidden" });
      if (!drawn) return;
      const [[x1, y1], [x2, y2]] = drawn;
      set(line, { x1: plane.sx(x1), y1: plane.sy(y1), x2: plane.sx(x2), y2: plane.sy(y2) });
    });
    marks.forEach((mark, i) => {
      const [u, v] = X[i], price = found.prices[i];
      set(discs[i], { cx: plane.sx(u), cy: plane.sy(v), r: price > 0 ? 9 + 19 * Math.sqrt(price / C) : 0,
        stroke: price === C ? "#000" : "none" });
      set(mark.lastChild, { stroke: price > 0 ? "#000" : "none" });
      set(mark, { transform: `translate(${plane.sx(u)} ${plane.sy(v)})`,
        "aria-label": `flower ${i + 1}, ${y[i] > 0 ? state.plus : state.minus}, at ${u.toFixed(2)}, ${v.toFixed(2)}, price ${digits(price)}` });
    });
    ceiling.show(digits(C));
    const length = Math.hypot(...found.w), priced = found.prices.filter((price) => price > 0).length;
    words.show(`cost ${found.cost.toFixed(4)} · bound ${found.bound.toFixed(4)} · gap ${(found.cost - found.bound).toExponential(0)}`
      + ` · corridor ${length < 1e-9 ? "without end" : `${(2 / length).toFixed(3)} cm wide`}`
      + ` · still broken ${found.slack.toFixed(3)} · ${priced} flowers have a price`);
    figure.dataset.result = JSON.stringify({ X, y, C, ...found });
  }

  const marks = X.map((_, i) => movable(drawing, { panel: plane, step: [0.02, 0.02], place: () => X[i],
    move: (place) => { X[i] = place; draw(); }, done: () => words.say(),
    shape: (node) => (y[i] > 0 ? svg(node, "path", { d: "M0 -8 L7.5 6 L-7.5 6 Z", fill: VERMILION, "stroke-width": 2 })
      : svg(node, "circle", { r: 6.5, fill: BLUE, "stroke-width": 2 })) }));
  html(figure, "p", { style: "margin:4px 0" }, `● ${state.minus} (−1)   ▲ ${state.plus} (+1)   grey disc: price, with a rim at the ceiling`);
  const ceiling = slider(figure, "ceiling C", { min: -2, max: 3, step: 0.05, value: Math.log10(C) },
    (power) => { C = 10 ** power; draw(); }, () => words.say());
  const words = numbers(figure);
  draw();
}

startAll("corridor", start);
