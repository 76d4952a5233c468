"""One student's page: the score, each exercise with what was found, the code, and the record."""

from lossbook.grading.reports import code
from lossbook.grading.reports.markdown import sentence
from lossbook.grading.reports.page_template import sheet
from lossbook.grading.reports.text import counted, escaped, name, number, without_tags

STATES = {
    "solved": ("✓", "solved", "good"),
    "partly": ("◐", "partly right", "bad"),
    "wrong": ("✗", "not right yet", "bad"),
    "not yet": ("○", "nothing written", "soft"),
    "not run": ("–", "could not be asked", "soft"),
}

_TIERS = {
    "full": "full: a locked process with its own view of the machine; no network, no other files",
    "strong": "strong: a locked process; no network, no other files",
    "process": "process: a process of its own, without locks; only for submissions that are "
    "trusted",
}


def student_page(result, adjusted=None):
    """The HTML page of one Result, complete in itself.

    Parameters
    ----------
    result : Result
    adjusted : (float or None, str), optional
        The score that counts in place of the graded one, and how it came about ("7 points as
        graded; total: −1 point (two days late)").

    Examples
    --------
    >>> from lossbook.grading.marking.result import Result
    >>> empty = Result("Ada", "ada.ipynb", "02", "", "blank", None, 14, notes=("It is empty.",))
    >>> "Not graded" in student_page(empty)
    True
    """
    body = "\n".join(
        [
            "<main>",
            _top(result, adjusted),
            *(_exercise(at, answer) for at, answer in enumerate(result.answers, start=1)),
            _code(result.cells),
            "</main>",
            _record(result),
        ]
    )
    title = without_tags(f"{result.student[:150]} · exercises {result.chapter}")
    return sheet(title, body)


def state_of(answer):
    """A key of STATES: what the answer's state looks like to a reader."""
    if _by_heart(answer) or (answer.state == "wrong" and answer.earned > 0):
        return "partly"
    return answer.state if answer.state in STATES else "not run"


def _by_heart(answer):
    """Right where the student could look, and not with other numbers. (Points have two digits.)"""
    return answer.state == "solved" and answer.earned < answer.points - 0.005


# ---------------------------------------------------------------------------------- the top


def _top(result, adjusted):
    parts = [
        "<header>",
        f'<p class="kicker">Exercises {escaped(result.chapter, 100)}</p>',
        f"<h1>{name(result.student)}</h1>",
        _score(result, adjusted),
    ]
    if result.status != "blank":
        parts.append(_strip(result.answers))
    parts += [_remarks(result), _contents(result.answers), "</header>"]
    return "\n".join(parts)


def _score(result, adjusted):
    """The number that counts; a blank has none, and never a 0."""
    score, why = (result.score, "") if adjusted is None else adjusted
    if score is None:
        lines = ['<p class="score none"><strong>Not graded</strong></p>']
    else:
        of = f"of {counted(result.most, 'point')}"
        lines = [f'<p class="score"><strong>{number(score)}</strong> {of}</p>']
    if adjusted is not None:
        graded = "not graded" if result.score is None else f"{number(result.score)} as graded"
        lines.append(f'<p class="note">Changed by a person: {escaped(why or graded)}</p>')
    return "\n".join(lines)


def _strip(answers):
    """A bar: as wide as the points of each exercise, filled as far as they were earned."""
    most = sum(answer.points for answer in answers)
    if most <= 0:
        return ""
    made, left = [], 0.0
    for answer in answers:
        width = 1000 * answer.points / most
        inner = max(width - 4, 0)  # a gap between two exercises
        share = min(max(answer.earned / answer.points, 0), 1) if answer.points else 0
        made.append(f'<rect class="of" x="{left:.1f}" width="{inner:.1f}" height="8"/>')
        made.append(f'<rect class="earned" x="{left:.1f}" width="{inner * share:.1f}" height="8"/>')
        left += width
    return (
        '<svg class="strip" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(made)}</svg>"
    )


def _remarks(result):
    """Why there is no grade or only a part of one; what was noted; what a person will look at."""
    parts = []
    if result.status == "blank":
        parts.append("<p>This file could not be graded. That is no zero: a person looks at it.</p>")
    elif result.status == "partly run":
        parts.append("<p>A part of this file could not be run. The rest was graded.</p>")
    notes = [note for note in result.notes if note not in result.look_at]
    parts += [f"<p>{sentence(note)}</p>" for note in notes[:50]]
    if result.look_at:
        asked = "".join(f"<li>{sentence(one)}</li>" for one in result.look_at[:50])
        parts.append(f"<p>A person is asked to look at this:</p><ul>{asked}</ul>")
    tone = "asks" if result.look_at or result.status != "graded" else "aside"
    return f'<div class="{tone}">{"".join(parts)}</div>' if parts else ""


def _contents(answers):
    if not answers:
        return ""
    rows = []
    for at, answer in enumerate(answers, start=1):
        sign, words, tone = STATES[state_of(answer)]
        rows.append(
            f'<tr><td class="sign {tone}" aria-hidden="true">{sign}</td>'
            f'<th scope="row"><a href="#exercise-{at}">{at} · {escaped(answer.title)}</a></th>'
            f'<td class="{tone}">{words}</td><td class="num">{_earned(answer)}</td></tr>'
        )
    return (
        '<table><thead class="unseen"><tr><td></td><th scope="col">Exercise</th>'
        '<th scope="col">State</th><th scope="col">Points</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _earned(answer):
    return f"{number(answer.earned)} of {number(answer.points)}"


# -------------------------------------------------------------------------------- exercises


def _exercise(at, answer):
    sign, words, tone = STATES[state_of(answer)]
    of = f"{number(answer.earned)} of {counted(answer.points, 'point')}"
    parts = [
        f'<section id="exercise-{at}">',
        f"<h2>{at} · {escaped(answer.title)}</h2>",
        f'<p class="state {tone}"><span aria-hidden="true">{sign}</span> {words} '
        f'<span class="points">· {of}</span></p>',
    ]
    if answer.head:
        # Under its title the exercise's own name says nothing new.
        head = answer.head.removeprefix(f"{answer.name}: ")
        parts.append(f'<p class="head">{_capital(head)}</p>')
    if _by_heart(answer):
        parts.append("<p>That is with the numbers of your notebook. With others it is not.</p>")
    if answer.shown:
        parts.append(code.block(answer.shown))
    parts += [f"<p>{sentence(said)}</p>" for said in answer.says[:20]]
    if answer.mistake and not any(answer.mistake in said for said in answer.says):
        parts.append(f"<p>{sentence(answer.mistake)}</p>")
    parts += [_tests(answer), "</section>"]
    return "\n".join(parts)


def _capital(text):
    return escaped(text[:1].upper() + text[1:] if text[:1].isascii() else text)


def _tests(answer):
    """Each test in a row: once with the numbers of the notebook, once with others."""
    tests = answer.tests
    if not tests:
        return ""
    if answer.state in ("not yet", "not run") or (len(tests) == 1 and not tests[0].words):
        abouts = ", ".join(dict.fromkeys(escaped(test.about) for test in tests))
        return f'<p class="note">What is looked at here: {abouts}.</p>'
    columns = [
        (words, [test for test in tests if test.visible is seen])
        for words, seen in (("in your notebook", True), ("other numbers", False))
    ]
    columns = [(words, _by_row(column)) for words, column in columns if column]
    heads = "".join(f'<th scope="col" class="num">{words}</th>' for words, _ in columns)
    rows = dict.fromkeys(key for _, column in columns for key in column)
    made = [_row(key[0], [column.get(key) for _, column in columns]) for key in rows]
    return (
        f'<table class="tests"><thead><tr><th scope="col">Tests, and their points</th>{heads}'
        f"</tr></thead><tbody>{''.join(made)}</tbody></table>"
    )


def _by_row(tests):
    """The tests by what they are about, and by how often that came before."""
    rows, before = {}, {}
    for test in tests:
        before[test.about] = before.get(test.about, 0) + 1
        rows[test.about, before[test.about]] = test
    return rows


def _row(about, tests):
    cells = "".join(f'<td class="num">{_verdict(test) if test else ""}</td>' for test in tests)
    row = f'<tr><th scope="row">{escaped(about)}</th>{cells}</tr>'
    # The case that can be seen says it best; what a secret one says is shorter, and the same.
    words = next((test.words for test in tests if test and test.words), "")
    why = f'<td colspan="{1 + len(tests)}"><p>{sentence(words)}</p></td>'
    return row + (f'<tr class="why">{why}</tr>' if words else "")


def _verdict(test):
    if test.earned >= test.points:
        return (
            f'{number(test.points)} <span class="sign good" aria-hidden="true">✓</span>'
            '<span class="unseen">right</span>'
        )
    return (
        f'{number(test.earned)} of {number(test.points)} '
        '<span class="sign bad" aria-hidden="true">✗</span><span class="unseen">not right</span>'
    )


# ------------------------------------------------------------------------ code and record


def _code(sources):
    written = code.cells(sources)
    if not written:
        return ""
    said = "As it was handed in. Characters that nobody would see are spelled out."
    note = f'<p class="note">{said}</p>'
    return f'<section id="code"><h2>Your code</h2>{note}{written}</section>'


def _record(result):
    packages = ", ".join(f"{package} {version}" for package, version in result.versions.items())
    opened = counted(result.restarts, "time") if result.restarts else ""
    facts = [
        ("File", name(result.file)),
        ("SHA-256 of the file", f"<code>{escaped(result.sha256, 100)}</code>"),
        ("Seed", escaped(result.seed_id, 100)),
        ("Version of the tests", escaped(result.test_version, 100)),
        ("Packages", escaped(packages)),
        ("Where the code ran", escaped(_TIERS.get(result.tier, result.tier), 200)),
        ("Time", f"{result.seconds:.1f} s"),
        ("Process replaced", opened),
        ("Peak memory", f"{result.memory} MB" if result.memory else ""),
        ("Graded", escaped(result.when, 100)),
    ]
    rows = "".join(f"<dt>{what}</dt><dd>{value}</dd>" for what, value in facts if value)
    head = "About this file" if result.status == "blank" else "What this grade rests on"
    return f'<footer class="foot"><h2>{head}</h2><dl class="facts">{rows}</dl></footer>'
