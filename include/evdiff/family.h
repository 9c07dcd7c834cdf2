/* Divergences that are the same thing again, and which of them to look at first.
 *
 * Ownership: borrows from its outcome. Threads: read-only once evd_diff has returned it. */
#ifndef EVDIFF_FAMILY_H
#define EVDIFF_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/divergence.h"

#ifdef __cplusplus
extern "C" {
#endif

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
    EVD_EVIDENCE_ORDINARY,     /* ours does nothing there but what trusted runs do elsewhere */
    EVD_EVIDENCE_LOG_END,      /* it is where the logs end */
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
    uint64_t source_line;  /* of the trace that the log was made of, from 1; 0: none is known */
    uint64_t source_event; /* in the list of events that the trace is, from 1; 0: it is none */
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
 * before and behind the divergence, and the first EVD_QUOTATION_RUN_MAX of the divergence itself. Those before are of the
 * thread's 1,000 events before it, those that take no part among them. */
struct evd_quotation {
    size_t pair, divergence;
    struct evd_text source_thread[EVD_SIDES];                       /* what the traces call the threads; may be empty */
    struct evd_event_quotation *events[EVD_SIDES];                  /* in the order of the stream */
    size_t before[EVD_SIDES], inside[EVD_SIDES], behind[EVD_SIDES]; /* how many of them there are of each */
    struct evd_differing_field *fields; /* EVD_CLASS_VALUE: all that differ, the one that is told first */
    size_t field_count;                 /* at most EVD_QUOTATION_FIELDS_MAX */
    /* What the call is about: "a2=\"C:\\config.ini\", a0=\"0x94\"", the members of args_resolved, then those of args that this
     * does not have, of the divergence's first event or, where it has neither, of the next one of the same call among the first
     * EVD_QUOTATION_RUN_MAX of its run, or else of the nearest one before it in the thread, among EVD_ARGUMENTS_BACK_MAX. At most EVD_ARGUMENTS_BYTES_MAX bytes; empty where there are none. */
    struct evd_text arguments;
};

enum {
    EVD_QUOTATION_AROUND = 5,
    EVD_QUOTATION_RUN_MAX = 8,
    EVD_QUOTATION_BYTES_MAX = 1000, /* of a payload */
    EVD_SOURCE_THREAD_BYTES_MAX = 300,
    EVD_QUOTATIONS_MAX = 500,
    EVD_QUOTATION_FIELDS_MAX = 32,
    EVD_ARGUMENTS_BACK_MAX = 200,
    EVD_ARGUMENTS_BYTES_MAX = 300,
};

enum { EVD_LOOKS_MAX = 3 };

/* A place to look at; evd_family::suspicion says why it is one, and which of its divergences. */
struct evd_look {
    size_t family;
};

#ifdef __cplusplus
}
#endif

#endif
