/* Recognise: the events that rules of threads (rules/threads.h) know threads by, and those that create threads.
 *
 * Ownership: evd_recognised_release frees what evd_recognise got. Threads: called by one; it runs tasks in the pool. */
#ifndef EVD_PAIR_RECOGNISE_H
#define EVD_PAIR_RECOGNISE_H

#include "base/pool.h"
#include "log/log.h"

/* What a rule knows a thread by: its first such event. */
struct evd_thread_mark {
    bool is_there;   /* the rule is about the thread */
    bool has_value;  /* some value is at the rule's paths */
    uint64_t value;  /* a hash of what is at the rule's paths, by what it counts as */
    uint64_t offset; /* of the event's line */
};

/* An event that creates a thread, by a rule. */
struct evd_made_thread {
    size_t rule;     /* in evd_rules::threads */
    size_t creator;  /* index in evd_log::streams */
    size_t stream;   /* the same of the thread; SIZE_MAX: it has no events, or is not known */
    uint64_t value;  /* as evd_thread_mark */
    uint64_t offset; /* of the event's line */
};

struct evd_recognised {
    struct evd_thread_mark *marks; /* rule_count a stream */
    struct evd_made_thread *made;  /* by rule, then in the order of the log */
    size_t made_count;
    uint64_t *starts; /* one a stream: offset of the line of its first event */
};

/* Looks at the events of all threads of a side's log; `is_plain` as in struct evd_diff_options. Errors: as evd_sketch_make, EVD_E_IO when the log changed. Cost:
 * parses events until all rules have found theirs, each with a new key once; all events where rules ask for what creates
 * threads. */
enum evd_status evd_recognise(const struct evd_log *log, enum evd_side side, bool is_plain, struct evd_pool *pool,
                              struct evd_recognised *recognised, struct evd_error *error);
void evd_recognised_release(struct evd_recognised *recognised);

#endif
