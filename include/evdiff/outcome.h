/* The outcome of a diff: plain data, complete without the logs. The only thing a report reads.
 *
 * Ownership: an outcome owns all it points to; the caller frees it with evd_outcome_free.
 * Threads: read-only once evd_diff has returned it. */
#ifndef EVDIFF_OUTCOME_H
#define EVDIFF_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/family.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An event that an absorber skipped. */
struct evd_absorbed_event {
    size_t absorber; /* index in evd_outcome::absorbers */
    enum evd_side side;
    uint64_t matched; /* pairs of events that match before it */
    uint64_t blocks;  /* pairs of blocks that the absorber skipped with it; 0 when it does not count in blocks */
    uint64_t offset;  /* in events: how many of those it skipped come before it */
    struct evd_quoted_event event; /* with `json` */
};

/* Where the events of a thread lie: as bytes of the log's text, and in time. */
struct evd_thread_extent {
    uint64_t first_offset, last_offset; /* where the lines of its first and last event begin */
    int64_t first_ns, last_ns;          /* their host_ns, with evd_outcome::has_times */
};

/* Where a pair of threads and its divergences lie. */
struct evd_pair_times {
    struct evd_thread_extent extent[EVD_SIDES];
    int64_t *
        host_ns[EVD_SIDES]; /* with evd_outcome::has_times: one a divergence, of the event that evd_run::offset is of */
};

/* How the events of one stream of a pair came out; they add up to evd_pair_outcome::total. */
struct evd_event_counts {
    uint64_t matched;      /* with an equal event of the other side */
    uint64_t differing;    /* compared, and part of a divergence */
    uint64_t absorbed;     /* by any absorber */
    uint64_t engine_local; /* passed over because of their kind */
    uint64_t left_over;    /* not looked at: after the end of the shorter stream or, without resync, after
                              the first divergence */
};

/* How sure the pairing of two threads by similarity is. */
struct evd_pairing_evidence {
    double similarity;  /* 0 to 1 */
    double confidence;  /* 0 to 1: how far the pair is ahead of the next best choice */
    bool has_runner_up; /* of the threads of ours, the next most similar to the canary one */
    int64_t runner_up_tid;
    double runner_up_similarity;
};

/* One pair of threads. */
struct evd_pair_outcome {
    int64_t tid[EVD_SIDES];
    const struct evd_pairing_evidence *pairing; /* NULL: paired by first call or by hand */
    uint64_t total[EVD_SIDES];                  /* events of the thread, all kinds */
    /* Up to the first divergence: */
    uint64_t matched;                    /* pairs of events that compare equal */
    uint64_t engine_local[EVD_SIDES];    /* events passed over because of their kind */
    uint64_t left_over[EVD_SIDES];       /* events after the walk's end that do take part in alignment; the
                                         divergent event is one of them */
    const uint64_t *absorbed[EVD_SIDES]; /* events absorbed by each of evd_outcome::absorbers */
    uint64_t exact_comparisons;          /* pairs of events whose keys did not say that they are equal */
    bool is_diverged;
    uint32_t divergence_begin; /* with evd_diff_options::resync: divergences of all pairs before it */
    const struct evd_first_divergence *divergence; /* when is_diverged; else NULL */
    struct evd_absorbed_event *absorbed_events;    /* with emit_absorbed_events: all of them, in order */
    size_t absorbed_event_count;
    /* Nulls that a mark hides. The reference takes their events for matching, and so do `matched` and `is_diverged` above,
     * which are its report's; yet the pair has diverged. */
    uint64_t marked_null_count;              /* events; in all, without resync up to the first divergence */
    const struct evd_first_null *first_null; /* when it comes before the first divergence; else NULL */
    /* In all; with evd_diff_options::resync to the streams' ends, else to the first divergence: */
    struct evd_event_counts counts[EVD_SIDES];
    const uint64_t *absorbed_in_all[EVD_SIDES]; /* events absorbed by each of evd_outcome::absorbers */
    const uint64_t *moved; /* events that each of them put in another place, canary's first; NULL: none did */
    /* With evd_diff_options::resync: */
    struct evd_divergence *divergences; /* in the order of the streams */
    size_t divergence_count;
    uint64_t *divergence_controls;      /* with control runs, one a divergence: bits: those that have its family in this
                                      thread; else NULL */
    uint64_t searches_cut_short;        /* stretches whose alignment became too costly to be the best one */
    const struct evd_pair_times *times; /* with evd_diff_options::quotations; else NULL */
};

/* A divergence that others follow from, as indexes in evd_outcome::pairs and evd_pair_outcome::divergences. */
struct evd_cause_place {
    size_t pair, divergence;
};

/* A thread that no pair has. */
struct evd_unpaired {
    int64_t tid;
    struct evd_thread_extent extent; /* with evd_diff_options::quotations */
    uint64_t total;                  /* its events */
    bool is_never_created;           /* the other side never created it: its creation is missing there */
    bool is_cause_creation;          /* is_never_created, and the event that creates it is one of the cause's */
    enum evd_cause cause;            /* EVD_CAUSE_CREATOR: the divergence that it follows from is known */
    size_t cause_pair, cause_divergence;
    bool is_new; /* with control runs: none of them explains it */
};

/* Whether a result can be trusted to mean something. */
enum evd_verdict {
    EVD_VERDICT_EQUAL, /* every thread has a counterpart, every pair to its end, nothing left over */
    EVD_VERDICT_DIVERGED,
    EVD_VERDICT_ENDS_EARLY,   /* no divergence, but a stream ends early */
    EVD_VERDICT_UNPAIRED,     /* neither, but a thread of one of the logs has no counterpart */
    EVD_VERDICT_INCONCLUSIVE, /* a demand of evd_diff_options::demands is not met */
    EVD_VERDICT_NOTHING,      /* nothing was compared: no thread of evd_diff_options::tid_map is in both logs */
    EVD_VERDICT_NOTHING_NEW,  /* something differs, and control runs explain all of it; the others but the last two are
                                 about what is new then */
    EVD_VERDICTS,
};

const char *evd_verdict_name(enum evd_verdict verdict);
const char *evd_verdict_summary(enum evd_verdict verdict);

/* An amount of canary's events: a number, or a share of them. */
struct evd_amount {
    bool is_set;
    bool is_share;
    uint64_t count; /* unless is_share */
    double share;   /* 0 to 1 */
};

/* What may be demanded of a result; struct evd_demands says what each means. */
enum evd_demand {
    EVD_DEMAND_MIN_COMPARED,
    EVD_DEMAND_MAX_ABSORBED,
    EVD_DEMAND_NO_TRUNCATED,
    EVD_DEMAND_KINDS,
};

const char *evd_demand_name(enum evd_demand demand);

/* A demand that is not met. */
struct evd_unmet_demand {
    enum evd_demand demand;
    struct evd_amount amount; /* what is demanded; not set for EVD_DEMAND_NO_TRUNCATED */
    uint64_t part, whole;     /* events of canary: how many there are, of how many; EVD_DEMAND_NO_TRUNCATED: pairs of
                                 threads of which one ends early, of all */
    int64_t tid[EVD_SIDES];   /* EVD_DEMAND_NO_TRUNCATED: the first such pair */
};

/* What another way of diffing would see better. */
enum evd_hint_kind {
    EVD_HINT_SIMILARITY, /* threads that were paired by first call part where they begin: pair them by similarity */
    EVD_HINT_UNPAIRED, /* threads of both logs that first calls do not pair hold a good part of the events: the same */
    EVD_HINT_KINDS,    /* the rules know no kind of event that the logs have: rules for these kinds would see more */
    EVD_HINT_RULES,    /* other rules see past what differs */
    EVD_HINT_CONTROL,  /* a control run differs far more than the logs do, and so explains almost anything */
    EVD_HINT_THREADS,  /* a rule of threads finds none in a log: its kind or a field may be misspelled */
    EVD_HINTS,
};

const char *evd_hint_name(enum evd_hint_kind kind);

struct evd_hint {
    enum evd_hint_kind kind;
    /* EVD_HINT_SIMILARITY: pairs that part where they begin, of all; EVD_HINT_UNPAIRED: events of threads without a counterpart,
     * of all, of both logs; EVD_HINT_KINDS: 0, of all events; EVD_HINT_RULES: divergences of class value that the rules see
     * past, of all; EVD_HINT_CONTROL: evd_control_run::unmatched, of all events of the log of its side; EVD_HINT_THREADS: such
     * rules, of all rules of threads */
    uint64_t part, whole;
    struct evd_text
        name; /* EVD_HINT_RULES: evd_other_rules::name; EVD_HINT_CONTROL: evd_control_run::path; EVD_HINT_THREADS: the first
                 of these rules; else empty */
};

/* A thread that was mapped by hand and that is in no log. */
struct evd_missing_tid {
    enum evd_side side;
    int64_t tid;
};

/* A column of the reference's report that an absorber's events are counted in. */
enum evd_absorbed_column { EVD_COLUMN_NONE, EVD_COLUMN_FLOATING_CREATE, EVD_COLUMN_FLOATING_WAIT, EVD_COLUMNS };

const char *evd_absorbed_column_name(enum evd_absorbed_column column);

struct evd_absorber {
    struct evd_text name;
    enum evd_absorbed_column column;
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

/* What a rule is about. */
enum evd_rule_subject {
    EVD_RULE_ENGINE_LOCAL,   /* a kind whose events are passed over */
    EVD_RULE_SKIPPED,        /* fields of a kind that are not compared */
    EVD_RULE_ALLOCATOR,      /* what allocators return, in events of a kind */
    EVD_RULE_HOST_HEAP,      /* addresses on the host's heap, in events of a kind */
    EVD_RULE_SHARED_GLOBALS, /* SIDs of what threads share */
    EVD_RULE_NAMES,          /* names of a class */
    EVD_RULE_ABSORBER,
    EVD_RULE_COMPARE,         /* values that count as others: how many it was about */
    EVD_RULE_PASSED_OVER,     /* events that take no part for what is in them */
    EVD_RULE_THREADS,         /* pairs of threads that a rule found */
    EVD_RULE_MISSING_THREADS, /* threads without a counterpart that a rule sees past */
    EVD_RULE_SUBJECTS,
};

const char *evd_rule_subject_name(enum evd_rule_subject subject);
/* "engine-local kind", to be followed by evd_rule_use::of. */
const char *evd_rule_subject_summary(enum evd_rule_subject subject);

/* How often a rule fired in each log, or between the two. */
struct evd_rule_use {
    enum evd_rule_subject subject;
    struct evd_text
        of; /* the kind, class or absorber, the name of the rule; empty for EVD_RULE_SHARED_GLOBALS, which is one for all */
    uint64_t count[EVD_SIDES];
    bool is_off; /* an absorber that this run switched off */
};

/* A line that was no event, which tolerant reading skipped. */
struct evd_skipped_line {
    uint64_t line, column; /* of what is wrong, from 1; the column in bytes */
    struct evd_text reason;
};

/* Lines of a log that were skipped, by evd_read_options::is_tolerant. */
struct evd_skipped_lines {
    uint64_t count;
    struct evd_skipped_line *listed; /* the first of them, in file order */
    size_t listed_count;
};

/* A run that was given as a control. */
struct evd_control_run {
    struct evd_text path;
    enum evd_side side; /* the engine that it is a run of */
    uint64_t event_count;
    uint64_t unmatched; /* events of the log of its side that differ from it, are left over, or are in threads that it
                           lacks; 0 where an older report does not say */
    struct evd_skipped_lines skipped;
};

/* An option of the program that a diff was asked by, which decides what a command about the same logs shows. */
struct evd_asked_option {
    struct evd_text option;   /* "--pair" */
    struct evd_text argument; /* "similarity"; empty where the option takes none */
    bool is_path; /* it is that of a file; when relative, of the folder that the logs' paths are relative to */
};

struct evd_outcome {
    struct evd_pair_outcome *pairs; /* in ascending order of canary tids */
    size_t pair_count;
    /* With evd_diff_options::resync, one a divergence, those of the first pair first: see evd_cause_of and evd_root_of. */
    uint32_t *causes, *roots;
    struct evd_missing_tid *missing_tids; /* in the order of the map */
    size_t missing_tid_count;
    struct evd_counted_kind *counted; /* in byte order of kinds */
    size_t counted_count;
    struct evd_absorber *absorbers; /* the rule set's, in the order they are tried */
    size_t absorber_count;
    struct evd_unpaired *unpaired[EVD_SIDES]; /* in ascending order of tids */
    size_t unpaired_count[EVD_SIDES];
    struct evd_rule_use *rule_uses;
    size_t rule_use_count;
    size_t *unfired_rules; /* indexes in rule_uses of those that fired in neither log, ascending; what is off is not
                              among them */
    size_t unfired_rule_count;
    struct evd_event_counts counts[EVD_SIDES]; /* over all pairs */
    uint64_t unpaired_events[EVD_SIDES];       /* of the threads without a counterpart */
    enum evd_verdict verdict;
    struct evd_unmet_demand *unmet; /* EVD_VERDICT_INCONCLUSIVE: each demand that is not met */
    size_t unmet_count;
    unsigned signature_recipe;   /* EVD_SIGNATURE_RECIPE of the diff that made the families */
    bool has_resync;             /* all divergences were looked for; else what follows is empty */
    struct evd_family *families; /* with control runs those that have news first; roots first; of these the most
                                    suspicious first; then the heaviest first; of equal weight, those with the most
                                    divergences and followers first, then the earliest */
    size_t family_count;
    size_t root_family_count;             /* families that do not follow from others; with control runs, of those that
                                             have news */
    struct evd_look looks[EVD_LOOKS_MAX]; /* where to look first: the first of the root families */
    size_t look_count;
    struct evd_hint *hints; /* in the order of their kinds, each once at most */
    size_t hint_count;
    struct evd_control_run *controls; /* as they were given: bit 0 of evd_family::controls is the first */
    size_t control_count;
    uint64_t news_count;       /* divergences that are new, with control runs */
    size_t news_family_count;  /* families that have some */
    size_t new_unpaired_count; /* threads without a counterpart that are new */
    /* Of the first families, in their order; without evd_diff_options::quotations of those to look at alone */
    struct evd_quotation *quotations;
    size_t quotation_count;
    bool has_times; /* the same: every event that was looked at for its time has one, as an integer host_ns */
    struct evd_text path[EVD_SIDES];
    struct evd_text
        format[EVD_SIDES]; /* of a trace that was read as a log, by its name (evdiff/import.h); empty: a log,
                                          or an older report does not say */
    struct evd_text rules; /* the name of the rule set that it was made by; empty where an older report does not say */
    struct evd_text rules_hash;     /* evd_rules_hash of it; empty the same way */
    struct evd_asked_option *asked; /* evd_diff_options::asked */
    size_t asked_count;
    uint64_t event_count[EVD_SIDES];
    struct evd_skipped_lines skipped[EVD_SIDES];
    /* What it cost, which depends on the machine and the number of threads: */
    uint64_t bytes_read_again; /* text of the events that were looked at closely, both logs together */
    double walk_seconds;       /* aligning all pairs */
};

/* The earlier divergence that one follows from, unless its cause is EVD_CAUSE_NONE. Cost: a logarithm of the pairs. */
struct evd_cause_place evd_cause_of(const struct evd_outcome *outcome, size_t pair, size_t divergence);

/* Where its chain of causes ends; itself when it has no cause. Cost: the same. */
struct evd_cause_place evd_root_of(const struct evd_outcome *outcome, size_t pair, size_t divergence);

/* True when threads without a counterpart hold a good part of each log's events, at least one in EVD_UNPAIRED_SHARE: many of
 * them may be each other's, and were not compared. */
enum { EVD_UNPAIRED_SHARE = 8 };
bool evd_leaves_much_unpaired(const struct evd_outcome *outcome);

/* Takes NULL too. */
void evd_outcome_free(struct evd_outcome *outcome);

#ifdef __cplusplus
}
#endif

#endif
