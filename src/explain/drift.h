/* Drift: events in a row that differ in nothing but a number that is ahead, by the same amount in all of them. One
 * event that is missing may put a count of instructions ahead for good; the streams go on in step all the same, and
 * what else differs among such events has another reason. */
#ifndef EVD_EXPLAIN_DRIFT_H
#define EVD_EXPLAIN_DRIFT_H

#include <string.h>

#include "align/divergences.h"

/* So many before it make a divergence one of a drift. */
enum { EVD_DRIFT_EVENTS = 3 };

static inline bool evd_drift_goes_on(const struct evd_divergence *a, const struct evd_divergence_nature *nature_a,
                                     const struct evd_divergence *b, const struct evd_divergence_nature *nature_b)
{
    if (a->matched_after > 0 || a->value == NULL || b->value == NULL)
        return false;
    for (int side = 0; side < EVD_SIDES; side++)
        if (a->value[side].form == EVD_NUMBER_NONE || b->value[side].form == EVD_NUMBER_NONE)
            return false;
    const uint64_t ahead = (uint64_t)a->value[EVD_OURS].number - (uint64_t)a->value[EVD_CANARY].number;
    return ahead != 0 && ahead == (uint64_t)b->value[EVD_OURS].number - (uint64_t)b->value[EVD_CANARY].number &&
           nature_a->field.length == nature_b->field.length &&
           memcmp(nature_a->field.bytes, nature_b->field.bytes, nature_a->field.length) == 0;
}

/* True when a pair's divergence `index` and the EVD_DRIFT_EVENTS before it are one drift. */
static inline bool evd_drifts(const struct evd_divergence *divergences, const struct evd_nature_list *natures,
                              size_t index)
{
    for (size_t i = 0; i < EVD_DRIFT_EVENTS; i++)
        if (index < i + 1 || !evd_drift_goes_on(&divergences[index - i - 1], evd_nature_of(natures, index - i - 1),
                                                &divergences[index - i], evd_nature_of(natures, index - i)))
            return false;
    return true;
}

#endif
