# right
import numpy as np

def affine_backward(dout, cache):
    x, w, b = cache
    images = [image.flatten() for image in x]
    dx = [np.reshape(w.dot(d), x[0].shape) for d in dout]
    dw = sum(image[:, None] * d for image, d in zip(images, dout))
    return np.array(dx), dw, sum(dout)
