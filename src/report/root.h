/* A root family in a few plain lines, for reports that have no table for it: JUnit's texts, a forge's summary. */
#ifndef EVD_REPORT_ROOT_H
#define EVD_REPORT_ROOT_H

#include "base/buffer.h"
#include "evdiff/outcome.h"

enum { EVD_ROOT_LINE_MAX = 400 }; /* letters of each of its lines, then an ellipsis */

/* The divergence to look at for a family: the most suspicious one, else the first. */
const struct evd_divergence *evd_root_place(const struct evd_outcome *outcome, const struct evd_family *family,
                                            size_t *pair, size_t *divergence);

/* "71fe4af3 value kernel.return NtReadFile return_value", cut to `most` letters. */
void evd_describe_root_name(struct evd_buffer *out, const struct evd_family *family, size_t most);

/* "2 times in 2 threads; 604 more events match without it; 2 more divergences follow from it" */
void evd_describe_root_extent(struct evd_buffer *out, const struct evd_family *family);

/* Its name; both values, or how long it is; how often it is; where; each in a line, all but the first indented by two
 * spaces. At most EVD_ROOT_BYTES_MAX bytes. */
enum { EVD_ROOT_BYTES_MAX = 6 * (4 * (EVD_ROOT_LINE_MAX + 1) + 1) };
void evd_describe_root(struct evd_buffer *out, const struct evd_outcome *outcome, const struct evd_family *family);

/* A word of a command for a shell, quoted where it needs it. */
void evd_append_shell_word(struct evd_buffer *out, struct evd_text word);

/* "evdiff show 'boot canary.jsonl' ours.jsonl 84:295 -C 5 --pair similarity": shows both sides around a divergence, as the diff
 * was asked. The event is canary's, unless canary has none there. Words are quoted for a shell where they need it. `folder`: what a relative path is relative to, for a reader who may be elsewhere; NULL: the reader's.
 * False, and nothing is written, where a log can't be read again by its path, as a pipe can't be. */
bool evd_describe_show(struct evd_buffer *out, const struct evd_outcome *outcome, size_t pair, size_t divergence,
                       const char *folder);

#endif
