"""The class by name: one table, or for a large class a page for each few hundred names."""

import unicodedata
from urllib.parse import quote

from lossbook.grading.reports.page_template import sheet
from lossbook.grading.reports.student import STATES
from lossbook.grading.reports.text import escaped, name, number, without_tags

STUDENTS = "students"  # the folder of their pages
_IN_SUMMARY, _ON_A_PAGE = 300, 500


def link(row):
    """A student's name as a link to the page."""
    return f'<a href="{STUDENTS}/{quote(row.page)}">{name(row.student)}</a>'


def by_name(rows):
    """Rows in the order of a list of names: é stands with e, and case does not count."""
    return sorted(rows, key=lambda row: (_plain(row.student), row.student))


def _plain(text):
    apart = unicodedata.normalize("NFKD", text[:200])
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()


def everybody(tally):
    """The table of all students; for a large class links to the pages that hold it."""
    if len(tally.rows) <= _IN_SUMMARY:
        return _table(by_name(tally.rows), tally.exercises.values())
    items = "".join(
        f'<li><a href="{file}">{name(rows[0].student)} … {name(rows[-1].student)}</a></li>'
        for file, rows in _parts(tally)
    )
    return f"<p>In the order of their names, {_ON_A_PAGE} on a page:</p><ul>{items}</ul>"


def name_pages(tally, title):
    """File name → HTML of the pages that `everybody` links to; none for a small class."""
    if len(tally.rows) <= _IN_SUMMARY:
        return
    for file, rows in _parts(tally):
        table = _table(rows, tally.exercises.values())
        back = '<p class="kicker"><a href="index.html">The whole class</a></p>'
        body = f"<main>{back}<h1>{escaped(title)}</h1>{table}</main>"
        yield file, sheet(without_tags(title), body, wide=True)


def _parts(tally):
    rows = by_name(tally.rows)
    starts = range(0, len(rows), _ON_A_PAGE)
    return [(f"class-{at}.html", rows[k : k + _ON_A_PAGE]) for at, k in enumerate(starts, start=1)]


def _table(rows, counts):
    counts = list(counts)
    heads = "".join(
        f'<th scope="col" class="mark"><abbr title="{without_tags(count.title)}">{count.number}'
        "</abbr></th>"
        for count in counts
    )
    marks = "; ".join(f"{sign} {words}" for sign, words, _ in STATES.values())
    return (
        '<div class="scroll"><table class="class">'
        f"<caption>The numbers are those of the exercises: {marks}.</caption>"
        '<thead><tr><th scope="col">Student</th><th scope="col" class="num">Points</th>'
        f'{heads}<th scope="col"></th></tr></thead>'
        f"<tbody>{''.join(_line(row, len(counts)) for row in rows)}</tbody></table></div>"
    )


def _line(row, wide):
    marks = "".join(f'<td class="mark {_tone(s)}">{STATES[s][0]}</td>' for s in row.states)
    marks += '<td class="mark"></td>' * (wide - len(row.states))
    score = "" if row.score is None else number(row.score)
    return (
        f'<tr><th scope="row">{link(row)}</th><td class="num">{score}</td>{marks}'
        f'<td class="note">{_remark(row)}</td></tr>'
    )


def _tone(state):
    return STATES[state][2]


def _remark(row):
    said = []
    if row.status == "blank":
        said.append("not graded")
    elif row.status == "partly run":
        said.append("partly run")
    if row.changed:
        said.append("changed by a person")
    if row.look_at and row.status != "blank":
        said.append("look")
    return ", ".join(said)
