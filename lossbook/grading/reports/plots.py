"""The plots of the summary: the geometry of SVG lines, bars and labels, and the same in words.

A plot is drawn in the colours of its page: dark on a dark page, black on paper.
"""

import math
from dataclasses import dataclass, field

from lossbook.grading.reports.environment import number
from lossbook.grading.reports.statistics import ExerciseSummary

_MOST_BARS = 30
_STEPS = [a * 10**b for b in range(-2, 7) for a in (1, 2, 5)]


@dataclass
class Plot:
    """A drawing 640 wide, with a caption.

    observation : what to see, in one or two sentences
    numbers : the plotted numbers, as lines of text
    lines : (x, y, to x, to y)
    bars : (x, y, width, height, class)
    labels : (x, y, text, class)
    """

    title: str
    observation: str
    numbers: list[str]
    height: float
    lines: list[tuple] = field(default_factory=list)
    bars: list[tuple] = field(default_factory=list)
    labels: list[tuple] = field(default_factory=list)


def score_histogram(values: list[float], most: float) -> Plot:
    """The distribution of the scores of a class, of which `most` is the maximum.

    Full marks have a bar of their own: scores are rounded down to whole steps.
    """
    step = next((s for s in _STEPS if most / s <= 20), _STEPS[-1])
    last = math.floor(round(most / step, 6))
    counts = [0] * (last + 1)
    for value in values:
        # A person may give more than the maximum, or less than 0: these are in the end bars.
        counts[min(max(math.floor(round(value / step, 6)), 0), last)] += 1
    edges = [number(k * step) for k in range(last + 1)]
    rounded = "rounded down" if step == 1 else f"rounded down in steps of {number(step)}"
    median, low, high = (number(_quantile(values, share)) for share in (0.5, 0.25, 0.75))
    left, right, floor, tall = 56, 632, 222, 208
    plot = Plot(
        "How the scores are spread",
        f"The middle score is {median} points; the middle half of the class has {low} to {high}.",
        [f"{edge} points: {many}" for edge, many in zip(edges, counts, strict=True) if many],
        floor + 52,
    )
    plot.labels.append((14, floor - tall / 2, "students", "mid turned"))
    highest = max(counts)
    for many in range(0, highest + 1, next(s for s in _STEPS if highest <= 5 * s >= 5)):
        y = floor - tall * many / highest
        plot.lines.append((left, y, right, y))
        plot.labels.append((left - 8, y + 4, f"{many:,}", "end"))
    width = (right - left) / len(counts)
    for k, (many, edge) in enumerate(zip(counts, edges, strict=True)):
        height = tall * many / highest
        plot.bars.append((left + (k + 0.07) * width, floor - height, 0.86 * width, height, ""))
        if k % math.ceil(len(counts) / 16) == 0:
            plot.labels.append((left + (k + 0.5) * width, floor + 18, edge, "mid"))
    plot.labels.append(((left + right) / 2, floor + 42, f"points, {rounded}", "mid"))
    return plot


def _quantile(values, share):
    """The smallest value that this share of the students does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def hardest_tests(exercises: list[ExerciseSummary]) -> Plot | None:
    """The tests that fewest students pass, by exercise; None where all tests are passed."""
    groups = _chosen(exercises)
    if not groups:
        return None
    shares = [
        (passed / tried, about, exercise)
        for exercise, tests in groups
        for about, (passed, tried) in tests
    ]
    _, about, exercise = min(shares, key=lambda one: one[0])
    left, right, row = 252, 532, 24
    rows = sum(1 + len(tests) for _, tests in groups)
    floor = 6 + row * rows
    plot = Plot(
        "The hardest tests",
        f"Fewest have “{about}” right (exercise {exercise.number}). Red: fewer than half.",
        [],
        floor + 52,
    )
    for percent in (0, 25, 50, 75, 100):
        x = left + (right - left) * percent / 100
        plot.lines.append((x, 6, x, floor))
        plot.labels.append((x, floor + 18, f"{percent} %", "mid"))
    y = 6 + row / 2
    for exercise, tests in groups:
        heading = f"{exercise.number} · {exercise.title}"
        plot.labels.append((0, y + 4, heading, "group"))
        plot.numbers.append(heading)
        y += row
        for about, (passed, tried) in tests:
            share = passed / tried
            width = (right - left) * share
            plot.bars.append((left, y - 9, width, 18, "low" if share < 0.5 else ""))
            plot.labels.append((left - 8, y + 4, about, "end"))
            plot.labels.append((left + width + 6, y + 4, f"{passed} of {tried}", ""))
            plot.numbers.append(f"  {about}: {passed} of {tried}")
            y += row
    axis = "right, of those who wrote something"
    plot.labels.append(((left + right) / 2, floor + 42, axis, "mid"))
    return plot


def _chosen(exercises):
    """The hardest tests of each exercise, few enough for a readable plot."""
    failed = []
    for exercise in exercises:
        tests = [(about, t) for about, t in exercise.tests.items() if t[0] < t[1]]
        tests.sort(key=lambda test: test[1][0] / test[1][1])
        if tests:
            failed.append((exercise, tests))
    each = max(1, _MOST_BARS // max(len(failed), 1))
    return [(exercise, tests[:each]) for exercise, tests in failed[:_MOST_BARS]]
