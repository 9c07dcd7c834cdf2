/* JSON as a tape: one validated object becomes a flat array of tokens that point into its text.
 *
 * Nothing is decoded: strings stay as they are spelled, numbers stay digits. What needs the meaning
 * asks value.h (a tree of decoded values) or key.h (a hash of the meaning).
 *
 * Ownership: a parser owns its tape, which is good until its next parse; the tape borrows the text.
 * Threads: one parser, one thread at a time. */
#ifndef EVD_JSON_JSON_H
#define EVD_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    EVD_JSON_DEPTH_MAX = 1000, /* nested containers; the root object is the first */
    EVD_JSON_PADDING = 64,     /* readable bytes that must follow a text */
};

/* Longest text of one parse, in bytes; token offsets are 32 bits wide. */
#define EVD_JSON_LENGTH_MAX ((size_t)UINT32_MAX - 4096)

enum evd_json_type {
    EVD_JSON_NULL,
    EVD_JSON_FALSE,
    EVD_JSON_TRUE,
    EVD_JSON_INTEGER, /* no fraction, no exponent; any number of digits */
    EVD_JSON_REAL,
    EVD_JSON_STRING,
    EVD_JSON_ARRAY,
    EVD_JSON_OBJECT,
};

/* One value, or one key of an object (then its type is EVD_JSON_STRING). */
struct evd_json_token {
    uint32_t start;  /* offset of the first byte; of a string, the byte after its quote */
    uint32_t length; /* in bytes; of a string, without its quotes; of a container, 0 */
    uint32_t next;   /* index of the first token that is not part of this value */
    uint8_t type;    /* enum evd_json_type */
    bool escaped;    /* a string that holds a backslash */
};

/* A value's children follow it: an array's items, an object's keys each before its value. */
struct evd_json_tape {
    const char *text;
    const struct evd_json_token *tokens; /* tokens[0] is the root object */
    uint32_t count;
};

/* Why a text was refused. */
struct evd_json_fault {
    size_t offset;      /* in bytes from the start of the text; at most its length */
    const char *reason; /* static; NULL when memory ran out */
    bool needs_memory;  /* the text may be valid: memory ran out, or the text takes more than is free */
};

struct evd_json_parser;

/* NULL when memory runs out. Free with evd_json_parser_destroy, which takes NULL too. */
struct evd_json_parser *evd_json_parser_create(void);
void evd_json_parser_destroy(struct evd_json_parser *parser);

/* Parses and validates one object in full (RFC 8259, UTF-8; lone surrogate escapes are legal).
 *
 * `text` has `length` bytes and EVD_JSON_PADDING readable bytes after them. Returns NULL on
 * anything else than one object with optional white space around it, and says why in `fault`; also on a text that takes
 * more than half of the memory that is free. Cost: linear in length; up to 16 bytes of memory a byte. */
const struct evd_json_tape *evd_json_parse(struct evd_json_parser *parser, const char *text, size_t length,
                                           struct evd_json_fault *fault);

/* ── Many objects in one text ──
 *
 * The text, such as a part of a list, is looked over once; then what is in it is gone through from left to right. */

/* Begins with a text, of which EVD_JSON_PADDING readable bytes follow too, and which stays until the parser's next text. It
 * may end anywhere but within a string. False when it does, when it is no UTF-8 or has a control character in a string, and
 * when memory runs out. Cost: linear. */
bool evd_json_open(struct evd_json_parser *parser, const char *text, size_t length);

/* Where the bracket, colon, comma or other value in hand begins; NULL: behind all of them. */
const char *evd_json_at(const struct evd_json_parser *parser);

/* Moves past a bracket, a colon or a comma. */
void evd_json_step(struct evd_json_parser *parser);

/* The object whose bracket is in hand, as of evd_json_parse; offsets are in the whole text. NULL when it is none that is
 * valid and ends in the text; then the parser is only good for another text. */
const struct evd_json_tape *evd_json_object(struct evd_json_parser *parser);

/* The byte behind the bracket that was moved past last. */
const char *evd_json_behind(const struct evd_json_parser *parser);

/* The double nearest to a JSON number, as Python's float() reads it: too large is an infinity, too
 * small a zero. Independent of the locale. */
double evd_json_number_to_double(const char *digits, size_t length);

enum { EVD_JSON_SHORTEST_MAX = 18 };

/* Shortest decimal digits that read back as `value` (finite): writes them without a point to
 * `digits` (at least EVD_JSON_SHORTEST_MAX bytes, not terminated) and returns how many; the value is
 * 0.d1d2d3… × 10^*exponent. The sign is not written. */
int evd_json_double_to_digits(double value, char *digits, int *exponent);

#ifdef __cplusplus
}
#endif

#endif
