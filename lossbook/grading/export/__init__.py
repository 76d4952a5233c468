"""Results in the formats of other systems.

table       one row for each student, as CSV
lms         grades and reports as Moodle and Canvas import them
gradescope  results.json for Gradescope
autograder  the zip file that makes Gradescope run `lossbook grade`
nbgrader    points into a gradebook of nbgrader
"""
