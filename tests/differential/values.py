"""Random JSON values, and random spellings of one value.

A value is None, a bool, an int, a float, a str, a list, an `Object` (which may hold a key twice) or a `Raw` (a
number in a chosen spelling). Two spellings of one value never matter to a diff; two values do.
"""
import unicodedata

LONE_SURROGATES = ("\ud800", "\udbff", "\udc00", "\udfff", "\ud83d")
PRINTABLE = "äßéλЖ漢字あ한🙂🜁𝔘½€“”…·ﬁ"
CONTROLS = "\x00\x01\b\t\n\f\r\x1b\x1f\x7f\x80\x85\x9f\xa0\xad\u200b\u200d\u2028\u2029\u3000\ufeff\uffff\U000e0001"
ASCII = "abcXYZ019 _-.:/<>|`#*~"
INTEGERS = (0, 1, -1, 2, 7, 10, 255, -128, 4096, 2**31 - 1, 2**31, -(2**31), 2**32, 2**63 - 1)
NEAR_2_53 = (2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64 - 1)
BIG = (2**64, 2**64 + 1, -(2**63) - 1, -(2**64), 10**22, 10**23, 2**100 + 1, 10**40, 10**308, 10**309, 7**500)
FLOATS = ("0.1", "1e16", "1e15", "9999999999999998.0", "1e-5", "0.0001", "0.00001234", "5e-324", "2.5e-324", "1E5",
          "1.0", "1.5", "-2.25", "0.30000000000000004", "1.7976931348623157e308", "2.2250738585072014e-308",
          "123456789012345680.0", "1e22", "1e23", "4.35", "9007199254740992.0", "9007199254740993.0", "1e-7", "100.0",
          "0.1000000000000000055511151231257827", "18446744073709551616.0", "12345678.9E-3", "1e+2", "1E-05", "3e0")
OUT_OF_RANGE = ("1e400", "-1e400", "1E309", "1e-400", "-1e-400", "123456789e999")
MINUS_ZERO = ("-0", "-0.0", "-0e0", "-0E-5")


class Object(list):
    """An object as its (key, value) pairs in order; the last of equal keys is the one that counts."""

    def get(self, key, otherwise=None):
        """The value that counts for a key."""
        for name, value in reversed(self):
            if name == key:
                return value
        return otherwise

    def has(self, key):
        """Whether the key is there at all."""
        return any(name == key for name, _ in self)

    def put(self, key, value):
        """Replace a key's value where it stands, or append it."""
        for position in range(len(self) - 1, -1, -1):
            if self[position][0] == key:
                self[position] = (key, value)
                return
        self.append((key, value))

    def drop(self, key):
        """Remove every pair of a key."""
        self[:] = [pair for pair in self if pair[0] != key]


class Raw(str):
    """A number as the text to be written."""


class Values:
    """Makes random values and their random spellings from one random source."""

    def __init__(self, random, features):
        self.random = random
        self.hit = features.hit
        self.alike = False  # whether all lines are spelled in one style

    def chance(self, probability):
        """True with the given probability."""
        return self.random.random() < probability

    def text(self, surrogates=True):
        """A random string; `surrogates` allows lone ones (Python cannot print them raw)."""
        pick = self.random.choice
        roll = self.random.random()
        if roll < 0.05:
            self.hit("value string empty")
            return ""
        length = self.random.randint(1, 8)
        if roll < 0.06:
            self.hit("value string long")
            return "".join(pick(ASCII + "é") for _ in range(self.random.randint(120, 700)))
        if roll < 0.55:
            self.hit("value string")
            return "".join(pick(ASCII) for _ in range(length))
        if roll < 0.65:
            self.hit("value string with quotes")
            return "".join(pick("a'\"\\/'\"") for _ in range(length))
        if roll < 0.75:
            self.hit("value string with control characters")
            return "".join(pick(CONTROLS + "ab") for _ in range(length))
        if roll < 0.85:
            self.hit("value string non-ASCII printable")
            return "".join(pick(PRINTABLE + "ab") for _ in range(length))
        if roll < 0.93 or not surrogates:
            self.hit("value string any code point")
            return "".join(self.code_point() for _ in range(length))
        self.hit("value string lone surrogate")
        return "".join(pick(LONE_SURROGATES) + pick(("", "x", "é", "🙂")) for _ in range(self.random.randint(1, 3)))

    def code_point(self):
        """Any character but a surrogate: half of them from the planes and blocks where most are assigned."""
        while True:
            limit = self.random.choice((0x250, 0x3000, 0x10000, 0x20000, 0x110000))
            character = chr(self.random.randrange(limit))
            if unicodedata.category(character) != "Cs":
                return character

    def number(self):
        """A random number, with the edges of every range more often than the middle."""
        roll = self.random.random()
        pick = self.random.choice
        if roll < 0.5:
            self.hit("value small integer")
            return pick(INTEGERS) if roll < 0.25 else self.random.randint(-1000, 100000)
        if roll < 0.58:
            self.hit("value integer near 2^53")
            return pick(NEAR_2_53)
        if roll < 0.68:
            self.hit("value integer beyond 64 bits")
            return pick(BIG)
        if roll < 0.74:
            self.hit("value minus zero")
            return Raw(pick(MINUS_ZERO))
        if roll < 0.79:
            self.hit("value float beyond the range")
            return Raw(pick(OUT_OF_RANGE))
        self.hit("value float")
        if roll < 0.93:
            return Raw(pick(FLOATS))
        return self.random.uniform(-1, 1) * 10.0 ** self.random.randint(-20, 25)

    def value(self, depth=0):
        """A random value of any type."""
        roll = self.random.random()
        if roll < 0.08:
            self.hit("value null")
            return None
        if roll < 0.16:
            self.hit("value true or false")
            return self.chance(0.5)
        if roll < 0.45:
            return self.number()
        if roll < 0.8 or depth > 3:
            return self.text()
        if roll < 0.802:
            return self.deep()
        if roll < 0.9:
            self.hit("value array")
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 4))]
        return self.object(depth + 1)

    def object(self, depth=1, surrogates=True):
        """A random object, now and then with a key given twice."""
        self.hit("value object")
        pairs = Object((self.key(surrogates), self.value(depth)) for _ in range(self.random.randint(0, 4)))
        if self.chance(0.01):
            self.hit("value object of many members")
            pairs += [(f"m{number}", number) for number in self.random.sample(range(60), self.random.randint(20, 40))]
        if pairs and self.chance(0.05):
            self.hit("keys duplicate nested")
            pairs.append((self.random.choice(pairs)[0], self.value(depth)))
        return pairs

    def key(self, surrogates=True):
        """A random key: mostly a short plain one, so that two objects often share it."""
        if self.chance(0.8):
            return self.random.choice(("a0", "a1", "a2", "flags", "x", "é", "ptr"))
        return self.text(surrogates)

    def deep(self):
        """A value nested well beyond what people write."""
        self.hit("value nested deep")
        value = self.number()
        for _ in range(self.random.randint(5, 40)):
            value = [value] if self.chance(0.5) else Object([("n", value)])
        return value

    def equal(self, value):
        """A value that compares equal to the given one, perhaps of another type or order."""
        if isinstance(value, Object):
            pairs = [(key, self.equal(item)) for key, item in value]
            if len({key for key, _ in pairs}) == len(pairs) and self.chance(0.5):
                self.random.shuffle(pairs)
                self.hit("keys shuffled")
            return Object(pairs)
        if isinstance(value, list):
            return [self.equal(item) for item in value]
        if isinstance(value, Raw) or isinstance(value, (str, type(None))):
            return value
        if value in (0, 1) and self.chance(0.3):
            self.hit("spelling true for 1")
            return self.random.choice((bool(value), int(value), Raw(f"{int(value)}.0")))
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and self.chance(0.3) and float_holds(value):
            if self.chance(0.5):
                self.hit("spelling number as exponent")
                return Raw(f"{value}{self.random.choice(('e0', 'E0', 'e+0', 'E-0', 'e00'))}")
            self.hit("spelling number as equal float")
            return Raw(f"{value}.{'0' * self.random.randint(1, 3)}")
        if isinstance(value, float) and self.chance(0.5) and "e" not in repr(value):
            self.hit("spelling long decimal")
            return Raw(repr(value) + "0" * self.random.randint(1, 25))
        return value

    def other(self, value):
        """A value that is most likely different from the given one, often by little."""
        roll = self.random.random()
        if isinstance(value, Object) and value and roll < 0.8:
            changed = Object(value)
            key, item = self.random.choice(value)
            if roll < 0.3:
                changed.drop(key)
            elif roll < 0.45:
                changed.put(self.key(False), self.value(2))
            else:
                changed.put(key, self.other(item))
            return changed
        if isinstance(value, int) and not isinstance(value, bool) and roll > 0.85:
            self.hit("divergence of type and by little")
            return str(value + self.random.choice((1, -1, 2, -2, 3)))
        if isinstance(value, list) and value and roll < 0.8:
            position = self.random.randrange(len(value))
            return value[:position] + [self.other(value[position])] + value[position + 1:]
        if isinstance(value, int) and roll < 0.5:
            return self.random.choice((value + 1, Raw(f"{int(value)}.5"), str(value), -value))
        if isinstance(value, str) and not isinstance(value, Raw) and roll < 0.5:
            return self.random.choice((value + " ", value.upper(), value[1:], value + "é"))
        return self.value(1)

    # -- spelling ------------------------------------------------------------------------------------------

    def spell(self, value):
        """The value as JSON text in one line, in a random style."""
        roll = self.random.random()
        if self.alike:
            self.comma, self.colon, self.pad = (lambda: ","), (lambda: ":"), (lambda: "")
            self.escaping, self.raw_unicode = 0.0, True
            return self._spell(value)
        if roll < 0.5:
            self.hit("spelling compact")
            self.comma, self.colon, self.pad = (lambda: ","), (lambda: ":"), (lambda: "")
        elif roll < 0.75:
            self.hit("spelling spaced")
            self.comma, self.colon, self.pad = (lambda: ", "), (lambda: ": "), (lambda: "")
        else:
            self.hit("spelling wild whitespace")
            self.pad = lambda: self.random.choice(("", "", " ", "\t", "  \t ", " " * self.random.randint(0, 70)))
            self.comma = lambda: self.pad() + "," + self.pad()
            self.colon = lambda: self.pad() + ":" + self.pad()
        self.escaping = self.random.choice((0.0, 0.0, 0.02, 0.3, 1.0))
        self.raw_unicode = self.chance(0.6)
        return self.pad() + self._spell(value) + self.pad()

    def _spell(self, value):
        if isinstance(value, Raw):
            return str(value)
        if isinstance(value, str):
            return self._spell_text(value)
        if isinstance(value, Object):
            pairs = (self._spell_text(key) + self.colon() + self._spell(item) for key, item in value)
            return "{" + self.pad() + self.comma().join(pairs) + self.pad() + "}"
        if isinstance(value, list):
            return "[" + self.pad() + self.comma().join(map(self._spell, value)) + self.pad() + "]"
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        return repr(value)

    def _spell_text(self, text):
        return '"' + "".join(map(self._spell_character, text)) + '"'

    def _spell_character(self, character):
        code = ord(character)
        if character in SHORT_ESCAPES and not (character == "/" and self.escaping < 0.3):
            if character in "\"\\/" or self.chance(0.7):
                self.hit("spelling short escape")
                return SHORT_ESCAPES[character]
            return self._spell_unit(code)
        if code < 0x20 or 0xD800 <= code <= 0xDFFF:
            return self._spell_unit(code)
        if code >= 0x80 and not self.raw_unicode or self.escaping and self.chance(self.escaping):
            if code < 0x10000:
                self.hit("spelling escaped letter")
                return self._spell_unit(code)
            self.hit("spelling surrogate pair")
            code -= 0x10000
            return self._spell_unit(0xD800 + (code >> 10)) + self._spell_unit(0xDC00 + (code & 0x3FF))
        return character

    def _spell_unit(self, unit):
        return "\\u" + (f"{unit:04x}" if self.chance(0.5) else f"{unit:04X}")


SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def float_holds(number):
    """Whether a double holds the integer exactly."""
    try:
        return int(float(number)) == number
    except OverflowError:
        return False
