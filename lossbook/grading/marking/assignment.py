"""A chapter as it is graded: its exercises, their points, and the cases drawn from a secret."""

import hashlib
import platform
import re
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from lossbook.checking.cases import CaseSet, functions_in
from lossbook.checking.spec import Choice, Function, Prediction
from lossbook.grading.marking.points import RULES, plans_for
from lossbook.grading.marking.released import Released
from lossbook.grading.marking.submission_session import Limits
from lossbook.notebook.release import NUMBERS

_TAG = re.compile(rf"^{NUMBERS} ([0-9a-f]{{10}})\s", re.M)


class GradedFunction(NamedTuple):
    """A Function exercise with its public and its secret draw, and the plans of its tests."""

    public: CaseSet
    secret: CaseSet
    plans: tuple

    @property
    def lent(self):
        """The functions among the arguments of the cases, as a proof worker numbers them."""
        return functions_in([*self.public.cases, *self.secret.cases])


class Assignment:
    """The exercises of a chapter, with public and secret cases.

    chapter : "02"
    exercises : list of Function, Prediction, Choice and Proof
    secret : Secret
    forbidden : modules that answers may not import
    limits : Limits
    released : Released, optional
        The notebook that students got.
    variants : Variants, optional
        The numbers of each student, where they are drawn.

    most : the points of all exercises, which is the sum of their stars
    test_version : "rules 2, entropy 1, gini_gain 2": the versions of the specifications. A grade
        counts until they change; the wording of the course does not matter.
    """

    def __init__(
        self,
        chapter,
        exercises,
        secret,
        forbidden=(),
        limits=Limits(),  # noqa: B008
        released=None,
        variants=None,
    ):
        self.chapter, self.exercises = chapter, list(exercises)
        self.secret, self.forbidden, self.limits = secret, tuple(forbidden), limits
        self.released = released or Released()
        self.variants = variants
        self.most = sum(exercise.stars for exercise in self.exercises)
        versions = (f"{exercise.name} {exercise.version}" for exercise in self.exercises)
        drawn = [f"numbers {variants.id}"] if variants else []
        self.test_version = ", ".join([f"rules {RULES}", *versions, *drawn])

    @cached_property
    def functions(self):
        """Name → GradedFunction, for the Function exercises.

        Compute this before starting threads: references and known mistakes run with redirected
        stdout, which is process-wide.
        """
        return {
            exercise.name: self._graded_function(exercise)
            for exercise in self.exercises
            if isinstance(exercise, Function)
        }

    def seed(self, exercise):
        """The secret seed of an exercise."""
        return self.secret.seed(self.chapter, exercise.name, 0)

    def _graded_function(self, exercise):
        public = CaseSet(exercise)
        _ = public.mistakes  # computed now, because threads will read it
        secret = CaseSet(exercise, self.seed(exercise), exclude=public.cases)
        return GradedFunction(public, secret, plans_for(public, secret))


class Variants:
    """The exercises with the numbers that were drawn for each student.

    drawn : seed → (numbers, exercises); owners : tag → the student's name on the roster
    """

    def __init__(self, drawn, owners):
        self.drawn, self.owners = drawn, owners
        tags = ",".join(sorted(owners))
        self.id = hashlib.sha256(tags.encode()).hexdigest()[:8] if owners else "of all"

    def of(self, cells):
        """(name, exercise → its specification or the reason why there is none) for a notebook.

        cells : sources; without a tag in them they have the numbers of draw 0, as all have
        """
        found = next(filter(None, map(_TAG.search, cells)), None)
        tag = found[1] if found else ""
        owner = self.owners.get(tag, "")
        _, exercises = self.drawn(int(tag, 16) if owner else 0)
        why = f"its numbers ({tag}) are those of no student; they need --roster with the same names"
        unknown = bool(tag) and not owner
        varied = [one for one in exercises if isinstance(one, (Prediction, Choice))]
        return owner, {one.name: why if unknown else one for one in varied}


@cache
def versions():
    """The versions of Python and of the packages that affect a grade, as a dict."""
    found = {"python": platform.python_version()}
    for package in ("lossbook", "numpy", "scipy", "ipython"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
