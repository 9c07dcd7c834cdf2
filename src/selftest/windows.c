#include "selftest/windows.h"

#include <stdlib.h>

#include "base/fail.h"
#include "rules/absorber.h"

enum {
    EVENTS_BEFORE = 16,
    EVENTS_AFTER = 64, /* that take part in alignment, beyond what absorbers look ahead */
    LOOKAHEAD_MAX = 8192,
};

struct opening {
    const struct evd_selftest_plan *plan;
    uint64_t events_after;
};

/* How many events are needed behind a mutation: the absorbers see those that they look ahead to. */
static uint64_t events_after(const struct evd_rules *rules)
{
    const uint64_t ahead = evd_absorbers_lookahead(rules);
    return EVENTS_AFTER + (ahead < LOOKAHEAD_MAX ? ahead : LOOKAHEAD_MAX);
}

/* The window around the events from `first` to `last`. */
static struct evd_window window_around(const struct opening *opening, size_t stretch_index, uint64_t first,
                                       uint64_t last)
{
    const struct evd_stretch *stretch = &opening->plan->stretches.items[stretch_index];
    const struct evd_stream *stream = stretch->stream[EVD_OURS];
    const uint64_t least = stretch->from[EVD_OURS];
    const uint64_t from = first - least > EVENTS_BEFORE ? first - EVENTS_BEFORE : least;
    uint64_t to = last + 1;
    for (uint64_t after = 0; to < stretch->to && after < opening->events_after; to++)
        after += evd_event_tag(evd_stream_event(stream, to)) != EVD_TAG_ENGINE_LOCAL;
    return (struct evd_window){
        .from = {.stretch = stretch_index, .ours = from}, .to = {.stretch = stretch_index, .ours = to}};
}

static int by_place(const void *a, const void *b)
{
    const struct evd_boundary *left = *(const struct evd_boundary *const *)a;
    const struct evd_boundary *right = *(const struct evd_boundary *const *)b;
    if (left->stretch != right->stretch)
        return left->stretch < right->stretch ? -1 : 1;
    return (left->ours > right->ours) - (left->ours < right->ours);
}

enum evd_status evd_windows_open(const struct evd_selftest_plan *plan, struct evd_walker *walker,
                                 const struct evd_log *const logs[EVD_SIDES], struct evd_window **opened,
                                 struct evd_error *error)
{
    const struct opening opening = {plan, events_after(walker->rules)};
    const size_t most = plan->mutant_count * EVD_WINDOWS_PER_MUTANT;
    struct evd_boundary **boundaries = malloc((2 * most + 1) * sizeof *boundaries);
    size_t count = 0;
    enum evd_status status = EVD_OK;
    *opened = calloc(most + 1, sizeof **opened);
    if (boundaries == NULL || *opened == NULL) {
        status = evd_fail_memory(error);
        goto out;
    }
    for (size_t i = 0; i < plan->mutant_count; i++) {
        const struct evd_mutant *mutant = &plan->mutants[i];
        const struct evd_place at = mutant->at, other = mutant->other;
        struct evd_window *windows = &(*opened)[i * EVD_WINDOWS_PER_MUTANT];
        const uint64_t last = mutant->mutation == EVD_MUTATION_SWAP ? other.position : at.position;
        windows[0] = window_around(&opening, at.stretch, at.position, last);
        if (evd_window_count(mutant) == 2)
            windows[1] = window_around(&opening, other.stretch, other.position, other.position);
        for (size_t j = 0; j < evd_window_count(mutant); j++) {
            boundaries[count++] = &windows[j].from;
            boundaries[count++] = &windows[j].to;
        }
    }
    qsort(boundaries, count, sizeof *boundaries, by_place);
    status = evd_stretches_map(walker, logs, &plan->stretches, boundaries, count, error);
out:
    free(boundaries);
    return status;
}
