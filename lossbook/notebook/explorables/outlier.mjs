// Chapter 2: drag a point and see which fits follow. Fits by squares, absolute values and Huber's
// loss, as a constant or as a line; below, the average loss of every constant or slope.

const FITS = [
  { name: "squared", stroke: VERMILION, dash: "none" },
  { name: "absolute", stroke: BLUE, dash: "7 4" },
  { name: "Huber", stroke: GREEN, dash: "9 3 2 3" },
];

const mean = (values) => sum(values) / values.length;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b), n = values.length;
  return (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2;
}

// The zero of a function that never rises, between low and high.
function bisect(pull, low, high) {
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle; // no number is between them
    if (pull(middle) > 0) low = middle; else high = middle;
  }
}

const huberCentre = (values, delta) =>
  bisect((c) => sum(values.map((v) => clip(v - c, -delta, delta))), Math.min(...values), Math.max(...values));

const CENTRES = { squared: mean, absolute: median, Huber: huberCentre };

const LOSSES = {
  squared: (r) => r * r,
  absolute: Math.abs,
  Huber: (r, delta) => (Math.abs(r) <= delta ? (r * r) / 2 : delta * (Math.abs(r) - delta / 2)),
};

const averageLoss = (name, residuals, delta) => mean(residuals.map((r) => LOSSES[name](r, delta)));

// What is left of y when a slope is chosen; the best height for it is a centre of that.
const rest = (points, slope) => points.map(([x, y]) => y - slope * x);

function lossOfSlope(name, points, slope, delta) {
  const left = rest(points, slope), height = CENTRES[name](left, delta);
  return averageLoss(name, left.map((v) => height - v), delta);
}

// Between any two points lies the slope of least absolutes: the best line passes through two.
function slopes(points) {
  const found = [];
  points.forEach(([x, y], i) => points.slice(0, i).forEach(([u, v]) => x !== u && found.push((y - v) / (x - u))));
  return found;
}

const SLOPES = {
  squared(points) {
    const x0 = mean(points.map(([x]) => x)), y0 = mean(points.map(([, y]) => y));
    return sum(points.map(([x, y]) => (x - x0) * (y - y0))) / sum(points.map(([x]) => (x - x0) ** 2));
  },
  absolute(points) {
    const losses = slopes(points).map((slope) => [lossOfSlope("absolute", points, slope), slope]);
    return losses.reduce((best, one) => (one[0] < best[0] ? one : best))[1];
  },
  Huber(points, delta) {
    // The derivative of the least loss by the slope: the height is at its best, so only the
    // slope's own part is left.
    const pull = (slope) => {
      const left = rest(points, slope), height = huberCentre(left, delta);
      return sum(points.map(([x], i) => x * clip(left[i] - height, -delta, delta)));
    };
    const steep = Math.max(...slopes(points).map(Math.abs)) + 1;
    return bisect(pull, -steep, steep);
  },
};

function fit(name, model, points, delta) {
  const slope = model === "line" ? SLOPES[name](points, delta) : 0;
  return { slope, height: CENTRES[name](rest(points, slope), delta) };
}

function start(figure, state) {
  const { points, xlim, ylim } = state;
  let { delta } = state, model = "constant";
  const { drawing, width } = canvas(figure, 440, state.label);
  const inner = { left: 52, width: width - 62 };
  const data = panel(drawing, { ...inner, top: 8, height: 230, x: xlim, y: ylim,
    xlabel: state.xlabel, ylabel: state.ylabel, xticks: state.xticks, yticks: state.yticks });
  const below = svg(drawing, "g");
  const fits = FITS.map(({ stroke, dash }) =>
    svg(drawing, "line", { stroke, "stroke-width": 2.5, "stroke-dasharray": dash }));
  FITS.forEach(({ name, stroke, dash }, k) => {
    const y = 24 + 16 * k;
    svg(drawing, "line", { x1: 60, x2: 92, y1: y, y2: y, stroke, "stroke-width": 2.5, "stroke-dasharray": dash });
    write(drawing, name, { x: 98, y: y + 4 });
  });

  function draw() {
    const found = Object.fromEntries(FITS.map(({ name }) => [name, fit(name, model, points, delta)]));
    FITS.forEach(({ name }, k) => {
      const { slope, height } = found[name];
      const [a, b] = xlim;
      set(fits[k], { x1: data.sx(a), y1: data.sy(height + slope * a), x2: data.sx(b), y2: data.sy(height + slope * b) });
    });
    marks.forEach((node, i) => {
      const [x, y] = points[i];
      set(node, { transform: `translate(${data.sx(x)} ${data.sy(y)})`,
        "aria-label": `${state.each} ${i + 1}: ${state.xlabel} ${x.toFixed(1)}, ${state.ylabel} ${y.toFixed(0)}` });
    });
    drawLosses(found);
    size.show(delta.toFixed(0));
    const text = ({ slope, height }) => model === "line" ? `slope ${slope.toFixed(2)}` : height.toFixed(1);
    words.show(FITS.map(({ name }) => `${name} ${text(found[name])}`).join(" · "));
    figure.dataset.result = JSON.stringify({ points, delta, model, fits: found });
  }

  // Each curve on a scale of its own: the least loss below, the largest above.
  function drawLosses(found) {
    below.replaceChildren();
    const best = FITS.map(({ name }) => (model === "line" ? found[name].slope : found[name].height));
    const wide = model === "line" ? state.slopes : ylim;
    const at = panel(below, { ...inner, top: 290, height: 110, x: wide, y: [0, 1.05],
      xlabel: model === "line" ? "slope of the line" : "constant prediction", ylabel: "average loss",
      xticks: model === "line" ? state.slopeticks : state.yticks });
    FITS.forEach(({ name, stroke, dash }, k) => {
      const loss = (v) => model === "line" ? lossOfSlope(name, points, v, delta)
        : averageLoss(name, points.map(([, y]) => v - y), delta);
      const grid = range(...wide, 81), values = grid.map(loss), most = Math.max(...values);
      svg(below, "path", { d: at.path(grid.map((v, j) => [v, values[j] / most])), fill: "none", stroke,
        "stroke-width": 2, "stroke-dasharray": dash });
      svg(below, "circle", { cx: at.sx(clip(best[k], ...wide)), cy: at.sy(loss(best[k]) / most), r: 5, fill: stroke });
    });
  }

  const marks = points.map((_, i) => movable(drawing, { panel: data, step: state.step, place: () => points[i],
    move: (place) => { points[i] = place; draw(); }, done: () => words.say(),
    shape: (node) => svg(node, "circle", { r: 6, fill: "#000" }) }));
  choice(figure, "fit a", ["constant", "line"], model, (chosen) => { model = chosen; draw(); },
    () => words.say());
  const size = slider(figure, "Huber's δ", state.deltas, (value) => { delta = value; draw(); },
    () => words.say());
  const words = numbers(figure);
  draw();
}

startAll("outlier", start);
