"""Where the reader in `tex.py` stands among the tokens of a source, and how it goes on or fails."""

from lossbook.derive.tokens import CannotRead, tokens


class Cursor:
    """The tokens of one source, and the place of the next one."""

    def __init__(self, source):
        self.source = source
        self.tokens, self.at = tokens(source), 0

    @property
    def token(self):
        return self.tokens[self.at].text

    def ahead(self, n=1):
        return self.tokens[min(self.at + n, len(self.tokens) - 1)].text

    def fail(self, why, at=None):
        raise CannotRead(why, self.source, self.tokens[self.at if at is None else at].place)

    def take(self, *wanted):
        """The next token, which must be one of those wanted, if any are; go on behind it."""
        text = self.token
        if wanted and text not in wanted:
            found = f"found {text}" if text else "but the line ends"
            self.fail(f"expected {' or '.join(wanted)} here, {found}")
        if text:
            self.at += 1
        return text

    def maybe(self, *wanted):
        """The same where it is one of those wanted; else "", and nothing is taken."""
        return self.take() if self.token in wanted else ""

    def end(self):
        if self.token in (")", "]", "}", r"\}", r"\rVert"):
            self.fail(f"this {self.token} closes nothing")
        if self.token:
            self.fail(f"I cannot go on reading at {self.token}")
