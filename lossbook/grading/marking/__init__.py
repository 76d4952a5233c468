"""Marks: what one submission earned, exercise by exercise, test by test, and why.

secret      the seed file of a course, from which the hidden cases are drawn
assignment  a chapter as it is graded: its points, and its cases
sitting     one submission in the sandbox: run its cells, call its functions
clerks      its derivations, checked in a sandbox of their own
marking     one submission → its Result
result      what is known then; to and from JSON
batch       a class at once
"""
