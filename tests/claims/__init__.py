"""What the course says about Keras, TensorFlow, PyTorch, JAX and Optax, run: `make test-claims`.

The programs run in an environment of their own, with the versions of requirements.txt, and no
other test needs them. Chapter 9 names the versions and the day (tests/test_claims.py). When a
version moves: change it there and here, run, and mend the sentences that no longer hold.
"""


def check(claims, *packages):
    """Print the versions, then each sentence of `claims` once its function has run."""
    print(*(f"{package.__name__} {package.__version__}" for package in packages), sep=", ")
    for claim in claims:
        claim()
        print("  holds:", " ".join(claim.__doc__.split()))
