/* Letters: texts that may come from anywhere, letter by letter.
 *
 * A text is meant to be UTF-8, but it may hold lone surrogates (json/value.h) or, in a path, any bytes. What
 * UTF-8 can't hold is spelled as Python would: \udXXX for a lone surrogate, \xXX for a byte. */
#ifndef EVD_BASE_LETTERS_H
#define EVD_BASE_LETTERS_H

#include "base/buffer.h"
#include "evdiff/text.h"

/* A code point of a text, or a byte that is part of none. */
struct evd_letter {
    const char *bytes;   /* in the text */
    size_t length;       /* of them, at least 1 */
    uint32_t code_point; /* the byte when it is no UTF-8 */
    bool is_utf8;        /* false: a byte, or a lone surrogate */
};

/* Takes the first letter off a text; false at the end. */
bool evd_text_next(struct evd_text *rest, struct evd_letter *letter);

/* Columns of a terminal that a text takes which evd_append_line made. Cost: linear. */
size_t evd_columns(struct evd_text line);

/* The text as it is. */
void evd_append_text(struct evd_buffer *out, struct evd_text text);

/* What a letter that UTF-8 can't hold is spelled as. */
void evd_append_escape(struct evd_buffer *out, const struct evd_letter *letter);

/* The text in one line of UTF-8 that no terminal takes for a command: what Python's repr() escapes is
 * escaped, but for quotes and backslashes. */
void evd_append_line(struct evd_buffer *out, struct evd_text text);

/* Cuts what is in a buffer from the byte `begin` on to `most` letters and an ellipsis; as it is when it has no more. */
void evd_cut_letters(struct evd_buffer *out, size_t begin, size_t most);

#endif
