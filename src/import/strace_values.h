/* What strace prints of a system call's arguments, as members of a JSON object.
 *
 * A number is a number, anything else a text: symbols and flags as they are, strings as they are spelled but for their
 * quotes. What is in structures and lists has a path, a1/st_mode, a0/0/fd. Where strace cut something, the path has a
 * member `/...` that is true; what a call makes of an argument, behind `=>`, has the path `/after`. */
#ifndef EVD_IMPORT_STRACE_VALUES_H
#define EVD_IMPORT_STRACE_VALUES_H

#include "base/buffer.h"
#include "import/emit.h"

enum { EVD_STRACE_NUMBER_BYTES = 32 }; /* room for what is put beside texts */

/* Where a value is read, in a line. */
struct evd_strace_cursor {
    const char *at, *end;
};

/* What values are put into. */
struct evd_strace_values {
    struct evd_scratch payload;
    struct evd_buffer path; /* of the value in hand */
};

void evd_strace_values_init(struct evd_strace_values *values);
void evd_strace_values_release(struct evd_strace_values *values);

static inline bool evd_strace_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters, digits, underscores. */
extern const bool evd_strace_word_bytes[256];
static inline bool evd_strace_is_word(char c)
{
    return evd_strace_word_bytes[(unsigned char)c];
}

static inline void evd_strace_skip_spaces(struct evd_strace_cursor *cursor)
{
    while (cursor->at < cursor->end && *cursor->at == ' ')
        cursor->at++;
}

static inline bool evd_strace_has(const struct evd_strace_cursor *cursor, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(cursor->end - cursor->at) >= length && memcmp(cursor->at, text, length) == 0;
}

static inline bool evd_strace_take(struct evd_strace_cursor *cursor, const char *text)
{
    if (!evd_strace_has(cursor, text))
        return false;
    cursor->at += strlen(text);
    return true;
}

/* The number of an argument or an item, as part of a path. */
static inline void evd_strace_append_index(struct evd_buffer *path, unsigned index)
{
    if (!evd_buffer_reserve(path, EVD_DIGITS_MAX))
        return;
    struct evd_import_sink digits = {.at = path->data + path->length};
    evd_put_unsigned(&digits, index);
    path->length = (size_t)(digits.at - path->data);
}

/* Moves past what -y adds to a descriptor, `</etc/hosts>` or `<TCP:[1.2.3.4:5->6.7.8.9:10]>`, whose bracket is in hand;
 * false when it does not end. */
bool evd_strace_skip_decoration(struct evd_strace_cursor *cursor);

/* The name of a member, `st_mode=`; its length is 0 for a value without one. */
size_t evd_strace_name_length(const struct evd_strace_cursor *cursor);

/* Puts the value in hand as members with the path and below it, and moves to the comma or bracket that ends it. Errors:
 * EVD_E_INPUT when nothing does; EVD_E_NO_MEMORY. Cost: linear in the value, at most 32 times for one that is no value. */
enum evd_status evd_strace_put_value(struct evd_strace_values *values, struct evd_strace_cursor *cursor,
                                     unsigned depth);

/* Puts a JSON string, and a number or a text without the comments that strace adds. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_strace_put_string(struct evd_strace_values *values, const char *text, size_t length);
enum evd_status evd_strace_put_plain(struct evd_strace_values *values, const char *text, size_t length);

#endif
