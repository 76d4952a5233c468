"""Results in the forms that other systems read.

    table       one row for each student, as CSV
    gradescope  results.json for Gradescope
    autograder  the zip file that makes Gradescope run `lossbook grade`
    nbgrader    marks into a gradebook of nbgrader
"""
