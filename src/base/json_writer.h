/* Writes JSON as it goes: every value is handed on soon after it is written.
 *
 * Whatever the texts hold, the output is valid UTF-8 and valid JSON. In an array a value's key is NULL. */
#ifndef EVD_BASE_JSON_WRITER_H
#define EVD_BASE_JSON_WRITER_H

#include <string.h>

#include "base/output.h"
#include "evdiff/text.h"

struct evd_json_writer {
    struct evd_output *out;
    bool is_behind_value; /* the next one needs a comma */
    unsigned depth;       /* containers begun with evd_json_begin_lines and not ended */
};

/* An object or array in one line: `bracket` is '{', '}', '[' or ']'. */
void evd_json_begin(struct evd_json_writer *writer, const char *key, char bracket);
void evd_json_end(struct evd_json_writer *writer, char bracket);

/* An object or array with a line for each of its values. */
void evd_json_begin_lines(struct evd_json_writer *writer, const char *key, char bracket);
void evd_json_end_lines(struct evd_json_writer *writer, char bracket);

/* To be called before each value of a container with lines. */
void evd_json_line(struct evd_json_writer *writer);

/* A value in one line that the caller spells, as JSON: room for `most` bytes, or NULL when memory runs out; then where it
 * ends. What there are millions of is spelt so. */
char *evd_json_begin_spelt(struct evd_json_writer *writer, const char *key, size_t most);
void evd_json_end_spelt(struct evd_json_writer *writer, const char *end);

/* Copies a literal; where it ends. */
#define EVD_JSON_PUT(p, literal) ((char *)memcpy(p, literal, sizeof(literal) - 1) + sizeof(literal) - 1)

enum { EVD_JSON_DIGITS_MAX = 20 };

/* Spells a number, at most EVD_JSON_DIGITS_MAX bytes, or with a sign one more; returns where it ends. */
char *evd_json_spell_unsigned(char *p, uint64_t value);
char *evd_json_spell_signed(char *p, int64_t value);

void evd_json_null(struct evd_json_writer *writer, const char *key);
void evd_json_bool(struct evd_json_writer *writer, const char *key, bool value);
void evd_json_unsigned(struct evd_json_writer *writer, const char *key, uint64_t value);
void evd_json_signed(struct evd_json_writer *writer, const char *key, int64_t value);
/* The shortest digits that read back as the same number; null when it is not finite. */
void evd_json_real(struct evd_json_writer *writer, const char *key, double value);
void evd_json_text(struct evd_json_writer *writer, const char *key, struct evd_text text);
/* The same, of a text in which nothing is to be escaped. */
void evd_json_plain(struct evd_json_writer *writer, const char *key, struct evd_text text);
/* The texts as one string, with `between` between them. */
void evd_json_joined(struct evd_json_writer *writer, const char *key, const struct evd_text *texts, size_t count,
                     const char *between);
void evd_json_string(struct evd_json_writer *writer, const char *key, const char *string);

#endif
