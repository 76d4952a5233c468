"""The thread of a derivation: what a line goes on from that has no left side of its own."""

from lossbook.derive.check import Verdict
from lossbook.derive.tex import LINKS, RELATIONS


class Chain:
    """Where a line that begins with a relation or a link goes on from."""

    def __init__(self, anchor=None):
        self.anchor = anchor  # the last right-hand side that is right
        self.before = None  # the last statement
        self.wrong = None  # (a wrong right-hand side, the label of the line that began it)

    def go_on(self, step, again):
        """Take note of a judged step; give its statement a left side."""
        line = step.line
        continues = line.lead in RELATIONS
        first = line.statements[0]
        if continues:
            first = ("rel", (self.anchor, *first[1][1:]), first[2])
        if not line.links and line.lead not in LINKS:
            step.statement = first
        last = line.statements[-1] if line.links or not continues else first
        right = last[1][-1] if last[0] == "rel" else None
        if step.verdict.holds:
            self.anchor, self.before, self.wrong = right, last, None
            return
        if not continues and line.lead not in LINKS:
            left = last[1][0] if last[0] == "rel" else None
            self.anchor, self.before = left, last
        if step.verdict.kind == "false" and not line.links:
            self._carry(step, right, again)

    def _carry(self, step, right, again):
        """A line that would be right, had the line above been."""
        begun = step.label
        if step.line.lead in RELATIONS and self.wrong is not None:
            side, label = self.wrong
            if side is not None and again(step.line, side).holds:
                said = f"follows from ({label}), which is wrong"
                step.verdict, begun = Verdict("carried", message=said), label
        self.wrong = (right, begun)
