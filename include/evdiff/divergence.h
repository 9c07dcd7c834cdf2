/* Where two threads differ: a divergence, and all that is told of the first one.
 *
 * Ownership: borrows from its outcome. Threads: read-only once evd_diff has returned it. */
#ifndef EVDIFF_DIVERGENCE_H
#define EVDIFF_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/side.h"
#include "evdiff/value.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EVD_CONTEXT_MAX = 5 }; /* matching events quoted before a divergence */

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

/* Not so many events are aligned at once. */
#define EVD_RUN_COUNT_MAX (((uint32_t)1 << 30) - 1)

/* A run of one stream's events, from one that takes part in alignment to one that does. */
struct evd_run {
    /* Of the first event, in the stream, from 0; where it would be when count is 0. Of the stream as it was compared: rules about
     * order may have put it in another order than the log has. */
    uint64_t position;
    uint32_t count;    /* events that take part in alignment, at most EVD_RUN_COUNT_MAX; 0: the side has nothing here */
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

/* A run as a divergence keeps it, for there may be millions: evd_run_of tells it. Most are small, and of events whose
 * tid_event_idx ascend by one: those are told by what they are off their position. */
struct evd_kept_run {
    union {
        struct {
            uint32_t position;
            int32_t idx_ahead; /* first_idx, less the position */
        } at;
        const struct evd_run *run; /* with EVD_RUN_APART */
    };
    uint32_t offset_low;
    uint16_t offset_high;
    uint16_t count; /* or EVD_RUN_APART */
};

enum { EVD_RUN_APART = UINT16_MAX }; /* a run that does not fit is kept for itself */

/* What names and marks make of two events that match but for them. */
struct evd_noted_values {
    struct evd_field_value value[EVD_SIDES];   /* evd_divergence::value */
    const struct evd_broken_renaming *breaks;  /* what a name contradicts; or NULL */
    const struct evd_marked_null *marked_null; /* a null that a mark hides; or NULL. The values are those of its field,
                                                  unless a name of the event breaks a renaming */
};

/* One place where a pair's streams differ. There may be millions: what few of them have is kept elsewhere, and told by
 * evd_run_of, evd_breaks_of, evd_marked_null_of and evd_pair_outcome::divergence_controls; what it follows from by
 * evd_cause_of and evd_root_of. */
struct evd_divergence {
    enum evd_divergence_class class_ : 4;
    enum evd_cause cause : 4;
    enum evd_news news : 3; /* with control runs: why it is new; EVD_NEWS_NONE: it is noise */
    /* EVD_CLASS_VALUE: the values are names of a rule of `compare` that stood for others before; false in an outcome that was
     * read from its report, where its suspicion tells. */
    bool is_renamed_anew : 1;
    bool has_noisy_place : 1; /* with control runs: one of them was not in step at these events either */
    bool is_ordinary : 1; /* each two events in a row of ours, from the one before it to the one behind it, are in a row
                              somewhere in canary too, or in a control run of it; only known where it may be looked at */
    bool is_at_end : 1;   /* all its events are in the last 64th of their logs' text */
    bool has_notes : 1;   /* EVD_CLASS_VALUE: `value` is that of a struct evd_noted_values */
    bool fails[EVD_SIDES];              /* EVD_CLASS_VALUE: the value says that the call failed, as the rules tell it */
    uint32_t family;                    /* index in evd_outcome::families */
    struct evd_kept_run run[EVD_SIDES]; /* see evd_run_of */
    uint64_t matched_after;             /* pairs of events that match between it and the pair's next divergence */
    const struct evd_field_value *value; /* EVD_CLASS_VALUE: those that differ, one a side; else NULL */
};

/* The run of a side. Cost: O(1). */
static inline struct evd_run evd_run_of(const struct evd_divergence *divergence, int side)
{
    const struct evd_kept_run *kept = &divergence->run[side];
    if (kept->count == EVD_RUN_APART)
        return *kept->run;
    const int64_t first = (int64_t)kept->at.position + kept->at.idx_ahead;
    const struct evd_run run = {kept->at.position, kept->count, first, first + (kept->count > 0 ? kept->count - 1 : 0),
                                (uint64_t)kept->offset_high << 32 | kept->offset_low};
    return run;
}

/* EVD_CLASS_VALUE: what a name contradicts; mostly NULL. Cost: O(1). */
static inline const struct evd_broken_renaming *evd_breaks_of(const struct evd_divergence *divergence)
{
    return divergence->has_notes ? ((const struct evd_noted_values *)divergence->value)->breaks : NULL;
}

/* EVD_CLASS_VALUE: a null that a mark hides; mostly NULL. Cost: O(1). */
static inline const struct evd_marked_null *evd_marked_null_of(const struct evd_divergence *divergence)
{
    return divergence->has_notes ? ((const struct evd_noted_values *)divergence->value)->marked_null : NULL;
}

/* Whether its values are names, of a class or of a rule of `compare`, that stood for others before. Cost: O(1). */
static inline bool evd_breaks_a_renaming(const struct evd_divergence *divergence)
{
    return divergence->is_renamed_anew || evd_breaks_of(divergence) != NULL;
}

#ifdef __cplusplus
}
#endif

#endif
