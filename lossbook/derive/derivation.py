"""A derivation: lines of LaTeX with reasons, each of them checked."""

import string

from lossbook._console import printable
from lossbook.derive import cache, numeric, show
from lossbook.derive.chain import Chain
from lossbook.derive.check import Checker, Verdict
from lossbook.derive.reading import statement
from lossbook.derive.rows import TAG, WORDS, Row, cited, halves, is_step
from lossbook.derive.setting import Setting
from lossbook.derive.tex import LINKS, RELATIONS
from lossbook.derive.tokens import CannotRead
from lossbook.derive.trees import relations

# Labels given by \tag in this process, and the title of the derivation that they stand in.
LABELS = {}


class FalseStep(AssertionError):
    """A line of a derivation does not hold."""

    def _render_traceback_(self):
        # The derivation is on display already; a traceback through the checker helps nobody.
        return [f"FalseStep: {self}".split("\n")[0]]


class Derivation:
    """Lines of LaTeX with reasons; every line is checked on many instances.

    Parameters
    ----------
    title : str
    body : str
        One line per step, ``formula = formula  % reason``; a line that begins with a relation
        continues the one above. Lines beginning with Let, Define, Assume, Suppose or Note set
        the stage. A fact of Assume or Suppose acts on the lines whose reason cites it,
        "by (A)" or "by (2)".
    setting : Setting, optional
        What is declared already.
    strict : bool
        Raise FalseStep, after everything is shown, if a line does not hold.
    seed : int
        Seed of the instances.

    Examples
    --------
    >>> Derivation("The square of a sum", r'''
    ... Let a, b \\in \\mathbb{R}
    ... (a + b)^2 = a^2 + 2 a b + b^2   % multiply out
    ... ''')
    The square of a sum
            Let a ∈ ℝ, b ∈ ℝ
     (1) ✓  (a + b)² = a² + 2 a b + b²  multiply out
    The line holds.
    """

    def __init__(self, title, body, *, setting=None, strict=True, seed=1, start=None, facts=None):
        self.title, self.body, self.seed = title, body, seed
        self._given = {"setting": setting, "start": start, "facts": facts}
        self.setting = setting.copy() if setting is not None else Setting()
        self.rows, self.facts, self.sources = [], dict(facts or {}), {}
        self._checkers = {}
        self._chain = Chain(start)
        key = cache.key(body, vars(self.setting), self.facts, start, seed)
        self._recalled = cache.recall(key)
        for source in body.splitlines():
            formula, reason = halves(source)
            if formula:
                self._read(formula, reason)
        if self.ok and self._recalled is None:
            cache.remember(key, [step.verdict.instances for step in self.steps])
        if strict and not self.ok:
            self._raise()

    @property
    def steps(self):
        return [row for row in self.rows if row.kind == "step"]

    @property
    def ok(self):
        return all(step.verdict.holds for step in self.steps)

    def __repr__(self):
        return printable(show.as_text(self))

    def _repr_markdown_(self):
        return show.as_markdown(self)

    def _raise(self):
        wrong = [f"({step.label})" for step in self.steps if not step.verdict.holds]
        said = f"{self.title}: {', '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not hold"
        if _in_notebook():
            from IPython.display import display

            display(self)
            raise FalseStep(said)
        raise FalseStep(f"{said}\n{self}")

    def rewritten(self, label, formula):
        """This derivation with another formula in the line of that label, checked anew."""
        lines = self.body.splitlines()
        written = [k for k, line in enumerate(lines) if is_step(line)]
        at = dict(zip((step.label for step in self.steps), written, strict=True))[label]
        old, reason = halves(lines[at])
        tag = TAG.search(old)
        lines[at] = f"{formula} {tag[0] if tag else ''} % {reason}"
        body = "\n".join(lines)
        return Derivation(self.title, body, strict=False, seed=self.seed, **self._given)

    # ------------------------------------------------------------ reading the source

    def _read(self, formula, reason):
        if match := WORDS.match(formula):
            word, rest = match.groups()
            try:
                getattr(self, f"_{word.lower()}")(rest, reason)
            except CannotRead as error:
                self._step(formula, reason, show.unread(error))
            return
        tag = TAG.search(formula)
        formula = TAG.sub("", formula).strip()
        step = self._step(formula, reason, None, tag[1].strip() if tag else "")
        try:
            step.line = self.setting.read(formula)
            step.reading = show.line_reading(step.line)
            self._judge(step)
        except CannotRead as error:
            step.verdict = show.unread(error)
        if tag and step.verdict.holds:
            LABELS[step.label] = self.title

    def _step(self, formula, reason, verdict, label=""):
        number = label or str(1 + len(self.steps))
        step = Row("step", formula, reason, number, formula)
        step.verdict = verdict
        self.rows.append(step)
        return step

    def _say(self, word, source, reason, said, label=""):
        reason_shown = f"   ({show.plain_reason(reason)})" if reason else ""
        head = f"{word} ({label})" if label else word
        self.rows.append(Row(word, source, reason, label, f"{head} {said}{reason_shown}"))
        self._checkers.clear()
        self._chain = Chain()

    def _let(self, source, reason):
        before = set(self.setting.scope)
        self.setting.let(source)
        new = [name for name in self.setting.scope if name not in before]
        sizes = [n for n in new if self.setting.scope[n] == "size" and n not in source.split()]
        said = [
            show.declaration_reading(name, self.setting)
            for name in new
            if name not in sizes or name in self.setting.smallest
        ]
        self._say("Let", source, reason, ", ".join(said))

    def _define(self, source, reason):
        definition = self.setting.define(source)
        self._say("Define", source, reason, show.definition_reading(definition))

    def _assume(self, source, reason):
        facts = self._facts(source)
        taken = sum(row.kind == "Assume" for row in self.rows)
        label = string.ascii_uppercase[taken % 26]
        self.facts[label] = facts
        self._say("Assume", source, reason, ", ".join(map(statement, facts)), label)

    def _suppose(self, source, reason):
        facts = self._facts(source)
        for fact in facts:
            if fact not in self.sources:
                raise CannotRead(
                    "no line above has this as one of its sides; for a new fact write Assume",
                    source,
                    0,
                )
        labels = []
        for fact in facts:
            label = self.sources[fact]
            self.facts.setdefault(label, []).append(fact)
            labels += [label] if label not in labels else []
        reason = reason or "from " + ", ".join(f"({label})" for label in labels)
        self._say("Suppose", source, reason, ", ".join(map(statement, facts)))

    def _note(self, source, reason):
        step = self._step(source, reason, Verdict("note"))
        step.label = "·"
        self._chain = Chain()

    def _facts(self, source):
        line = self.setting.read(source)
        if line.lead or line.links:
            raise CannotRead("expected facts, not a chain", source, 0)
        return [fact for claim in line.statements for fact in relations(claim)]

    # ------------------------------------------------------------ judging a step

    def _judge(self, step):
        line, chain = step.line, self._chain
        if line.lead in RELATIONS and chain.anchor is None:
            raise CannotRead("this line continues nothing: write its left side", step.source, 0)
        if line.lead in LINKS and chain.before is None:
            raise CannotRead("this line continues no statement", step.source, 0)
        named = cited(step.reason)
        unknown = [label for label in named if not self._known(label)]
        if unknown:
            step.verdict = Verdict("reference", message=f"there is no line ({unknown[0]})")
        else:
            step.verdict = self._recall() or self._verdict(line, named, chain)
        chain.go_on(step, self._again)
        if step.verdict.holds:
            for claim in line.statements:
                for fact in relations(claim):
                    self.sources.setdefault(fact, step.label)

    def _recall(self):
        """The verdict of an earlier run on the same content."""
        line = len(self.steps) - 1
        if self._recalled is None or line >= len(self._recalled):
            return None
        return Verdict("true", self._recalled[line])

    def _known(self, label):
        return label in {row.label for row in self.rows[:-1]} | set(self.facts) | set(LABELS)

    def _verdict(self, line, named, chain):
        anchor = chain.anchor if line.lead in RELATIONS else None
        before = chain.before if line.lead in LINKS else None
        used = {label for label in named if label in self.facts}
        verdict = self._checker(used).line(line, anchor, before)
        rest = set(self.facts) - used
        if verdict.kind not in ("false", "undefined") or not rest:
            return verdict
        if self._checker(set(self.facts)).line(line, anchor, before).holds:
            labels = " and ".join(f"({label})" for label in sorted(rest))
            hint = f"it holds under {labels}: if you use that, say so in the reason"
            verdict = verdict._replace(hint=hint)
        return verdict

    def _again(self, line, anchor):
        """Verdict on a continued line as if it continued another side."""
        return self._checker(set()).line(line, anchor)

    def _checker(self, labels):
        """The Checker under the facts of these labels."""
        key = frozenset(labels)
        if key not in self._checkers:
            facts = [fact for label in sorted(key) for fact in self.facts[label]]
            self._checkers[key] = Checker(self.setting.copy(), facts, self.seed)
        return self._checkers[key]

    # ------------------------------------------------------------ numbers

    def numbers(self, which=0):
        """Both sides of every line on one small instance, as text.

        `which` selects the instance among those that satisfy all facts.
        """
        return numeric.table(self.steps, self.setting, self._checker(set(self.facts)), which)

    def value(self, source, **arrays):
        """A formula of this derivation on given numbers, computed with 50 digits.

        Parameters
        ----------
        source : str
            A formula in the letters of this derivation, for example ``r"\\nabla J(w)"``.
        **arrays : array_like
            What the letters are: ``w=``, ``alpha=`` for α, ``hat_y=`` for ŷ. Sizes follow
            from the shapes. A family x_i of vectors is a matrix with rows x_i.

        Returns
        -------
        float or ndarray

        Raises
        ------
        CannotRead
            The formula cannot be read.
        ValueError
            A letter is unknown, or shapes contradict each other.

        Examples
        --------
        >>> d = Derivation("A square", r"Let x \\in \\mathbb{R}^n" + "\\n" + r"x^\\top x \\ge 0")
        >>> d.value(r"\\nabla_x \\left[ x^\\top x \\right]", x=[1.0, 2.0])
        array([2., 4.])
        """
        return numeric.value(self.setting, source, arrays)


def _in_notebook():
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None
