"""The sandbox: students' code runs here, in isolated processes that cannot touch the grader.

    open_sandbox  opens the sandbox that this machine can offer, and says whether it is safe enough
    base          what both kinds of sandbox share
    forkserver_client   Linux: starts a zygote and has it fork one process per submission
    spawn         elsewhere: starts one interpreter per submission
    session       the grader's side of one process: ask, wait, kill
    channel       sends and receives frames with a deadline; collects what the process prints
    wire          frames and values between grader and process; never pickle
    zygote        the field's word for a process that imports once and then only forks
    child         one process: its connection, its preparation, its isolation layers
    worker        runs a submission inside: reads the file, runs cells, answers calls
    proof_worker  checks derivations and calls lent functions inside, where no student's code runs
    stub          what `from lossbook.exercises import checker` finds inside
    isolation     the layers that a process applies to itself; seccomp: the system-call filter
    quota         measures and removes the folder of a submission
    tempdirs      temporary folders that are cleaned up even after SIGKILL
    layers        tries which layers this machine has
    doctor        tests the layers of this machine with harmless probes

The grader never runs student code; a process in the sandbox never holds a reference answer, a seed
or a grade. It returns values, and these are compared in the grader: inside is nothing to forge.
"""
