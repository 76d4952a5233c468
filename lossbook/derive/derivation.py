"""A derivation: lines of LaTeX with reasons, each of them checked."""

import re
import string
from decimal import Decimal

import numpy as np

from lossbook.derive import cache, show
from lossbook.derive.arithmetic import SizeMismatch, TooLarge, Value, fifty_digits
from lossbook.derive.check import Checker, Verdict
from lossbook.derive.compare import sides
from lossbook.derive.instances import spread
from lossbook.derive.reading import name as spelled
from lossbook.derive.reading import statement
from lossbook.derive.setting import Setting
from lossbook.derive.tex import LINKS, RELATIONS, read_formula
from lossbook.derive.tokens import CannotRead
from lossbook.derive.trees import free_indices, pairs, relations
from lossbook.derive.words import entries, instance
from lossbook.derive.world import Budget, World, evaluate

_WORDS = re.compile(r"(Let|Define|Assume|Suppose|Note)\b\s*(.*)")
_TAG = re.compile(r"\\tag\s*\{([^{}]*)\}")
_CITED = re.compile(r"\bby\s+((?:\(\s*[\w.]+\s*\)(?:\s*(?:,|and)\s*(?=\())*\s*)+)")

# Labels given by \tag in this process, and the title of the derivation that they stand in.
LABELS = {}


class FalseStep(AssertionError):
    """A line of a derivation does not hold."""

    def _render_traceback_(self):
        # The derivation is on display already; a traceback through the checker helps nobody.
        return [f"FalseStep: {self}".split("\n")[0]]


class Row:
    """One line of the source: kind is "step", or the word that the line begins with."""

    def __init__(self, kind, source, reason, label="", reading=""):
        self.kind, self.source, self.reason = kind, source, reason
        self.label, self.reading = label, reading
        self.verdict, self.line, self.statement = None, None, None


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

    def __init__(
        self, title, body, *, setting=None, strict=True, seed=1, start=None, facts=None
    ):
        self.title, self.body, self.seed = title, body, seed
        self._given = {"setting": setting, "start": start, "facts": facts}
        self.setting = setting.copy() if setting is not None else Setting()
        self.rows, self.facts, self.sources = [], dict(facts or {}), {}
        self._checkers = {}
        self._chain = _Chain(start)
        key = cache.key(body, vars(self.setting), self.facts, start, seed)
        self._recalled = cache.recall(key)
        for source in body.splitlines():
            formula, reason = _halves(source)
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
        return show.as_text(self)

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
        written = [k for k, line in enumerate(lines) if _is_step(line)]
        at = dict(zip((step.label for step in self.steps), written, strict=True))[label]
        old, reason = _halves(lines[at])
        tag = _TAG.search(old)
        lines[at] = f"{formula} {tag[0] if tag else ''} % {reason}"
        body = "\n".join(lines)
        return Derivation(self.title, body, strict=False, seed=self.seed, **self._given)

    # ------------------------------------------------------------ reading the source

    def _read(self, formula, reason):
        if match := _WORDS.match(formula):
            word, rest = match.groups()
            try:
                getattr(self, f"_{word.lower()}")(rest, reason)
            except CannotRead as error:
                self._step(formula, reason, show.unread(error))
            return
        tag = _TAG.search(formula)
        formula = _TAG.sub("", formula).strip()
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
        self._chain = _Chain()

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
        self._chain = _Chain()

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
        cited = _cited(step.reason)
        unknown = [label for label in cited if not self._known(label)]
        if unknown:
            step.verdict = Verdict("reference", message=f"there is no line ({unknown[0]})")
        else:
            step.verdict = self._recall() or self._verdict(line, cited, chain)
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

    def _verdict(self, line, cited, chain):
        anchor = chain.anchor if line.lead in RELATIONS else None
        before = chain.before if line.lead in LINKS else None
        cited = {label for label in cited if label in self.facts}
        verdict = self._checker(cited).line(line, anchor, before)
        rest = set(self.facts) - cited
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

    def _checker(self, cited):
        key = frozenset(cited)
        if key not in self._checkers:
            facts = [fact for label in sorted(key) for fact in self.facts[label]]
            self._checkers[key] = Checker(self.setting.copy(), facts, self.seed)
        return self._checkers[key]

    # ------------------------------------------------------------ numbers

    def numbers(self, which=0):
        """Both sides of every line on one small instance, as text.

        `which` selects the instance among those that satisfy all facts.
        """
        with fifty_digits(), np.errstate(all="ignore"):
            checker = self._checker(set(self.facts))
            worlds = [w.row(k) for w in checker.worlds() for k in range(w.count)]
            if not worlds:
                return "no instance satisfies the assumptions"
            world = worlds[which % len(worlds)]
            everything = tuple(step.statement for step in self.steps if step.statement)
            shown = [instance(everything, world)]
            shown += [self._numbers_of(step, world) for step in self.steps if step.statement]
        return "\n".join(shown)

    def _numbers_of(self, step, world):
        indices = sorted(free_indices(step.statement, self.setting.scope))
        wide, _ = spread(world, indices)
        one = wide.row(0)
        shown = ""
        for left, sign, right in pairs(step.statement):
            try:
                a, b = sides(left, right, one)
                a, b = entries(a[0]), entries(b[0])
            except (SizeMismatch, TooLarge, KeyError):
                continue
            sign = show.SIGNS.get(sign, sign)
            shown += f" {sign} {b}" if shown else f"{a} {sign} {b}"
        at = ", ".join(f"{i} = 1" for i in indices)
        return f"({step.label})  {shown or '…'}" + (f"     at {at}" if at else "")

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
        tree = read_formula(source, self.setting.scope)
        sizes, values = {}, {}
        for key, array in arrays.items():
            name = _letter(key, self.setting)
            if self.setting.scope[name] in ("index", "size"):
                sizes[name] = int(array)
                continue
            values[name] = _given(name, array, self.setting, sizes)
        with fifty_digits(), np.errstate(all="ignore"):
            indices = {n: k for n, k in sizes.items() if self.setting.scope[n] == "index"}
            budget = Budget(steps=10**7, longest_sum=10**5)
            try:
                world = World(self.setting, sizes, values, indices=indices, budget=budget)
                found = evaluate(tree, world)
            except (SizeMismatch, KeyError) as error:
                raise ValueError(f"{source} has no value: {error.args[0]}") from None
        array = found.array[0]
        if not found.dims:
            return float(array)
        column = len(found.dims) == 2 and found.dims[1] == 1
        return (array[:, 0] if column else array).astype(float)


class _Chain:
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


def _halves(source):
    """(formula, reason) of a line of the source."""
    pieces = re.split(r"(?<!\\)%", source, maxsplit=1)
    return pieces[0].strip(), pieces[1].strip() if len(pieces) > 1 else ""


def _is_step(source):
    """Whether a line of the source is a step (or a Note, which is shown as one)."""
    formula, _ = _halves(source)
    word = _WORDS.match(formula)
    return bool(formula) and (word is None or word[1] == "Note")


def _cited(reason):
    """The labels that a reason cites: "by (2) and (A)"."""
    return [
        label.strip()
        for group in _CITED.findall(reason)
        for label in re.findall(r"\(([^()]*)\)", group)
    ]


def _letter(key, setting):
    """The declared name behind a Python keyword: alpha → \\alpha, hat_y → \\hat y."""
    accent, _, rest = key.partition("_")
    for name in (key, "\\" + key, f"\\{accent} {rest}", f"\\{accent} \\{rest}"):
        if name in setting.variables or setting.scope.get(name) in ("index", "size"):
            return name
    known = ", ".join(spelled(name) for name in setting.variables)
    raise ValueError(f"{key} is not a letter of this derivation; its letters are {known}")


def _given(name, array, setting, sizes):
    """A NumPy array as the Value of a declared letter; its shape fixes the sizes."""
    array = np.asarray(array, dtype=float)
    dims = setting.variables[name].dims
    wanted = dims[:-1] if dims and dims[-1] == 1 else dims
    if array.ndim != len(wanted):
        raise ValueError(f"{name} must have {len(wanted)} dimension(s), got shape {array.shape}")
    for size, length in zip(wanted, array.shape, strict=True):
        if (size if isinstance(size, int) else sizes.setdefault(size, length)) != length:
            raise ValueError(f"{name} has {length} where {size} is {sizes.get(size, size)}")
    shape = (1, *array.shape) + ((1,) if wanted != dims else ())
    exact = np.array([Decimal(float(x)) for x in array.reshape(-1)], dtype=object)
    return Value(exact.reshape(shape), dims)


def _in_notebook():
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None


