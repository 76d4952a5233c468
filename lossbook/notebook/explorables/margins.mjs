// Chapter 8: choose a loss, a margin m and a probability η. Four panels: loss, pull, the Bayes risk
// (leftover risk in the chapter), best score.

const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t))); // ln(1 + e^t)
const xlogx = (share) => (share > 0 ? share * Math.log(share) : 0);

const LOSSES = {
  hinge: { phi: (m) => Math.max(0, 1 - m), pull: (m) => (m < 1 ? 1 : 0),
    risk: (eta) => 2 * Math.min(eta, 1 - eta), score: (eta) => Math.sign(2 * eta - 1), stroke: BLUE, dash: "none" },
  square: { phi: (m) => (1 - m) ** 2, pull: (m) => 2 * (1 - m),
    risk: (eta) => 4 * eta * (1 - eta), score: (eta) => 2 * eta - 1, stroke: GREEN, dash: "9 3 2 3" },
  logistic: { phi: (m) => softplus(-m), pull: (m) => 1 / (1 + Math.exp(m)),
    risk: (eta) => -xlogx(eta) - xlogx(1 - eta), score: (eta) => Math.log(eta / (1 - eta)), stroke: VERMILION, dash: "7 4" },
  exponential: { phi: (m) => Math.exp(-m), pull: (m) => Math.exp(-m),
    risk: (eta) => 2 * Math.sqrt(eta * (1 - eta)), score: (eta) => Math.log(eta / (1 - eta)) / 2, stroke: "#B05A8C", dash: "2 3" },
};
const MARGINS = [-2.5, 3.5], SHARES = [0, 1], SURE = 0.001; // η stays where every score is finite

// What a panel draws: its curve over x, and which of the two numbers its point shows.
const PANELS = [
  { title: "loss φ(m)", of: "m", curve: "phi", y: [-0.2, 4], yticks: [0, 1, 2, 3, 4] },
  { title: "pull −φ′(m)", of: "m", curve: "pull", y: [-1.2, 3], yticks: [-1, 0, 1, 2, 3] },
  { title: "leftover risk H(η)", of: "eta", curve: "risk", y: [-0.05, 1.1], yticks: [0, 0.5, 1] },
  { title: "best score f*(η)", of: "eta", curve: "score", y: [-3.2, 3.2], yticks: [-3, 0, 3] },
];

function start(figure, state) {
  let { loss, m, eta } = state;
  const narrow = (figure.clientWidth || 640) < NARROW;
  const tall = narrow ? 205 : 215;
  const { drawing, width } = canvas(figure, narrow ? 4 * tall : 2 * tall, state.label);
  const name = `panels-${Math.random()}`; // of this page only; nothing of it is stored
  const panels = PANELS.map((one, k) => {
    const [column, row] = narrow ? [0, k] : [k % 2, k >> 1];
    const left = 44 + 320 * column, top = 20 + tall * row;
    const size = { left, top, width: narrow ? width - 56 : 264, height: tall - 66 };
    const isMargin = one.of === "m";
    const at = panel(drawing, { ...size, x: isMargin ? MARGINS : SHARES, y: one.y, ylabel: "",
      xlabel: isMargin ? "margin m" : "share η of the class +1", yticks: one.yticks,
      xticks: isMargin ? [-2, -1, 0, 1, 2, 3] : [0, 0.5, 1] });
    write(drawing, one.title, { x: left, y: top - 6, "font-weight": "bold" });
    const clip = svg(drawing, "clipPath", { id: `${name}-${k}` });
    svg(clip, "rect", { x: left, y: top, width: size.width, height: size.height });
    const curves = svg(drawing, "g", { "clip-path": `url(#${name}-${k})`, fill: "none" });
    return { ...one, at, curves, grid: isMargin ? range(...MARGINS, 241) : range(SURE, 1 - SURE, 241) };
  });
  const value = (one, curve = LOSSES[loss][one.curve]) => curve(one.of === "m" ? m : eta);

  function draw() {
    panels.forEach((one, k) => {
      one.curves.replaceChildren();
      for (const [other, { stroke, dash, ...curves }] of Object.entries(LOSSES)) {
        const chosen = other === loss;
        const curve = svg(one.curves, "path", { d: one.at.path(one.grid.map((x) => [x, curves[one.curve](x)])),
          stroke: chosen ? stroke : "#c8c8c8", "stroke-width": chosen ? 2.5 : 1.2, "stroke-dasharray": chosen ? dash : "none" });
        if (!chosen) one.curves.prepend(curve);
      }
      if (one.curve === "phi") { // the tangent at m: its slope is the pull, with the sign turned
        const tangent = MARGINS.map((x) => [x, LOSSES[loss].phi(m) - LOSSES[loss].pull(m) * (x - m)]);
        svg(one.curves, "path", { d: one.at.path(tangent), stroke: "#000", "stroke-width": 1, "stroke-dasharray": "4 3" });
      }
      const x = one.of === "m" ? m : eta, y = clip(value(one), ...one.y);
      set(marks[k], { transform: `translate(${one.at.sx(x)} ${one.at.sy(y)})`,
        "aria-label": `${one.title}: at ${x.toFixed(2)} it is ${value(one).toFixed(3)}` });
    });
    const [phi, pull, risk, score] = panels.map((one) => value(one));
    words.show(`${loss} · at margin ${m.toFixed(2)}: loss ${phi.toFixed(3)}, pull ${pull.toFixed(3)}`
      + ` · at η = ${eta.toFixed(2)}: leftover risk ${risk.toFixed(3)}, best score ${score.toFixed(3)}`);
    figure.dataset.result = JSON.stringify({ loss, m, eta, phi, pull, risk, score });
  }

  const marks = panels.map((one) => movable(drawing, { panel: one.at, step: [one.of === "m" ? 0.05 : 0.01, 0],
    place: () => [one.of === "m" ? m : eta, one.y[0]],
    move: ([x]) => { if (one.of === "m") m = x; else eta = clip(x, SURE, 1 - SURE); draw(); },
    done: () => words.say(), shape: (node) => svg(node, "circle", { r: 6.5, fill: "#000" }) }));
  choice(figure, "loss", Object.keys(LOSSES), loss, (chosen) => { loss = chosen; draw(); },
    () => words.say());
  const words = numbers(figure);
  draw();
}

startAll("margins", start);
