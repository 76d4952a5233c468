"""`check(my_function)`: the exercises of one chapter, for a reader of the notebook."""

from collections.abc import Callable, Iterable
from typing import Any

from lossbook._console import printable
from lossbook.checking import pack, progress, report
from lossbook.checking.spec import Choice, Function, Prediction, Proof

Exercise = Function | Prediction | Choice | Proof | pack.Packed
_KINDS: dict[type, Callable[[Any, Any], report.Report]] = {
    Function: report.on_function,
    Prediction: report.on_prediction,
    Choice: report.on_choice,
    pack.PackedFunction: report.on_packed_function,
    pack.PackedPrediction: report.on_prediction,
    pack.PackedChoice: report.on_choice,
    pack.Unchecked: report.on_unchecked,
}


class UsageError(ValueError):
    """A wrong call of `check`; a notebook shows the message without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


class Checker:
    """Check answers to the exercises of one chapter.

    Parameters
    ----------
    chapter : str
        "02".
    exercises : iterable of Function, Prediction, Choice and Proof, or of what is in a pack
    """

    def __init__(self, chapter: str, exercises: Iterable[Exercise]) -> None:
        self.chapter = chapter
        self.exercises = {exercise.name: exercise for exercise in exercises}
        self._frames: dict[str, Any] = {}  # derivation exercises in use
        self._solved: set[str] = set()

    def __repr__(self):
        return f"Checker of chapter {self.chapter}: {', '.join(self.exercises)}"

    def __call__(self, answer: Any, name: str | None = None) -> None:
        """Show the report on an answer.

        `check(my_function)` finds the exercise by the function's name, `check(0.5, "newsagent")`
        by the given name, and `check("pythagoras")` checks the last %%attempt.
        """
        result = self.report(answer, name)
        if result.solved:
            self._solved.add(result.exercise.name)
            progress.remember(f"{self.chapter}.{result.exercise.name}")
        _show(result, f"{self.chapter}.{result.exercise.name}")

    def report(self, answer: Any, name: str | None = None) -> report.Report:
        """The Report on an answer, without showing it."""
        exercise = self._find(answer, name)
        if isinstance(exercise, Proof):
            frame = self._frames.get(exercise.name)
            return report.on_proof(exercise, frame.last if frame else None)
        return _KINDS[type(exercise)](exercise, answer)

    def require(self, answer: Any, name: str | None = None) -> None:
        """Raise AssertionError with the report unless the answer is right (for graders)."""
        result = self.report(answer, name)
        if not result.solved:
            raise AssertionError(str(result))

    def derivation(self, name: str) -> Any:
        """The derivation exercise `name`: bind it to that name and write `%%attempt name`."""
        exercise = self.exercises.get(name)
        if not isinstance(exercise, Proof):
            raise UsageError(f"no derivation of chapter {self.chapter} is called {name!r}")
        if name not in self._frames:
            self._frames[name] = exercise.make()
        return self._frames[name]

    def progress(self) -> None:
        """Show which exercises of the chapter are solved."""
        solved = self._solved | {
            name.partition(".")[2]
            for name in progress.load()
            if name.startswith(f"{self.chapter}.")
        }
        rows = [
            f"| {'✓' if name in solved else '○'} | {'★' * exercise.stars} | {exercise.title} |"
            for name, exercise in self.exercises.items()
        ]
        done = len(solved & self.exercises.keys())
        summary = f"**{done} of {len(self.exercises)} exercises of this chapter are solved.**"
        plain = [row.replace("|", "").strip() for row in rows]
        _display(
            "\n".join([summary, "", "| | | |", "|---|---|---|", *rows]),
            "\n".join([summary.strip("*"), *plain]),
        )

    def _find(self, answer, name):
        if name is None and callable(answer):
            name = getattr(answer, "__name__", None)
        elif name is None and type(answer) is str:
            name = answer
        if name in self.exercises:
            return self.exercises[name]
        known = ", ".join(self.exercises)
        if name is None:
            raise UsageError(f"name the exercise: check(answer, name); {known}")
        raise UsageError(f"no exercise of chapter {self.chapter} is called {name!r}; {known}")


def _show(result, name):
    _display(
        result.markdown(), str(result), {"lossbook": {"exercise": name, "solved": result.solved}}
    )


def _display(markdown, text, metadata=None):
    """Show Markdown in a notebook, and text in a terminal."""
    text = printable(text)
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        print(text)
        return
    if get_ipython() is None:
        print(text)
        return
    bundle = {"text/markdown": markdown, "text/plain": text}
    display(bundle, raw=True, metadata=metadata or {})
