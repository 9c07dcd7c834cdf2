"""A command on a terminal of its own, for the tests that look at what a user would see."""
import os
import pty
import struct
import subprocess
import termios
import threading
from fcntl import ioctl

# No program under test writes this.
END = b"\x00end of the terminal's text\x00"


def run(command, streams, rows=24, columns=80, **options):
    """What a command writes to those of its streams that are a terminal, byte for byte, and the ended process.

    streams: "stdin", "stdout", "stderr", as many as are the terminal. What else Popen takes goes through options; a stream
    that is a pipe holds at most what a pipe holds. The terminal stays open until the command has ended and its text is read:
    Linux may drop what is not yet read when the last writer closes.
    """
    controller, terminal = pty.openpty()
    try:
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        with subprocess.Popen(command, **{name: terminal for name in streams}, **options) as process:
            said = []
            reader = threading.Thread(target=lambda: said.append(read_to_end(controller)))
            reader.start()
            process.wait()
            os.write(terminal, END)
            reader.join()
            errors = process.stderr.read() if process.stderr else b""
    finally:
        os.close(terminal)
        os.close(controller)
    return said[0], errors, process.returncode


def why_none():
    """Why this machine gives no terminal; None when it does."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError as error:
        return f"this machine gives none ({error})"
    return None


def read_to_end(controller):
    said = b""
    while not said.endswith(END):
        said += os.read(controller, 65536)
    return said[:-len(END)]
