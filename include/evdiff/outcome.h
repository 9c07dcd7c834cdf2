/* The outcome of a diff: plain data, complete without the logs. The only thing a report reads.
 *
 * Ownership: an outcome owns all it points to; the caller frees it with evd_outcome_free.
 * Threads: read-only once evd_diff has returned it. */
#ifndef EVDIFF_OUTCOME_H
#define EVDIFF_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { EVD_CONTEXT_MAX = 5 }; /* matching events quoted before a divergence */

enum evd_side { EVD_CANARY, EVD_OURS, EVD_SIDES };

/* UTF-8 text, not terminated. */
struct evd_text {
    const char *bytes;
    size_t length; /* in bytes */
};

/* An event as reports show it, canonical values in place. */
struct evd_quoted_event {
    int64_t tid_event_idx;
    struct evd_text summary; /* one line: [tid_event_idx] kind and what tells it from others */
    struct evd_text json;    /* the whole event, keys sorted; empty but for the divergent events */
};

/* The first place where two threads part. */
struct evd_divergence {
    struct evd_text description; /* what differs */
    struct evd_quoted_event event[EVD_SIDES];
    bool has_next[EVD_SIDES]; /* false: the stream ends with the divergent event */
    struct evd_quoted_event next[EVD_SIDES];
    size_t context_count; /* matching pairs just before, at most EVD_CONTEXT_MAX, oldest first */
    struct evd_quoted_event context[EVD_CONTEXT_MAX][EVD_SIDES];
};

/* One pair of threads. */
struct evd_pair_outcome {
    int64_t tid[EVD_SIDES];
    uint64_t total[EVD_SIDES];        /* events of the thread, all kinds */
    uint64_t matched;                 /* pairs of events that compare equal, up to the divergence */
    uint64_t engine_local[EVD_SIDES]; /* events passed over because of their kind */
    uint64_t left_over[EVD_SIDES];    /* events after the walk's end that do take part in alignment; the
                                         divergent event is one of them */
    uint64_t floating_create[EVD_SIDES]; /* events absorbed, by the report column of their absorber */
    uint64_t floating_wait[EVD_SIDES];
    uint64_t *absorbed[EVD_SIDES]; /* events absorbed by each of evd_outcome::absorbers */
    uint64_t exact_comparisons;    /* pairs of events that were parsed again to compare them */
    bool is_diverged;
    struct evd_divergence divergence; /* when is_diverged */
    struct evd_text absorbed_events;  /* with emit_absorbed_events: a JSON line each, in order */
    uint64_t absorbed_event_count;
};

/* A thread that no pair has. */
struct evd_unpaired {
    int64_t tid;
    uint64_t total; /* its events */
};

/* How many events of a counted engine-local kind one thread has. */
struct evd_counted_tid {
    int64_t tid;
    uint64_t count; /* above 0 */
};

struct evd_counted_kind {
    struct evd_text kind;
    struct evd_counted_tid *tids[EVD_SIDES]; /* in ascending order of tids */
    size_t tid_count[EVD_SIDES];
};

/* How often a rule fired. */
struct evd_rule_use {
    struct evd_text rule;
    uint64_t count[EVD_SIDES];
};

struct evd_outcome {
    struct evd_pair_outcome *pairs; /* in ascending order of canary tids */
    size_t pair_count;
    struct evd_text *warnings; /* one line each, without a line end: mapped tids that are in no log */
    size_t warning_count;
    struct evd_counted_kind *counted; /* in byte order of kinds */
    size_t counted_count;
    struct evd_text *absorbers; /* names of the rule set's absorbers, in the order they are tried */
    size_t absorber_count;
    struct evd_unpaired *unpaired[EVD_SIDES]; /* in ascending order of tids */
    size_t unpaired_count[EVD_SIDES];
    struct evd_rule_use *rule_uses;
    size_t rule_use_count;
    struct evd_text path[EVD_SIDES];
    uint64_t event_count[EVD_SIDES];
    uint64_t bytes_read_again; /* text of the events that were looked at closely, both logs together */
    double walk_seconds; /* aligning all pairs */
};

/* Takes NULL too. */
void evd_outcome_free(struct evd_outcome *outcome);

#ifdef __cplusplus
}
#endif

#endif
