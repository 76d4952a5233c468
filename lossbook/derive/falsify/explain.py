"""Words for what went wrong: numbers, counterexamples, and a guess at the slip."""

from flint import arb, ctx, fmpq

from lossbook.derive import constructs as c
from lossbook.derive.evaluate import arrays as ar
from lossbook.derive.evaluate import numbers as nb
from lossbook.derive.evaluate import sampling
from lossbook.derive.evaluate.environment import chances_of, outcomes_of
from lossbook.derive.evaluate.numbers import Undefined
from lossbook.derive.falsify.compare import BITS, FALSE, LIMIT_BITS, judged, nature

_WIDTH = 88


def number(x):
    """Whole numbers and small fractions as such, the rest with four digits."""
    x = nb.real(x)
    if type(x) is fmpq:
        if x.q == 1 and abs(x.p) < 10**9:
            return str(x.p)
        if 1 < x.q <= 12:
            return f"{x.p}/{x.q}"
        x = nb.ball(x)
    if nb.is_infinite(x):
        return "∞" if x > 0 else "-∞"
    if not x.is_finite():
        return "undefined"
    size = abs(x.mid())
    if size == 0:
        return "0"
    if not (arb("1e-300") < size < arb("1e300")):
        return x.mid().str(4, radius=False)
    near = float(x.mid())
    if not 1e-9 < abs(near) < 1e9:
        return f"{near:.3e}"
    if abs(near - round(near)) < 1e-12:
        return str(round(near))
    return f"{near:.4g}"


def entries(value):
    """A number, (a, b), [a, b; c, d] or a family (…; …); of many entries the first ones."""
    if type(value) is ar.Unit:
        return f"{number(value.scale)} I"
    if type(value) is not ar.Array:
        return number(value)
    if len(value.shape) == 3:
        members = [entries(value.member(k)) for k in range(min(value.shape[0], 6))]
        return "(" + "; ".join(members) + ("; …" if value.shape[0] > 6 else "") + ")"
    many = len(value.flat) > 40 or (min(value.shape) == 1 and len(value.flat) > 8)
    if (min(value.shape) == 1 and value.shape[1] == 1) or value.shape[0] == 1:
        return (
            "("
            + ", ".join(map(number, value.flat[:6] if many else value.flat))
            + (", …)" if many else ")")
        )
    rows = [", ".join(map(number, row)) for row in value.rows()[:4]]
    return "[" + "; ".join(rows) + ("; …]" if value.shape[0] > 4 else "]")


def instance_text(tree, instance, places, facts=()):
    """The letters of a claim on an instance, wrapped: "for  n = 2, …"."""
    setting = instance.setting
    used = set().union(*[setting.rests_on(one) for one in (tree, *facts)])
    sizes = {d for n, v in setting.variables.items() if n in used for d in v.dims}
    with ctx.workprec(128):
        world = instance.world()
    ranges = {setting.ranges[i] for i in setting.ranges if i in used}
    shown = [
        f"{s} = {k}"
        for s, k in instance.sizes.items()
        if s in used | ranges or (s in sizes and s in used)
    ]
    for name, variable in setting.variables.items():
        if name not in used:
            continue
        if variable.space == "random":
            taken = entries(instance.value(outcomes_of(name)))
            chances = entries(instance.value(chances_of(variable.detail)))
            shown.append(f"{c.spelled(name)} = {taken} with probabilities {chances}")
        else:
            shown.append(f"{c.spelled(name)} = {entries(world.lookup(name))}")
    shown += [f"{c.spelled(i)} = {k}" for i, k in sorted(places.items())]
    return "for  " + "\n     ".join(_wrapped(shown)) if shown else ""


def _wrapped(items):
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > _WIDTH:
            lines[-1] += ","
            lines.append("")
        lines[-1] += f", {item}" if lines[-1] else item
    return lines


def counterexample_text(claim, instance, places, facts=()):
    """An instance, and the two sides of the first comparison that fails on it."""
    shown = [instance_text(claim, instance, places, facts)]
    for left, sign, right in claim.pairs():
        one = c.Claim((c.Relation((left, right), (sign,)),))
        if sign == r"\ne" or judged(one, instance, [places])[0][1] == FALSE:
            limits = nature(one, instance.setting)[2]
            with ctx.workprec(LIMIT_BITS[0] if limits else BITS[0]):
                world = instance.world().at(places)
                for word, side in (("left ", left), ("right", right)):
                    try:
                        shown.append(f"{word}  {side} = {entries(side.value(world))}")
                    except ArithmeticError:
                        shown.append(f"{word}  {side} = …")
            break
    return "\n".join(line for line in shown if line)


def nowhere(claim, instance, places):
    """What has no value on this instance."""
    with ctx.workprec(LIMIT_BITS[0] if nature(claim, instance.setting)[2] else BITS[0]):
        part = _undefined_part(claim, instance, places)
    shown = str(part) if part else "a side"
    said = (f"{shown} is undefined", instance_text(claim, instance, places))
    return "\n".join(line for line in said if line)


def _undefined_part(tree, instance, places):
    for child in tree.children():
        if not isinstance(child, (c.Relation, c.Claim)):
            try:
                child.value(instance.world().at(places))
                continue
            except Undefined:
                return _undefined_part(child, instance, places) or child
            except (ArithmeticError, ar.SizeMismatch, c.TooLarge, AttributeError):
                continue
        elif (found := _undefined_part(child, instance, places)) is not None:
            return found
    return None


# -------------------------------------------------------------------- a guess at the slip


def diagnosis(claim, checker):
    """A constant factor or difference, the same on every instance; or only right for n = 1."""
    comparisons = claim.pairs()
    if len(comparisons) != 1 or comparisons[0][1] != "=":
        return ""
    left, _, right = comparisons[0]
    found = []
    for number_, instance in enumerate(checker.instances(claim)):
        if number_ >= 14:
            break
        with ctx.workprec(BITS[0]):
            try:
                world = instance.world()
                for places in sampling.combinations(claim, instance):
                    for a, b in c.entry_pairs(left, right, world.at(places)):
                        if nb.is_infinite(a) or nb.is_infinite(b):
                            return ""
                        found.append((instance.sizes, nb.ball(a), nb.ball(b)))
            except (ArithmeticError, ar.SizeMismatch, c.TooLarge):
                continue
    if len(found) < 6:
        return ""
    return _factor(found) or _difference(found) or _only_for_one(found)


def _same(a, b):
    return bool((a - b).contains(0))


def _factor(found):
    if any(
        (not y.contains(0) and x.contains(0)) or (y.contains(0) and not x.contains(0))
        for _, x, y in found
    ):
        return ""
    ratios = [(sizes, x / y) for sizes, x, y in found if not y.contains(0)]
    if len(ratios) < 4:
        return ""
    scales = {"": lambda sizes: 1}
    for name in ratios[0][0]:
        scales[name] = lambda sizes, name=name: sizes[name]
        scales["1/" + name] = lambda sizes, name=name: fmpq(1, sizes[name])
    for name, scale in scales.items():
        quotients = [ratio / scale(sizes) for sizes, ratio in ratios]
        if all(_same(quotient, quotients[0]) for quotient in quotients):
            factor = f"{_named(quotients[0])} {name}".strip().removeprefix("1 ")  # n, not 1 n
            return f"left = {factor} × right on every instance"
    return ""


def _difference(found):
    gaps = [x - y for _, x, y in found]
    if all(_same(gap, gaps[0]) for gap in gaps):
        return f"left - right = {_named(gaps[0])} on every instance"
    return ""


def _only_for_one(found):
    """Right where a size is 1 and wrong elsewhere."""
    for name in found[0][0]:
        equal = [(sizes[name] == 1, _same(x, y)) for sizes, x, y in found]
        ones = [same for one, same in equal if one]
        if ones and all(ones) and not all(same for one, same in equal if not one):
            return f"right on the instances with {name} = 1 only"
    return ""


def _named(x):
    famous = {"ln 2": arb(2).log(), "1/ln 2": 1 / arb(2).log(), "π": arb.pi()}
    for shown, value in famous.items():
        if _same(abs(x), value):
            return ("-" if x < 0 else "") + shown
    for denominator in range(1, 13):
        whole = (x * denominator).mid()
        near = round(float(whole)) if abs(whole) < 10**9 else None
        if near is not None and _same(x * denominator, arb(near)):
            return str(fmpq(near, denominator))
    return number(x)
