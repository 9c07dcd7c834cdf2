/* Rules text: what was learnt as text of a rules file, a section at a time. */
#ifndef EVD_LEARN_RULES_TEXT_H
#define EVD_LEARN_RULES_TEXT_H

#include "learn/lessons.h"

/* The sections that are added to, and what they are called in the file. */
enum evd_learnt_section {
    EVD_LEARNT_COMPARE,
    EVD_LEARNT_PASSED_OVER,
    EVD_LEARNT_CLASSES,
    EVD_LEARNT_NAMES,
    EVD_LEARNT_SECTIONS,
};
extern const char *const evd_learnt_section_keys[EVD_LEARNT_SECTIONS];

struct evd_learnt_text {
    const struct evd_owned_learnt *owned;
    struct evd_buffer section[EVD_LEARNT_SECTIONS]; /* rules, with ",\n" between them; the caller releases them */
    size_t rule_count;                              /* compare rules, those of the base included */
};

/* Writes a rule for each lesson with those behind it that are alike. False when memory runs out; a buffer may have failed
 * in either case. */
bool evd_learnt_text_write(struct evd_learnt_text *writing);

/* Appends a text as a string of JSON. */
void evd_put_string(struct evd_buffer *out, struct evd_string string);
void evd_put_text(struct evd_buffer *out, const struct evd_buffer *text);

/* Appends a text as it is. */
void evd_put_raw(struct evd_buffer *out, struct evd_string string);

#endif
