#include "plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A character of UTF-8, or a surrogate in its spelling; `length` 0: the first byte begins neither. */
struct character {
    uint32_t code;
    size_t length;
};

static struct character read_character(const unsigned char *p, size_t rest)
{
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    const struct character none = {0, 0};
    if (*p < 0x80)
        return (struct character){*p, 1};
    const size_t length = *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    if (length == 0 || length > rest)
        return none;
    uint32_t code = *p & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return none;
        code = code << 6 | (p[i] & 0x3f);
    }
    return code < LEAST[length] || code > 0x10ffff ? none : (struct character){code, length};
}

static bool is_hostile(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } RANGES[] = {
        {0x0, 0x1f},        {0x7f, 0x9f},     /* control characters */
        {0x61c, 0x61c},     {0x200e, 0x200f}, /* marks of direction */
        {0x180e, 0x180e},   {0x200b, 0x200b}, /* not seen */
        {0x2028, 0x202e},                     /* line ends; embeddings and overrides of direction */
        {0x2060, 0x206f},                     /* not seen; isolates of direction */
        {0xd800, 0xdfff},                     /* surrogates */
        {0xfeff, 0xfeff},   {0xfff9, 0xfffb}, /* the byte-order mark; annotations */
        {0xe0000, 0xe007f},                   /* tags */
    };
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++)
        if (code >= RANGES[i].first && code <= RANGES[i].last)
            return true;
    return false;
}

enum { CHARACTER_MAX = CLI_CUT_MAX + 1 }; /* bytes of a character */
enum { ESCAPE_MAX = 10 };                 /* bytes of \U000e0001, what one byte at least becomes; \xff is of one */

static char *make_plain(const char *bytes, size_t length, bool keeps_lines, size_t *plain_length)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    /* The longest escape of a character of 1, 2, 3 and 4 bytes: 4, 4, 6 and 10 bytes. */
    char *plain = malloc(4 * length + 1), *to = plain;
    if (plain == NULL)
        return NULL;
    while (p < end) {
        char escape[ESCAPE_MAX + 1];
        const struct character character = read_character(p, (size_t)(end - p));
        const size_t taken = character.length > 0 ? character.length : 1;
        const bool is_kept = character.length > 0 && ((keeps_lines && *p == '\n') || !is_hostile(character.code));
        size_t put = taken;
        if (character.length == 0)
            put = (size_t)snprintf(escape, sizeof escape, "\\x%02x", *p);
        else if (!is_kept)
            put = (size_t)snprintf(escape, sizeof escape,
                                   character.code < 0x100     ? "\\x%02x"
                                   : character.code < 0x10000 ? "\\u%04x"
                                                              : "\\U%08x",
                                   (unsigned)character.code);
        memcpy(to, is_kept ? (const char *)p : escape, put);
        to += put;
        p += taken;
    }
    *to = '\0';
    *plain_length = (size_t)(to - plain);
    return plain;
}

char *cli_plain(const char *bytes, size_t length)
{
    size_t plain_length;
    return make_plain(bytes, length, false, &plain_length);
}

char *cli_plain_lines(const char *bytes, size_t length, size_t *plain_length)
{
    return make_plain(bytes, length, true, plain_length);
}

size_t cli_whole_characters(const char *bytes, size_t length)
{
    for (size_t cut = 1; cut < CHARACTER_MAX && cut <= length; cut++) {
        const unsigned char lead = (unsigned char)bytes[length - cut];
        if ((lead & 0xc0) == 0x80)
            continue;
        const size_t wanted = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : CHARACTER_MAX;
        return wanted > cut ? length - cut : length;
    }
    return length;
}

void cli_print_plain(FILE *out, const char *bytes, size_t length)
{
    char *plain = cli_plain(bytes, length);
    fputs(plain != NULL ? plain : "?", out);
    free(plain);
}

/* \u009b; beyond 16 bits two surrogates. */
static void print_json_escape(FILE *out, uint32_t code)
{
    if (code < 0x10000)
        fprintf(out, "\\u%04x", (unsigned)code);
    else
        fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
                (unsigned)(0xdc00 + (code & 0x3ff)));
}

void cli_print_json_letters(FILE *out, const char *bytes, size_t length)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    while (p < end) {
        const struct character character = read_character(p, (size_t)(end - p));
        const bool is_surrogate = character.code >= 0xd800 && character.code <= 0xdfff;
        const size_t taken = character.length > 0 && !is_surrogate ? character.length : 1;
        if (character.length == 0 || is_surrogate)
            fprintf(out, "\\\\x%02x", *p);
        else if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (is_hostile(character.code))
            print_json_escape(out, character.code);
        else
            fwrite(p, 1, taken, out);
        p += taken;
    }
}

void cli_print_json(FILE *out, const char *bytes, size_t length)
{
    fputc('"', out);
    cli_print_json_letters(out, bytes, length);
    fputc('"', out);
}

void cli_print_json_line(FILE *out, const char *bytes, size_t length)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length, *kept = p;
    while (p < end) {
        const struct character character = read_character(p, (size_t)(end - p));
        const size_t taken = character.length > 0 ? character.length : 1;
        if (is_hostile(character.code) && *p != '\t') {
            fwrite(kept, 1, (size_t)(p - kept), out);
            if (*p == '\r')
                fputc(' ', out);
            else
                print_json_escape(out, character.length > 0 ? character.code : *p);
            kept = p + taken;
        }
        p += taken;
    }
    fwrite(kept, 1, (size_t)(end - kept), out);
}
