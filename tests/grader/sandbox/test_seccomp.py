"""The filter, run instruction by instruction: the table of the other architecture cannot be tried on this one."""

import ctypes
import errno
import os

import pytest

from grader.sandbox.inside import lock, seccomp
from grader.sandbox.inside.seccomp import ALLOW, ERRNO, KILL, MACHINES, Instruction

MACHINE = pytest.mark.parametrize("machine", MACHINES)
MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, MAP_LOCKED, MAP_STACK = 0x20, 0x02, 0x01, 0x2000, 0x20000
PROT_READ_WRITE, PROT_EXEC = 3, 4
DENIED = ERRNO | errno.EPERM


def decide(program: list[Instruction], arch: int, number: int, *arguments: int) -> int:
    """What the kernel does: classic BPF over struct seccomp_data {nr, arch, instruction pointer, args[6]}."""
    words = [number, arch, 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF]
    place, value = 0, 0
    while True:
        code, yes, no, constant = program[place]
        place += 1
        if code == seccomp.RETURN:
            return constant
        if code == seccomp.LOAD:
            value = words[constant // 4]
        elif code == seccomp.AND:
            value &= constant
        elif code == seccomp.EQUAL:
            place += yes if value == constant else no
        elif code == seccomp.AT_LEAST:
            place += yes if value >= constant else no
        else:
            raise AssertionError(f"no such instruction: {code}")


def asked(machine: str, name: str, *arguments: int) -> int:
    table = MACHINES[machine]
    return decide(seccomp.program(machine), table.audit_arch, {**table.numbers, **table.killed}[name], *arguments)


@MACHINE
def test_only_the_reply_and_what_is_nowhere_can_be_written_to(machine: str) -> None:
    allowed = [fd for fd in range(100) if asked(machine, "write", fd) == ALLOW]
    assert allowed == [1, 2, 3]
    assert asked(machine, "write", -1 & 0xFFFFFFFF) == DENIED


@MACHINE
def test_memory_is_anonymous_private_and_never_executable(machine: str) -> None:
    flags = MAP_ANONYMOUS | MAP_PRIVATE
    assert asked(machine, "mmap", 0, 4096, PROT_READ_WRITE, flags) == ALLOW
    assert asked(machine, "mmap", 0, 4096, PROT_READ_WRITE, flags | MAP_STACK) == ALLOW
    assert asked(machine, "mmap", 0, 4096, PROT_READ_WRITE | PROT_EXEC, flags) == DENIED
    assert asked(machine, "mmap", 0, 4096, PROT_READ_WRITE, MAP_PRIVATE) == DENIED
    assert asked(machine, "mmap", 0, 4096, PROT_READ_WRITE, MAP_ANONYMOUS | MAP_SHARED) == DENIED
    assert asked(machine, "mmap", 0, 4096, PROT_READ_WRITE, flags | MAP_LOCKED) == DENIED
    assert asked(machine, "mprotect", 0, 4096, PROT_READ_WRITE) == ALLOW
    assert asked(machine, "mprotect", 0, 4096, PROT_EXEC) == DENIED


@MACHINE
def test_of_calls_with_many_uses_only_the_needed_ones_are_allowed(machine: str) -> None:
    assert [op for op in range(16) if asked(machine, "futex", 0, op | 0x80) == ALLOW] == [0, 1, 9, 10]
    assert [advice for advice in range(128) if asked(machine, "madvise", 0, 0, advice) == ALLOW] == [4, 8, 14, 15]
    assert [flags for flags in range(16) if asked(machine, "mremap", 0, 0, 0, flags) == ALLOW] == [0, 1]


@MACHINE
def test_processes_and_threads_are_refused_as_when_there_are_too_many(machine: str) -> None:
    assert asked(machine, "clone") == ERRNO | errno.EAGAIN
    assert asked(machine, "clone3") == ERRNO | errno.ENOSYS  # so that libraries fall back to clone


@MACHINE
def test_what_only_an_attacker_needs_kills(machine: str) -> None:
    assert {asked(machine, name) for name in MACHINES[machine].killed} == {KILL}


@MACHINE
def test_everything_else_is_denied_and_known_calls_are_no_more_than_listed(machine: str) -> None:
    table = MACHINES[machine]
    known = {*table.numbers.values(), *table.killed.values()}
    program = seccomp.program(machine)
    others = {decide(program, table.audit_arch, number) for number in range(1000) if number not in known}
    assert others == {DENIED}


@MACHINE
def test_another_architecture_kills(machine: str) -> None:
    program = seccomp.program(machine)
    i386 = 0x40000003
    assert decide(program, i386, 11) == KILL
    others = [table.audit_arch for name, table in MACHINES.items() if name != machine]
    assert {decide(program, arch, 1) for arch in others} == {KILL}


def test_the_other_numbers_of_x86_64_kill() -> None:
    table = MACHINES["x86_64"]
    assert decide(seccomp.program("x86_64"), table.audit_arch, 0x40000000 | 1, 3) == KILL


@MACHINE
def test_a_filter_is_of_the_size_that_the_kernel_takes(machine: str) -> None:
    packed = seccomp.packed(machine)
    assert len(packed) == 8 * len(seccomp.program(machine))
    assert len(packed) // 8 <= 4096
    assert all(jump < 256 for instruction in seccomp.program(machine) for jump in instruction[1:3])


def test_the_tables_numbers_are_those_of_this_machine() -> None:
    """getrandom and clock_gettime, called by the table's numbers, do what they should."""
    numbers = MACHINES[os.uname().machine].numbers
    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(32)
    assert libc.syscall(numbers["getrandom"], buffer, 32, 0) == 32
    assert any(buffer.raw)
    assert libc.syscall(numbers["clock_gettime"], 1, buffer) == 0
    assert libc.syscall(numbers["clone3"], 0, 0) == -1


@pytest.fixture(scope="module")
def libseccomp() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        reason = "libseccomp2 is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    library.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    return library


@MACHINE
def test_every_number_is_the_one_that_libseccomp_knows(machine: str, libseccomp: ctypes.CDLL) -> None:
    table = MACHINES[machine]
    named = {**table.numbers, **table.killed, "seccomp": lock.SECCOMP[machine], **lock.LANDLOCK}
    resolve = libseccomp.seccomp_syscall_resolve_name_arch
    assert {name: resolve(table.audit_arch, name.encode()) for name in named} == named


@MACHINE
def test_what_a_table_leaves_out_is_not_there_on_that_machine(machine: str, libseccomp: ctypes.CDLL) -> None:
    """A negative number stands for a call that the architecture does not have."""
    table = MACHINES[machine]
    everything = {*seccomp.ALLOWED, *seccomp.REFUSED, *(name for other in MACHINES.values() for name in other.killed)}
    for name in everything - {*table.numbers, *table.killed}:
        assert libseccomp.seccomp_syscall_resolve_name_arch(table.audit_arch, name.encode()) < 0, name
