# wrong: dx=mismatch
# クロスエントロピーだけを微分し、ソフトマックスを忘れた
def backward(x, t, y):
    return -t / y / len(t)
