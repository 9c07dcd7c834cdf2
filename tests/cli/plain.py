"""What the program makes of hostile text in its messages: the slow twin of src/cli/plain.c, by Python's own tables."""
import unicodedata

SEEN = "\u200c\u200d\xad"  # of the invisible characters those that writing needs
RANGES = ((0x600, 0x605), (0x6dd, 0x6dd), (0x70f, 0x70f), (0x890, 0x891), (0x8e2, 0x8e2), (0x110bd, 0x110bd),
          (0x110cd, 0x110cd), (0x13430, 0x1343f), (0x1bca0, 0x1bca3), (0x1d173, 0x1d17a))  # seen: they have a shape


def is_hostile(character):
    """Control characters, line ends, marks of direction, what is not seen, and surrogates."""
    code = ord(character)
    if character in SEEN or any(first <= code <= last for first, last in RANGES):
        return False
    return (unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
            or 0x2060 <= code <= 0x206f or 0xe0000 <= code <= 0xe007f)


def escape(character):
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plain(data):
    """A text as bytes, as a message has it."""
    text = data.decode("utf-8", "surrogatepass") if is_utf8(data) else data.decode("utf-8", "backslashreplace")
    return "".join(escape(c) if is_hostile(c) else c for c in text).encode("utf-8")


def is_utf8(data):
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True

