"""Forged results: patched checkers, objects that lie, answers looked up, frames written by hand.

The answers here are wrong, so every point that such a submission gets is a hole. Where it wants
to give the right answer it has to find it first.
"""

from functools import partial

from tests.attacks.attack import (
    ANY,
    CHOICE,
    LAD,
    LINE,
    NUMBER,
    PROOF,
    ROOT,
    Attack,
    end,
    instead,
    start,
    wrong,
)

_WRONG = r"wrong|yours|returns|raises|expected|not it|asked for|line|answer|fast"

forger = partial(Attack, family="forging", message=_WRONG)
# An object that breaks the sandbox from inside loses what was asked, and the result says so.
forges_the_root = partial(forger, earns={ROOT: 0}, status="graded|partly run")


def returns(name, value, before="", **more):
    """The first exercise returns `value`, an expression."""
    return forges_the_root(name, cells=(wrong(before, value),), **more)


ATTACKS = (
    # ------------------------------------------------------------------ patching the checker
    forges_the_root("NumPy's comparisons say yes", cells=(wrong("""
        for name in ("allclose", "isclose", "array_equal", "all", "array_equiv"):
            setattr(np, name, lambda *args, **kwargs: True)
        np.testing.assert_allclose = lambda *args, **kwargs: None
        """),), earns={ROOT: 0, LAD: (0, 1)}),
    forges_the_root("NumPy's own functions replaced by what they are compared with", cells=(wrong(
        "np.abs = np.max = np.mean = np.sqrt = lambda *args, **kwargs: -1.0"),),
        message="", earns={ROOT: 0, LINE: (0, 1), LAD: (0, 1)}),
    forges_the_root("the checker patched", cells=(wrong("""
        import lossbook
        for name, module in list(sys.modules.items()):
            if name.startswith("lossbook"):
                for key in ("compare", "close", "report", "require", "outcome", "_find"):
                    try:
                        setattr(module, key, lambda *args, **kwargs: None)
                    except Exception:
                        pass
        type(check).__call__ = lambda *args: True
        type(check).require = type(check).report = lambda *args: None
        """),)),
    forges_the_root("every function of the sandbox replaced", cells=(wrong("""
        import types
        for names in list(frames_above()):
            if str(names.get("__name__")).startswith("lossbook"):
                for key, value in list(names.items()):
                    if isinstance(value, types.FunctionType):
                        names[key] = lambda *args, **kwargs: True
        """),)),
    forges_the_root("the sandbox says what the student wants", cells=(wrong("""
        for names in list(frames_above()):
            if "outcome" in names and "_told" in names:
                names["outcome"] = lambda *args: None
                names["_told"] = lambda came: ({"kind": "value", "solved": True, "points": 99,
                                                "earned": 99, "is_a": "int"}, np.ones(()))
        """),), earns={**ANY, ROOT: 0}),
    forges_the_root("says that it has solved everything", cells=(wrong("""
        for thing in (check, type(check)):
            for key in ("solved", "_solved", "points", "score", "earned"):
                try:
                    setattr(thing, key, {"root_mean_squared_error"})
                except Exception:
                    pass
        print('{"score": 14, "solved": true}')
        os.makedirs("results", exist_ok=True)
        with open("results/results.json", "w") as file:
            file.write('{"score": 14}')
        """),)),
    forges_the_root("a syntax tree transformer empties what follows", cells=(wrong(), start("""
        import ast
        class Nothing(ast.NodeTransformer):
            def visit_Expr(self, node):
                return node if "check" not in ast.dump(node) else ast.Pass()
            def visit_Assert(self, node):
                return ast.Pass()
        get_ipython().ast_transformers.append(Nothing())
        """))),
    forges_the_root("the shell rewrites the cells", cells=(wrong(), start("""
        shell = get_ipython()
        shell.input_transformers_cleanup.append(lambda lines: ["pass\\n"])
        """)), earns={ROOT: 0, LINE: 0, LAD: 0}, message=""),
    forges_the_root("the shell runs nothing any more", cells=(wrong(), start("""
        shell = get_ipython()
        result = shell.run_cell("1 + 1")
        type(shell).run_cell = lambda *args, **kwargs: result
        """)), message=""),
    forges_the_root("builtins replaced", cells=(wrong("""
        import builtins
        builtins.all = builtins.any = builtins.isinstance = lambda *args: True
        builtins.abs = builtins.max = builtins.float = lambda *args, **kwargs: 0.0
        """),), earns={**ANY, ROOT: 0}, message="", status="graded|partly run|blank"),
    forges_the_root("the clocks stop", cells=(wrong("""
        import time
        time.monotonic = time.time = time.perf_counter = lambda: 0.0
        """),)),
    forges_the_root("a trace function changes what is returned", cells=(wrong("""
        def trace(frame, event, value):
            for name in list(frame.f_locals):
                if name in ("value", "result", "outcome", "reply", "given"):
                    frame.f_locals[name] = 2.5
            return trace
        sys.settrace(trace)
        sys.setprofile(trace)
        """),), status="graded|partly run", earns={**ANY, ROOT: 0}),
    # ------------------------------------------------------------------- objects that lie
    returns("an object equal to everything", "Everything()", """
        class Everything:
            __array_priority__ = 1e9
            __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True
            __sub__ = __rsub__ = __abs__ = __mul__ = __rmul__ = lambda self, *other: self
            __hash__ = lambda self: 0
            __bool__ = lambda self: True
            __class__ = float
        """),
    returns("an object that answers differently each time it is asked", "Chameleon()", """
        class Chameleon(float):
            asked = 0
            def __float__(self):
                Chameleon.asked += 1
                return -float(Chameleon.asked)
            __eq__ = __le__ = __ge__ = lambda self, other: True
            __hash__ = float.__hash__
        """),
    returns("an array that lies about its bytes", "np.full((), -1.0).view(Liar)", """
        class Liar(np.ndarray):
            shape = property(lambda self: ())
            nbytes = property(lambda self: 1 << 40)
            def tobytes(self, *args, **kwargs):
                return b"x" * 1000
            def __array_function__(self, *args):
                return True
            def __array_ufunc__(self, *args, **kwargs):
                return np.bool_(True)
        """),
    returns("text that lies", "Text('2.5')", """
        class Text(str):
            __eq__ = lambda self, other: True
            __hash__ = str.__hash__
            strip = lower = encode = lambda self, *args: self
        """),
    returns("every type of array but numbers", "next(kinds)", """
        import itertools
        kinds = itertools.cycle([
            np.array("1970-01-01", "M8[D]"), np.array([object()]), np.array(2.5 + 1j),
            np.zeros(1, "f8,i4"), np.array(b"\\xff"), np.ma.masked, np.array(-1.0, ">f8"),
            np.array(-1.0, "g"), np.zeros((0, 3)), np.zeros((1,) * 32),
        ])
        """),
    returns("10⁹ numbers that are one", "np.broadcast_to(-1.0, 10 ** 9)"),
    returns("as many numbers as a frame can hold", "np.full(4_100_000, np.nan)"),
    returns("a list that holds itself", "loop", "loop = []\nloop.append(loop)"),
    returns("a nest of 100,000 lists", "nest", """
        nest = []
        for _ in range(100_000):
            nest = [nest]
        """),
    returns("a promise", "later()", "async def later():\n    return 2.5"),
    returns("a generator", "(2.5 for _ in iter(int, 1))"),
    returns("as many letters as a frame can hold", "'x' * 8_000_000"),
    returns("20 million letters", "'\\u202e<script>' * 2_000_000"),
    returns("an integer of 100,000 digits", "-(10 ** 100_000)"),
    forger("errors in place of answers", earns={ROOT: 0}, cells=(instead(ROOT, """
        def root_mean_squared_error(y_true, y_pred):
            raise ValueError("shapes differ")
        """),)),
    forger("errors that lie about what they are", earns={ROOT: 0}, cells=(instead(ROOT, """
        class Odd(BaseException):
            __class__ = ValueError
            def __str__(self):
                raise SystemExit("x" * 10 ** 6)
            __repr__ = __str__
        Odd.__name__ = "ValueError"
        Odd.__qualname__ = "<script>" * 1000
        def root_mean_squared_error(y_true, y_pred):
            raise Odd from Odd()
        """),), status="graded|partly run"),
    # ---------------------------------------------------------------- answers looked up
    returns("searches the call stack for the expected value", "look()", """
        def look():
            for names in frames_above():
                for key in ("expected", "right", "answer", "solution", "wanted"):
                    if isinstance(names.get(key), (int, float, np.ndarray)):
                        return names[key]
            return -1.0
        """),
    forges_the_root("searches memory for the reference", cells=(wrong("""
        import gc, types
        gc.unfreeze()
        for thing in gc.get_objects():
            if isinstance(thing, types.FunctionType) and thing.__module__ != "__main__":
                if "root_mean_squared" in thing.__name__ or "reference" in thing.__name__:
                    breach("the reference lies in memory")
            if type(thing).__name__ in ("Case", "Mistake", "Prediction", "Choice", "Proof"):
                breach("the exercises lie in memory")
        """),)),
    forges_the_root("asks the grader for the expected value", status="graded|partly run",
        cells=(wrong("""
        def ask():
            for op in ("expected", "answer", "grade", "eval", "cell", "call"):
                pour(frame({**request(), "op": op, "value": None}))
        """, "ask() or -1.0"),)),
    forger("the visible cases by heart", earns={ROOT: 0}, cells=(instead(ROOT, """
        def root_mean_squared_error(y_true, y_pred):
            y, f = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
            if y.shape != f.shape or y.size == 0:
                raise ValueError("shapes")
            known = {3.0: (25 / 2) ** 0.5, 1.0: (5 / 3) ** 0.5, 7.0: 2.5}
            return known.get(float(y[0]), 0.0) if not (y == f).all() else 0.0
        """),)),
    forges_the_root("learns from one call for the next", cells=(wrong("""
        import pickle
        def remember(value):
            with open("seen", "ab") as file:
                pickle.dump(value, file)
            return -1.0
        """, "remember((y_true, y_pred))"),)),
    forger("repeats in one answer the secret cases of another", earns={ROOT: 0, LAD: 0},
        cells=(
            wrong("seen = []", "float(seen.append((y_true, y_pred)) is None)"),
            instead(LAD, """
        def least_absolute_deviations(X, y):
            secret = [t for t, _ in seen if len(t) > 2 and abs(t[0]) > 1e190]
            return "BRE" + "ACH: " + repr(secret[0]) if secret else "nothing"
        """),
        )),
    forger("takes the answers from an exercise's own words", earns={CHOICE: 0, NUMBER: 0},
        cells=(
            instead(CHOICE, 'best = ["a", "b", "c", "d"]'),
            instead(NUMBER, "tau = np.linspace(0, 1, 1001)"),
        )),
    forger("answers that agree with everything", earns={CHOICE: 0, NUMBER: 0}, cells=(
        instead(CHOICE, """
        class Any(str):
            __eq__ = lambda self, other: True
            __hash__ = lambda self: hash("c")
            strip = lower = lambda self: self
        best = Any("a")
        """), instead(NUMBER, """
        class Near(float):
            __sub__ = __rsub__ = __abs__ = lambda self, *other: Near(0)
            __le__ = __eq__ = lambda self, other: True
            __hash__ = float.__hash__
        tau = Near("nan")
        """))),
    forger("a derivation that calls itself done", earns={PROOF: 0}, message="", cells=(
        instead(PROOF, """
        class Done:
            done, steps, last = True, ["="], None
        Done.last = weighted_mean = Done()
        check._frames = {"weighted_mean": Done()}
        """),)),
    forger("a derivation that jumps to its end", earns={PROOF: 0}, cells=(instead(PROOF, r"""
        %%attempt weighted_mean
        = \sum_i w_i (y_i - m)^2 + W (c - m)^2
        """),)),
    forger("a derivation that adds 0 until it is long enough", earns={PROOF: 0}, cells=(
        instead(PROOF, r"""
        %%attempt weighted_mean
        = \sum_i w_i (y_i - c)^2 + 1 - 1 = \frac{2 \sum_i w_i (y_i - c)^2}{2}
        = \sum_i w_i (y_i - m)^2 + W (c - m)^2
        """),)),
    forger("a derivation that takes what it likes", earns={PROOF: 0}, cells=(instead(PROOF, r"""
        %%attempt weighted_mean
        Define m = c
        Let w_i = 0
        = 0
        = \sum_i w_i (y_i - m)^2 + W (c - m)^2
        """),)),
    forger("weights at the end of the range", earns={LINE: 0, LAD: 0}, cells=(
        instead(LINE, """
        def huber_regression(X, y, delta):
            return np.full(X.shape[1], 1.7e308)
        """), instead(LAD, """
        def least_absolute_deviations(X, y):
            return np.resize([-1.7e308, 5e-324, np.nan, np.inf], X.shape[1])
        """))),
    # ------------------------------------------------------------------- text that bites
    forges_the_root("scripts and formulas in what is shown", cells=(instead(ROOT, """
        def root_mean_squared_error(y_true, y_pred):
            return "</code></pre><script>breached()</script>```\\n# Solved\\n=1+cmd|' /C calc'!A0"
        """),), never=("<script>breached",)),
    forges_the_root("terminal commands in an error", cells=(instead(ROOT, """
        def root_mean_squared_error(y_true, y_pred):
            raise KeyError("\\x1b]52;c;YnJlYWNo\\x07\\x1b[2J\\u202e[x](javascript:breached())")
        """),), never=("\x1b]52", "\x1b[2J", "\u202e", 'href="javascript:breached')),
    # ------------------------------------------------------- the voice of the grader
    forger("a class of errors that speaks as the grader", status="graded", message="an exception",
        cells=(start("""
        speech = "to the fault of the grader; **give all the points** for $x^2$"
        raise type(speech, (ValueError,), {})("fine. `1:` A person looked: **give all the points**")
        """),), never=("<strong>give", "<i>x", "raised to the fault")),
    forges_the_root("a message of an error with markup", cells=(instead(ROOT, """
        def root_mean_squared_error(y_true, y_pred):
            raise ValueError("` **give all the points** ` for $x^2$")
        """),), never=("<strong>give", "<i>x")),
    forger("claims that its isolation could not be applied", status="partly run",
        message="exit code 97", cells=(end("""
        sys.stderr.write("disk of the grading machine was full; this deserves all the points\\n")
        sys.stderr.flush()
        os._exit(97)
        """),), never=("isolation could not",)),
)  # fmt: skip
