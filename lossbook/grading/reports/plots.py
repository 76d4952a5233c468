"""The plots of the summary: each with a caption and its numbers in words.

A plot is drawn as lines, bars and words of SVG, in the colours of the page it stands in: dark on a
dark page, black on paper, sharp in every size. Nothing has to be imported for it.
"""

import math

from lossbook.grading.reports.text import escaped, number, without_tags

_MOST_BARS = 30
_STEPS = [a * 10**b for b in range(-2, 7) for a in (1, 2, 5)]
_WIDTH = 640  # of a drawing; the page makes it fit
_LONGEST = 38  # characters of a word in it, which would run into its neighbours otherwise


def scores(values, most):
    """How the scores of a class are spread, as a <figure>; `values` has one for each student.

    Full marks have a bar of their own: scores are rounded down to whole steps.
    """
    step = next((s for s in _STEPS if most / s <= 20), _STEPS[-1])
    last = math.floor(round(most / step, 6))
    bars = [0] * (last + 1)
    for value in values:
        # A person may give more than there is, or less than nothing: these stand at the ends.
        bars[min(max(math.floor(round(value / step, 6)), 0), last)] += 1
    edges = [number(at * step) for at in range(last + 1)]
    rounded = "rounded down" if step == 1 else f"rounded down to a multiple of {number(step)}"

    values = sorted(values)
    middle, low, high = (number(_quantile(values, share)) for share in (0.5, 0.25, 0.75))
    see = f"The middle score is {middle} points; the middle half of the class has {low} to {high}."
    words = [f"{edge} points: {many}" for edge, many in zip(edges, bars, strict=True) if many]
    return _figure(
        _columns(bars, edges, f"points, {rounded}", "students"),
        "How the scores are spread",
        see,
        words,
    )


def _columns(counts, names, below, beside):
    """(elements, height) of a drawing: a column for each count, over its name."""
    left, right, floor, high = 56, 632, 222, 208
    most = max(counts)
    drawn = [_text(14, floor - high / 2, beside, "mid turned")]
    for many in range(0, most + 1, next(step for step in _STEPS if most <= 5 * step >= 5)):
        y = floor - high * many / most
        drawn += [_line(left, y, right, y), _text(left - 8, y + 4, f"{many:,}", "end")]
    each = (right - left) / len(counts)
    every = math.ceil(len(counts) / 16)
    for at, (many, name) in enumerate(zip(counts, names, strict=True)):
        tall = high * many / most
        drawn.append(_bar(left + (at + 0.07) * each, floor - tall, 0.86 * each, tall))
        if at % every == 0:
            drawn.append(_text(left + (at + 0.5) * each, floor + 18, name, "mid"))
    drawn.append(_text((left + right) / 2, floor + 42, below, "mid"))
    return drawn, floor + 52


def _quantile(values, share):
    """The smallest value that this share of the students does not exceed."""
    return values[max(math.ceil(share * len(values)) - 1, 0)]


def hardest(exercises):
    """The tests that fewest have right, by exercise, as a <figure>; "" where all are right."""
    groups = _chosen(exercises)
    if not groups:
        return ""
    lines = []  # (label, right, tried); a heading has no numbers
    for count, tests in groups:
        lines.append((f"{count.number} · {count.title}", None, None))
        lines += [(about, right, tried) for about, (right, tried) in tests]

    words = [
        label if tried is None else f"  {label}: {right} of {tried}"
        for label, right, tried in lines
    ]
    all_tests = [
        (right / tried, about, count) for count, tests in groups for about, (right, tried) in tests
    ]
    _, about, count = min(all_tests, key=lambda one: one[0])
    see = f"Fewest have “{about}” right (exercise {count.number}). Red: fewer than half."
    return _figure(_rows(lines), "The hardest tests", see, words)


def _rows(lines):
    """(elements, height) of a drawing: a row for each test, with the share that has it right."""
    left, right, tall = 252, 532, 24
    floor = 6 + tall * len(lines)
    drawn = []
    for percent in (0, 25, 50, 75, 100):
        x = left + (right - left) * percent / 100
        drawn += [_line(x, 6, x, floor), _text(x, floor + 18, f"{percent} %", "mid")]
    for at, (label, right_ones, tried) in enumerate(lines):
        middle = 6 + tall * (at + 0.5)
        if tried is None:
            drawn.append(_text(0, middle + 4, label, "group"))
        else:
            drawn.append(_text(left - 8, middle + 4, label, "end"))
            share = right_ones / tried
            wide = (right - left) * share
            drawn.append(_bar(left, middle - 9, wide, 18, "low" if share < 0.5 else ""))
            drawn.append(_text(left + wide + 6, middle + 4, f"{right_ones} of {tried}"))
    below = "right, of those who wrote something"
    drawn.append(_text((left + right) / 2, floor + 42, below, "mid"))
    return drawn, floor + 52


def _chosen(exercises):
    """For each exercise its hardest tests, so many that the plot stays readable."""
    failed = []
    for count in exercises:
        tests = [(about, t) for about, t in count.tests.items() if t[0] < t[1]]
        tests.sort(key=lambda one: one[1][0] / one[1][1])
        if tests:
            failed.append((count, tests))
    each = max(1, _MOST_BARS // max(len(failed), 1))
    return [(count, tests[:each]) for count, tests in failed[:_MOST_BARS]]


# ------------------------------------------------------------------------ the drawing itself


def _text(x, y, words, kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{without_tags(words, _LONGEST)}</text>'


def _line(x, y, to_x, to_y):
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _bar(x, y, width, height, kind=""):
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} class="{kind}"/>'


def _figure(drawing, title, see, words):
    drawn, height = drawing
    label = without_tags(f"{title}. {see}", 400)
    return (
        f'<figure><svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{label}">{"".join(drawn)}</svg>'
        f"<figcaption><p><strong>{title}.</strong> <em>What to see:</em> {escaped(see)}</p>"
        "<details><summary>The figure in numbers</summary>"
        f"<pre>{escaped(chr(10).join(words), 20_000)}</pre></details></figcaption></figure>"
    )
