"""What students hand in: notebooks as they really are, and which file belongs to whom.

    submission  the record of what one student handed in
    content     cells and notes of a file; opening it safely
    decoding    bytes to text, whatever the encoding
    notebook    the code cells of a notebook (runs in the sandbox; executes nothing)
    script      the same for a .py file
    attempts    the derivations: the lines below each %%attempt
    filenames   what a file name tells: the person, the copy, the chapter
    archive     zip files, unpacked within limits
    walk        everything in a folder, and in the zip files there
    ownership   how such a folder is organised, and so which file belongs to whom
    collect     a folder of submissions: one Submission for each student

`content`, `decoding`, `notebook`, `script` and `attempts` need the standard library only.
"""
