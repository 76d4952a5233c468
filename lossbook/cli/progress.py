"""`lossbook progress`: show which exercises the user has solved."""

from lossbook import _console
from lossbook.cli import place


def add(commands):
    """Add the command to the parser."""
    place.command(
        commands,
        "progress",
        run,
        summary="show which exercises you have solved",
        description="Show which exercises you have solved, from a small file on this machine.",
    )


def run(args, extra):
    from lossbook.checking import progress
    from lossbook.exercises import CHAPTERS

    solved = progress.load()
    for number, chapter in CHAPTERS.items():
        exercises = chapter.exercises()
        done = [f"{number}.{exercise.name}" in solved for exercise in exercises]
        print(f"chapter {number}: {sum(done)} of {len(done)} solved")
        for exercise, is_done in zip(exercises, done, strict=True):
            print(f"  {'✓' if is_done else '○'} {'★' * exercise.stars:<4} {exercise.title}")
    print(f"kept in {progress.place() or 'no file (LOSSBOOK_PROGRESS=off)'}")
    return _console.YES
