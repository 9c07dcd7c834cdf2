/* The outcome of a diff: plain data, complete without the logs. The only thing a report reads.
 *
 * Ownership: an outcome owns all it points to; the caller frees it with evd_outcome_free.
 * Threads: read-only once evd_diff has returned it. */
#ifndef EVDIFF_OUTCOME_H
#define EVDIFF_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EVD_CONTEXT_MAX = 5 }; /* matching events quoted before a divergence */

enum evd_side { EVD_CANARY, EVD_OURS, EVD_SIDES };

/* Of each enumeration below, a function evd_…_name gives the word for programs, as "ends_early", and where there is one
 * evd_…_summary the word or line for people, as "ends early"; NULL for a number that is none of the enumeration. They
 * are static strings. */
const char *evd_side_name(enum evd_side side);

/* Which thread of canary is which of ours. */
struct evd_tid_pair {
    int64_t canary, ours;
};

/* What a divergence is. */
enum evd_divergence_class {
    EVD_CLASS_VALUE,     /* the same call on both sides, and a field differs */
    EVD_CLASS_MISSING,   /* ours lacks events that canary has */
    EVD_CLASS_EXTRA,     /* ours has events that canary lacks */
    EVD_CLASS_REPLACED,  /* other events in the place of canary's */
    EVD_CLASS_REORDERED, /* the same events in another order */
    EVD_CLASS_TRUNCATED, /* one stream ends, the other goes on */
    EVD_CLASSES,
};

const char *evd_class_name(enum evd_divergence_class class_);

/* A run of one stream's events, from one that takes part in alignment to one that does. */
struct evd_run {
    uint64_t position; /* in the stream, from 0, of the first event; where it would be when count is 0 */
    uint64_t count;    /* events that take part in alignment; 0: the side has nothing here */
    int64_t first_idx; /* tid_event_idx of the first event; when count is 0 of the event at `position`,
                           at the stream's end of its last event */
    int64_t last_idx;  /* tid_event_idx of the last event; when count is 0 the same as first_idx */
    uint64_t offset;   /* in bytes of text: where the line of that event begins. File order is the order
                           of emission, so this is the place in time */
};

/* Why a divergence is taken for a consequence of an earlier one. */
enum evd_cause {
    EVD_CAUSE_NONE,    /* it is not: it is a root */
    EVD_CAUSE_VALUE,   /* its differing values are those of the earlier one, handed on */
    EVD_CAUSE_OFFSET,  /* its two addresses are as far apart as those of the earlier one */
    EVD_CAUSE_MOVED,   /* the events that one side lacks here it has too many there, or the other way round */
    EVD_CAUSE_CLOSE,   /* the streams were not in step again since the earlier one */
    EVD_CAUSE_CREATOR, /* its thread's creator diverged before it created the thread */
    EVD_CAUSES,
};

const char *evd_cause_name(enum evd_cause cause);
/* "values handed on"; empty for EVD_CAUSE_NONE. */
const char *evd_cause_summary(enum evd_cause cause);

/* Why a divergence is told as new where there are control runs (docs/controls.md). */
enum evd_news {
    EVD_NEWS_NONE,    /* it is not: it is noise; or there are no control runs */
    EVD_NEWS_FAMILY,  /* no control run has its family */
    EVD_NEWS_PLACE,   /* none has its family in this thread, nor its two values or its events anywhere */
    EVD_NEWS_FAILURE, /* a call fails on one side only, and none has these two values */
    EVD_NEWS_OFTEN,   /* its family occurs far more often than in any of them */
    EVD_NEWS_KINDS,
};

const char *evd_news_name(enum evd_news news);
/* "no control run has it"; empty for EVD_NEWS_NONE. */
const char *evd_news_summary(enum evd_news news);

/* At most so many control runs, as bits of a number. */
enum { EVD_CONTROLS_MAX = 64 };

/* What type a value of an event has. */
enum evd_value_type {
    EVD_TYPE_ABSENT, /* the event has no such field */
    EVD_TYPE_NULL,
    EVD_TYPE_BOOLEAN,
    EVD_TYPE_INTEGER,
    EVD_TYPE_REAL,
    EVD_TYPE_STRING,
    EVD_TYPE_ARRAY,
    EVD_TYPE_OBJECT,
    EVD_TYPES,
};

/* How a value spells a whole number of at most 64 bits. */
enum evd_number_form {
    EVD_NUMBER_NONE,    /* it is none */
    EVD_NUMBER_INTEGER, /* 259 */
    EVD_NUMBER_DECIMAL, /* "259" */
    EVD_NUMBER_HEX,     /* "0x103" */
    EVD_NUMBER_FORMS,
};

const char *evd_value_type_name(enum evd_value_type type);
const char *evd_number_form_name(enum evd_number_form form);

/* How people of the field read the numbers of a field, as the rules say it. */
enum evd_shown_as {
    EVD_SHOWN_DECIMAL,     /* as they are: nothing is said of the field */
    EVD_SHOWN_HEXADECIMAL, /* addresses, handles, masks */
    EVD_SHOWN_NTSTATUS,    /* hexadecimal of 32 bits, and the name of the status */
    EVD_SHOWN_HRESULT,     /* the same of results */
    EVD_SHOWN_ERRNO,       /* decimal; a number below zero with the name of the error */
    EVD_SHOWN_FORMS,
};

const char *evd_shown_as_name(enum evd_shown_as shown_as);

/* A value of an event, told by facts about the whole of it and a part to show. As JSON it has members in the log's
 * order, ", " and ": " between, and only those letters escaped that JSON wants escaped, and lone surrogates. */
struct evd_field_value {
    enum evd_value_type type;
    enum evd_number_form form;
    int64_t number;        /* unless EVD_NUMBER_NONE; from 2^63 on it wraps, as addresses do */
    uint64_t hash;         /* of the whole value as JSON (XXH3, 64 bits): the same in every run and on every machine */
    uint64_t length;       /* of the whole value as JSON, in bytes; 0 when absent */
    uint64_t shown_from;   /* where in it `shown` begins, in bytes */
    struct evd_text shown; /* the value as JSON, or a part of it */
    bool begins_in_string; /* `shown` begins inside a string */
};

/* Bytes of a value that a divergence shows. When one of its two values has more, of both the part around the first
 * difference is shown, at the same place in either. */
enum { EVD_VALUE_MAX = 200 };

/* A name that contradicts what was learnt of names before it: that these two are one thing. */
struct evd_broken_renaming {
    struct evd_text name_class; /* of the rules: "address" */
    uint64_t value[EVD_SIDES];  /* what was learnt to be one thing */
    uint64_t size[EVD_SIDES];   /* how many values from there on, at least 1 */
    int64_t tid, tid_event_idx; /* canary's event that taught it */
};

/* What an allocator returned, or an address on the host's heap, is replaced by a mark, whatever it was; here it was null
 * on one side only. */
struct evd_marked_null {
    enum evd_side side;    /* whose value is null */
    struct evd_text field; /* that holds it, as "return_value" */
};

/* An event as reports show it, canonical values in place. */
struct evd_quoted_event {
    int64_t tid_event_idx;
    struct evd_text kind;
    bool has_label;
    struct evd_text label; /* what `value` is called */
    struct evd_text value; /* what tells the event from others of its kind, as JSON (struct evd_field_value) */
    struct evd_text json;  /* the whole event as ASCII, keys sorted; empty but for the divergent and the
                             absorbed events */
};

/* In what two events differ first. */
enum evd_difference_form {
    EVD_DIFFERENCE_KIND,
    EVD_DIFFERENCE_PRIORITY, /* a priority field, or a member of one */
    EVD_DIFFERENCE_FIELD,    /* any other field of the payload */
    EVD_DIFFERENCE_ADDED,    /* a field of the payload that only ours has */
    EVD_DIFFERENCE_NAME,     /* a name, in events that match but for it */
    EVD_DIFFERENCE_NULL,     /* a value under a mark, null on one side only, in events that match but for it */
    EVD_DIFFERENCE_FORMS,
};

const char *evd_difference_form_name(enum evd_difference_form form);

/* The first place where two threads part, as the reference reports it. */
struct evd_first_divergence {
    enum evd_difference_form form;
    struct evd_text path; /* of what differs: "return_value", "args.a1"; "kind" for the kind */
    /* EVD_DIFFERENCE_PRIORITY, EVD_DIFFERENCE_NAME and EVD_DIFFERENCE_NULL, else empty: */
    struct evd_text kind;                    /* of the events */
    struct evd_text name_field, name;        /* what names the call and its value, as JSON; empty where there is none */
    struct evd_field_value value[EVD_SIDES]; /* whole */
    const struct evd_broken_renaming *breaks; /* EVD_DIFFERENCE_NAME: what is contradicted; else NULL */
    struct evd_quoted_event event[EVD_SIDES];
    bool has_next[EVD_SIDES]; /* false: the stream ends with the divergent event */
    struct evd_quoted_event next[EVD_SIDES];
    size_t context_count; /* matching pairs just before, at most EVD_CONTEXT_MAX, oldest first */
    struct evd_quoted_event context[EVD_CONTEXT_MAX][EVD_SIDES];
};

/* The first matching events in which a value under a mark is null on one side only. */
struct evd_first_null {
    uint64_t matched; /* pairs of events that match before it */
    struct evd_first_divergence divergence;
};

/* One place where a pair's streams differ. */
struct evd_divergence {
    enum evd_divergence_class class_;
    enum evd_cause cause;
    enum evd_news news;    /* with control runs: why it is new; EVD_NEWS_NONE: it is noise */
    bool fails[EVD_SIDES]; /* EVD_CLASS_VALUE: the value says that the call failed, as the rules tell it */
    bool has_noisy_place;  /* with control runs: one of them was not in step at these events either */
    size_t family;         /* index in evd_outcome::families */
    struct evd_run run[EVD_SIDES];
    uint64_t matched_after;                   /* pairs of events that match between it and the pair's next divergence */
    const struct evd_field_value *value;      /* EVD_CLASS_VALUE: those that differ, one a side; else NULL */
    const struct evd_broken_renaming *breaks; /* EVD_CLASS_VALUE: what a name contradicts; mostly NULL */
    const struct evd_marked_null *marked_null; /* EVD_CLASS_VALUE: a null that a mark hides; mostly NULL. The values are
                                                  those of its field, unless a name of the event breaks a renaming */
    size_t cause_pair, cause_divergence;       /* unless EVD_CAUSE_NONE: the earlier one, as indexes in
                                                  evd_outcome::pairs and evd_pair_outcome::divergences */
    size_t root_pair, root_divergence;         /* where its chain of causes ends; itself when it has no cause */
    uint64_t controls;                         /* bits: the control runs that have its family in this thread */
};

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

/* How sure the pairing of two threads is. */
struct evd_pairing_evidence {
    bool is_measured;   /* false: paired by first call or by hand, nothing below is set */
    double similarity;  /* 0 to 1 */
    double confidence;  /* 0 to 1: how far the pair is ahead of the next best choice */
    bool has_runner_up; /* of the threads of ours, the next most similar to the canary one */
    int64_t runner_up_tid;
    double runner_up_similarity;
};

/* One pair of threads. */
struct evd_pair_outcome {
    int64_t tid[EVD_SIDES];
    struct evd_pairing_evidence pairing;
    uint64_t total[EVD_SIDES]; /* events of the thread, all kinds */
    /* Up to the first divergence: */
    uint64_t matched;                    /* pairs of events that compare equal */
    uint64_t engine_local[EVD_SIDES];    /* events passed over because of their kind */
    uint64_t left_over[EVD_SIDES];       /* events after the walk's end that do take part in alignment; the
                                         divergent event is one of them */
    const uint64_t *absorbed[EVD_SIDES]; /* events absorbed by each of evd_outcome::absorbers */
    uint64_t exact_comparisons;          /* pairs of events whose keys did not say that they are equal */
    bool is_diverged;
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
    uint64_t searches_cut_short;        /* stretches whose alignment became too costly to be the best one */
    const struct evd_pair_times *times; /* with evd_diff_options::quotations; else NULL */
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

/* How the two values of a family's divergences relate. */
enum evd_value_relation {
    EVD_RELATION_NONE,            /* no values, or nothing plain */
    EVD_RELATION_SAME,            /* always the same two values */
    EVD_RELATION_CONSTANT_OFFSET, /* ours - canary is always `offset` */
    EVD_RELATION_INCREASING,      /* both only grow: clocks, counters */
    EVD_RELATION_ADDRESSES,       /* both look like addresses */
    EVD_RELATION_RANDOM,          /* numbers that have nothing in common */
    EVD_RELATIONS,
};

const char *evd_relation_name(enum evd_value_relation relation);
const char *evd_relation_summary(enum evd_value_relation relation);

/* The number of the recipe that a family's signature is made by. It changes with what is hashed, and how: signatures of
 * different recipes say nothing of each other. */
enum { EVD_SIGNATURE_RECIPE = 1 };

enum { EVD_FAMILY_SAMPLES_MAX = 3, EVD_FAMILY_BEFORE_MAX = 2, EVD_FAMILY_ID_BYTES = 9 };

/* What speaks for and against a family being a bug, not one of the differences that any two runs have. */
enum evd_evidence {
    EVD_EVIDENCE_AGREEMENT,    /* how many events match in a row before and behind it, where they are fewer */
    EVD_EVIDENCE_FAILURE,      /* a call succeeds on one side and fails on the other */
    EVD_EVIDENCE_LOST_THREAD,  /* the creation of a thread is missing */
    EVD_EVIDENCE_BROKEN_NAME,  /* a name breaks a renaming that held until there */
    EVD_EVIDENCE_OTHERS,       /* what else differs in its thread */
    EVD_EVIDENCE_AGAIN,        /* it occurs more than once */
    EVD_EVIDENCE_VALUES,       /* the same two values differ elsewhere */
    EVD_EVIDENCE_VARYING,      /* numbers or texts that say which one or when: addresses, times, ids */
    EVD_EVIDENCE_MIRRORED,     /* the same two values differ the other way round */
    EVD_EVIDENCE_OTHER_EVENTS, /* other events are in the place of canary's */
    EVD_EVIDENCE_NOISY_PLACE,  /* a control run differs at the same place */
    EVD_EVIDENCE_KNOWN_FAMILY, /* control runs have its family in other threads */
    EVD_EVIDENCES,
};

const char *evd_evidence_name(enum evd_evidence evidence);
const char *evd_evidence_summary(enum evd_evidence evidence);

enum { EVD_POINT = 256 }; /* a factor of two */

/* How suspicious a family is, by its most suspicious divergence. */
struct evd_suspicion {
    int32_t points[EVD_EVIDENCES]; /* EVD_POINT is one */
    int32_t total;                 /* their sum */
    size_t pair, divergence;       /* the divergence that they are of */
};

/* Divergences that are the same thing again: the same class, kind, call, field and kinds before. */
struct evd_family {
    char id[EVD_FAMILY_ID_BYTES]; /* the signature's first 8 hexadecimal digits, terminated */
    uint64_t signature;           /* a hash of what is said of the family down to `before`, the same in every run and
                           on every machine */
    enum evd_divergence_class class_;
    struct evd_text kind;       /* of the first event: canary's, or ours where canary has none */
    struct evd_text call;       /* the name its kind's rules describe it by; may be empty */
    struct evd_text field;      /* EVD_CLASS_VALUE: path of the field, as "return_value" or "args.a1" */
    enum evd_shown_as shown_as; /* how numbers of `field` are read */
    size_t before_count; /* events just before on the same side, of what has moved on the side that has it first */
    struct evd_text before[EVD_FAMILY_BEFORE_MAX]; /* their kinds, oldest first */
    uint64_t count;                                /* divergences */
    uint64_t news_count;        /* of those, with control runs, the ones that are new; 0: the family is noise */
    uint64_t controls;          /* bits: the control runs that have the family */
    uint64_t consequence_count; /* of those, the ones with a cause */
    bool is_root;               /* less than three quarters of them have their root in another family */
    size_t follows;             /* unless is_root: index in evd_outcome::families of the other family that the
                                   most of them have their root in */
    uint64_t follower_count;    /* divergences of other families that have their root in this one */
    uint64_t events[EVD_SIDES]; /* in all of them */
    size_t *pairs;              /* indexes in evd_outcome::pairs of the pairs it occurs in, ascending */
    size_t pair_count;
    size_t first_pair, first_divergence; /* the earliest of them by canary's order of emission */
    uint64_t weight;    /* how many more events match in a row when this family alone, and what has its root in it, is
                        forgiven, over all places where it is */
    bool has_suspicion; /* as root families have */
    struct evd_suspicion suspicion;
    enum evd_value_relation relation;
    int64_t offset; /* EVD_RELATION_CONSTANT_OFFSET */
    size_t sample_count;
    size_t sample_pair[EVD_FAMILY_SAMPLES_MAX], sample_divergence[EVD_FAMILY_SAMPLES_MAX];
};

/* An event as it stands in its log. */
struct evd_event_quotation {
    int64_t tid_event_idx;
    struct evd_text kind;
    struct evd_text call;    /* the name its kind's rules describe it by; may be empty */
    struct evd_text payload; /* as JSON (struct evd_field_value), whole or its beginning */
    uint64_t payload_length; /* of the whole of it, in bytes */
};

/* A field in which two events differ, by the rules. */
struct evd_differing_field {
    struct evd_text path; /* "return_value", "args.a1" */
    enum evd_shown_as shown_as;
    struct evd_field_value value[EVD_SIDES];
};

/* The events around the place to look at of a family, of those that take part in alignment: at most EVD_QUOTATION_AROUND
 * before and behind the divergence, and the first EVD_QUOTATION_RUN_MAX of the divergence itself. */
struct evd_quotation {
    size_t pair, divergence;
    struct evd_event_quotation *events[EVD_SIDES];                  /* in the order of the stream */
    size_t before[EVD_SIDES], inside[EVD_SIDES], behind[EVD_SIDES]; /* how many of them there are of each */
    struct evd_differing_field *fields; /* EVD_CLASS_VALUE: all that differ, the one that is told first */
    size_t field_count;                 /* at most EVD_QUOTATION_FIELDS_MAX */
};

enum {
    EVD_QUOTATION_AROUND = 5,
    EVD_QUOTATION_RUN_MAX = 8,
    EVD_QUOTATION_BYTES_MAX = 1000, /* of a payload */
    EVD_QUOTATIONS_MAX = 500,
    EVD_QUOTATION_FIELDS_MAX = 32,
};

enum { EVD_LOOKS_MAX = 3 };

/* A place to look at; evd_family::suspicion says why it is one, and which of its divergences. */
struct evd_look {
    size_t family;
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
    EVD_HINT_RULES,      /* other rules see past what differs */
    EVD_HINTS,
};

const char *evd_hint_name(enum evd_hint_kind kind);

struct evd_hint {
    enum evd_hint_kind kind;
    uint64_t part,
        whole; /* EVD_HINT_SIMILARITY: pairs that part where they begin, of all; EVD_HINT_RULES: divergences of
                              class value that the rules see past, of all */
    struct evd_text rules; /* EVD_HINT_RULES: evd_other_rules::name; else empty */
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
    EVD_RULE_COMPARE,     /* values that count as others: how many it was about */
    EVD_RULE_PASSED_OVER, /* events that take no part for what is in them */
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

/* A run that was given as a control. */
struct evd_control_run {
    struct evd_text path;
    enum evd_side side; /* the engine that it is a run of */
    uint64_t event_count;
};

struct evd_outcome {
    struct evd_pair_outcome *pairs; /* in ascending order of canary tids */
    size_t pair_count;
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
    uint64_t event_count[EVD_SIDES];
    uint64_t skipped_line_count[EVD_SIDES];            /* by evd_read_options::is_tolerant */
    struct evd_skipped_line *skipped_lines[EVD_SIDES]; /* the first of them, in file order */
    size_t listed_skipped_line_count[EVD_SIDES];
    /* What it cost, which depends on the machine and the number of threads: */
    uint64_t bytes_read_again; /* text of the events that were looked at closely, both logs together */
    double walk_seconds;       /* aligning all pairs */
};

/* Takes NULL too. */
void evd_outcome_free(struct evd_outcome *outcome);

/* The events of two threads around one of them, aligned (evd_beside_make). */

enum evd_beside_kind {
    EVD_BESIDE_EQUAL,   /* two events that compare equal */
    EVD_BESIDE_DIFFERS, /* the same call on both sides, and fields differ */
    EVD_BESIDE_CANARY,  /* an event that only canary has here */
    EVD_BESIDE_OURS,
};

struct evd_beside_row {
    enum evd_beside_kind kind;
    bool is_place;                               /* it has the event that was asked for */
    struct evd_event_quotation event[EVD_SIDES]; /* empty on the side that has none */
    struct evd_differing_field *fields;          /* EVD_BESIDE_DIFFERS */
    size_t field_count;
};

struct evd_beside {
    int64_t tid[EVD_SIDES];
    struct evd_beside_row *rows; /* in the order of the threads */
    size_t row_count;
};

/* Takes NULL too. */
void evd_beside_free(struct evd_beside *beside);

#ifdef __cplusplus
}
#endif

#endif
