"""Forges what is said to the worker: frames, and the code that writes them."""

from tests.attacks.attack import SHORT, Attack, Limits, answers, ended_early, fails, is_theirs, raises

# Changes the honest reply on its way out: `made` is what our own code in the child would write.
_REPLY = """
import os, struct, sys
wire = sys.modules["inside.wire"]
honest = wire.encode_reply
dx = 6
def forged(answers, text, *more):
    answers = list(answers)
    {}
    return made
wire.encode_reply = forged
"""


def on_its_way(statement: str) -> str:
    return _REPLY.format(statement.replace("\n", "\n    "))


def told(change: str) -> str:
    """The text changed by a statement on `text`."""
    return on_its_way(f"text = dict(text); {change}; made = honest(answers, text, *more)")


def cut(change: str) -> str:
    """The bytes changed by an expression of `made`."""
    return on_its_way(f"made = honest(answers, text, *more); made = {change}")


_HEAD = "struct.pack('<4sII', made[:4], {}, {}) + made[12:]"

ATTACKS = [
    Attack("forges an answer, which is a candidate like any other",
           on_its_way("made = honest([wire.Answer('array', 'float', __import__('numpy').array(7.0))] * len(answers), text, *more)"),
           answers(7.0)),
    Attack("forges a frame with more behind it", cut("made + b'x'"), fails("bad_output")),
    Attack("forges a frame with less in it", cut("made[:-1]") + "\nos._exit(0)", ended_early),
    Attack("forges a frame with too few answers", on_its_way("made = honest(answers[:-1], text, *more)"), fails("bad_output")),
    Attack("forges a frame with too many answers", on_its_way("made = honest(answers * 2, text, *more)"), fails("bad_output")),
    Attack("forges a note", told("text['notes'] = [['secret', {}]]"), fails("bad_output")),
    Attack("forges a note about another's name", told("text['notes'] = [['input_changed', {'name': 'exam'}]]"), fails("bad_output")),
    Attack("forges our fault", told("text['failed'] = ['sandbox_error', {}, None]"), fails("bad_output")),
    Attack("forges a failure without its words", told("text['failed'] = ['syntax_error', {}, None]"), fails("bad_output")),
    Attack("forges a line beyond all lines", told("text['failed'] = ['source_too_deep', {}, 10**30]"), fails("bad_output")),
    Attack("forges another interface", told("text['interface'] = 7"), fails("bad_output")),
    Attack("forges an interface that is true", told("text['interface'] = True"), fails("bad_output")),
    Attack("forges deep text",
           on_its_way("class D(dict): pass\nmade = honest(answers, text, *more)\nt = b'[' * 10**5\n"
                      "made = struct.pack('<4sII', made[:4], struct.unpack('<4sII', made[:12])[1], len(t)) + "
                      "made[12:12 + struct.unpack('<4sII', made[:12])[1]] + t"), fails("bad_output")),
    Attack("forges text that is no UTF-8", cut("made[:-2] + b'\\xff}'"), fails("bad_output")),
    Attack("forges text that is a list", cut("made[:-2] + b']]'"), fails("bad_output")),
    Attack("forges a number that is not finite in the text", told("text['stdout'] = float('nan')"), fails("bad_output")),
    Attack("forges a huge integer in the text",
           cut("made.replace(b'\"stdout\": \"\"', b'\"stdout\": ' + b'9' * 9)"), fails("bad_output")),
    Attack("announces 4 GiB of numbers", cut(_HEAD.format("2**32 - 1", "2")) + "", fails("timed_out", "bad_output"), SHORT),
    Attack("announces 4 GiB of text", cut(_HEAD.format("0", "2**32 - 1")), fails("timed_out", "bad_output", "crashed"), SHORT),
    Attack("announces a huge array",
           on_its_way("n = wire.SHAPE.pack(3, 8, *[2**32 - 1] * 8) * len(answers)\nw = honest([], text, *more)[12:]\n"
                      "made = honest([], text, *more)[:4] + struct.pack('<II', len(n), len(w)) + n + w"), fails("bad_output")),
    Attack("announces an array with no entries and huge sides",
           on_its_way("n = wire.SHAPE.pack(3, 2, 0, 2**32 - 1, *[0] * 6) * len(answers)\nw = honest([], text, *more)[12:]\n"
                      "made = honest([], text, *more)[:4] + struct.pack('<II', len(n), len(w)) + n + w"), fails("bad_output")),
    Attack("announces an array of nine dimensions",
           on_its_way("n = (wire.SHAPE.pack(3, 9, *[1] * 8) + struct.pack('<d', 6.0)) * len(answers)\n"
                      "w = honest([], text, *more)[12:]\n"
                      "made = honest([], text, *more)[:4] + struct.pack('<II', len(n), len(w)) + n + w"), fails("bad_output")),
    Attack("answers with more numbers than allowed",
           on_its_way("import numpy as np\nbig = wire.Answer('array', 'float', np.zeros(1_200_000))\n"
                      "made = honest([big] * len(answers), text, *more)"), fails("bad_output")),
    Attack("announces a kind that does not exist",
           on_its_way("n = wire.SHAPE.pack(9, *[0] * 9) * len(answers)\nw = honest([], text, *more)[12:]\n"
                      "made = honest([], text, *more)[:4] + struct.pack('<II', len(n), len(w)) + n + w"), fails("bad_output")),
    Attack("replies with a pickle", "import os, pickle; os.write(3, pickle.dumps(print)); os._exit(0)", fails("bad_output")),
    Attack("replies with an array file",
           "import io, os, numpy as np; b = io.BytesIO(); np.save(b, np.array([print], object), allow_pickle=True)\n"
           "os.write(3, b.getvalue()); os._exit(0)", fails("bad_output")),
    Attack("replies with garbage", "import os; os.write(3, os.urandom(5000)); os._exit(0)", fails("bad_output")),
    Attack("replies with nothing", "import os; os.write(3, b''); os._exit(0)", ended_early),
    Attack("writes before the frame", "import os; os.write(3, b'L'); dx = 6", fails("bad_output")),
    Attack("says twice that it is locked", "import os; os.write(3, b'LL'); os._exit(1)", ended_early),
    Attack("takes back that it is locked", "import os; os.write(3, b'OSError: [Errno 1] prctl'); os._exit(1)", ended_early),
    Attack("answers and goes on",
           on_its_way("left = memoryview(honest(answers, text, *more))\nwhile left: left = left[os.write(3, left):]\nwhile True: pass"),
           is_theirs, Limits(wall_seconds=0.4, cpu_seconds=5), watched=("survivor",)),
    Attack("prints control characters", "print('\\x1b[2J\\x00\\x9b\\u202eevil\\u2066'); dx = 6", answers(6.0)),
    Attack("forges control characters", told("text['stdout'] = '\\x1b]0;owned\\x07'"), answers(6.0)),
    Attack("raises with control characters", "raise ValueError('\\x1b[2J\\u202e')", raises("ValueError")),
    Attack("has a class named with control characters", "raise type('E\\x1b[2J\\u202e', (Exception,), {})", raises("E\ufffd[2J\ufffd")),
    Attack("forges half a character", told("text['stdout'] = '\\ud800'"), answers(6.0)),
]  # fmt: skip
