"""Run as a program: keep results in a book, and say each one's student as soon as it is kept.

python keeper.py FOLDER FIRST LAST NOTE
"""

import sys

from made import graded

from lossbook.grading.gradebook.store import Book


def main(folder, first, last, note):
    with Book(folder) as book:
        print("open", flush=True)
        for k in range(int(first), int(last)):
            student = f"student {k:03}"
            book.keep(graded(student, notes=(note,)))
            print(student, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
