"""How long an exercise takes to answer: every reference and every known mistake, wall clock.

The promise is one second for each. The first call of an exercise pays for its imports.
"""

import time

from lossbook.checking import Function, report
from lossbook.exercises import CHAPTERS, checker


def slowest(exercise):
    """The longest answer to the reference and the known mistakes of an exercise, in seconds."""
    worst = 0.0
    for function in [exercise.reference, *(mistake.function for mistake in exercise.mistakes)]:
        start = time.perf_counter()
        report.on_function(exercise, function)
        worst = max(worst, time.perf_counter() - start)
    return worst


def main():
    rows = [
        (slowest(exercise), f"{chapter}.{exercise.name}")
        for chapter in CHAPTERS
        for exercise in checker(chapter).exercises.values()
        if isinstance(exercise, Function)
    ]
    print("slowest answers of a check (limit 1 s)")
    for seconds, name in sorted(rows, reverse=True)[:5]:
        print(f"  {name:<32} {seconds:5.2f} s{'' if seconds < 1 else '  OVER'}")


if __name__ == "__main__":
    main()
