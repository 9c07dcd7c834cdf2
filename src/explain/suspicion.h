/* Suspicion: how much more likely a family is a bug than noise, in points that say why.
 *
 * A point is a factor of two. The points are judgements, the same for all logs, made on what two correct runs of a
 * program show when they are compared; docs/divergences.md says what each is for.
 *
 * Ownership: nothing is kept. Threads: one outcome, one thread. */
#ifndef EVD_EXPLAIN_SUSPICION_H
#define EVD_EXPLAIN_SUSPICION_H

#include "align/divergences.h"
#include "explain/value_tally.h"
#include "rules/rules.h"

/* How many divergences are noise, where an outcome has news alone. */
struct evd_noise_counts {
    struct evd_table by_signature; /* → divergences */
    uint64_t *in_pair;             /* one a pair */
    uint64_t *breaks_in_pair;      /* of those, the ones that break a renaming */
};

/* Finds the most suspicious divergence of each root family, of those without a cause if there are any, and what makes
 * it suspicious: evd_family::suspicion. Families, causes, their roots and evd_divergence::fails are known; so are `tallies`, from
 * which what follows is taken. `rules` may be NULL: then
 * no kind of event creates threads. `noise`: with control runs, where the outcome has news alone, what it lacks; else
 * NULL. False when memory runs out. Cost: linear in the divergences, 8 bytes for each on
 * the way. */
bool evd_find_suspicion(struct evd_outcome *outcome, const struct evd_rules *rules,
                        const struct evd_noise_counts *noise, struct evd_value_tallies *tallies);

enum {
    EVD_AGREEMENT_EVENTS = 64, /* from which on more of them say no more, as for meeting points (align/resync.c) */
    EVD_FAILURE_POINTS = 4 * EVD_POINT,
    EVD_LOST_THREAD_POINTS = 4 * EVD_POINT,
    EVD_BROKEN_NAME_POINTS = 2 * EVD_POINT,
    EVD_VARYING_POINTS = -4 * EVD_POINT,
    EVD_MIRRORED_POINTS = -2 * EVD_POINT,
    EVD_OTHER_EVENTS_POINTS = -2 * EVD_POINT,
    EVD_OTHER_ORDER_POINTS = -1 * EVD_POINT,
    EVD_ORDINARY_POINTS = -5 * EVD_POINT,
    EVD_LOG_END_POINTS = -3 * EVD_POINT,
    EVD_STREAM_AND_LOG_END_POINTS = -6 * EVD_POINT,
    EVD_NOISY_PLACE_POINTS = -4 * EVD_POINT,
    EVD_KNOWN_FAMILY_POINTS = -2 * EVD_POINT,
};

#endif
