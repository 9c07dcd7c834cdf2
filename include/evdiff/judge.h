/* Judging: what tonight's outcomes of a job are, measured by the ledger and by earlier nights. No log is read.
 *
 *     evd_ledger_read(paths, 2, &ledger, &error);
 *     evd_saved_read("jobs/boot/outcome.json.zst", &outcome, &error);
 *     struct evd_night_of_job night = {.job = job, .outcomes = &outcome, .outcome_count = 1, .today = 20261129, .confirm = 2};
 *     evd_judge(ledger, &night, &judgement, &error);
 *     … judgement->families, judgement->lines …
 *
 * The caller knows the past, from earlier outcomes or from a history, and says of it what it knows: what it leaves zero is
 * not known, and nothing is concluded from it. docs/ledger.md says in words what each state means.
 *
 * Threads: any number at once; a judgement is read-only. */
#ifndef EVDIFF_JUDGE_H
#define EVDIFF_JUDGE_H

#include "evdiff/ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where things stand: of a family that occurs tonight, or of a line of the ledger whose family does not. */
enum evd_standing {
    /* Of families: */
    EVD_STANDING_NEW, /* a root that no line lists; or a listed one with news (evd_judged_family::news) that fails as new */
    EVD_STANDING_UNCONFIRMED, /* the same, not in all of tonight's runs and not in enough nights in a row */
    EVD_STANDING_MOVED,     /* the same, and a line that could be meant did not occur: evd_judged_family::moved_from */
    EVD_STANDING_REGRESSED, /* its line says fixed */
    EVD_STANDING_EXPIRED,   /* its line's last day has passed */
    EVD_STANDING_GROWN,     /* listed, with news that do not fail the night */
    EVD_STANDING_KNOWN,     /* listed as such */
    EVD_STANDING_FLAKY,
    EVD_STANDING_NOISE,    /* listed as such; or explained by the diff's control runs */
    EVD_STANDING_FOLLOWER, /* no line lists it, and it follows from another family */
    /* Of lines without a divergence tonight: */
    EVD_STANDING_FIXED_MAYBE, /* a line that says known, and its place was passed in all of tonight's runs */
    EVD_STANDING_MASKED,      /* its place lies in another divergence: evd_judged_line::masked_by */
    EVD_STANDING_NOT_REACHED, /* nothing came to its place: left over, no counterpart, an inconclusive outcome */
    EVD_STANDING_STALE, /* reached without it in evd_night_of_job::stale_nights nights in a row, tonight's among them */
    EVD_STANDING_ABSENT, /* none of these: its place is not known, or passed by a line that is not known */
    EVD_STANDINGS,
};

/* "not_reached" for programs, "not reached" for people, "fixed?" for EVD_STANDING_FIXED_MAYBE; NULL past the last one. */
const char *evd_standing_name(enum evd_standing standing);
const char *evd_standing_summary(enum evd_standing standing);

/* Whether a night fails by it unless the caller says otherwise: new, moved, regressed, expired. */
bool evd_standing_fails(enum evd_standing standing);

/* What is new in a family that is listed, the gravest first. */
enum evd_family_news {
    EVD_FAMILY_NEWS_NONE,
    EVD_FAMILY_NEWS_FAILURE, /* a call fails on one side only, which neither the line nor an earlier night has seen; fails as new */
    EVD_FAMILY_NEWS_VALUES,   /* a pair of values that no earlier night had */
    EVD_FAMILY_NEWS_THREAD,   /* a thread that no earlier night had it in */
    EVD_FAMILY_NEWS_PLACE,    /* no values, and a place that no earlier night had it at */
    EVD_FAMILY_NEWS_COUNT,    /* more than EVD_GROWN_FACTOR times as many divergences as in any earlier night */
    EVD_FAMILY_NEWS_FOLLOWER, /* a family that no line lists and no earlier night had follows from it */
    EVD_FAMILY_NEWS_KINDS,
};

const char *evd_family_news_name(enum evd_family_news news);
/* "a call fails on one side only, which was not listed" */
const char *evd_family_news_summary(enum evd_family_news news);

enum { EVD_GROWN_FACTOR = 10, EVD_STALE_NIGHTS = 60, EVD_FIXED_NIGHTS = 3, EVD_CONFIRM_NIGHTS = 2 };

/* An event of canary; or, where ours had too much, the place before it. */
struct evd_canary_place {
    int64_t tid, tid_event_idx;
    bool is_between;
};

/* The place where a family is first in an outcome, to be remembered. */
struct evd_canary_place evd_place_of_family(const struct evd_outcome *outcome, const struct evd_family *family);

/* What tells the two values of a divergence from others; of one without values its place in canary's thread. Never 0. */
uint64_t evd_hash_of_values(const struct evd_divergence *divergence);

/* What earlier nights of the job know of a family. "Conclusive" nights are those whose outcomes are neither inconclusive nor
 * without anything compared. All zero but for the key: it was never seen. */
struct evd_past_family {
    struct evd_ledger_key key;
    bool has_place;
    struct evd_canary_place place; /* where it last was first */
    uint64_t root_nights;          /* conclusive nights in a row up to yesterday in which it was a root */
    uint64_t passed_nights;        /* the same in which its place was passed without it (evd_judged_line::was_passed) */
    uint64_t count_max;            /* its most divergences in one outcome of the last 30 nights; 0: not known */
    const int64_t *tids;           /* of canary, of the threads it has occurred in; NULL: not known */
    size_t tid_count;
    const uint64_t *values; /* evd_hash_of_values of its divergences; NULL: not known */
    size_t value_count;
};

/* A job tonight, and what is known of it. Everything is borrowed. */
struct evd_night_of_job {
    struct evd_text job;
    const struct evd_outcome *const *outcomes; /* of tonight's runs of one build; at least one */
    size_t outcome_count;
    const struct evd_past_family *past; /* or NULL */
    size_t past_count;
    bool has_other_canary; /* canary's log is not that of the past: places, threads and values of it mean nothing */
    evd_day today;         /* 0: no line expires */
    uint64_t confirm;      /* nights in a row; 0: EVD_CONFIRM_NIGHTS; 1: a root is new at once */
    uint64_t stale_nights; /* 0: EVD_STALE_NIGHTS */
    uint64_t fixed_nights; /* 0: EVD_FIXED_NIGHTS */
};

struct evd_judged_family {
    enum evd_standing standing;
    size_t run, family;                        /* the first of tonight's outcomes that has it, and its index there */
    size_t run_count;                          /* how many of tonight's outcomes have it */
    bool is_root;                              /* in one of them at least */
    const struct evd_ledger_entry *entry;      /* that lists it, or NULL */
    const struct evd_ledger_entry *moved_from; /* that could be meant, also when it is unconfirmed; or NULL */
    enum evd_family_news news;                 /* with an entry */
    /* Where; of EVD_FAMILY_NEWS_COUNT the family's first place, of _FOLLOWER the other one's. */
    size_t news_run, news_pair, news_divergence;
    size_t follows; /* EVD_STANDING_FOLLOWER: index in evd_judgement::families of the root it follows from in that
                                   run; else SIZE_MAX */
    uint64_t count; /* its most divergences in one of tonight's outcomes */
    bool fails;     /* evd_standing_fails of its standing */
};

/* A line of the ledger that is for the job, and whose family does not occur tonight. */
struct evd_judged_line {
    enum evd_standing standing;
    const struct evd_ledger_entry *entry;
    bool is_expired; /* its last day has passed */
    bool has_place;  /* the past knows where it was */
    struct evd_canary_place place;
    bool was_passed;              /* in all of tonight's runs */
    bool is_confirmed;            /* EVD_STANDING_FIXED_MAYBE: for fixed_nights in a row, tonight's among them */
    size_t masked_run, masked_by; /* EVD_STANDING_MASKED: of which run, index in evd_judgement::families */
};

struct evd_judgement {
    struct evd_judged_family *families; /* each once, in the order of the first outcome that has it */
    size_t family_count;
    struct evd_judged_line *lines; /* in the order of the ledger */
    size_t line_count;
    size_t counts[EVD_STANDINGS]; /* of both */
    bool is_conclusive;           /* one of tonight's outcomes is */
    bool fails;                   /* some family does */
};

/* Judges a job. *judgement borrows the ledger, and is freed with evd_judgement_free; NULL when it fails. `ledger` may be NULL: nothing is listed.
 * Errors: EVD_E_ARGUMENT when an outcome was made without resync and is conclusive; EVD_E_NO_MEMORY. Cost: n log n in divergences, linear in the past and in the lines of the ledger, times the
 * outcomes. */
enum evd_status evd_judge(const struct evd_ledger *ledger, const struct evd_night_of_job *night,
                          struct evd_judgement **judgement, struct evd_error *error);

/* Takes NULL too. */
void evd_judgement_free(struct evd_judgement *judgement);

/* What is said of a family, or of a line alone, in the words of reports. Borrows the ledger. */
void evd_list_family(const struct evd_judged_family *judged, struct evd_listed_family *listed);
void evd_list_entry(const struct evd_ledger_entry *entry, struct evd_listed_family *listed);

/* What a judgement of one outcome alone says of its families, for reports. *known borrows the ledger, and is freed with
 * evd_known_free; NULL when it fails. Errors: EVD_E_NO_MEMORY. Cost: linear in the families. */
enum evd_status evd_known_make(const struct evd_judgement *judgement, const struct evd_outcome *outcome,
                               struct evd_known **known, struct evd_error *error);

/* Takes NULL too. */
void evd_known_free(struct evd_known *known);

#ifdef __cplusplus
}
#endif

#endif
