/* Reports: an outcome to bytes.
 *
 * Threads: an outcome may be reported by several threads at once, each with its own writer. */
#ifndef EVDIFF_REPORT_H
#define EVDIFF_REPORT_H

#include "evdiff/beside.h"
#include "evdiff/error.h"
#include "evdiff/outcome.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Takes the next `length` bytes of a report, at least 1, which are good until it returns; false stops it.
 * Called on the thread that asked for the report. */
typedef bool evd_write(void *context, const char *bytes, size_t length);

/* Which divergences the text report tells; all zero: those to look at first. Of its members `limit` is for the full report
 * too. */
struct evd_report_filter {
    bool has_tid;
    int64_t tid;             /* the thread of either side */
    const char *family;      /* how its signature begins, in hexadecimal digits; NULL: any */
    const char *kind, *call; /* of the first event: a name, or how names begin and *, as "Nt*"; NULL: any */
    bool has_since;
    int64_t since; /* at this tid_event_idx of canary, or behind it */
    bool has_limit;
    uint64_t
        limit; /* families, and threads, at most; 0: no limit. Else 3 of them, and 10; full: 40, and 10 rows each */
};

/* What a ledger says of a family of an outcome. Words are static, texts are borrowed and may be empty. */
struct evd_listed_family {
    const char *standing; /* where it stands, for programs: "regressed"; NULL: nothing is said of it */
    const char *summary;  /* the same for people */
    const char *state;    /* of the line that lists it: "fixed"; NULL: none does */
    const char *news;     /* what is new in it though it is listed, a sentence; or empty */
    bool is_told;         /* to be looked at; the others are known, or follow from another family */
    bool fails;
    uint64_t moved_from; /* the signature of a line that could be meant, and did not occur; 0: none */
    struct evd_text bug, owner, reason;
    uint32_t until; /* the last day of the line, as 20270201; 0: none */
};

/* What is known of an outcome's families (evd_known_make in evdiff/judge.h). */
struct evd_known {
    struct evd_listed_family *families; /* one each of evd_outcome::families */
    size_t family_count;
    size_t *told; /* indexes of those to be looked at: the gravest first, those that fail before all others */
    size_t told_count, fail_count;
};

struct evd_report_options {
    struct evd_report_filter filter; /* text, and its limit full */
    bool has_color;                  /* text: terminal colours */
    unsigned width;                  /* text: columns to keep lines within; 0: no limit */
    const char
        *job; /* junit, github, html: what the diff is called, not blank; NULL: as the log of ours, without folder and
                        extensions */
    unsigned
        threads; /* json: workers that write a large report, as evd_diff_options::threads; the calling thread is one of
                         them, and the only one that calls `write` */
    const struct evd_known *known; /* all but markdown: what a ledger says of its families; or NULL */
};

/* The formats, by index from 0: the name and one line about it, or NULL past the last one. */
const char *evd_report_format_name(size_t index);
const char *evd_report_format_summary(size_t index);

/* The format that the name of a file asks for, by how it ends: "out.json" is json, "out.md" markdown, "out.txt" text; NULL
 * when it ends otherwise. */
const char *evd_report_format_of_path(const char *path);

/* True when the format tells what only a diff with evd_diff_options::resync finds; without it the report says
 * less. False for an unknown format. */
bool evd_report_needs_resync(const char *format);

/* True when the format shows what only a diff with evd_diff_options::quotations finds; without it the report shows less.
 * False for an unknown format. */
bool evd_report_needs_quotations(const char *format);

/* What reports for CI call a diff: evd_report_options::job, else the name of ours' log. Borrows either. */
struct evd_text evd_report_job(const struct evd_outcome *outcome, const struct evd_report_options *options);

/* Writes a report, piece by piece. `options` may be NULL. Errors: EVD_E_ARGUMENT for an unknown format, a blank job or too many threads,
 * EVD_E_IO when `write` returned false, EVD_E_NO_MEMORY; what was written before is then no whole report.
 * Cost: linear in what is written, but for sorting the threads; some 64 KiB are held at a time, and the
 * longest text; of a large report by several threads a MiB or two for each. */
enum evd_status evd_report_write(const struct evd_outcome *outcome, const char *format,
                                 const struct evd_report_options *options, evd_write *write, void *context,
                                 struct evd_error *error);

/* One line about something, without a line end: ASCII, terminated. */
struct evd_sentence {
    char text[256];
};

/* "warn: canary tid 5 not in stream; skipping", in the reference's words. */
struct evd_sentence evd_missing_tid_sentence(const struct evd_missing_tid *missing);

/* "compared 12.3 % of canary's events (1,234 of 10,000); at least 90 % are demanded" */
struct evd_sentence evd_unmet_sentence(const struct evd_unmet_demand *unmet);

/* Writes what differs first between a pair that is diverged, in the reference's words, in one call of `write`. Texts of
 * the logs are as they are. Errors: EVD_E_IO when `write` returned false, EVD_E_NO_MEMORY. */
enum evd_status evd_report_first_divergence(const struct evd_first_divergence *first, evd_write *write, void *context,
                                            struct evd_error *error);

/* Writes them as text, as the text report writes a change, with payloads. Options: colour and width. Errors: EVD_E_IO when
 * `write` returned false, EVD_E_NO_MEMORY. */
enum evd_status evd_report_beside(const struct evd_beside *beside, const struct evd_report_options *options,
                                  evd_write *write, void *context, struct evd_error *error);

/* Writes what there is to say of one family, by the beginning of its signature, whose first 8 digits are its id: what it is, why it is a root or what it follows
 * from, the change where the outcome quotes it, each place, what follows from it. *family becomes its index. Options:
 * colour, width, the limit of places, and what is known of it. Errors: EVD_E_ARGUMENT when the ids of none or of several begin so; EVD_E_IO when
 * `write` returned false, EVD_E_NO_MEMORY. */
enum evd_status evd_report_explain(const struct evd_outcome *outcome, const char *id,
                                   const struct evd_report_options *options, size_t *family, evd_write *write,
                                   void *context, struct evd_error *error);

/* Writes the absorbed events of all pairs, one JSON object a line; *count is how many. The diff must
 * have kept them (evd_diff_options::emit_absorbed_events). Errors: EVD_E_IO. */
enum evd_status evd_report_absorbed_events(const struct evd_outcome *outcome, evd_write *write, void *context,
                                           uint64_t *count, struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
