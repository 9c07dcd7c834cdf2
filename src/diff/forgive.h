/* Forgive: divergences that the rules forgive are taken out of a pair's list and counted as absorbed, before anything is
 * made of them: they are no one's cause and of no family. */
#ifndef EVD_DIFF_FORGIVE_H
#define EVD_DIFF_FORGIVE_H

#include "align/divergences.h"
#include "names/name_break.h"
#include "walk/walk.h"

struct evd_forgiven {
    size_t count;     /* divergences */
    uint64_t in_step; /* of those, two events that the walk had not taken for matching, of which a value is forgiven */
    uint64_t first_matched; /* pairs of events that match before the first divergence that is left */
};

/* Takes the forgiven ones out of `list`, whose pair the walker is aimed at and `breaks` are of; those events are moved from differing and
 * left over to absorbed in the pair's counts, by rule in `absorbed`, one number a rule of a side. Two events of which a value is forgiven are in step: for ranks
 * behind them they match. Errors: as evd_walk. Cost: a rule with `when` reads the first events of divergences, and both of those of which
 * a value is forgiven. */
enum evd_status evd_forgive(struct evd_walker *walker, const struct evd_name_break_list *breaks,
                            struct evd_divergence_list *list, struct evd_pair_outcome *pair,
                            uint64_t *const absorbed[EVD_SIDES], struct evd_forgiven *forgiven,
                            struct evd_error *error);

#endif
