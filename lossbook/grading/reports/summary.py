"""The teacher's page: whom to look at, what to teach again, and how the class stands."""

from lossbook.grading.reports import plots
from lossbook.grading.reports.advice import lessons
from lossbook.grading.reports.markdown import sentence
from lossbook.grading.reports.page_template import sheet
from lossbook.grading.reports.roster import everybody, link
from lossbook.grading.reports.statistics import NAMED, tally
from lossbook.grading.reports.text import escaped, number, without_tags

_LOOK, _SLIPS, _BASES = 60, 15, 10


def summary_page(results, chapter_title, adjusted=None):
    """The HTML page on a class.

    Parameters
    ----------
    results : iterable of Result
    chapter_title : str
        "Squared error and its relatives".
    adjusted : dict, optional
        Student → (score or None, why), where a person has changed the score.
    """
    return page_on(tally(results, adjusted), chapter_title)


def page_on(counted, chapter_title):
    """The same from a Tally."""
    title = f"Exercises {counted.chapter} · {chapter_title}" if counted.chapter else chapter_title
    graded = counted.of("graded", "partly run")
    counts = list(counted.exercises.values())
    parts = [
        '<header><p class="kicker">The class</p>',
        f"<h1>{escaped(title)}</h1>{_figures(counted)}</header>",
        _section("Look at these first", _look_at(counted.rows)),
        _section("What to teach again", _list("teach", lessons(counts, graded))),
        _section("Scores", _scores(counted)),
        _section("Exercises", _exercises(counts) + (plots.hardest(counts) if graded > 1 else "")),
        _section("Named mistakes", _slips(counts)),
        _section("Everybody", everybody(counted) if counted.rows else "<p>No submission.</p>"),
    ]
    body = "\n".join(["<main>", *filter(None, parts), "</main>", _basis(counted)])
    return sheet(without_tags(title), body, wide=True)


def _section(title, inner):
    return f"<section><h2>{title}</h2>{inner}</section>" if inner else ""


def _list(kind, items):
    return f'<ul class="{kind}">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _figures(counted):
    """The large numbers at the top."""
    facts = [
        ("handed in", len(counted.rows)),
        ("graded", counted.of("graded")),
        ("partly run", counted.of("partly run")),
        ("not graded", counted.of("blank")),
    ]
    items = "".join(f"<div><dt>{what}</dt><dd>{many:,}</dd></div>" for what, many in facts)
    return f'<dl class="figures">{items}</dl>'


def _look_at(rows):
    """Who is to be looked at, and why: the same reason once, and what is rare comes first."""
    groups = {}
    for row in rows:
        if row.look_at:
            groups.setdefault((row.look_at, row.status == "blank"), []).append(row)
    if not groups:
        return "<p>Nothing asks for a person's eye.</p>"
    ordered = sorted(groups.items(), key=lambda group: len(group[1]))
    items = [
        f"{_who(group, len(group))}{' <span class=soft>· not graded</span>' if blank else ''}"
        + "".join(f"<p>{sentence(said)}</p>" for said in reasons[:10])
        for (reasons, blank), group in ordered[:_LOOK]
    ]
    more = sum(len(group) for _, group in ordered[_LOOK:])
    rest = f'<p class="note">And {more:,} more: “look” and “not graded” in the table of names.</p>'
    return _list("plain", items) + (rest if more else "")


def _who(rows, many):
    """The first few of a group by name, and how many more there are."""
    names = ", ".join(link(row) for row in rows[:NAMED])
    more = many - len(rows[:NAMED])
    return f"{names} and {more:,} more" if more else names


def _scores(counted):
    values = counted.scores()
    if not values:
        return "<p>No submission has a score.</p>"
    most = max(row.most for row in counted.rows)
    without = len(counted.rows) - len(values)
    left_out = f" Left out are those without a score: {without:,}." if without else ""
    if len(values) == 1:
        return f"<p>One score: {number(values[0])} of {number(most)} points.{left_out}</p>"
    mean = number(sum(values) / len(values))
    line = f"<p>{len(values):,} scores, {mean} of {number(most)} points on average.{left_out}</p>"
    return line + plots.scores(values, most)


def _exercises(counts):
    if not counts:
        return ""
    rows = []
    for count in counts:
        cells = [
            *(count.states[state] for state in ("solved", "partly", "wrong")),
            count.states["not yet"] + count.states["not run"],
        ]
        mean = f"{number(count.earned / count.answers)} of {number(count.points)}"
        rows.append(
            f'<tr><th scope="row">{count.number} · {escaped(count.title)}</th>'
            + "".join(f'<td class="num">{cell:,}</td>' for cell in cells)
            + f'<td class="num">{mean}</td></tr>'
        )
    heads = ("✓ solved", "◐ partly", "✗ not right", "○ nothing", "points on average")
    columns = "".join(f'<th scope="col" class="num">{head}</th>' for head in heads)
    return (
        '<div class="scroll"><table class="counts"><thead><tr><th scope="col">Exercise</th>'
        f"{columns}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _slips(counts):
    """The mistakes that were recognised, the most frequent first, and who made them."""
    slips = [(slip, count) for count in counts for slip in count.slips.values()]
    if not slips:
        return ""
    slips.sort(key=lambda one: (-one[0].many, one[1].number))
    items = []
    for slip, count in slips[:_SLIPS]:
        items.append(
            f"<strong>{slip.many:,}</strong> · exercise {count.number}: {sentence(slip.says)}"
            f'<p class="note">{_who(slip.rows, slip.many)}</p>'
        )
    more = len(slips) - _SLIPS
    rest = f'<p class="note">And {more:,} rarer ones.</p>' if more > 0 else ""
    return _list("plain", items) + rest


def _basis(counted):
    """What the grades rest on; more than one line means that they rest on different things."""
    if not counted.basis:
        return ""
    lines = [
        f"{many:,} graded in the tier “{escaped(tier, 100)}”, with tests {escaped(version, 100)} "
        f"and seed {escaped(seed, 100)}"
        for (tier, version, seed), many in counted.basis.most_common(_BASES)
    ]
    warn = ""
    if len(counted.basis) > 1:
        warn = "<p>These grades do not all rest on the same. Grade again to compare them.</p>"
    inner = f"<h2>What these grades rest on</h2>{warn}{_list('note', lines)}"
    return f'<footer class="foot">{inner}</footer>'
