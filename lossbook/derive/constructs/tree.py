"""What a tree is: nodes with children, a value in a world, and a text."""

from unicodedata import normalize

from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.syntax.spelling import GREEK

# How tightly an expression holds together; what is looser than its place needs brackets.
SUM, SIGNED, BIG, PRODUCT, QUOTIENT, POWER, ATOM = range(7)


class TooLarge(ValueError):
    """A formula that would take too long."""


class Effort:
    """How much may still be computed for one line: terms of sums, and slopes."""

    left = 0

    @classmethod
    def spend(cls, many=1):
        cls.left -= many
        if cls.left < 0:
            raise TooLarge("this line takes too long to compute")


class Node:
    """A tree. Its children are the nodes among its fields, also those inside of tuples."""

    binds = ()  # the names that have a meaning of their own inside

    def children(self):
        for name in self.__dataclass_fields__:
            yield from _nodes(getattr(self, name))

    def parts(self):
        """The tree itself and every tree below it."""
        yield self
        for child in self.children():
            yield from child.parts()

    def rebuilt(self, change):
        """The same construct with every child changed."""
        given = [_changed(getattr(self, name), change) for name in self.__dataclass_fields__]
        return type(self)(*given)

    def names(self):
        """The names of letters and families that occur; a function as name/arity."""
        return set().union(*[part.own_names() for part in self.parts()])

    def own_names(self):
        return ()

    reaches_right = False  # whether it may be last in a product without brackets: a Σ_{i} b[i]
    squared = None  # the value of its square, where that is simpler than its own

    def place(self, world):
        """The whole number that this is: an index, or the bound of a sum."""
        return nb.whole(ar.number(self.value(world), "an index"))

    def at_least(self, level):
        shown, own = self.text()
        return shown if own >= level else f"({shown})"

    def __str__(self):
        return self.text()[0]


def _nodes(field):
    if isinstance(field, Node):
        yield field
    elif type(field) is tuple:
        for one in field:
            yield from _nodes(one)


def _changed(field, change):
    if isinstance(field, Node):
        return change(field)
    return tuple(_changed(one, change) for one in field) if type(field) is tuple else field


def replaced(tree, old, new):
    """The tree with every part that equals `old` replaced."""
    return replaced_if(tree, lambda part: part == old, new)


def replaced_if(tree, wanted, new):
    return new if wanted(tree) else tree.rebuilt(lambda child: replaced_if(child, wanted, new))


def spelled(name):
    r"""\hat y → ŷ, \alpha → α, w^\star → w*."""
    accents = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
    accents |= {"widehat": "\u0302", "overline": "\u0304", "widetilde": "\u0303", "vec": "\u20d7"}
    shown, accent = "", ""
    for piece in name.replace("\\", " \\").replace("_", " _ ").replace("^", " ^ ").split():
        word = piece.lstrip("\\")
        if piece.startswith("\\") and word in accents:
            accent = accents[word]
        elif word in ("mathbf", "mathcal", "mathbb", "mathscr", "mathfrak", "mathds", "^"):
            continue
        else:
            word = GREEK.get(word) or {"star": "*", "circ": "°", "prime": "′"}.get(word, word)
            shown, accent = shown + word + accent, ""
    return normalize("NFC", shown)


def listed(trees, between=","):
    return between.join(map(str, trees))
