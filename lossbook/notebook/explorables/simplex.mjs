// Chapter 4: drag the scores, the belief q or the truth p, and change the temperature. The triangle
// shows p and q; the arrows at the scores are what the loss asks for, true minus predicted.

const TALL = Math.sqrt(3) / 2; // of a triangle with sides of length 1
const LEAST = 1e-3; // of a belief that is dragged: a score stays finite

const place = ([, right, top]) => [right + top / 2, top * TALL];

// The distribution at a place in the triangle; outside of it the nearest one, nearly.
function shares([x, y], least) {
  const top = y / TALL, right = x - top / 2;
  const inside = [1 - right - top, right, top].map((share) => Math.max(least, share));
  return inside.map((share) => share / sum(inside));
}

function softmax(z, temperature) {
  const largest = Math.max(...z);
  const powers = z.map((score) => Math.exp((score - largest) / temperature));
  return powers.map((power) => power / sum(powers));
}

// ln softmax, which is right also where a probability rounds to 0.
function logSoftmax(z, temperature) {
  const largest = Math.max(...z);
  const shifted = z.map((score) => (score - largest) / temperature);
  const log = Math.log(sum(shifted.map(Math.exp)));
  return shifted.map((score) => score - log);
}

const entropy = (p) => -sum(p.map((share) => (share > 0 ? share * Math.log(share) : 0)));
const crossEntropy = (p, logs) => -sum(p.map((share, k) => (share > 0 ? share * logs[k] : 0)));

function start(figure, state) {
  const { classes, zlim } = state;
  let { p, z, temperature } = state;
  const narrow = (figure.clientWidth || 640) < NARROW;
  const { drawing, width } = canvas(figure, narrow ? 560 : 300, state.label);
  const side = narrow ? 290 : 270, left = narrow ? 35 : 30;
  const triangle = { x: [0, 1], y: [0, TALL] };
  triangle.sx = (x) => left + x * side;
  triangle.sy = (y) => 32 + (TALL - y) * side;
  triangle.at = (event) => {
    const u = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    return [(u.x - left) / side, TALL - (u.y - 32) / side];
  };
  const spot = (q) => { const [x, y] = place(q); return [triangle.sx(x), triangle.sy(y)]; };
  const corners = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  svg(drawing, "polygon", { points: corners.map(spot).join(" "), fill: "none", stroke: GREY });
  corners.forEach((corner, k) => {
    const [x, y] = spot(corner);
    write(drawing, classes[k], { x, y: y + (k === 2 ? -14 : 18), "text-anchor": ["start", "end", "middle"][k] });
  });
  const between = svg(drawing, "line", { stroke: "#000", "stroke-dasharray": "4 3" });

  const scores = panel(drawing, { left: narrow ? 60 : 380, top: narrow ? 320 : 14, width: narrow ? 270 : 240,
    height: narrow ? 190 : 236, x: [-0.5, 2.5], y: zlim, xlabel: "", ylabel: "", yticks: state.zticks });
  write(drawing, "score z", { x: scores.sx(-0.5) - 34, y: scores.sy(0), "text-anchor": "middle",
    transform: `rotate(-90 ${scores.sx(-0.5) - 34} ${scores.sy(0)})` });
  classes.forEach((name, k) => write(drawing, name, { x: scores.sx(k), y: scores.sy(zlim[0]) + 16, "text-anchor": "middle" }));
  svg(drawing, "line", { x1: scores.sx(-0.5), x2: scores.sx(2.5), y1: scores.sy(0), y2: scores.sy(0), stroke: "#ccc" });
  const arrows = classes.map(() => svg(drawing, "path", { stroke: VERMILION, "stroke-width": 3, fill: "none" }));

  function draw() {
    const q = softmax(z, temperature), logs = logSoftmax(z, temperature);
    const floor = entropy(p), loss = crossEntropy(p, logs);
    const difference = q.map((share, k) => share - p[k]);
    const [[px, py], [qx, qy]] = [spot(p), spot(q)];
    set(between, { x1: qx, y1: qy, x2: px, y2: py });
    set(truth, { transform: `translate(${px} ${py})`, "aria-label": `truth p: ${said(p)}` });
    set(belief, { transform: `translate(${qx} ${qy})`, "aria-label": `belief q: ${said(q)}` });
    dots.forEach((dot, k) => {
      const x = scores.sx(k), y = scores.sy(z[k]), tip = y + 90 * difference[k], way = Math.sign(tip - y);
      set(dot, { transform: `translate(${x} ${y})`, "aria-label": `score of ${classes[k]}: ${z[k].toFixed(2)}` });
      set(arrows[k], { d: `M${x} ${y}L${x} ${tip}M${x - 5} ${tip - 6 * way}L${x} ${tip}L${x + 5} ${tip - 6 * way}`,
        visibility: Math.abs(difference[k]) < 0.02 ? "hidden" : "visible" });
    });
    heat.show(temperature.toFixed(2));
    words.show(`cross-entropy H(p, q) ${loss.toFixed(4)} = floor H(p) ${floor.toFixed(4)} + divergence ${(loss - floor).toFixed(4)}`
      + ` · predicted − true: ${classes.map((name, k) => `${name} ${difference[k].toFixed(3)}`).join(", ")}`);
    figure.dataset.result = JSON.stringify({ p, z, temperature, q, loss, floor, difference });
  }

  const said = (shares) => classes.map((name, k) => `${name} ${shares[k].toFixed(2)}`).join(", ");
  const common = { panel: triangle, step: [0.01, 0.01], done: () => words.say() };
  const truth = movable(drawing, { ...common, place: () => place(p), move: (at) => { p = shares(at, 0); draw(); },
    shape: (node) => svg(node, "path", { d: "M0 -9 L9 0 L0 9 L-9 0 Z", fill: VERMILION }) });
  const belief = movable(drawing, { ...common, place: () => place(softmax(z, temperature)),
    move: (at) => {
      const logs = shares(at, LEAST).map((share) => temperature * Math.log(share));
      z = logs.map((log) => log - sum(logs) / 3); // a constant in all scores changes nothing
      draw();
    },
    shape: (node) => svg(node, "circle", { r: 8, fill: BLUE }) });
  const dots = classes.map((_, k) => movable(drawing, { panel: scores, step: [0, 0.05], done: common.done,
    place: () => [k, z[k]], move: ([, score]) => { z = z.map((old, j) => (j === k ? score : old)); draw(); },
    shape: (node) => svg(node, "circle", { r: 8, fill: BLUE }) }));
  html(figure, "p", { style: "margin:4px 0" }, "◆ truth p   ● belief q = softmax(z / T)   arrows: true − predicted");
  const heat = slider(figure, "temperature T", { min: -1, max: 1, step: 0.02, value: Math.log10(temperature) },
    (power) => { temperature = 10 ** power; draw(); }, common.done);
  const words = numbers(figure);
  draw();
}

startAll("simplex", start);
