"""Exit statuses of the commands, and text that every encoding can represent."""

import codecs
import os
import sys
import traceback
import unicodedata

# The exit status of every command. `lossbook grade` has one more: 3, graded with blanks.
YES = 0  # done, or the answer is yes
NO = 1  # the answer is no: not solved, would change, a line or a test is wrong
BROKE = 2  # no answer: wrong arguments, a missing file, no notebook, a dead kernel, a crash

# Replacements for characters that the encoding lacks. A Greek letter gets its name, others "?".
_SPELLED = {
    **{"✓": "[ok]", "✗": "[no]", "○": "[--]", "★": "*", "↳": "->", "→": "->", "⇒": "=>"},
    **{"−": "-", "–": "-", "·": "*", "×": "x", "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~"},
    **{"∞": "inf", "∈": "in", "√": "sqrt", "½": "1/2", "²": "^2", "³": "^3", "ᵀ": "^T"},
    **{"ℝ": "R", "‖": "||", "…": "...", "“": '"', "”": '"'},
}
_ERRORS = "lossbook"  # name of our error handler, as "strict" or "replace"


def _spell(error):
    """The error handler of Python's codecs: the replacement, and the position to continue at."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign = error.object[error.start]
    if "\udc80" <= sign <= "\udcff":  # an undecodable byte of a file name, unchanged
        return bytes([ord(sign) - 0xDC00]), error.start + 1
    greek, _, name = unicodedata.name(sign, "").partition(" LETTER ")
    if greek.startswith("GREEK") and name.isalpha():
        name = name.lower() if "SMALL" in greek else name.capitalize()
        return name, error.start + 1
    return _SPELLED.get(sign, "?"), error.start + 1


codecs.register_error(_ERRORS, _spell)


def printable(text):
    """The text with replacements for characters that the encoding of sys.stdout lacks.

    Used in scripts and notebooks, whose stream must not be reconfigured.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, _ERRORS).decode(encoding, "ignore")


def run(work):
    """Call `work` as a command; return the exit status, which is its own or BROKE.

    Python's own status for a crash is 1, which a CI job would read as an answer.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ERRORS)
    try:
        status = work()
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader, `head` for example, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("lossbook: stopped", file=sys.stderr)
    except OSError as error:
        print(f"lossbook: {error}", file=sys.stderr)
    except Exception:
        traceback.print_exc()
    return BROKE
