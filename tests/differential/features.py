"""What the differential test promises to have tried.

Every random choice worth having reports itself by name. A name missing from this list is an error in the
generator; a name that never came up in a long run is a hole in the test, and fails it.
"""
from collections import Counter

_NAMES = """
value null
value true or false
value small integer
value integer beyond 64 bits
value integer near 2^53
value float
value float beyond the range
value minus zero
value string
value string empty
value string long
value string with quotes
value string with control characters
value string non-ASCII printable
value string any code point
value string lone surrogate
value array
value object
value object of many members
value nested deep
spelling compact
spelling spaced
spelling wild whitespace
spelling escaped letter
spelling surrogate pair
spelling short escape
spelling number as equal float
spelling number as exponent
spelling true for 1
spelling long decimal
keys shuffled
keys duplicate at top level
keys duplicate in payload
keys duplicate nested
keys extra at top level
payload missing
payload null, engine-local kind
payload null, after the divergence
payload field null on one side
header with other keys
header version spelled 1.0
lines spelled alike
lines many in one thread
lines CRLF
lines LF and CRLF mixed
lines blank
lines no newline at end
lines empty log
index gaps
index falls back to its position
index negative
tid negative
tid beyond 32 bits
tid spelled -0
tid absent in ours
tid absent in canary
first call shared by several tids
first call without a name
first call name not a string
kind unknown
kind engine-local
kind sema.release
name not a string
name empty or missing
handles array
handles array with non-strings
handles string
handles dict
handles empty
handles missing
sid empty
sid missing or not a string
sid one letter
sid derived, plain
sid derived, other spelling
sid derived, beyond 64 bits
sid derived, negative
sid derived, invalid spelling
sid derived, object_type true
sid derived, object_type not an integer
sid on several tids
allocator return
allocator return without return_value
allocator return without status
allocator return lost on one side
allocator return null on one side
allocator return extra on one side
ctx_ptr string
ctx_ptr not a string
ctx_ptr missing
nested-cs blocks 1 to 30
nested-cs blocks 31
nested-cs blocks 32
nested-cs blocks 33
nested-cs blocks cut short
nested-cs on ours
divergence value
divergence kind
divergence lost event
divergence extra event
divergence extra field
divergence args
divergence of type and by little
divergence stream cut short
option --tid-map
option --tid-map other bases
option --tid-map spaces and empty tokens
option --tid-map unknown tid
option --tid-map same ours twice
option --tid-map empty
option --validate-identical
option --exit-code
option --no-canonicalize-allocators
option --no-canonicalize-host-heap-fields
option --disable-absorber
option --disable-absorber unknown name
option --emit-absorbed-events
option --out
option --canary and --ours
option --threads
environment EVDIFF_CHUNK_BYTES
input gzip
input gzip of several members
input zstd
input zstd of several frames
input zstd with a skippable frame
input with a byte-order mark
input pipe
outcome exit 0
outcome exit 1
outcome exit 2
outcome no tid mapping
outcome through saved indexes
outcome warned of an unknown tid
outcome pair equal to its end
outcome pair diverged
outcome pair matched 20 or more and diverged
outcome counted kinds shown
outcome description return_value
outcome description status
outcome description args
outcome description args_resolved
outcome description payload field
outcome description payload missing
outcome description kind
outcome end of stream shown
absorbed shared-global on canary
absorbed shared-global on ours
absorbed shared-global without a SID
absorbed wait-begin on canary
absorbed wait-begin on ours
absorbed nested-cs, 1 to 30 blocks
absorbed nested-cs, 31 blocks
absorbed nested-cs, 32 blocks
"""

FEATURES = tuple(name for name in _NAMES.splitlines() if name)


class Features(Counter):
    """Counts how often each feature came up."""

    def hit(self, name):
        """Count one occurrence of a feature that is on the list."""
        if name not in _KNOWN:
            raise KeyError(f"feature {name!r} is not listed in features.py")
        self[name] += 1

    def absent(self):
        """The features that never came up, in the order of the list."""
        return [name for name in FEATURES if not self[name]]


_KNOWN = frozenset(FEATURES)
