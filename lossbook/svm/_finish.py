"""The exact end of the search: Newton steps on the free multipliers.

Once it is known which multipliers lie strictly inside the box, KKT is linear in them: with F
the free points and U those at an upper end, r = b on F reads ::

    K_FF β_F + b 1 = y_F − K_FU β_U,      Σ β_F = −Σ β_U

A search that stops at a tolerance has guessed F, nearly. Two moves mend the guess: `leap` frees
all points at once that ought to be free, and holds those back that would leave the box; `walk`
frees one point at a time, and goes no further than to the first end of a box, which it then keeps.
"""

import numpy as np

_NEAR = 1e-13  # what lies as near to a bound, relative to the multipliers, lies on it
_EXACT = 1e-12  # a disagreement on b of this size is rounding
_LARGEST = 1e-9  # disagreement that may pass for rounding
_HOPELESS = 200  # rounds without a gain, after which the search has come to its end
_TINY = np.finfo(float).tiny
_ROUNDS = 5  # in which points may leave the box, before the goal is cut to it
_RIDGES = (1e-14, 1e-12, 1e-9, 1e-6, 1e-4, 1e-2, 1.0)


def finish(ascent, tol, max_iter):
    """Mend the guess which multipliers are free until the violation is of the size of rounding.

    Each round leaps; where that did not halve the violation, walks; and moves some pairs, which
    always gain something.
    """
    # What a violation adds to the gap is as large as the box.
    exact = max(min(_EXACT, 1e-10 / width(ascent)), 4 * np.finfo(float).eps)
    best, stalled, budget = np.inf, 0, 20
    while True:
        snapped = snap(ascent.beta, ascent.lo, ascent.hi)
        if snapped is not ascent.beta or unbalanced(snapped):
            ascent.beta[:] = balance(snapped, ascent.lo, ascent.hi)
            if unbalanced(snapped):
                ascent.see(ascent.y - ascent.gram.times(ascent.beta))
        before = ascent.violation
        leap(ascent)
        if ascent.violation > max(before / 2, 1e-9):
            walk(ascent, 50)
        violation = ascent.violation
        stalled = 0 if violation < best / 2 else stalled + 1
        best = min(best, violation)
        patience = 1 if best <= 1e-9 else 3
        settled = violation <= max(exact, min(tol, _LARGEST, rounding(ascent)))
        settled |= stalled > patience and best <= tol
        settled &= not unbalanced(ascent.beta)
        if settled or ascent.n_iter >= max_iter or stalled > _HOPELESS:
            return ascent.solution(tol)
        if stalled:
            budget = min(2 * budget, 4 * len(ascent.beta))
        ascent.pairs(exact, min(budget, max_iter - ascent.n_iter))


def rounding(ascent):
    """The size of the rounding in r = y − Kβ, below which no violation can be mended.

    A product of n terms is off by a part of ε Σ |K_ij β_j|, and |K_ij| ≤ √(K_ii K_jj). The part
    was between 1/40 and 1/12 for linear kernels of n = 1000 to 1 000 000 points.
    """
    length = np.sqrt(ascent.gram.diagonal.clip(0))
    return np.finfo(float).eps / 16 * float(length.max() * (length @ np.abs(ascent.beta)))


def leap(ascent):
    """Newton step for all points that are free or ought to be; who would leave the box stays.

    With those at the ends of their intervals the others are solved for again, a few times. If
    anyone was held back, the step goes only as far as the objective falls.
    """
    beta, lo, hi, r = ascent.beta, ascent.lo, ascent.hi, ascent.residual()
    free = (beta > lo) & (beta < hi)
    if not free.any():
        return
    b = r[free].mean()
    free |= ((beta < hi) & (r > b + _EXACT)) | ((beta > lo) & (r < b - _EXACT))
    points = np.flatnonzero(free)
    goal, b, reached = _goal(ascent, r, points, beta[points])
    if not reached:
        step = np.zeros(len(beta))
        step[points] = goal - beta[points]
        K_step = ascent.gram.times(step)
        slope, curvature = (r - b) @ step, step @ K_step
        if slope <= 0:
            return
        if slope < curvature:
            t = slope / curvature
            beta[points] += t * step[points]
            ascent.see(r - t * K_step)
            return
    beta[points] = goal
    ascent.see(ascent.y - ascent.gram.times(beta))


def _goal(ascent, r, points, start):
    """(β of the points after a Newton step, b, whether the step stayed inside the box).

    Otherwise β is where those who would leave are at their ends and the rest solves for r = b,
    or, if that takes too many rounds, the point of the box that is nearest to it.
    """
    A, debt = ascent.gram.block(points), -ascent.beta.sum()
    lo, hi = ascent.lo[points], ascent.hi[points]
    goal, kept = start.copy(), np.arange(len(points))
    for _ in range(_ROUNDS):
        if len(kept) == len(points):
            move, b = _newton(A, r[points], debt, width(ascent))
        else:
            done = goal - start
            done[kept] = 0
            rest = r[points[kept]] - A[kept] @ done
            move, b = _newton(A[np.ix_(kept, kept)], rest, debt - done.sum(), width(ascent))
        goal[kept] = start[kept] + move
        goal = snap(goal, lo, hi)
        left = (goal <= lo) | (goal >= hi)
        if not left[kept].any():
            return goal, b, len(kept) == len(points)
        inside = (goal >= lo).all() and (goal <= hi).all()
        goal, kept = np.clip(goal, lo, hi), np.flatnonzero(~left)
        if inside or not len(kept):
            break
    return project(goal, lo, hi, start.sum() + debt), b, False


def walk(ascent, steps):
    """Active-set steps: solve on the free points, stop at the first bound, free the worst."""
    beta, lo, hi, r = ascent.beta, ascent.lo, ascent.hi, ascent.residual()
    free = (beta > lo) & (beta < hi)
    for _ in range(steps):
        points = np.flatnonzero(free)
        if not len(points):
            break
        A = ascent.gram.block(points)
        move, b = _newton(A, r[points], -beta.sum(), 1e6 * width(ascent))
        end = np.where(move > 0, hi[points], lo[points])
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move == 0, np.inf, (end - beta[points]) / move)
        t = min(1.0, room.min())
        step = np.zeros(len(beta))
        step[points] = t * move
        r -= ascent.gram.times(step)
        beta += step
        beta[points] = np.where(room <= t, end, snap(beta[points], lo[points], hi[points]))
        free = free & (beta > lo) & (beta < hi)
        if free.sum() < len(points) or np.ptp(r[points]) > 1e-9:
            continue
        wrong = np.where(beta < hi, r - b, 0).clip(0) + np.where(beta > lo, b - r, 0).clip(0)
        wrong[free] = 0
        worst = wrong.argmax()
        if wrong[worst] <= _EXACT:
            break
        free[worst] = True
    ascent.see(ascent.y - ascent.gram.times(beta))


def _newton(A, r, debt, reach):
    """The step of sum `debt` that makes r one number b, where A is K on the points, and b.

    The equations are (K + c 1 1ᵀ) move = r − b 1 + c (Σ move) 1 with a known sum: c makes the
    matrix regular where only K, but not K together with the sum, leaves a direction open. Where
    both do (twins), or the equations contradict each other, a ridge keeps the step below `reach`.
    """
    from scipy.linalg.lapack import dpotrf, dpotrs  # takes longer to load than NumPy

    scale = max(float(np.abs(A.diagonal()).sum()) / len(A), _TINY)
    right = np.ones((2, len(r)))
    np.add(r, scale * debt, out=right[0])
    for ridge in _RIDGES:
        ridged = A + scale
        ridged.flat[:: len(A) + 1] += ridge * scale
        factor, failed = dpotrf(ridged.T, lower=1, overwrite_a=1)
        if failed:
            continue
        towards, ones = dpotrs(factor, right.T, lower=1)[0].T
        b = (towards.sum() - debt) / ones.sum()
        move = towards - b * ones
        if np.abs(move).max() <= reach:
            return move + (debt - move.sum()) / len(r), b
    return np.zeros(len(r)), r.mean()


def width(ascent):
    """The length of the longest side of the box."""
    return (ascent.hi - ascent.lo).max()


def unbalanced(beta):
    """Whether Σβ is more than rounding."""
    return abs(beta.sum()) > 1e-9 * np.abs(beta).sum()


def balance(beta, lo, hi):
    """β with Σβ = 0: what is missing comes from the free ones, and where they lack it from all."""
    free = (beta > lo) & (beta < hi)
    for some in (free, hi > lo):
        if not some.any():
            continue
        cut = beta.copy()
        cut[some] = project(beta[some], lo[some], hi[some], beta[some].sum() - beta.sum())
        if not unbalanced(cut):
            break
    return cut


def project(z, lo, hi, total):
    """The point nearest to z in the box lo ≤ x ≤ hi with the sum `total`.

    It is z − s, cut to the box, for the shift s that gives the sum. x_i follows the shift from
    s = z_i − hi_i to z_i − lo_i, so the sum is piecewise linear in s, with kinks there.
    """
    even = z - (z.sum() - total) / len(z)
    if (even >= lo).all() and (even <= hi).all():
        return even
    kinks = np.concatenate([z - hi, z - lo])
    order = kinks.argsort()
    kinks = kinks[order]
    followers = np.where(order < len(z), 1, -1).cumsum()
    sums = hi.sum() - np.append(0, (followers[:-1] * np.diff(kinks)).cumsum())
    s = np.interp(total, sums[::-1], kinks[::-1])
    x = np.clip(z - s, lo, hi)
    moving = np.count_nonzero((x > lo) & (x < hi))
    return np.clip(z - s - (x.sum() - total) / moving, lo, hi) if moving else x


def snap(beta, lo, hi):
    """β, with what lies within rounding of an end of its interval put on it."""
    near = _NEAR * np.minimum(hi - lo, np.abs(beta).max())
    low, high = np.abs(beta - lo) <= near, np.abs(hi - beta) <= near
    ghost = (low & (beta != lo)) | (high & (beta != hi))
    if not ghost.any():
        return beta
    return np.where(low, lo, np.where(high, hi, beta))
