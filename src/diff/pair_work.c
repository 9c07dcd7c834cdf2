#include "diff/pair_work.h"

#include <stdlib.h>

bool evd_pair_worker_init(struct evd_pair_worker *worker, const struct evd_rules *rules)
{
    *worker = (struct evd_pair_worker){.text = {0}};
    const bool has_walker = evd_walker_init(&worker->walker, rules);
    return evd_recorder_init(&worker->recorder) && has_walker;
}

void evd_pair_worker_release(struct evd_pair_worker *worker)
{
    evd_walker_release(&worker->walker);
    evd_recorder_release(&worker->recorder);
    evd_buffer_release(&worker->text);
    free(worker->absorbed.events);
    evd_arena_release(&worker->arena);
}

void evd_pair_worker_set_plain(struct evd_pair_worker *worker, bool is_plain)
{
    evd_walker_set_plain(&worker->walker, is_plain);
    worker->recorder.reader.reread.is_plain = is_plain;
}

uint64_t evd_pair_worker_bytes_read(const struct evd_pair_worker *worker)
{
    return evd_walker_bytes_read(&worker->walker) + worker->recorder.reader.reread.bytes_read;
}

struct evd_matched *evd_pair_work_take_matched(struct evd_pair_work *works, size_t count)
{
    struct evd_matched *matched = calloc(count + 1, sizeof *matched);
    for (size_t i = 0; matched != NULL && i < count; i++) {
        matched[i] = works[i].finds->matched;
        works[i].finds->matched = (struct evd_matched){0};
    }
    return matched;
}

void evd_pair_finds_release(struct evd_pair_finds *finds)
{
    evd_divergences_release(&finds->divergences);
    evd_matched_release(&finds->matched);
    evd_name_break_list_release(&finds->breaks);
    evd_null_list_release(&finds->nulls);
}

void evd_pair_work_release(struct evd_pair_work *work)
{
    evd_arranged_free(work->arranged);
    work->arranged = NULL;
    if (work->finds == NULL)
        return;
    evd_pair_finds_release(work->finds);
    free(work->finds);
    work->finds = NULL;
}

void evd_pair_worker_hand_over(struct evd_pair_worker *worker, struct evd_arena *arena)
{
    evd_arena_take(arena, &worker->arena);
    worker->zeros = NULL;
}
