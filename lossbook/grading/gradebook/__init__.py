"""The book: where results are kept, and the forms in which they leave.

    names       a student's name as a file name that is safe everywhere
    files       write a file wholly or not at all; clear text
    lock        one process and one thread at a time
    record      a result as text, and back
    index       the results as tables of SQLite
    book        one JSON file for each submission, and the index of them
    overrides   late and manual points, from a teacher's table
    table       one row for each student, as CSV
    gradescope  results.json for Gradescope
    autograder  the zip that makes Gradescope run `lossbook grade`
    nbgrader    marks into a gradebook of nbgrader
"""
