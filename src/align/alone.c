#include "align/alone.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "walk/absorb.h"

/* The index in the sequence of the first event at or after a position, from `index` on. */
static size_t index_behind(const struct evd_sequence *sequence, size_t index, uint64_t position)
{
    while (index < sequence->count && evd_sequence_position(sequence, index) < position)
        index++;
    return index;
}

/* Copies what is left of one side of a gap, and the event behind the gap where there is one: a gap that does not reach the
 * stream's end must not seem to. */
static enum evd_status leave_out(struct evd_gaps *gaps, const struct evd_gap *gap, enum evd_side side,
                                 struct evd_sequence *rest, struct evd_error *error)
{
    struct evd_walker *walker = gaps->recorder->walker;
    const struct evd_sequence *sequence = &gaps->sequence[side];
    const size_t most = gap->to[side] - gap->from[side] + 1;
    rest->positions = malloc(most * sizeof *rest->positions);
    rest->start = sequence->start;
    if (rest->positions == NULL)
        return evd_fail_memory(error);
    for (size_t i = gap->from[side]; i < gap->to[side];) {
        struct evd_absorption absorption;
        const enum evd_status status =
            evd_absorb_alone(walker, side, evd_sequence_position(sequence, i), false, &absorption, error);
        if (status != EVD_OK)
            return status;
        const size_t behind = index_behind(sequence, i, evd_sequence_position(sequence, i) + absorption.count);
        if (absorption.count > 0 && behind <= gap->to[side]) {
            walker->counts.absorbed[side][absorption.absorber] += behind - i;
            walker->counts.times[absorption.absorber]++;
            i = behind;
            continue;
        }
        rest->positions[rest->count++] = sequence->positions[i++];
    }
    if (gap->to[side] < sequence->count)
        rest->positions[rest->count] = sequence->positions[gap->to[side]];
    return EVD_OK;
}

static bool is_empty(const struct evd_gap *gap)
{
    return gap->from[EVD_CANARY] == gap->to[EVD_CANARY] || gap->from[EVD_OURS] == gap->to[EVD_OURS];
}

static bool are_equal(const struct evd_gaps *gaps, const size_t places[EVD_SIDES])
{
    return evd_gap_symbol(gaps, EVD_CANARY, places[EVD_CANARY]) == evd_gap_symbol(gaps, EVD_OURS, places[EVD_OURS]);
}

/* What was between them is gone: events that match now are no part of the gap. */
static enum evd_status classify_between(struct evd_gaps *gaps, struct evd_gap gap, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    while (status == EVD_OK && !is_empty(&gap) && are_equal(gaps, gap.from))
        status = evd_gap_match(gaps, gap.from[EVD_CANARY]++, gap.from[EVD_OURS]++, error);
    size_t behind = 0;
    while (!is_empty(&gap) && are_equal(gaps, (const size_t[]){gap.to[EVD_CANARY] - 1, gap.to[EVD_OURS] - 1})) {
        gap.to[EVD_CANARY]--;
        gap.to[EVD_OURS]--;
        behind++;
    }
    if (status == EVD_OK && (gap.from[EVD_CANARY] < gap.to[EVD_CANARY] || gap.from[EVD_OURS] < gap.to[EVD_OURS]))
        status = evd_gap_classify(gaps, &gap, error);
    for (size_t i = 0; status == EVD_OK && i < behind; i++)
        status = evd_gap_match(gaps, gap.to[EVD_CANARY] + i, gap.to[EVD_OURS] + i, error);
    return status;
}

enum evd_status evd_gap_classify_rest(struct evd_gaps *gaps, const struct evd_gap *gap, struct evd_error *error)
{
    struct evd_gaps rest = *gaps;
    struct evd_gap between = {{0, 0}, {0, 0}};
    enum evd_status status = EVD_OK;
    if (!gaps->recorder->walker->rules->absorbs_alone)
        return evd_gap_classify(gaps, gap, error);
    for (int side = 0; side < EVD_SIDES; side++)
        rest.sequence[side] = (struct evd_sequence){0};
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        status = leave_out(gaps, gap, (enum evd_side)side, &rest.sequence[side], error);
        between.to[side] = rest.sequence[side].count;
        rest.sequence[side].count += gap->to[side] < gaps->sequence[side].count;
    }
    /* Nothing was absorbed: the two of one symbol may be the divergence (align/resync.c). */
    const bool is_whole = between.to[EVD_CANARY] == gap->to[EVD_CANARY] - gap->from[EVD_CANARY] &&
                          between.to[EVD_OURS] == gap->to[EVD_OURS] - gap->from[EVD_OURS];
    if (status == EVD_OK && is_whole) {
        status = evd_gap_classify(gaps, gap, error);
    } else if (status == EVD_OK) {
        status = classify_between(&rest, between, error);
        gaps->cut_short = rest.cut_short;
    }
    for (int side = 0; side < EVD_SIDES; side++)
        free(rest.sequence[side].positions);
    return status;
}
