/* Learn: what correct runs of one program differ in, as rules that a person can read. docs/learning.md says how it is
 * found and when it is taken for a rule.
 *
 * Ownership: what was learnt owns all it points to; the caller frees it with evd_learnt_free. It borrows the rules that
 * the runs were read with. Threads: read-only once evd_learn has returned it. */
#ifndef EVDIFF_LEARN_H
#define EVDIFF_LEARN_H

#include "evdiff/diff.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EVD_LEARN_RUNS_MIN = 2, EVD_LEARN_RUNS_MAX = 16 };

struct evd_learn_options {
    unsigned threads; /* 1 to 1024; 0: one for each core the process may run on. The result does not depend on it */
    enum evd_pairing pairing;
    evd_step_progress *progress; /* or NULL */
    void *progress_context;
};

/* What a lesson is about. */
enum evd_lesson_subject {
    EVD_LESSON_FIELD,  /* a field of a call that has other values in other runs */
    EVD_LESSON_EVENTS, /* a call whose events a run may lack */
    EVD_LESSON_SUBJECTS,
};

/* Something that differs between the runs. */
struct evd_lesson {
    enum evd_lesson_subject subject;
    struct evd_text kind;  /* EVD_LESSON_EVENTS: of the first event, by bytes, of several kinds */
    struct evd_text call;  /* may be empty */
    struct evd_text field; /* EVD_LESSON_FIELD: its path, as rules spell it; else empty */
    struct evd_text as;    /* what the rule takes its values for, in a word or two; empty when it is not learnt */
    uint64_t seen;       /* EVD_LESSON_FIELD: how often it could be compared, over all pairs of runs: in either run of a
                              pair the call has the field at least so often; EVD_LESSON_EVENTS: events of the call, the same */
    uint64_t varied;     /* pairs of events in which it differs, over all pairs of runs; events without a counterpart */
    size_t pairs;        /* pairs of runs in which that is so */
    const char *why_not; /* NULL: there is a rule for it; else why there is none, a static text */
};

struct evd_learnt {
    size_t run_count;
    size_t run_pairs;           /* how many pairs of runs there are */
    uint64_t divergences;       /* between all pairs of runs, by the rules that they were read with */
    struct evd_lesson *lessons; /* by subject, kind, field and call, in byte order */
    size_t lesson_count;
    size_t learnt_count; /* lessons with a rule */
};

/* Learns from `count` runs, EVD_LEARN_RUNS_MIN to EVD_LEARN_RUNS_MAX, that were read with the same rules. `options` may
 * be NULL: threads paired by first call. On failure *learnt is NULL. Errors: EVD_E_ARGUMENT (the number of runs, rules,
 * threads), and those of evd_diff. Cost: a diff with resync of each pair of runs, a parse of each event in which two runs
 * differ, and a parse of each run. */
enum evd_status evd_learn(const struct evd_log *const *runs, size_t count, const struct evd_learn_options *options,
                          struct evd_learnt **learnt, struct evd_error *error);

/* The rules as a file, whole: the text of the rules that the runs were read with, and what was learnt in addition. `cost`
 * is told in its `why`, or NULL. The caller frees *text with free; it has *length bytes and a zero behind them. Errors:
 * EVD_E_NO_MEMORY, and EVD_E_ARGUMENT where the rules would be too many for one file. */
enum evd_status evd_learnt_write(const struct evd_learnt *learnt, const char *cost, char **text, size_t *length,
                                 struct evd_error *error);

/* Loads those rules. On failure *rules is NULL. Errors: as evd_learnt_write and evd_rules_load. */
enum evd_status evd_learnt_load(const struct evd_learnt *learnt, struct evd_rules **rules, struct evd_error *error);

/* Takes NULL too. */
void evd_learnt_free(struct evd_learnt *learnt);

#ifdef __cplusplus
}
#endif

#endif
