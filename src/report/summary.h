/* A summary for the page of a run on GitHub, which refuses more than 1 MiB as a whole: pieces that are written whole or not at
 * all, up to 900 KiB; frames that always are. */
#ifndef EVD_REPORT_SUMMARY_H
#define EVD_REPORT_SUMMARY_H

#include "base/output.h"
#include "report/spans.h"

enum {
    EVD_SUMMARY_MAX = 900 * 1024,      /* bytes */
    EVD_SUMMARY_FRAME_MAX = 16 * 1024, /* of them, kept for heads, totals and what says that something is left out */
};

/* All zero but for the output at the beginning. */
struct evd_summary {
    struct evd_output *out;
    struct evd_buffer piece; /* a row or a paragraph, which is written whole or not at all */
    struct evd_buffer text;  /* what is about to be a code span */
    struct evd_span_writer spans;
    uint64_t written; /* bytes */
};

/* Writes the piece, for which room is kept. */
void evd_summary_put_frame(struct evd_summary *summary);

/* Writes the piece if there is room for it; false when there is none. */
bool evd_summary_put(struct evd_summary *summary);

/* Says how much is left out, and which report has it: "full=PATH"; nothing when `count` is 0. */
void evd_summary_put_rest(struct evd_summary *summary, size_t count, const char *one, const char *many,
                          const char *report);

/* Adds what is in `text` to the piece as a code span of at most `most` letters, 0: all of it. */
void evd_summary_add_span(struct evd_summary *summary, bool is_cell, size_t most);

void evd_summary_release(struct evd_summary *summary);

#endif
