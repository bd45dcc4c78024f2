"""Mistakes: wrong rules, executable.

A mistake is the sweep of a program with one occurrence of a rule replaced. It is run on the same points as the exact
sweep, and its arrays are held against the student's by the same comparison: a diagnosis is a comparison that succeeds.
Mistakes are generated from a program, never listed for an exercise. There are seven kinds:

- `local`, `activations`: the local rule of a gate dropped, doubled, taken at another value or of another function;
- `cuts`: a path dropped at a fork, or added with the wrong sign;
- `operands`: another array in a matrix product, a gradient or an updated value for a value, or a value for a gradient;
- `objectives`: the sweep started from the output, from another loss, from softmax over the wrong axis;
- `finishes`: a sign, a factor or a division too many or too few, or by another size; a bias summed wrongly; transposed;
  wrong update steps;
- `forwards`: a term or an activation that the forward pass leaves out, another one, or one of minus its argument;
- `samples`: a sum over the samples that holds one of them alone, lacks one, or is divided within the loop.
"""

from grader.mistakes.generate import mistakes_of
from grader.mistakes.mistake import Circuit, Mistake, Sweeps, exact_gradient, predict, update

__all__ = ["Circuit", "Mistake", "Sweeps", "exact_gradient", "mistakes_of", "predict", "update"]
