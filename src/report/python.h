/* Python's spelling of values: what repr() and str() make of the JSON that an outcome holds.
 *
 * Whatever the text holds, what is written is one line of valid UTF-8, but for evd_append_python_str. */
#ifndef EVD_REPORT_PYTHON_H
#define EVD_REPORT_PYTHON_H

#include "base/letters.h"
#include "evdiff/outcome.h"

/* repr(): 259, 'text', {'a': None}; "<missing>" for an absent value, an ellipsis where something is left out. */
void evd_append_python(struct evd_buffer *out, const struct evd_field_value *value);

/* str() of JSON: as repr(), but a string is written as it is, lone surrogates as \udXXX. */
void evd_append_python_str(struct evd_buffer *out, struct evd_text json);

/* repr() of JSON. */
void evd_append_python_repr(struct evd_buffer *out, struct evd_text json);

/* The next letter of a string of JSON, from behind its quote, escapes taken for what they stand for; false at its end,
 * which has a quote unless the string is cut. */
bool evd_json_string_next(struct evd_text *rest, struct evd_letter *letter, bool *has_quote);

/* What an escape stands for, a code point of 16 bits, as UTF-8. */
void evd_append_escaped(struct evd_buffer *out, uint32_t code_point);

#endif
