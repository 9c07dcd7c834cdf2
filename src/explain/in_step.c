#include "explain/in_step.h"

#include "explain/drift.h"

/* How many events must match in a row until streams that parted are in step again. What the other path did takes
 * effect for about as long as it was itself; the same call again is more of the same for longer. */
static uint64_t steps_needed(uint64_t path_events, bool is_same_call)
{
    const uint64_t needed = path_events * EVD_STEPS_PER_EVENT;
    if (path_events == 0)
        return 1;
    if (is_same_call || needed > EVD_IN_STEP)
        return EVD_IN_STEP;
    return needed < EVD_STEPS_MIN ? EVD_STEPS_MIN : needed;
}

bool evd_is_other_path(const struct evd_divergence *divergence)
{
    return divergence->class_ != EVD_CLASS_VALUE || divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS];
}

bool evd_steps_add(struct evd_steps *steps, const struct evd_divergence *divergences,
                   const struct evd_nature_list *natures, size_t index, uint64_t matched)
{
    const struct evd_divergence *divergence = &divergences[index];
    const bool drifts = evd_drifts(divergences, natures, index);
    steps->in_step += matched;
    const bool is_out =
        steps->has_first &&
        (drifts || steps->in_step < steps_needed(steps->path_events, evd_nature_of(natures, index)->call ==
                                                                         evd_nature_of(natures, steps->first)->call));
    if (!is_out) {
        steps->first = index;
        steps->has_first = true;
        steps->path_events = 0;
    }
    steps->in_step = drifts ? steps->in_step + 1 : 0;
    if (evd_is_other_path(divergence))
        steps->path_events +=
            (uint64_t)evd_run_of(divergence, EVD_CANARY).count + evd_run_of(divergence, EVD_OURS).count;
    return is_out;
}
