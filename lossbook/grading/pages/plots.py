"""The plots of the summary, in the course's style: each with a caption and its numbers in words.

A plot is drawn twice, for light and for dark pages, and stands in the page as two pictures.
"""

import base64
import math

from lossbook.grading.pages.text import escaped, number, visible, without_tags

_DARK = {"paper": "#17191c", "ink": "#d6d6d0"}  # as in the style sheet
_MOST_BARS = 30
_STEPS = [a * 10**b for b in range(-2, 7) for a in (1, 2, 5)]


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

    def draw(plt, figures, fig):
        ax = fig.add_subplot()
        ax.bar(range(last + 1), bars, width=0.86, color=figures.BLUE)
        every = max(1, math.ceil((last + 1) / 16))
        ax.set_xticks(range(0, last + 1, every), edges[::every])
        ax.set(xlabel=f"points, {rounded}", ylabel="students")
        ax.yaxis.get_major_locator().set_params(integer=True)
        ax.grid(axis="x", visible=False)

    values = sorted(values)
    middle, low, high = (number(_quantile(values, share)) for share in (0.5, 0.25, 0.75))
    see = f"The middle score is {middle} points; the middle half of the class has {low} to {high}."
    words = [f"{edge} points: {many}" for edge, many in zip(edges, bars, strict=True) if many]
    return _figure(draw, (6.4, 2.9), "How the scores are spread", see, words)


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

    def draw(plt, figures, fig):
        ax = fig.add_subplot()
        for at, (_, right, tried) in enumerate(lines):
            if tried:
                few = 2 * right < tried
                ax.barh(at, right / tried, color=figures.VERMILION if few else figures.BLUE)
                ax.text(right / tried + 0.01, at, f"{right} of {tried}", va="center", fontsize=9)
        ax.set_yticks(range(len(lines)), [_drawable(label) for label, _, _ in lines])
        for tick, (_, _, tried) in zip(ax.get_yticklabels(), lines, strict=True):
            tick.set_fontweight("normal" if tried else "bold")
        ax.set_ylim(len(lines) - 0.4, -0.6)
        ax.set_xlim(0, 1.12)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
        ax.set_xlabel("have it right, of those who wrote something")
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="y", visible=False)

    words = [
        label if tried is None else f"  {label}: {right} of {tried}"
        for label, right, tried in lines
    ]
    all_tests = [
        (right / tried, about, count) for count, tests in groups for about, (right, tried) in tests
    ]
    _, about, count = min(all_tests, key=lambda one: one[0])
    see = f"Fewest have “{about}” right (exercise {count.number}). Red: fewer than half."
    height = 0.9 + 0.26 * len(lines)
    return _figure(draw, (6.4, height), "The hardest tests", see, words)


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


def _drawable(text):
    """A label as Matplotlib's own font can draw it."""
    text = "".join("□" if ord(char) >= 0x2E80 else char for char in visible(text))
    return text if len(text) <= 38 else text[:36] + " …"


def _figure(draw, size, title, see, words):
    light, dark = (_picture(draw, size, theme) for theme in (None, _DARK))
    width, height = (round(100 * side) for side in size)
    alt = without_tags(f"{title}. {see}")
    return (
        "<figure><picture>"
        f'<source media="screen and (prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" width="{width}" height="{height}" alt="{alt}"></picture>'
        f"<figcaption><p><strong>{title}.</strong> <em>What to see:</em> {escaped(see)}</p>"
        "<details><summary>The figure in numbers</summary>"
        f"<pre>{escaped(chr(10).join(words), 20_000)}</pre></details></figcaption></figure>"
    )


def _picture(draw, size, theme):
    """The drawing as a data URI. It takes Matplotlib's settings back as it found them."""
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    from lossbook import figures

    with plt.rc_context():
        figures.set_style()
        # Labels are words of an exercise; a $ in them begins no formula.
        plt.rcParams["text.parse_math"] = False
        if theme:
            inked = ("text.color", "axes.labelcolor", "axes.edgecolor")
            inked += ("xtick.color", "ytick.color")
            plt.rcParams.update(dict.fromkeys(inked, theme["ink"]))
            plt.rcParams["axes.facecolor"] = theme["paper"]
        fig = Figure(figsize=size)
        draw(plt, figures, fig)
        drawn = figures.png(fig, theme["paper"] if theme else "white")
    return f"data:image/png;base64,{base64.b64encode(drawn).decode()}"
