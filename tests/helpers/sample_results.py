"""Results as grading could produce them, written by hand."""

from dataclasses import replace

from lossbook.grading.marking.result import Answer, Result, Test

RMSE = Answer(
    name="root_mean_squared_error",
    title="A root that does not overflow",
    kind="function",
    points=3.0,
    earned=1.0,
    state="wrong",
    summary="root_mean_squared_error: 8 of 12 cases are right.",
    call=("root_mean_squared_error([1e200], [0])", "yours     inf", "expected  1e+200"),
    feedback=("**What it looks like:** you square before you scale.",),
    mistake="you square before you scale.",
    tests=(
        Test("small residuals", 1.0, 1.0, True),
        Test("huge residuals", 2.0, 0.0, False, "the result overflows to infinity"),
    ),
)
HUBER = Answer(
    name="huber",
    title="Where the parabola ends",
    kind="choice",
    points=2.0,
    earned=2.0,
    state="solved",
    summary="huber: 'b' is right.",
)


def graded(student="ada", **changes):
    """A graded submission of chapter 02: 3 of 5 points."""
    result = Result(
        student=student,
        file=f"{student}/02.ipynb",
        chapter="02",
        sha256="a" * 64,
        status="graded",
        score=3.0,
        most=5.0,
        answers=(RMSE, HUBER),
        cells=("import numpy as np", "def root_mean_squared_error(y, p): ..."),
        seed_id="s1",
        test_version="t1",
        versions={"numpy": "2.4.6"},
        tier="strong",
        seconds=0.4,
        memory=120,
        when="2026-03-01T12:00:00+00:00",
    )
    return replace(result, **changes)


def blank(student="bo", **changes):
    """A submission that could not be graded."""
    why = "The file is cut off: its JSON ends in the middle."
    nothing = {"status": "blank", "score": None, "answers": (), "cells": (), "look_at": (why,)}
    return graded(student, **(nothing | changes))
