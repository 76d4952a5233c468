"""Marks: what one submission earned, exercise by exercise, test by test, and why.

    result      what is known of a submission after it was graded; to and from JSON
"""
