"""Runs one cell; a top-level statement that fails does not stop those below it.

In Jupyter an error ends its cell. Here a failed import or a missing colon must not hide an answer
that stands beside it, so the failing statement is left out and the rest of the cell is run.
"""

import ast
import contextlib
import re
from typing import NamedTuple

_NAME = "<cell>"
_MOST = 20  # statements that may fail
_TEXT = 2000  # characters of a failing statement
_CONTINUES = re.compile(r"\s|[)\]}#]|(?:else|elif|except|finally)\b|$")
_ABOVE = re.compile(r" on line (\d+)$")  # "expected an indented block after … on line 3"


class Failure(NamedTuple):
    """A top-level statement that raised or cannot be read; line counts from 1 in its cell."""

    error: BaseException
    line: int
    text: str


def run(source, shell):
    """Run a cell in an IPython shell and return its Failures.

    Plain Python is run as it is; IPython translates magics, and runs top-level await.
    """
    failures = []
    try:
        code = compile(source, _NAME, "exec")
    except (SyntaxError, ValueError):
        if _awaits(source):
            return _in_shell(source, shell)
        with contextlib.suppress(SyntaxError):  # IPython cannot read it either
            # IPython drops empty lines at the top; a failure should name the line of the cell.
            above = len(source) - len(source.lstrip("\n"))
            source = "\n" * above + shell.transform_cell(source)
        source = _readable(source, failures)
        code = compile(source, _NAME, "exec")
    error = _raised(code, shell.user_ns)
    statements = ast.parse(source).body if error else []
    while error and len(failures) < _MOST:
        line = _line(error)
        failed = [one for one in statements if _start(one) <= line]
        if not failed:
            return [*failures, Failure(error, line, "")]
        text = ast.get_source_segment(source, failed[-1]) or ""
        failures.append(Failure(error, line, text[:_TEXT]))
        statements = statements[len(failed) :]
        error = _raised(compile(ast.Module(statements, []), _NAME, "exec"), shell.user_ns)
    return failures


def _awaits(source):
    """Whether only a top-level await keeps the source from being plain Python."""
    try:
        compile(source, _NAME, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError):
        return False
    return True


def _in_shell(source, shell):
    ran = shell.run_cell(source, store_history=False)
    error = ran.error_before_exec or ran.error_in_exec
    return [Failure(error, 1, source[:_TEXT])] if error else []


def _raised(code, namespace):
    """What running the code raised, or None."""
    try:
        exec(code, namespace)
    except BaseException as error:  # SystemExit ends a program, and here a statement
        return error
    return None


def _line(error):
    """The line of the cell at which an exception came up; 0 if there is none."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != _NAME:
        trace = trace.tb_next
    return trace.tb_lineno if trace else 0


def _start(statement):
    """The first line of a statement, decorators included."""
    return min(
        [statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))]
    )


# ---------------------------------------------------------------------------- syntax errors


def _readable(source, failures):
    """The source without the top-level statements that Python cannot read, now blank lines."""
    while True:
        try:
            compile(source, _NAME, "exec")
        except (SyntaxError, ValueError) as error:
            above = _ABOVE.search(str(getattr(error, "msg", "")))
            line = int(above[1]) if above else getattr(error, "lineno", None) or 1
            rest, text = _without_statement(source, line)
            failures.append(Failure(error, line, text[:_TEXT]))
            source = rest if text.strip() and len(failures) < _MOST else ""
        else:
            return source


def _without_statement(source, line):
    """The source with the top-level statement around a line blank, and the statement's text."""
    lines = source.split("\n")
    line = min(line, len(lines)) - 1
    starts = [k for k, text in enumerate(lines) if not _CONTINUES.match(text)]
    start = max((k for k in starts if k <= line), default=0)
    end = min((k for k in starts if k > line), default=len(lines))
    while start and lines[start - 1].startswith("@"):
        start -= 1
    kept = [*lines[:start], *[""] * (end - start), *lines[end:]]
    return "\n".join(kept), "\n".join(lines[start:end])
