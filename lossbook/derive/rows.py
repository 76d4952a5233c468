"""The lines of a derivation's source: a formula or a word of the stage, a label, and a reason."""

import re

WORDS = re.compile(r"(Let|Define|Assume|Suppose|Note)\b\s*(.*)")
TAG = re.compile(r"\\tag\s*\{([^{}]*)\}")
_CITED = re.compile(r"\bby\s+((?:\(\s*[\w.]+\s*\)(?:\s*(?:,|and)\s*(?=\())*\s*)+)")


class Row:
    """One line of the source: kind is "step", or the word that the line begins with."""

    def __init__(self, kind, source, reason, label="", reading=""):
        self.kind, self.source, self.reason = kind, source, reason
        self.label, self.reading = label, reading
        self.verdict, self.line, self.statement = None, None, None


def halves(source):
    """(formula, reason) of a line of the source."""
    pieces = re.split(r"(?<!\\)%", source, maxsplit=1)
    return pieces[0].strip(), pieces[1].strip() if len(pieces) > 1 else ""


def is_step(source):
    """Whether a line of the source is a step (or a Note, which is shown as one)."""
    formula, _ = halves(source)
    word = WORDS.match(formula)
    return bool(formula) and (word is None or word[1] == "Note")


def cited(reason):
    """The labels that a reason cites: "by (2) and (A)"."""
    return [
        label.strip()
        for group in _CITED.findall(reason)
        for label in re.findall(r"\(([^()]*)\)", group)
    ]
