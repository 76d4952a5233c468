"""`lossbook release --roster`: numbers of their own for each student."""

import nbformat

from lossbook.checking import pack
from lossbook.cli.place import UserError
from lossbook.grading.gradebook import roster
from lossbook.grading.marking import secret
from lossbook.grading.submissions.filenames import folder_names
from lossbook.notebook import release


def release_to_each(chapter, general, target, names, seed_file):
    """Make a folder for each student, with a notebook and the file of its check.

    general : the path of the notebook with the numbers of all; target : where the folders are made
    names : the roster; seed_file : the secret of the course
    """
    drawn, found = chapter.drawn(), owners(chapter, names, seed_file)
    if not drawn(0)[0]:
        raise UserError(
            f"chapter {chapter.number} draws no numbers: its exercises.py needs numbers(rng) and "
            "exercises(…); without --roster all students get the same notebook"
        )
    general = nbformat.read(general, as_version=4)
    folders = folder_names(entry.name for entry in found.values())
    for folder, tag in zip(folders, found, strict=True):
        numbers, exercises = drawn(int(tag, 16))
        (target / folder).mkdir(parents=True, exist_ok=True)
        notebook = release.with_numbers(general, numbers, tag)
        nbformat.write(notebook, target / folder / chapter.students_file)
        pack.write(exercises, target / folder / f"{chapter.number}.json")
    print(f"{target}: {len(folders)} folders, each with numbers of its own")


def owners(chapter, names, seed_file):
    """Tag → Entry of the roster `names`, for the numbers of a Chapter. Raises UserError."""
    try:
        key, _ = secret.load(seed_file)
        return roster.tags(roster.read_roster(names), key, chapter.number)
    except (ValueError, secret.SecretError) as error:
        raise UserError(str(error)) from None
