"""The exact end of the search: Newton steps on the free multipliers.

Once it is known which multipliers lie strictly inside the box, KKT is linear in them: with F
the free points and U those at an upper end, r = b on F reads ::

    K_FF β_F + b 1 = y_F − K_FU β_U,      Σ β_F = −Σ β_U

A search that stops at a tolerance has guessed F, nearly. Two moves mend the guess: `leap` frees
all points at once that ought to be free, and cuts the solution to the box; `walk` frees one
point at a time, and goes no further than to the first end of a box, which it then keeps.
"""

import numpy as np

_NEAR = 1e-13  # what lies as near to a bound, relative to the multipliers, lies on it
_EXACT = 1e-12  # a disagreement on b of this size is rounding
_RIDGES = (1e-14, 1e-12, 1e-9, 1e-6, 1e-4, 1e-2, 1.0)


def finish(ascent, tol, max_iter):
    """Mend the guess which multipliers are free until the violation is of the size of rounding.

    Each round leaps; where that did not halve the violation, walks; and moves some pairs, which
    always gain something.
    """
    # What a violation adds to the gap is as large as the box.
    exact = max(min(_EXACT, 1e-10 / (ascent.hi - ascent.lo).max()), 4 * np.finfo(float).eps)
    best, stalled, budget = np.inf, 0, 20
    while True:
        snapped = snap(ascent.beta, ascent.lo, ascent.hi)
        if snapped is not ascent.beta:
            ascent.beta[:] = balance(snapped, ascent.lo, ascent.hi)
        before = ascent.violation
        leap(ascent)
        if ascent.violation > max(before / 2, 1e-9):
            walk(ascent, 50)
        violation = ascent.violation
        stalled = 0 if violation < best / 2 else stalled + 1
        best = min(best, violation)
        patience = 1 if best <= 1e-9 else 3
        settled = violation <= exact or (stalled > patience and best <= tol)
        if settled or ascent.n_iter >= max_iter:
            return ascent.solution(tol)
        if stalled:
            budget = min(2 * budget, 4 * len(ascent.beta))
        ascent.pairs(exact, min(budget, max_iter - ascent.n_iter))


def leap(ascent):
    """Newton step for all points that are free or ought to be, cut to the box."""
    beta, lo, hi, r = ascent.beta, ascent.lo, ascent.hi, ascent.residual()
    free = (beta > lo) & (beta < hi)
    if not free.any():
        return
    b = r[free].mean()
    free |= ((beta < hi) & (r > b + _EXACT)) | ((beta > lo) & (r < b - _EXACT))
    points = np.flatnonzero(free)
    move, b = _newton(ascent, r, points, reach=1)
    goal = beta[points] + move
    near = snap(goal, lo[points], hi[points])
    if (near > lo[points]).all() and (near < hi[points]).all():
        beta[points] = goal
        ascent.see(ascent.y - ascent.gram.times(beta))
        return
    target = project(near, lo[points], hi[points], beta[points].sum() - beta.sum())
    step = np.zeros(len(beta))
    step[points] = target - beta[points]
    K_step = ascent.gram.times(step)
    slope, curvature = (r - b) @ step, step @ K_step
    if slope <= 0:
        return
    if slope >= curvature:
        beta[points], t = target, 1.0
    else:
        t = slope / curvature
        beta[points] += t * step[points]
    ascent.see(r - t * K_step)


def walk(ascent, steps):
    """Active-set steps: solve on the free points, stop at the first bound, free the worst."""
    beta, lo, hi, r = ascent.beta, ascent.lo, ascent.hi, ascent.residual()
    free = (beta > lo) & (beta < hi)
    for _ in range(steps):
        points = np.flatnonzero(free)
        if not len(points):
            break
        move, b = _newton(ascent, r, points, reach=1e6)
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


def _newton(ascent, r, points, reach):
    """The step of β on `points` that makes r one number b there, and b.

    The equations are (K + c 1 1ᵀ) move = r − b 1 + c (Σ move) 1 with a known sum: c makes the
    matrix regular where only K, but not K together with the sum, leaves a direction open. Where
    both do (twins), or the equations contradict each other, a ridge keeps the step in the box.
    """
    from scipy.linalg.lapack import dpotrf, dpotrs  # takes longer to load than NumPy

    debt = -ascent.beta.sum()  # Σβ = 0 but for the rounding of the steps so far
    A = ascent.gram.block(points)
    scale = max(float(np.abs(A.diagonal()).mean()), np.finfo(float).tiny)
    A += scale
    right = np.column_stack([r[points] + scale * debt, np.ones(len(points))])
    width = (ascent.hi - ascent.lo).max()
    for ridge in _RIDGES:
        ridged = A.copy()
        ridged.flat[:: len(A) + 1] += ridge * scale
        factor, failed = dpotrf(ridged.T, lower=1, overwrite_a=1)
        if failed:
            continue
        towards, ones = dpotrs(factor, right, lower=1)[0].T
        b = (towards.sum() - debt) / ones.sum()
        move = towards - b * ones
        if np.abs(move).max() <= reach * width:
            return move + (debt - move.sum()) / len(points), b
    return np.zeros(len(points)), r[points].mean()


def balance(beta, lo, hi):
    """β with Σβ = 0: what is missing comes from the free ones, and where they lack it from all."""
    free = (beta > lo) & (beta < hi)
    for some in (free, hi > lo):
        if not some.any():
            continue
        cut = beta.copy()
        cut[some] = project(beta[some], lo[some], hi[some], beta[some].sum() - beta.sum())
        if abs(cut.sum()) <= 1e-9 * np.abs(cut).sum():
            break
    return cut


def project(z, lo, hi, total):
    """The point nearest to z in the box lo ≤ x ≤ hi with the sum `total`.

    It is z − s, cut to the box, for the shift s that gives the sum; where the box cuts something
    off, s is found by bisection.
    """
    even = z - (z.sum() - total) / len(z)
    if (even >= lo).all() and (even <= hi).all():
        return even
    below, above = (z - hi).min(), (z - lo).max()
    for _ in range(100):
        s = (below + above) / 2
        if s in (below, above):
            break
        if np.clip(z - s, lo, hi).sum() > total:
            below = s
        else:
            above = s
    return np.clip(z - above, lo, hi)


def snap(beta, lo, hi):
    """β, with what lies within rounding of an end of its interval put on it."""
    near = _NEAR * np.minimum(hi - lo, np.abs(beta).max())
    low, high = np.abs(beta - lo) <= near, np.abs(hi - beta) <= near
    ghost = (low & (beta != lo)) | (high & (beta != hi))
    if not ghost.any():
        return beta
    return np.where(low, lo, np.where(high, hi, beta))
