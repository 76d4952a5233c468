"""`lossbook doctor`: test how this machine isolates students' code."""

from lossbook.cli import place


def add(commands):
    """Add the command to the parser."""
    place.command(
        commands,
        "doctor",
        run,
        summary="test how this machine isolates students' code",
        description="Apply each isolation layer, then run a dozen harmless probes in the sandbox, "
        "as students' code runs there, and say which layer refuses each. The exit status is 0 if "
        "all are refused, 1 if one is not, and 2 if the sandbox could not be opened.",
    )


def run(args, extra):
    place.require_grading()
    from lossbook.grading.sandbox import doctor

    text, status = doctor.report()
    print(text)
    return status
