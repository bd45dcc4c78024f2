"""Reads, writes and changes files; holds descriptors that it should not have."""

from tests.attacks.attack import Attack, answers, denied

_RESULTS = "dx = 0\nfor fd in range(100):\n    try: dx += os.{}\n    except OSError: pass"

ATTACKS = [
    Attack("reads a file", "print(open(SECRET).read())", denied),
    Attack("reads a file by its descriptor", "import os; print(os.read(os.open(SECRET, os.O_RDONLY), 99))", denied),
    Attack("reads a file with NumPy", "import numpy as np; print(np.fromfile(SECRET, np.uint8).tobytes())", denied),
    Attack("reads a file as text with NumPy", "import numpy as np; print(np.genfromtxt(SECRET, str))", denied),
    Attack("maps a file with NumPy", "import numpy as np; print(np.memmap(SECRET, mode='r').tobytes())", denied),
    Attack("reads a file as a module's source", "import linecache; print(linecache.getlines(SECRET)); dx = 0",
           answers(0.0)),
    Attack("reads a file through a path", "import pathlib; print(pathlib.Path(SECRET).read_text())", denied),
    Attack("reads a file through io", "import io; print(io.FileIO(SECRET).read())", denied),
    Attack("reads a file through C", "import ctypes; c = ctypes.CDLL(None)\nfd = c.open(SECRET.encode(), 0)\n"
           "b = ctypes.create_string_buffer(99); c.read(fd, b, 99); print(b.value); dx = fd", answers(-1.0)),
    Attack("writes a file", "open(FOLDER + '/new', 'w').write('owned')", denied),
    Attack("creates a file", "import os; os.open(FOLDER + '/new', os.O_CREAT | os.O_WRONLY)", denied),
    Attack("creates a file through C", "import ctypes; dx = ctypes.CDLL(None).creat(FOLDER.encode() + b'/new', 511)",
           answers(-1.0)),
    Attack("saves an array", "import numpy as np; np.save(FOLDER + '/new', np.ones(3))", denied),
    Attack("appends to a file", "open(FOLDER + '/target', 'a').write('owned')", denied),
    Attack("writes into a file that is there", "import os\nfd = os.open(FOLDER + '/target', os.O_WRONLY)\n"
           "os.write(fd, b'owned')", denied, watched=("content",)),
    Attack("lists a folder", "import os; print(os.listdir(FOLDER))", denied),
    Attack("walks through the folders", "import os; dx = len(list(os.walk(FOLDER)))", answers(0.0)),
    Attack("looks at a file", "import os; dx = os.stat(SECRET).st_size", denied),
    Attack("removes a file", "import os; os.remove(SECRET)", denied),
    Attack("removes a folder", "import os; os.rmdir(FOLDER)", denied),
    Attack("makes a folder", "import os; os.mkdir(FOLDER + '/new')", denied),
    Attack("renames a file", "import os; os.rename(SECRET, FOLDER + '/new')", denied),
    Attack("changes permissions", "import os; os.chmod(FOLDER, 0o700)", denied),
    Attack("changes the owner", "import os; os.chown(SECRET, 1, 1)", denied),
    Attack("cuts a file", "import os; os.truncate(SECRET, 0)", denied),
    Attack("changes folder and writes there", "import os; os.chdir(FOLDER); open('new', 'w')", denied),
    Attack("makes a link", "import os; os.symlink(SECRET, FOLDER + '/new')", denied),
    Attack("makes a second name", "import os; os.link(SECRET, FOLDER + '/new')", denied),
    Attack("makes a pipe with a name", "import os; os.mkfifo(FOLDER + '/new')", denied),
    Attack("makes a socket with a name", "import socket; socket.socket(1).bind(FOLDER + '/new')", denied),
    Attack("makes a file without a name",
           "import os; os.open(FOLDER, os.O_TMPFILE | os.O_RDWR); dx = 7", denied, claims=True),
    Attack("makes a file in memory", "import os; os.memfd_create('x'); dx = 7", denied, claims=True),
    Attack("makes a pipe", "import os; os.pipe(); dx = 7", denied, claims=True),
    Attack("copies a descriptor", "import os; os.dup(3); dx = 7", denied, claims=True),
    Attack("moves the reply", "import os; os.dup2(3, 9); dx = 7", denied, claims=True),
    Attack("closes the reply", "import os; os.close(3); dx = 6", denied),
    Attack("reads from a descriptor", "import os; os.read(0, 1)", denied),
    Attack("asks about a descriptor", "import os; os.fstat(3); dx = 7", denied, claims=True),
    Attack("makes the reply impatient", "import os; os.set_blocking(3, False)", denied),
    Attack("writes to every descriptor but its own",
           "import os\n" + _RESULTS.format("write(fd, b'x') if fd not in (1, 2, 3) else 0"), answers(0.0)),
    Attack("writes into the worker's log", "import os\nfor fd in (1, 2): os.write(fd, b'all is well')\ndx = 6",
           answers(6.0)),
    Attack("makes Python write into the worker's log",
           "import sys; sys.__stderr__ and sys.__stderr__.write('all is well\\n'); dx = 6", answers(6.0)),
    Attack("sends its descriptors away",
           "import socket\ns = socket.socket(1); s.connect(UNIX); socket.send_fds(s, [b'x'], [3])", denied),
    Attack("leaves a core file",
           "import ctypes, os, resource\n"
           "try: resource.setrlimit(resource.RLIMIT_CORE, [resource.getrlimit(resource.RLIMIT_CORE)[1]] * 2)\n"
           "except (OSError, ValueError): pass\n"
           "os.chdir(FOLDER); ctypes.string_at(0)", denied, watched=("core",)),
]  # fmt: skip
