/* Formats: one const struct a file, and one line in report.c's table. */
#ifndef EVD_REPORT_FORMAT_H
#define EVD_REPORT_FORMAT_H

#include "base/buffer.h"
#include "evdiff/report.h"

/* Where a report goes: a buffer that is handed on whenever it is large. */
struct evd_report_out {
    struct evd_buffer buffer;
    evd_write *write;
    void *context;
    bool is_stopped; /* `write` returned false */
};

struct evd_report_format {
    const char *name;
    const char *summary;
    bool needs_resync; /* tells more than each thread's first divergence */
    void (*render)(const struct evd_outcome *outcome, const struct evd_report_options *options,
                   struct evd_report_out *out);
};

extern const struct evd_report_format evd_format_full;
extern const struct evd_report_format evd_format_json;
extern const struct evd_report_format evd_format_markdown;
extern const struct evd_report_format evd_format_text;

/* Hands on what is in the buffer when it is large; formats call it now and then. */
void evd_report_flush_some(struct evd_report_out *out);

void evd_append_text(struct evd_buffer *buffer, struct evd_text text);

#endif
