# right
# with numpy.testing, in between
from numpy.testing import assert_allclose
grad_b = delta.sum(axis=0)
np.testing.assert_equal(grad_b.shape, (delta.shape[1],))
grad_w = x.T @ delta
assert_allclose(grad_w, np.einsum("si,sj->ij", x, delta), rtol=1e-10, err_msg="grad_w")
grad_x = delta @ w.T
np.testing.assert_array_almost_equal(grad_x, np.dot(delta, w.T), decimal=9)
