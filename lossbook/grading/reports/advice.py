"""What to teach again: sentences that follow from the numbers of the class, and from them only."""

from lossbook.grading.reports.markdown import sentence
from lossbook.grading.reports.text import escaped

_MOST = 6
_SHARE = 0.1  # of the class; a mistake of fewer is no matter for the whole class


def lessons(counts, graded):
    """Sentences in HTML.

    counts : list of Count, in the order of the chapter
    graded : how many submissions these counts rest on
    """
    if graded == 0:
        return ["Nobody could be graded, so nothing can be said about the class."]
    if graded == 1:
        return ["One submission says nothing about a class: its page says it all."]
    return [*_common(counts), *_unsolved(counts)] or [
        "Nothing stands out: no named mistake is shared by a tenth of the class (or by two), and "
        "each exercise is solved by at least half."
    ]


def _common(counts):
    """The named mistakes that many made, the most frequent ones first."""
    found = [
        (slip.many, count, slip)
        for count in counts
        for slip in count.slips.values()
        if slip.many >= max(2, _SHARE * count.answers)
    ]
    found.sort(key=lambda one: (-one[0] / one[1].answers, one[1].number))
    return [
        f"<strong>{many:,} of {count.answers:,}</strong> in exercise {count.number} "
        f"({escaped(count.title)}): {sentence(slip.says)}"
        for many, count, slip in found[:_MOST]
    ]


def _unsolved(counts):
    """The exercises that fewer than half have solved, with how they stand."""
    said = []
    for count in counts:
        solved = count.states["solved"]
        if 2 * solved >= count.answers:
            continue
        rest = [
            (count.states["partly"], "partly right"),
            (count.states["wrong"], "not right"),
            (count.states["not yet"], "nothing written"),
            (count.states["not run"], "could not be asked"),
        ]
        others = ", ".join(f"{words} {many:,}" for many, words in rest if many)
        line = (
            f"<strong>{solved:,} of {count.answers:,}</strong> solved exercise {count.number} "
            f"({escaped(count.title)}); {others}."
        )
        if count.unnamed >= max(2, _SHARE * count.answers):
            line += (
                f" In {count.unnamed:,} of these answers no known mistake was recognised: "
                "read a few."
            )
        said.append(line)
    return said
