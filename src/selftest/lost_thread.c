#include "selftest/lost_thread.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "diff/outcome_phases.h"
#include "diff/pair_phases.h"

static bool has_pair(const struct evd_outcome *outcome, const int64_t tid[EVD_SIDES])
{
    size_t low = 0, high = outcome->pair_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (outcome->pairs[middle].tid[EVD_CANARY] < tid[EVD_CANARY])
            low = middle + 1;
        else
            high = middle;
    }
    return low < outcome->pair_count && outcome->pairs[low].tid[EVD_CANARY] == tid[EVD_CANARY] &&
           outcome->pairs[low].tid[EVD_OURS] == tid[EVD_OURS];
}

/* Marks the streams of a side that an outcome has pairs of. */
static bool *mark_paired(const struct evd_log *log, const struct evd_outcome *outcome, int side)
{
    bool *is_paired = calloc(log->stream_count + 1, sizeof *is_paired);
    for (size_t i = 0; is_paired != NULL && i < outcome->pair_count; i++) {
        const struct evd_stream *stream = evd_log_stream(log, outcome->pairs[i].tid[side]);
        if (stream != NULL)
            is_paired[stream - log->streams] = true;
    }
    return is_paired;
}

/* Whether a thread that had a counterpart has none now, which the rules do not allow for. False when memory runs out. */
static bool find_alone(const struct evd_plain_diff *diff, const struct evd_diff_run *without, bool *is_detected)
{
    bool is_done = true;
    for (int side = 0; is_done && side < EVD_SIDES; side++) {
        const struct evd_log *log = without->plan.log[side];
        const bool *may_be_missing = without->chosen.may_be_missing[side];
        bool *before = mark_paired(log, diff->outcome, side), *now = mark_paired(log, without->outcome, side);
        is_done = before != NULL && now != NULL;
        for (size_t i = 0; is_done && i < log->stream_count; i++)
            *is_detected |= before[i] && !now[i] && (may_be_missing == NULL || !may_be_missing[i]);
        free(before);
        free(now);
    }
    return is_done;
}

/* Diffs the threads that have other counterparts than before. */
static enum evd_status diff_others(const struct evd_plain_diff *diff, const struct evd_diff_run *without,
                                   bool *is_detected, struct evd_error *error)
{
    struct evd_tid_pair *map = calloc(without->outcome->pair_count + 1, sizeof *map);
    size_t count = 0;
    for (size_t i = 0; map != NULL && i < without->outcome->pair_count; i++) {
        const int64_t *tid = without->outcome->pairs[i].tid;
        if (!has_pair(diff->outcome, tid))
            map[count++] = (struct evd_tid_pair){tid[EVD_CANARY], tid[EVD_OURS]};
    }
    enum evd_status status = map == NULL ? evd_fail_memory(error) : EVD_OK;
    if (count > 0) {
        const struct evd_diff_options options = {.tid_map = map, .tid_map_count = count, .resync = true};
        struct evd_outcome *outcome = NULL;
        status = evd_session_diff(
            without->session, diff->log[EVD_CANARY], without->plan.log[EVD_OURS], &options, &outcome, error);
        for (size_t i = 0; status == EVD_OK && i < outcome->pair_count; i++)
            *is_detected |= outcome->pairs[i].divergence_count > 0;
        evd_outcome_free(outcome);
    }
    free(map);
    return status;
}

static enum evd_status settle(const struct evd_plain_diff *diff, struct evd_session *session,
                              const struct evd_diff_options *options, const struct evd_stream *lost,
                              struct evd_mutant *mutant, struct evd_error *error)
{
    static evd_phase *const PHASES[] = {evd_phase_prepare, evd_phase_choose, evd_phase_list_pairs};
    const struct evd_log *ours = diff->log[EVD_OURS];
    const size_t index = (size_t)(lost - ours->streams), behind = ours->stream_count - index - 1;
    struct evd_log rest = *ours;
    rest.streams = malloc(ours->stream_count * sizeof *rest.streams);
    if (rest.streams == NULL)
        return evd_fail_memory(error);
    memcpy(rest.streams, ours->streams, index * sizeof *rest.streams);
    memcpy(rest.streams + index, lost + 1, behind * sizeof *rest.streams);
    rest.stream_count--;
    struct evd_diff_run without = {
        .session = session, .options = options, .plan = {.log = {diff->log[EVD_CANARY], &rest}}};
    enum evd_status status = evd_run_phases(&without, PHASES, sizeof PHASES / sizeof PHASES[0], error);
    if (status == EVD_E_NO_MAPPING) {
        /* No thread has a counterpart any more, which a diff refuses. */
        mutant->is_detected = true;
        status = EVD_OK;
    } else if (status == EVD_OK && !find_alone(diff, &without, &mutant->is_detected)) {
        status = evd_fail_memory(error);
    } else if (status == EVD_OK && !mutant->is_detected) {
        status = diff_others(diff, &without, &mutant->is_detected, error);
    }
    evd_run_release(&without);
    evd_outcome_free(without.outcome);
    free(rest.streams);
    return status;
}

enum evd_status evd_settle_lost_threads(struct evd_selftest_plan *plan, const struct evd_plain_diff *diff,
                                        struct evd_session *session, const struct evd_diff_options *options,
                                        struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    const struct evd_diff_options pairing = {
        .tid_map = options->tid_map, .tid_map_count = options->tid_map_count, .pairing = options->pairing};
    for (size_t i = 0; status == EVD_OK && i < plan->mutant_count; i++) {
        struct evd_mutant *mutant = &plan->mutants[i];
        const struct evd_stretch *stretch = &plan->stretches.items[mutant->at.stretch];
        if (mutant->mutation == EVD_MUTATION_LOSE_THREAD && mutant->is_planted)
            status = settle(diff, session, &pairing, stretch->stream[EVD_OURS], mutant, error);
    }
    return status;
}
