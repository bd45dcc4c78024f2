"""Runs students' hostile Python: inputs go in, plain numbers come out, and nothing else in either direction.

## Theory of operation

    Sandbox (the worker)                 zygote                          child, one per job
    ------------------------------------------------------------------------------------------------------------
                                         fork, ahead of any job     -->  rehearse, give up 1–7 (below), wait
    encode the job into a memory file
    send the file and a pipe's end  -->  pass both on               -->  read the job, close all but the reply
    receive a pidfd                 <--  pidfd of the child              give up the rest (5, 8), write LOCKED
                                         wait                            parse, choose the interface, make the calls
    read to the end of the frame, or                                     write one frame, exit
    of the child, or to the deadline,
    or beyond the bound
    kill by pidfd
    decode the frame with bounds
    receive the wait status         <--  wait status
    (before the next job, or at once
    where there is no whole frame)

*Whom we trust.* The student's code is hostile, and so is everything in the process it runs in: our own code there
(`inside/`), Python, NumPy, the frame it writes. **No verdict is computed there.** A forged frame is another candidate
answer; there is nothing in that process worth stealing: no reference, no answers, no secrets, no environment, no seed,
and no other student's code, as the zygote never reads a job. The zygote never runs student code, and is trusted.

*Which wall holds what.* A child waits with all of these but the system calls and limits that it takes to read its
job, and its one descriptor is the channel that the job comes through. Before student text is even parsed, the child
1. makes itself the first victim of the kernel when memory runs out,
2. holds no descriptors but /dev/null as 0–2 and the reply as 3,
3. dies with the zygote (the parent-death signal, checked afterwards), as the zygote dies with the worker,
4. cannot be traced or dumped, and has a session of its own,
5. is limited: address space, CPU time, no files, no processes, no core, no locked memory, no new descriptors,
6. can never gain privileges,
7. has no file system, network, or signals by Landlock, where the kernel has it,
8. has, by seccomp, a dozen system calls, none of which reaches beyond its own memory and descriptors 1–3
   (`inside/seccomp.py`).
The last is the wall. The others still stand if the filter had a hole, and the limits of (5) bound what it allows.
Steps fail closed: without LOCKED no student code has run, and the run is a `sandbox_error`, which is ours. After
LOCKED whatever happens is the student's: there is no way for them to make it look like our fault. A layer that fails
while the child waits is told when there is a reply to tell it in, in place of LOCKED.

*Time.* The wall clock, kept by the worker, is the primary limit; the pidfd makes sure that it is this very process
that is killed. A whole frame ends the exchange: the child is killed whatever it still does, and nobody waits until the
kernel has cleared it away. An exchange in which anything unexpected happens discards the zygote, so that what it says
next is never taken for an answer about another job.

*What comes back.* A frame of exact length: kinds, ranks and dimensions in the order of what was asked, float64 data,
one JSON section of known codes and bounded texts (`frames.py`, `words.py`). Of hidden calls no free text is passed on,
since text can carry hidden inputs: exceptions keep their (common) type and line.

*What it does not protect against.* A kernel whose handful of allowed calls (mmap, futex, write to a pipe, …) can be
exploited; reading memory of other processes by the timing of speculative execution (the zygote holds no secrets, the
worker does); a student who goes looking for the inputs of hidden calls, which are in their process, and prints them
while the worked example runs (the answers are not there, and the next submission may get other inputs). What the
course hands out (`Job.modules`) and the functions that a procedure is called with are ours, run like the student's
code, and can be read by it: whoever builds the job leaves out what is asked.
`unsafe=True` protects against nothing at all.

## Interfaces

A *pattern* is the name of a value, or a list or dict of patterns (numbers stand for themselves, None for anything).
Building fills names with fresh copies; reading destructures a student's object along it. `w.T` in the place of `w`
is its transpose, both ways. Scalars arrive as floats, arrays as float64 or int64 arrays, dimensions and integer scalars
as ints. The forms are told where they are followed:

    {"kind": "script", …}       inside/script.py      statements; answers are picked up by name
    {"kind": "function", …}     inside/function.py    one function; parameters filled by name, or by position
    {"kind": "class", …}        inside/layer.py       construct, set the state, call methods, read attributes
    {"kind": "value", …}        inside/circuit.py     a class of numbers that knows their gradients, as micrograd's
    {"kind": "procedure", …}    inside/procedure.py   one function, called on functions of ours
"""

from grader.sandbox.inside.circuit import GATES as VALUE_GATES
from grader.sandbox.inside.procedure import ROLES as PROCEDURE_ROLES
from grader.sandbox.jobs import Answers, Call, Failed, Finished, Job, Layers, Limits, Note, SandboxUnavailable
from grader.sandbox.sandbox import Sandbox

__all__ = [
    "PROCEDURE_ROLES",
    "VALUE_GATES",
    "Answers",
    "Call",
    "Failed",
    "Finished",
    "Job",
    "Layers",
    "Limits",
    "Note",
    "Sandbox",
    "SandboxUnavailable",
]
