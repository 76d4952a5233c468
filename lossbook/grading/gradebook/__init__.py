"""The gradebook: one JSON file for each submission, and the teacher's corrections.

store       the folder of results, safe against crashes and parallel runs
record      a result as JSON text, and the name of its file
overrides   manual points and comments, from the teacher's table
policy      weights of exercises, and what a late submission loses
roster      who has handed in nothing
csv_reader  a table as spreadsheets save it
errors      errors that the teacher can resolve
"""
