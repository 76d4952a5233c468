"""A derivation: lines of LaTeX with reasons, each of them checked."""

import string

from lossbook._console import printable
from lossbook.derive import cache, page
from lossbook.derive import constructs as c
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.falsify.judge import Checker, Verdict
from lossbook.derive.syntax.declarations import Setting, is_definition
from lossbook.derive.syntax.spelling import LINKS, RELATIONS, TAG, WORDS, CannotRead, cited, lines
from lossbook.derive.values import value_of


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
        self.verdict, self.line, self.claim, self.number = None, None, None, 0


class _Chain:
    """Where a line that begins with a relation or a link goes on from."""

    def __init__(self, anchor=None, unread=False):
        self.anchor = anchor  # the last right-hand side that is right
        self.before = None  # the last claim
        self.wrong = None  # (a wrong right-hand side, the label of the line that began it)
        self.unread = unread  # whether the line above could not be read


class Derivation:
    """Lines of LaTeX with reasons; every line is checked on many instances.

    docs/derive.md says what can be written, and what a ✓ means.

    Parameters
    ----------
    title : str
    body : str
        One line per step, ``formula = formula  % reason``; a line that begins with a relation
        continues the one above. Lines beginning with Let, Define, Assume, Suppose or Note set
        the stage. A fact of Assume or Suppose acts on the lines whose reason cites it,
        "by (A)" or "(2)". A ``?`` is a blank for the reader.
    setting : Setting, optional
        What is declared already.
    strict : bool
        Raise FalseStep, after everything is shown, if a line does not hold.
    seed : int
        Seed of the instances.
    uses : list of str
        Labels of other derivations that reasons may cite, for example ``["4.2"]``.

    Examples
    --------
    >>> Derivation("The square of a sum", r'''
    ... Let a, b \\in \\mathbb{R}
    ... (a + b)^2 = a^2 + 2 a b + b^2   % multiply out
    ... ''')
    The square of a sum
            Let a ∈ ℝ, b ∈ ℝ
     (1) ✓  (a + b)² = a² + 2 a b + b²  multiply out
    The line holds: on 30 instances, none undecided.
    """

    def __init__(
        self, title, body, strict=True, *, setting=None, seed=1, start=None, facts=None, uses=()
    ):
        self.title, self.body, self.seed, self.uses = title, body, seed, tuple(uses)
        self.setting = setting.copy() if setting is not None else Setting()
        self.rows, self.facts, self.sources = [], dict(facts or {}), {}
        self._given = set(self.facts)
        self._checkers = {}
        self._chain = _Chain(start)
        key = cache.key(body, vars(self.setting), self.facts, start, seed, self.uses)
        self._recalled = cache.recall(key)
        for formula, reason, number in lines(body):
            many = len(self.rows)
            self._read(formula, reason)
            for row in self.rows[many:]:
                row.number = number
        if self.ok and self._recalled is None:
            cache.remember(key, [tuple(step.verdict) for step in self.steps])
        if strict and not self.ok:
            self._raise()

    @property
    def steps(self):
        return [row for row in self.rows if row.kind == "step"]

    @property
    def ok(self):
        return all(step.verdict.holds for step in self.steps)

    def __repr__(self):
        return printable(page.as_text(self))

    def _repr_markdown_(self):
        return page.as_markdown(self)

    def _raise(self):
        wrong = [f"({step.label})" for step in self.steps if not step.verdict.holds]
        said = f"{self.title}: {', '.join(wrong)} {'does' if len(wrong) == 1 else 'do'} not hold"
        if _in_notebook():
            from IPython.display import display

            display(self)
            raise FalseStep(said)
        raise FalseStep(f"{said}\n{self}")

    # ------------------------------------------------------------ reading the source

    def _read(self, formula, reason):
        if match := WORDS.match(formula):
            word, rest = match.groups()
            try:
                getattr(self, f"_{word.lower()}")(rest, reason)
            except CannotRead as error:
                self._step(formula, reason, page.unread(error))
                if word in ("Let", "Define"):
                    self.setting.blame(rest, f"the line “{word} …” above")
            return
        tag = TAG.search(formula)
        formula = TAG.sub("", formula).strip().rstrip(".,;").strip()
        step = self._step(formula, reason, None, tag[1].strip() if tag else "")
        try:
            step.line = self.setting.read(formula, self._chain.anchor)
            step.reading = page.line_reading(step.line)
            self._judge(step)
        except CannotRead as error:
            step.verdict = page.unread(error)
            self._chain.unread = True

    def _step(self, formula, reason, verdict, label=""):
        number = label or str(1 + len(self.steps))
        step = Row("step", formula, reason, number, formula)
        step.verdict = verdict
        self.rows.append(step)
        return step

    def _say(self, word, source, reason, said, label=""):
        reason_shown = f"   ({page.plain_reason(reason)})" if reason else ""
        head = f"{word} ({label})" if label else word
        self.rows.append(Row(word, source, reason, label, f"{head} {said}{reason_shown}"))
        self._checkers.clear()
        self._chain = _Chain()

    def _let(self, source, reason):
        if is_definition(source):  # Let d = c - m
            self._define(source, reason)
            return
        before = set(self.setting.scope)
        trial = self.setting.copy()  # all of a line is declared, or nothing
        trial.let(source)
        self.setting = trial
        new = [name for name in self.setting.scope if name not in before]
        sizes = [n for n in new if self.setting.scope[n] == "size" and n not in source.split()]
        said = [
            page.declaration_reading(name, self.setting)
            for name in new
            if name not in sizes or name in self.setting.smallest
        ]
        self._say("Let", source, reason, ", ".join(said))

    def _define(self, source, reason):
        definition = self.setting.define(source)
        self._say("Define", source, reason, page.definition_reading(definition))

    def _assume(self, source, reason):
        facts = self._facts(source)
        taken = sum(row.kind == "Assume" for row in self.rows) + len(self._given)
        if taken >= len(string.ascii_uppercase):
            raise CannotRead("there are 26 labels for facts: (A) to (Z)", source, 0)
        label = string.ascii_uppercase[taken]
        self.facts[label] = facts
        self._say("Assume", source, reason, ", ".join(map(str, facts)), label)

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
            self.facts[label] = [*self.facts.get(label, []), fact]
            labels += [label] if label not in labels else []
        reason = reason or "from " + ", ".join(f"({label})" for label in labels)
        self._say("Suppose", source, reason, ", ".join(map(str, facts)))

    def _note(self, source, reason):
        step = self._step(source, reason, Verdict("note"))
        step.label = "·"
        self._chain = _Chain()

    def _facts(self, source):
        line = self.setting.read(source)
        if line.lead or line.links:
            raise CannotRead("expected facts, not a chain", source, 0)
        return [relation for claim in line.claims for relation in claim.relations]

    # ------------------------------------------------------------ judging a step

    def _judge(self, step):
        line, chain = step.line, self._chain
        if line.lead in RELATIONS and chain.anchor is None:
            if not chain.unread:
                raise CannotRead("this line continues nothing: write its left side", step.source, 0)
            chain.anchor, chain.unread = line.claims[0].relations[-1].sides[-1], False
            said = "the line above was not read; the next line is checked against this one"
            step.verdict = Verdict("untested", message=said)
            return
        if line.lead in LINKS and chain.before is None:
            raise CannotRead("this line continues no statement", step.source, 0)
        by, every = cited(step.reason)
        unknown = [label for label in by if not self._known(label)]
        if unknown:
            said = f"there is no line ({unknown[0]}) in this derivation; name it in uses=[…]"
            step.verdict = Verdict("reference", message=said)
        elif (blank := self._blank(line)) is not None:
            step.verdict = blank
            known = [s for s in line.claims[0].relations[0].sides if s is not None and _is_full(s)]
            chain.anchor, chain.before = known[-1] if known else chain.anchor, None
            return
        else:
            step.verdict = self._judged(step, every)
        self._go_on(step)
        if step.verdict.holds:
            for claim in line.claims:
                for fact in claim.relations:
                    self.sources.setdefault(fact, step.label)

    def _blank(self, line):
        """The verdict on a line with a blank that is open, or filled with what is there already."""
        blanks = [p for claim in line.claims for p in claim.parts() if type(p) is c.Blank]
        if any(blank.body is None for blank in blanks):
            return Verdict("blank", message="your turn: write what belongs here")
        anchor = self._chain.anchor if line.lead in RELATIONS else None
        relation = line.claims[0].relations[0]
        sides = [anchor if side is None else side for side in relation.sides]
        for blank in blanks:
            at = sides.index(blank) if blank in sides else None
            if at is not None and blank.body in [s for k, s in enumerate(sides) if k != at]:
                said = "your turn: this is the side next to it once more, which fills nothing"
                return Verdict("blank", message=said)
        return None

    def _anchors(self, line):
        """The sides that a line may go on from."""
        return [self._chain.anchor]

    def _judged(self, step, named):
        """The verdict on a line that goes on from the first side from which it holds."""
        chain, verdicts = self._chain, []
        anchors = self._anchors(step.line)
        if len(anchors) == 1 and (known := self._recall()):
            return known
        for anchor in anchors:
            verdicts.append(self._verdict(step.line, named, anchor, chain.before))
            if verdicts[-1].holds:
                if anchor is not chain.anchor:
                    chain.anchor, chain.wrong = anchor, None
                    step.reading = f"{anchor} {step.reading}"
                return verdicts[-1]
        return verdicts[0]

    def _recall(self):
        """The verdict of an earlier run on the same content."""
        line = len(self.steps) - 1
        if self._recalled is None or line >= len(self._recalled):
            return None
        return Verdict(*self._recalled[line])

    def _known(self, label):
        mine = {row.label for row in self.rows[:-1]} | set(self.facts)
        return label in mine or label in self.uses

    def _verdict(self, line, named, anchor, before):
        anchor = anchor if line.lead in RELATIONS else None
        before = before if line.lead in LINKS else None
        if anchor is None and before is None and self._by_definition(line):
            return Verdict("definition")
        used = {label for label in named if label in self.facts}
        verdict = self._checker(used).line(line, anchor, before)
        rest = set(self.facts) - used
        if verdict.kind not in ("false", "undefined") or not rest:
            return verdict
        if self._checker(set(self.facts)).line(line, anchor, before).holds:
            labels = " and ".join(f"({label})" for label in sorted(rest))
            hint = f"it holds under {labels}: if you use that, write “by {labels}” in the reason"
            verdict = verdict._replace(hint=hint)
        return verdict

    def _by_definition(self, line):
        """Whether a line only repeats what Let or Define has said."""
        if line.links or len(line.claims[0].relations) != 1:
            return False
        relation = line.claims[0].relations[0]
        if len(relation.sides) != 2:
            return False
        (left, right), (sign,) = relation.sides, relation.signs
        name = getattr(left, "name", None) or getattr(getattr(left, "base", None), "name", None)
        variable = self.setting.variables.get(name)
        if variable and right == c.Num(nb.ZERO):
            said = {"nonnegative": r"\ge", "positive": ">"}.get(variable.space)
            return sign == said and type(left) in (c.Name, c.Index)
        arity = len(left.arguments) if type(left) is c.Call else 0
        definition = self.setting.definitions.get(f"{name}/{arity}" if arity else name)
        if definition is None or sign != "=" or right != definition.body:
            return False
        places = tuple(map(c.Name, definition.indices))
        if type(left) is c.Call:
            return left == c.Call(name, places, tuple(map(c.Name, definition.parameters)))
        return left == c.indexed(name, places)

    def _checker(self, labels):
        """The Checker under the facts of these labels."""
        key = frozenset(labels)
        if key not in self._checkers:
            facts = [fact for label in sorted(key) for fact in self.facts[label]]
            self._checkers[key] = Checker(self.setting.copy(), facts, self.seed)
        return self._checkers[key]

    # ------------------------------------------------------------ the chain

    def _go_on(self, step):
        """Take note of a judged step; give its claim a left side."""
        line, chain = step.line, self._chain
        continues = line.lead in RELATIONS
        first = line.claims[0].relations[0]
        if continues:
            first = c.Relation((chain.anchor, *first.sides[1:]), first.signs)
        claim = c.Claim((first, *line.claims[0].relations[1:]))
        if not line.links and line.lead not in LINKS:
            step.claim = claim
        last = line.claims[-1] if line.links or line.lead in LINKS else claim
        right = last.relations[-1].sides[-1] if len(last.relations) == 1 else None
        chain.unread = False
        if step.verdict.holds:
            chain.anchor, chain.before, chain.wrong = right, last, None
            return
        if not continues and line.lead not in LINKS:
            chain.anchor = last.relations[0].sides[0] if len(last.relations) == 1 else None
            chain.before = last
        if step.verdict.kind == "false" and not line.links:
            self._carry(step, right)

    def _carry(self, step, right):
        """A line that would be right, had the line above been."""
        begun, chain = step.label, self._chain
        if step.line.lead in RELATIONS and chain.wrong is not None:
            side, label = chain.wrong
            used = {name for name in cited(step.reason)[1] if name in self.facts}
            if side is not None and self._checker(used).line(step.line, side).holds:
                said = f"follows from ({label}), which is wrong"
                step.verdict, begun = Verdict("carried", message=said), label
        chain.wrong = (right, begun)

    # ------------------------------------------------------------ numbers

    def value(self, source, **arrays):
        """A formula of this derivation on given numbers.

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
        return value_of(source, self.setting, arrays)


def _is_full(side):
    """Whether a side has no open blank."""
    return c.Blank(None) not in list(side.parts())


def _in_notebook():
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None
