#include "plain.h"

#include <stdbool.h>

/* How many bytes at `p` are one character of UTF-8; 0: they are none. */
static size_t character_length(const unsigned char *p, size_t rest)
{
    const size_t length = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    if (length == 0 || length > rest)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    const bool is_longer_than_need = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90);
    const bool is_surrogate = *p == 0xed && p[1] >= 0xa0;
    const bool is_beyond = *p == 0xf4 && p[1] >= 0x90;
    return is_longer_than_need || is_surrogate || is_beyond ? 0 : length;
}

/* Control characters of ASCII, and U+0080 to U+009F. */
static bool is_control(const unsigned char *p, size_t length)
{
    return (length == 1 && (*p < ' ' || *p == 0x7f)) || (length == 2 && *p == 0xc2 && p[1] < 0xa0);
}

/* What makes a line or turns the direction of writing: U+2028 to U+202E and U+2066 to U+2069. Its last 8 bits;
 * 0: it is nothing of the kind. */
static unsigned line_command(const unsigned char *p, size_t length)
{
    if (length != 3 || p[0] != 0xe2)
        return 0;
    if (p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae)
        return p[2] & 0x3f;
    return p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9 ? 0x40 | (p[2] & 0x3f) : 0;
}

void cli_print_plain(FILE *out, const char *bytes, size_t length)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    while (p < end) {
        const size_t taken = character_length(p, (size_t)(end - p));
        if (is_control(p, taken))
            fprintf(out, "\\x%02x", p[taken - 1]);
        else if (line_command(p, taken) != 0)
            fprintf(out, "\\u20%02x", line_command(p, taken));
        else
            fwrite(p, 1, taken ? taken : 1, out);
        p += taken ? taken : 1;
    }
}

void cli_print_json(FILE *out, const char *bytes, size_t length)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    fputc('"', out);
    while (p < end) {
        const size_t taken = character_length(p, (size_t)(end - p));
        if (taken == 0)
            fprintf(out, "\\\\x%02x", *p);
        else if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (is_control(p, taken))
            fprintf(out, "\\u%04x", p[taken - 1]);
        else
            fwrite(p, 1, taken, out);
        p += taken ? taken : 1;
    }
    fputc('"', out);
}
