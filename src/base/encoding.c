#include "base/encoding.h"

#include <stdbool.h>
#include <string.h>

/* How a text begins; of a mark the longer ones come first. */
static const struct mark {
    const char *bytes;
    size_t length;
    const char *name;
} MARKS[] = {
    {"\xff\xfe\0\0", 4, "UTF-32"},
    {"\0\0\xfe\xff", 4, "UTF-32"},
    {"\xff\xfe", 2, "UTF-16"},
    {"\xfe\xff", 2, "UTF-16"},
};

/* Where the first four bytes are letters of ASCII, a bit each, the first one's lowest; the others are zeros. */
static const struct pattern {
    unsigned letters;
    const char *name;
} PATTERNS[] = {
    {0x1, "UTF-32LE"},
    {0x8, "UTF-32BE"},
    {0x5, "UTF-16LE"},
    {0xa, "UTF-16BE"},
};

static bool has_pattern(const char *text, unsigned letters)
{
    for (unsigned i = 0; i < EVD_ENCODING_BYTES; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if ((letters >> i & 1) != 0 ? byte == 0 || byte >= 0x80 : byte != 0)
            return false;
    }
    return true;
}

const char *evd_wide_encoding(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
        if (length >= MARKS[i].length && memcmp(text, MARKS[i].bytes, MARKS[i].length) == 0)
            return MARKS[i].name;
    for (size_t i = 0; length >= EVD_ENCODING_BYTES && i < sizeof PATTERNS / sizeof *PATTERNS; i++)
        if (has_pattern(text, PATTERNS[i].letters))
            return PATTERNS[i].name;
    return NULL;
}
