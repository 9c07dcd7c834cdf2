#include "align/gap_parts.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/failures.h"

enum { CHUNK_EVENTS = 4096, MEMOS = 8192 };

/* The call that all events with a key are. */
struct memo {
    uint64_t key, call; /* key 0: none */
};

struct lister {
    struct evd_call_reader reader;
    struct memo *memos;
};

struct listing {
    const struct evd_cursor *cursor;
    const struct evd_sequence *sequence;
    size_t from; /* the side's first event in the gap */
    size_t count;
    uint64_t *calls;
    struct lister *listers; /* one a worker */
    struct evd_failures failures;
};

static enum evd_status list_call(struct lister *lister, const struct evd_log *log, const struct evd_event *event,
                                 uint64_t *hash, struct evd_error *error)
{
    struct memo *memo = &lister->memos[(event->key ^ event->key >> 32) % MEMOS];
    struct evd_call call = {0};
    bool is_told_by_key;
    if (memo->key == event->key && event->key != 0 && !lister->reader.reread.is_plain) {
        *hash = memo->call;
        return EVD_OK;
    }
    const enum evd_status status = evd_call_read(&lister->reader, log, event, &call, &is_told_by_key, error);
    *hash = call.hash;
    if (status == EVD_OK && is_told_by_key)
        *memo = (struct memo){event->key, call.hash};
    return status;
}

static void list_chunk(void *context, size_t task, unsigned worker)
{
    struct listing *listing = context;
    const struct evd_cursor *cursor = listing->cursor;
    const size_t from = task * CHUNK_EVENTS;
    const size_t to = listing->count - from > CHUNK_EVENTS ? from + CHUNK_EVENTS : listing->count;
    enum evd_status status = EVD_OK;
    struct evd_error error;
    for (size_t i = from; status == EVD_OK && i < to; i++)
        status =
            list_call(&listing->listers[worker], cursor->log,
                      evd_stream_event(cursor->stream, evd_sequence_position(listing->sequence, listing->from + i)),
                      &listing->calls[i], &error);
    evd_failures_add(&listing->failures, worker, task, status, &error);
}

enum evd_status evd_gap_list_calls_in_parts(struct evd_gaps *gaps, int side, const struct evd_gap *gap, uint64_t *calls,
                                            struct evd_error *error)
{
    const struct evd_walker *walker = gaps->recorder->walker;
    const unsigned workers = evd_pool_size(gaps->help->pool);
    struct listing listing = {
        .cursor = &walker->side[side],
        .sequence = &gaps->sequence[side],
        .from = gap->from[side],
        .count = gap->to[side] - gap->from[side],
        .calls = calls,
        .listers = calloc(workers, sizeof *listing.listers)};
    bool is_ready = evd_failures_init(&listing.failures, workers) && listing.listers != NULL;
    for (unsigned i = 0; listing.listers != NULL && i < workers; i++) {
        struct lister *lister = &listing.listers[i];
        lister->memos = calloc(MEMOS, sizeof *lister->memos);
        is_ready = evd_call_reader_init(&lister->reader) && lister->memos != NULL && is_ready;
        lister->reader.reread.is_plain = walker->is_plain;
    }
    enum evd_status status = is_ready ? EVD_OK : evd_fail_memory(error);
    if (is_ready) {
        evd_pool_run(gaps->help->pool, (listing.count + CHUNK_EVENTS - 1) / CHUNK_EVENTS, list_chunk, &listing);
        status = evd_failures_tell(&listing.failures, error);
    }
    for (unsigned i = 0; listing.listers != NULL && i < workers; i++) {
        struct lister *lister = &listing.listers[i];
        gaps->recorder->reader.reread.bytes_read += lister->reader.reread.bytes_read;
        evd_call_reader_release(&lister->reader);
        free(lister->memos);
    }
    free(listing.listers);
    evd_failures_release(&listing.failures);
    return status;
}

struct taking {
    const struct evd_gap_step *steps;
    size_t count;
    evd_take_gap_step *take;
    struct evd_part *parts;
    size_t part_count;
};

static void take_part(void *context, size_t task, unsigned worker)
{
    struct taking *taking = context;
    struct evd_part *part = &taking->parts[task];
    const size_t from = taking->count * task / taking->part_count;
    const size_t to = taking->count * (task + 1) / taking->part_count;
    (void)worker;
    for (size_t i = from; part->status == EVD_OK && i < to; i++)
        part->status = taking->take(&part->gaps, &taking->steps[i], &part->error);
    evd_part_settle(part);
}

enum evd_status evd_gap_take_in_parts(struct evd_gaps *gaps, const struct evd_gap_step *steps, size_t count,
                                      evd_take_gap_step *take, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    size_t events = 0;
    for (size_t i = 0; i < count; i++)
        events += steps[i].count;
    struct taking taking = {
        .steps = steps, .count = count, .take = take, .part_count = evd_part_count(gaps->help, events)};
    taking.parts = calloc(taking.part_count, sizeof *taking.parts);
    if (taking.parts == NULL)
        return evd_fail_memory(error);
    size_t ready = 0;
    for (; status == EVD_OK && ready < taking.part_count; ready++)
        if (!evd_part_init(&taking.parts[ready], gaps))
            status = evd_fail_memory(error);
    if (status == EVD_OK)
        evd_pool_run(gaps->help->pool, taking.part_count, take_part, &taking);
    for (size_t i = 0; i < ready; i++) {
        struct evd_part *part = &taking.parts[i];
        if (status == EVD_OK && part->status != EVD_OK) {
            status = part->status;
            if (error != NULL)
                *error = part->error;
        }
        if (status == EVD_OK)
            status = evd_part_join(part, gaps, error);
    }
    if (status == EVD_OK)
        evd_parts_move_in(taking.parts, ready, gaps, gaps->help->pool);
    for (size_t i = 0; i < ready; i++)
        evd_part_release(&taking.parts[i]);
    free(taking.parts);
    return status;
}
