#include "align/parts.h"

#include <stdlib.h>

#include "base/fail.h"

enum { PARTS_PER_WORKER = 4 };

size_t evd_part_count(const struct evd_gap_help *help, size_t events)
{
    const size_t workers = evd_pool_size(help->pool), worth = events / help->part_events_min;
    const size_t most = PARTS_PER_WORKER * workers;
    return worth < workers ? workers : worth < most ? worth : most;
}

bool evd_part_init(struct evd_part *part, const struct evd_gaps *gaps)
{
    const struct evd_walker *from = gaps->recorder->walker;
    struct evd_walker *walker = &part->walker;
    *part = (struct evd_part){.gaps = {.recorder = &part->recorder}};
    const bool has_walker = evd_walker_init(walker, from->rules);
    const bool has_recorder = evd_recorder_init(&part->recorder);
    if (!has_walker || !has_recorder)
        return false;
    const struct evd_log *const log[EVD_SIDES] = {from->side[EVD_CANARY].log, from->side[EVD_OURS].log};
    const struct evd_stream *const stream[EVD_SIDES] = {from->side[EVD_CANARY].stream, from->side[EVD_OURS].stream};
    evd_walker_aim(walker, log, stream);
    evd_walker_set_plain(walker, from->is_plain);
    walker->has_open_end = from->has_open_end;
    walker->matched = from->matched != NULL ? &part->matched : NULL;
    walker->nulls = from->nulls != NULL ? &part->nulls : NULL;
    evd_recorder_aim(&part->recorder, walker, &part->arena, &part->list);
    part->recorder.reader.reread.is_plain = from->is_plain;
    part->recorder.has_mirrored = gaps->recorder->has_mirrored;
    for (int side = 0; side < EVD_SIDES; side++) {
        walker->whole[side] = from->whole[side];
        part->gaps.sequence[side] = gaps->sequence[side];
    }
    return true;
}

enum { BY_WALKER, BY_RECORDER }; /* evd_part::bytes_read */

void evd_part_settle(struct evd_part *part)
{
    part->is_settled = true;
    part->counts = part->walker.counts;
    part->bytes_read[BY_WALKER] = evd_walker_bytes_read(&part->walker);
    part->bytes_read[BY_RECORDER] = part->recorder.reader.reread.bytes_read;
    part->found = part->recorder.matched;
    part->told = part->recorder.told;
    part->walker.counts = (struct evd_walk_counts){0};
    evd_walker_release(&part->walker);
    evd_recorder_release(&part->recorder);
}

static void add_counts(const struct evd_part *part, struct evd_walker *to)
{
    const struct evd_walk_counts *from = &part->counts;
    to->counts.matched += from->matched;
    to->counts.exact_comparisons += from->exact_comparisons;
    for (size_t i = 0; i < to->rules->absorber_count; i++)
        to->counts.times[i] += from->times[i];
    for (int side = 0; side < EVD_SIDES; side++) {
        to->counts.engine_local[side] += from->engine_local[side];
        for (size_t i = 0; i < to->rules->absorber_count; i++)
            to->counts.absorbed[side][i] += from->absorbed[side][i];
    }
    to->block_reader.reread.bytes_read += part->bytes_read[BY_WALKER];
}

enum evd_status evd_part_join(struct evd_part *part, struct evd_gaps *gaps, struct evd_error *error)
{
    struct evd_recorder *recorder = gaps->recorder;
    struct evd_walker *walker = recorder->walker;
    if (!evd_divergences_expect(recorder->list, &part->list, recorder->matched, &part->place))
        return evd_fail_memory(error);
    evd_arena_take(recorder->arena, &part->arena);
    for (size_t i = 0; walker->matched != NULL && i < part->matched.count; i++)
        evd_matched_add(walker->matched, part->matched.runs[i].first[EVD_CANARY], part->matched.runs[i].first[EVD_OURS],
                        part->matched.runs[i].count);
    for (size_t i = 0; walker->nulls != NULL && i < part->nulls.count; i++)
        evd_null_list_add(walker->nulls, walker->counts.matched + part->nulls.nulls[i].rank,
                          part->nulls.nulls[i].position[EVD_CANARY], part->nulls.nulls[i].position[EVD_OURS]);
    if (walker->nulls != NULL)
        walker->nulls->matched_in_gaps += part->nulls.matched_in_gaps;
    add_counts(part, walker);
    recorder->matched += part->found;
    recorder->told += part->told - part->told_from;
    recorder->reader.reread.bytes_read += part->bytes_read[BY_RECORDER];
    gaps->cut_short += part->gaps.cut_short;
    const bool has_failed = (walker->matched != NULL && (walker->matched->failed || part->matched.failed)) ||
                            (walker->nulls != NULL && (walker->nulls->failed || part->nulls.failed));
    return has_failed ? evd_fail_memory(error) : EVD_OK;
}

struct moving {
    struct evd_part *parts;
    struct evd_divergence_list *list;
};

static void move_in(void *context, size_t task, unsigned worker)
{
    const struct moving *moving = context;
    struct evd_part *part = &moving->parts[task];
    (void)worker;
    if (part->place.natures == NULL)
        return;
    evd_divergences_move_in(moving->list, &part->list, &part->place);
    evd_divergences_release(&part->list);
}

void evd_parts_move_in(struct evd_part *parts, size_t count, struct evd_gaps *gaps, struct evd_pool *pool)
{
    struct moving moving = {parts, gaps->recorder->list};
    evd_pool_run(pool, count, move_in, &moving);
}

void evd_part_release(struct evd_part *part)
{
    if (!part->is_settled)
        evd_part_settle(part);
    for (int side = 0; side < EVD_SIDES; side++)
        free(part->counts.absorbed[side]);
    free(part->counts.times);
    evd_arena_release(&part->arena);
    evd_divergences_release(&part->list);
    free(part->place.natures);
    evd_matched_release(&part->matched);
    evd_null_list_release(&part->nulls);
}
