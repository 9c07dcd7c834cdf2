/* Values as people of the field read them: numbers as the rules say, texts as they are. */
#ifndef EVD_REPORT_VALUES_H
#define EVD_REPORT_VALUES_H

#include "base/buffer.h"
#include "evdiff/outcome.h"

/* Appends the two values of a field: 0x103 STATUS_PENDING, -2 ENOENT, "C:\windows", <missing>; whatever they hold, one
 * line of valid UTF-8 each. Backslashes that stand in pairs only, in both, are one each: the text was escaped when it was
 * logged. Texts in quotes are not escaped otherwise, but for what no terminal may get. Two values that would read alike
 * are in Python's spelling, which tells them apart. */
void evd_append_values(struct evd_buffer out[EVD_SIDES], const struct evd_field_value value[EVD_SIDES],
                       enum evd_shown_as shown_as);

/* The same in one line: "canary=259 ours=0x103". */
void evd_append_both_values(struct evd_buffer *out, const struct evd_field_value value[EVD_SIDES],
                            enum evd_shown_as shown_as);

#endif
