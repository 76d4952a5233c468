"""Load the exercises of a chapter: from a module of the course, or from a teacher's file.

A teacher's file has a list EXERCISES; or functions numbers(rng), which draws the numbers of one
student as a dict, and exercises(**numbers), which makes the list for them. Numbers and choices
differ from student to student, functions and derivations do not: they are those of draw 0.
"""

import sys
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import numpy as np

from lossbook.checking.spec import Choice, Function, Prediction, Proof

_KINDS = (Function, Prediction, Choice, Proof)


def load(source):
    """The module at `source`: "lossbook.exercises.chapter02", or a path that ends in ".py".

    Its list EXERCISES holds the specifications, with the numbers of draw 0 where they are drawn. A
    file may import others of its folder, at the top.

    Raises ValueError, with the line, if a file cannot be used.
    """
    if not source.endswith(".py"):
        return import_module(source)
    module = ModuleType(Path(source).stem)
    module.__file__ = source
    try:
        # Compiled here, and not imported: it is always the file as it is now, and the teacher's
        # folder gets no __pycache__.
        with _neighbours(Path(source).resolve().parent):
            exec(compile(Path(source).read_bytes(), source, "exec"), module.__dict__)
        if _draws(module):
            module.EXERCISES = module.exercises(**_numbers(module, 0))
    except Exception as error:
        where = f", line {line}" if (line := _line_in(source, error)) else ""
        raise ValueError(f"{source}{where}: {type(error).__name__}: {error}") from error
    _check(source, getattr(module, "EXERCISES", None))
    return module


def draw(module, seed):
    """(numbers, exercises) of one student; ({}, EXERCISES) where nothing is drawn."""
    if not _draws(module):
        return {}, module.EXERCISES
    numbers = _numbers(module, seed)
    own = {one.name: one for one in module.exercises(**numbers)}
    varied = (Prediction, Choice)
    return numbers, [own[one.name] if isinstance(one, varied) else one for one in module.EXERCISES]


def _draws(module):
    return all(callable(getattr(module, name, None)) for name in ("numbers", "exercises"))


def _numbers(module, seed):
    return module.numbers(np.random.default_rng(seed))


@contextmanager
def _neighbours(folder):
    """Let a file import the others of its folder: as they are now, and under no lasting name."""
    known, bytecode = set(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = bytecode
        for name in set(sys.modules) - known:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == folder:
                del sys.modules[name]


def _line_in(source, error):
    """The line of the file on which an error was raised, or None."""
    if isinstance(error, SyntaxError):
        return error.lineno
    line, step = None, error.__traceback__
    while step:
        if step.tb_frame.f_code.co_filename == source:
            line = step.tb_lineno
        step = step.tb_next
    return line


def _check(source, exercises):
    if not isinstance(exercises, (list, tuple)) or not exercises:
        raise ValueError(f"{source}: EXERCISES must be a list of exercises, got {exercises!r:.60}")
    names = set()
    for exercise in exercises:
        if not isinstance(exercise, _KINDS):
            kinds = ", ".join(kind.__name__ for kind in _KINDS)
            raise ValueError(f"{source}: an exercise must be a {kinds}, got {exercise!r:.60}")
        name = exercise.name
        if not name.isidentifier() or name in names:
            raise ValueError(f"{source}: a name must be a new Python name, got {name!r}")
        names.add(name)
