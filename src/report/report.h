/* Formats: one const struct a file, and one line in report.c's table. */
#ifndef EVD_REPORT_REPORT_H
#define EVD_REPORT_REPORT_H

#include "base/output.h"
#include "evdiff/report.h"

struct evd_report_format {
    const char *name;
    const char *summary;
    bool needs_resync;     /* tells more than each thread's first divergence */
    bool needs_quotations; /* shows events around places, and times */
    const char *suffix;    /* how the names of files that ask for it end, ".txt"; NULL: none ask for it */
    void (*render)(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out);
};

/* Hands on the rest, and releases the buffer; tells what went wrong on the way. */
enum evd_status evd_output_finish(struct evd_output *output, struct evd_error *error);

extern const struct evd_report_format evd_format_annotations;
extern const struct evd_report_format evd_format_full;
extern const struct evd_report_format evd_format_github;
extern const struct evd_report_format evd_format_html;
extern const struct evd_report_format evd_format_json;
extern const struct evd_report_format evd_format_junit;
extern const struct evd_report_format evd_format_markdown;
extern const struct evd_report_format evd_format_perfetto;
extern const struct evd_report_format evd_format_text;

#endif
