"""Grading a class whose code is not trusted (`lossbook grade`), on top of `lossbook.checking`.

    submissions  which file belongs to which student, and the cells in it
    sandbox      where students' code runs, isolated from the grader
    marking      one submission → what it earned, test by test
    gradebook    one JSON file for each submission, and manual corrections
    export       CSV, Gradescope, nbgrader
    reports      HTML pages for students and teacher

This package does not import the exercises: the caller passes them in (`lossbook.exercises`).
"""
