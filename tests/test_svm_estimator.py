"""`KernelSVM` as a scikit-learn estimator."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from lossbook.svm import KernelSVM


@parametrize_with_checks(
    [KernelSVM(), KernelSVM(kernel="linear"), KernelSVM(solver="interior-point")]
)
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)
