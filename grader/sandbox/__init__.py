"""Runs students' hostile Python: inputs go in, plain numbers come out, and nothing else in either direction.

## Theory of operation

    Sandbox (the worker)                 zygote                          child, one per job
    ------------------------------------------------------------------------------------------------------------
                                         fork, ahead of any job     -->  rehearse, lock itself (below),
    receive a pidfd and a channel   <--  pidfd, end of a channel         write LOCKED, wait
    set the limits of the job (5)
    send job and call 0             ---------------------------------->  parse, choose the interface, make call 0
    read a whole reply, or to the   <----------------------------------  reply 0, with all text that will be shown
    end of the child, or to the
    deadline, or beyond the bound
    send the other calls            ---------------------------------->  make them, one after another
    decode replies with bounds,     <----------------------------------  a reply to each
    each when it is here whole
    kill by pidfd, close, and
    say that this one is done with  -->  wait, fork another
    receive the wait status         <--  wait status
    (before it is needed)

*Whom we trust.* The student's code is hostile, and so is everything in the process it runs in: our own code there
(`inside/`), Python, NumPy, the frames it writes. **No verdict is computed there.** A forged reply is another candidate
answer; there is nothing in that process worth stealing: no reference, no answers, no secrets, no environment, no seed,
and no other student's code, as no job passes through the zygote. The zygote never runs
student code, and is trusted.

*Which wall holds what.* Before it is given a job, a child
1. makes itself the first victim of the kernel when memory runs out,
2. holds no descriptors but /dev/null as 0–2 and its channel as 3,
3. dies with the zygote (the parent-death signal, checked afterwards), as the zygote dies with the worker,
4. cannot be traced or dumped, and has a process group of its own,
5. is limited: no files, no processes, no core, no locked memory, no new descriptors; the worker adds, from outside,
   what the job may have of address space and CPU time,
6. can never gain privileges,
7. has no file system, network, or signals by Landlock, where the kernel has it,
8. has, by seccomp, a dozen system calls, none of which reaches beyond its own memory, descriptors 1–3 for writing and
   3 for reading (`inside/seccomp.py`).
The last is the wall. The others still stand if the filter had a hole, and the limits of (5) bound what it allows.
Steps fail closed: a child that does not say LOCKED gets no job, and the run is a `sandbox_error`, which is ours. After
LOCKED whatever happens is the student's: there is no way for them to make it look like our fault. Where the zygote
itself is lost, another one tries once.

*Hidden inputs.* The inputs of hidden calls are sent when the reply to the worked example has been read whole
(`conversation.py`), and does not change any more. All text that a student is shown (output, exceptions, notes) belongs
to that reply. So while something can be shown, no hidden input is in the process; who reads the channel before waits,
or answers it first and gets the hidden calls as everybody does. Of hidden calls no free text is
passed on: exceptions keep their (common) type and their line, a timeout its line and cell, if the submission has such;
notes name inputs, without counts; what keeps the submission from running is told in single words of its own.

*Time.* The wall clock, kept by the worker, is the primary limit; what the child waited for a processor is not counted,
as far as the kernel tells (schedstat), nor for how long the worker stood still itself, as on a machine that is paused,
and where that is long, it is our fault. The pidfd makes sure that it is this
very process that is killed. At the deadline the child is first asked where it is: `faulthandler` writes its traceback
to the channel from within the signal, in the midst of a call into C as well. The last whole reply ends the run: the
child is killed whatever it still does, and nobody waits until the kernel has cleared it away. A run in which anything
unexpected happens on our side discards the zygote, so that what it says next is never taken for another job's.

*What comes back.* Frames of exact length: kinds, ranks and dimensions in the order of what was asked, float64 data,
one JSON section of known codes and bounded texts (`frames.py`, `words.py`).

*What it does not protect against.* A kernel whose handful of allowed calls (mmap, futex, read and write on a socket,
…) can be exploited; reading memory of other processes by the timing of speculative execution (the zygote holds no
secrets, the worker does); a student who has hidden calls tell of their own inputs by what is passed on of them, a
verdict, an error's size, an exception's type and line (the answers are not there, and the next submission may get
other inputs). What the course hands out (`Job.modules`) and the functions that a procedure is called with are ours,
run like the student's code, and can be read by it: whoever builds the job leaves out what is asked.
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
from grader.sandbox.jobs import (
    STATED_LIMITS,
    Answers,
    Call,
    Failed,
    Finished,
    Job,
    Layers,
    Limits,
    Note,
    SandboxUnavailable,
)
from grader.sandbox.sandbox import Sandbox

__all__ = [
    "PROCEDURE_ROLES",
    "STATED_LIMITS",
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
