"""What runs in the zygote and in its children.

The law of this folder: it imports the standard library, NumPy and itself, and nothing of the rest. Everything here
is loaded in the process where student code runs, so nothing here may be a secret, and nothing that comes out of here
is believed: the parent decodes it with bounds (`grader.sandbox.frames`) and computes the verdict itself.
"""
