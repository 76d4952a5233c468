"""Marking: the points of one submission, exercise by exercise and test by test, with feedback.

secret              the seed file of a course, from which the hidden cases are drawn
assignment          a chapter as it is graded: its exercises, cases and points
points              how the points of an exercise are distributed over its tests
submission_session  one submission in the sandbox: run its cells, call its functions
lender              calls the functions that an exercise lends to an answer, in that sandbox, too
proof_checker       checks derivations, in their own sandbox
grader              one submission → its Result
result              the Result; to and from JSON
batch               a class, with several workers
explain             every failing call of one submission, for the teacher
verify              tests of the tests
"""
