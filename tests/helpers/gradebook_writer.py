"""A program that saves results in a gradebook and prints each student after the save.

python -m tests.helpers.gradebook_writer FOLDER FIRST LAST NOTE
"""

import sys

from lossbook.grading.gradebook.store import Gradebook
from tests.helpers.sample_results import graded


def main(folder, first, last, note):
    book = Gradebook(folder)
    print("open", flush=True)
    for k in range(int(first), int(last)):
        student = f"student {k:03}"
        book.save(graded(student, notes=(note,)))
        print(student, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
