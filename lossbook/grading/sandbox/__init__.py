"""The room: somebody else's code runs here, behind walls, and cannot touch what judges it.

    wire      frames and values between judge and room; never pickle
    walls     what a process gives up; seccomp: which system calls are left
    student   the work inside: read the file, run the cells, answer calls
    clerk     the same for derivations, which are read and never run
    stand_in  what `from lossbook.exercises import checker` finds inside
    zygote    a fresh interpreter that imports once and forks a locked child per submission
    host      the judge's hand on a zygote
    pool      the same face where there is no fork: interpreters that are used once (single)
    opening   which of the two this machine gets, and for whom it may be opened
    session   the judge's hand on one child: ask, wait, give up
    channel   what moves the bytes to it, with a deadline: a socket, or three pipes
    folder    how full a submission's folder is, and how to be rid of it
    scratch   the folders that hold these, and what becomes of them after a kill −9
    doctor    which walls this machine has

The judge never runs student code; the room never holds a reference, a seed or a grade. What comes
back is a value, and a value is compared elsewhere: there is nothing in here worth forging.
"""
