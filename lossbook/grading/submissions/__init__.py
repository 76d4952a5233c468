"""What people hand in: notebooks as they really are, and which file is whose.

    reading     the plain types: Cell, Reading, Unreadable
    text        bytes to text, in whatever encoding it is
    notebook    the code cells of a notebook (in the sandbox; it executes nothing)
    script      the same for a .py file
    attempts    the derivations: what stands below each %%attempt
    names       what a file name tells: the person, the number, the chapter
    archive     zip files, opened with care
    walk        everything that lies in a folder, and in the zip files there
    layout      how such a folder is arranged, and so which file is whose
    folder      a folder of submissions: who handed in what, and which file counts

`reading`, `text`, `notebook`, `script` and `attempts` need the standard library only.
"""
