"""`lossbook gradescope`: make the autograder of a chapter."""

from pathlib import Path

from lossbook import _console
from lossbook.cli import place
from lossbook.cli.place import UserError


def add(commands):
    """Add the command to the parser."""
    parser = place.command(
        commands,
        "gradescope",
        run,
        summary="make the autograder of a chapter for Gradescope",
        description="Write the zip file that Gradescope asks for. It contains your secret: keep "
        "it as you keep the seed file. The exit status is 0 if it was written, else 2.",
    )
    parser.add_argument("chapter", metavar="CHAPTER", help="02, or a folder of your own")
    parser.add_argument("--to", type=Path, default=Path("autograder.zip"), metavar="ZIP")
    parser.add_argument("--seed-file", type=Path, default=Path(place.SEED_FILE))


def run(args, extra):
    place.require_grading()
    from lossbook.grading.export.autograder import autograder_zip
    from lossbook.grading.gradebook.errors import GradebookError
    from lossbook.grading.marking import secret

    chapter = place.chapter(args.chapter)
    place.solutions(chapter)
    try:
        secret.load(args.seed_file)
        autograder_zip(chapter.number, args.to, args.seed_file, folder=chapter.folder)
    except (secret.SecretError, GradebookError) as error:
        raise UserError(str(error)) from None
    print(f"{args.to}: the autograder of chapter {chapter.number}, with your secret inside")
    return _console.YES
