"""The names of the language: what was declared, with the indices below and the arguments behind.

A part of the reader in `tex.py`: letters, functions, and the variables of derivatives.
"""

from lossbook.derive.tokens import key

_INTEGERS = ("index", "size", "label", "local")


class Names:
    """Methods of `tex.Reader`; a name is returned as its key, all else as a tree."""

    def declared(self):
        """How many tokens from here spell a declared name; the longest spelling counts."""
        for length in range(6, 0, -1):
            run = [t.text for t in self.tokens[self.at : self.at + length]]
            if "" not in run and _balanced(run) and key(run) in self.scope:
                return length
        return 0

    def name(self):
        length = self.declared()
        if not length:
            self.unknown(self.token)
        run = [t.text for t in self.tokens[self.at : self.at + length]]
        self.at += length
        return key(run)

    def named(self):
        start = self.at
        name = self.name()
        subscripts = self.subscripts() if self.maybe("_") else ()
        if self.scope[name] != "function":
            return ("idx", name, subscripts) if subscripts else ("name", name)
        order = 0
        while self.maybe("'"):
            order += 1
        if self.token not in ("(", "["):
            self.fail(f"{name} is a function: write its argument, {name}(…)", start)
        arguments = self.arguments()
        if not order:
            return ("call", name, subscripts, arguments)
        if len(arguments) > 1:
            self.fail("a prime belongs to a function of one variable", start)
        return ("prime", name, order, arguments[0])

    def subscripts(self):
        """The indices behind an underscore: _i, _{ij}, _{i,j}, _{i+1}, _{y_i}."""
        if not self.maybe("{"):
            return (self.index(),)
        found = []
        while not found or self.token != "}":
            index = self.index()
            while self.token in ("+", "-"):
                sign = "add" if self.take() == "+" else "sub"
                index = (sign, index, self.index())
            found.append(index)
            self.maybe(",")
        self.take("}")
        return tuple(found)

    def index(self):
        if self.token.isdigit() and len(self.token) > 1:
            self.fail(f"one index or several? write {','.join(self.token)}")
        if self.token.isdigit():
            return self.number()
        if self.token in self.bound or self.scope.get(self.token) in _INTEGERS:
            name = self.take()
            if self.scope.get(name) == "label" and self.maybe("_"):
                return ("idx", name, self.subscripts())
            return ("name", name)
        shown = self.token or "nothing"
        self.fail(f"{shown} is not an index here: neither declared nor summed over")

    def variable(self):
        """What a derivative or an optimum is taken in: a declared name, perhaps indexed."""
        braces = self.maybe("{")
        name = self.name()
        if self.scope[name] in ("function", "size", "index"):
            self.fail(f"{name} is not a variable", self.at - 1)
        subscripts = self.subscripts() if self.maybe("_") else ()
        if braces:
            self.take("}")
        return ("idx", name, subscripts) if subscripts else ("name", name)


def _balanced(run):
    depth = 0
    for text in run:
        depth += (text == "{") - (text == "}")
        if depth < 0:
            return False
    return depth == 0 and run[0] != "{"
