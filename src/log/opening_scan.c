#include "log/opening_scan.h"

#include <stdlib.h>

#include "base/fail.h"
#include "log/opening_index.h"
#include "log/skipped.h"

enum { CHUNK_BYTES_MIN = 1 << 20, CHUNK_BYTES_MAX = 3 << 20, CHUNKS_PER_THREAD = 16 };

/* A thread's share of evd_read_options::memory_bytes is so many times the text that it scans at once. */
enum { SHARES_OF_MEMORY = 4 };

/* Of `bytes` to scan in all logs. */
static uint64_t choose_chunk_bytes(const struct evd_opening *opening, uint64_t bytes)
{
    uint64_t chosen = opening->options->chunk_bytes;
    if (chosen == 0) {
        const uint64_t share = bytes / (evd_pool_size(opening->pool) * CHUNKS_PER_THREAD);
        chosen = share < CHUNK_BYTES_MIN ? CHUNK_BYTES_MIN : share < CHUNK_BYTES_MAX ? share : CHUNK_BYTES_MAX;
    }
    /* What is being read is in memory in any case: room for records that are 16 bytes of 38. */
    const uint64_t memory = opening->options->memory_bytes;
    const uint64_t most = memory / (evd_pool_size(opening->pool) * SHARES_OF_MEMORY);
    if (memory > 0 && chosen > most)
        chosen = most > CHUNK_BYTES_MIN ? most : CHUNK_BYTES_MIN;
    /* A chunk has pages of its own, however little it holds. */
    const uint64_t least = bytes / EVD_CHUNKS_MAX + (bytes % EVD_CHUNKS_MAX != 0);
    if (chosen < least)
        chosen = least;
    return chosen < EVD_CHUNK_BYTES_MAX ? chosen : EVD_CHUNK_BYTES_MAX;
}

/* Room for the hashes of a log's blocks, where they are asked for and its text is the file itself. */
static bool make_blocks(struct evd_opening *opening, size_t log)
{
    const struct evd_source *source = &opening->logs[log]->source;
    if (!opening->options->has_content_hash || opening->logs[log]->saved != NULL || !source->is_mapped ||
        source->import != NULL || source->length != source->file_size)
        return true;
    opening->blocks[log] = calloc(evd_content_block_count(source->length) + 1, sizeof *opening->blocks[log]);
    /* A header alone has no stretch that would hash it. */
    for (uint64_t begin = 0;
         opening->blocks[log] != NULL && opening->begins[log] == source->length && begin < source->length;
         begin += EVD_CONTENT_BLOCK_BYTES) {
        const uint64_t rest = source->length - begin;
        opening->blocks[log][begin / EVD_CONTENT_BLOCK_BYTES] = evd_content_block(
            source->bytes + begin, rest < EVD_CONTENT_BLOCK_BYTES ? (size_t)rest : EVD_CONTENT_BLOCK_BYTES);
    }
    return opening->blocks[log] != NULL;
}

/* The log's hash by those of its blocks. */
static void keep_content_hash(const struct evd_opening *opening, size_t log)
{
    struct evd_log *opened = opening->logs[log];
    opened->has_content_hash = opening->blocks[log] != NULL;
    if (opened->has_content_hash)
        opened->content_hash = evd_content_hash(opening->blocks[log], evd_content_block_count(opened->source.length));
}

bool evd_opening_cut(struct evd_opening *opening)
{
    uint64_t bytes = 0;
    size_t count = 0;
    for (size_t i = 0; i < opening->log_count; i++)
        bytes += opening->logs[i]->source.length - opening->begins[i];
    const uint64_t chunk_bytes = choose_chunk_bytes(opening, bytes);
    for (size_t i = 0; i < opening->log_count; i++) {
        const uint64_t rest = opening->logs[i]->source.length - opening->begins[i];
        count += rest / chunk_bytes + (rest % chunk_bytes != 0);
    }
    for (size_t i = 0; i < opening->log_count; i++)
        if (!make_blocks(opening, i))
            return false;
    opening->stretches = calloc(count + 1, sizeof *opening->stretches);
    opening->chunks = calloc(count + 1, sizeof *opening->chunks);
    if (opening->stretches == NULL || opening->chunks == NULL)
        return false;
    for (size_t i = 0; i < opening->log_count; i++) {
        const uint64_t length = opening->logs[i]->source.length;
        const size_t first = opening->chunk_count;
        for (uint64_t begin = opening->begins[i]; begin < length;) {
            const uint64_t end = length - begin > chunk_bytes ? begin + chunk_bytes : length;
            opening->stretches[opening->chunk_count] =
                (struct evd_stretch){i, opening->chunk_count - first, begin, end};
            opening->chunk_count++;
            begin = end;
        }
        if (opening->logs[i]->saved == NULL &&
            (opening->indexes[i] =
                 evd_index_create(opening->logs[i], opening->chunks + first, opening->chunk_count - first,
                                  evd_pool_size(opening->pool), &opening->rooms, opening->text_limit.spill)) == NULL)
            return false;
    }
    return evd_event_rooms_init(&opening->rooms, opening->chunk_count, chunk_bytes);
}

/* The end first: who sees the count must see how far it reaches. */
static void count_problems(struct evd_opening *opening, size_t task, size_t count)
{
    size_t end = atomic_load(&opening->problems_end);
    while (end <= task && !atomic_compare_exchange_weak(&opening->problems_end, &end, task + 1))
        continue;
    atomic_fetch_add(&opening->problem_count, count);
}

/* A block is hashed with the stretch that it begins in; what is before the events, with the first one. */
static uint64_t first_block(const struct evd_opening *opening, const struct evd_stretch *stretch)
{
    return stretch->begin == opening->begins[stretch->log] ? 0 : evd_content_block_count(stretch->begin);
}

static void scan_stretch(void *context, size_t task, unsigned worker)
{
    struct evd_opening *opening = context;
    const struct evd_stretch *stretch = &opening->stretches[task];
    /* With enough problems before this stretch, its own are not asked for. */
    if (atomic_load(&opening->problem_count) >= opening->problems_max && atomic_load(&opening->problems_end) <= task)
        return;
    const struct evd_scan_job job = {
        .rules = opening->rules,
        .source = &opening->logs[stretch->log]->source,
        .worker = worker,
        .log = stretch->log,
        .begin = stretch->begin,
        .end = stretch->end,
        .problems_max = opening->problems_max,
        .rooms = &opening->rooms,
        .spill = opening->text_limit.spill,
        .side = opening->logs[stretch->log]->side,
        .blocks = opening->blocks[stretch->log],
        .first_block = first_block(opening, stretch),
        .has_statistics = opening->options->has_statistics,
        .is_plain = opening->options->is_plain,
        .is_tolerant = opening->options->is_tolerant,
    };
    struct evd_chunk *chunk = &opening->chunks[task];
    evd_scan(opening->scanners[worker], &job, chunk);
    if (chunk->problem_count > 0 && !job.is_tolerant)
        count_problems(opening, task, chunk->problem_count);
    /* What was seen of a log takes memory beside its events: it goes before the next log's is all there. */
    if (evd_index_add(opening->indexes[stretch->log], stretch->number))
        evd_opening_build(opening, stretch->log);
    const uint64_t bytes = stretch->end - stretch->begin;
    const uint64_t done = atomic_fetch_add(&opening->done_bytes, bytes) + bytes;
    if (worker == 0 && opening->options->progress != NULL)
        opening->options->progress(opening->options->progress_context, done, opening->total_bytes);
}

/* What was read of a log that was cut meanwhile means nothing: then only that is listed. */
static enum evd_status check_sources(struct evd_opening *opening, struct evd_error *error)
{
    bool has_fault = false;
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_error fault;
        if (evd_source_check(&opening->logs[i]->source, &fault) == EVD_OK)
            continue;
        if (!has_fault)
            opening->problems.count = 0;
        has_fault = true;
        const enum evd_status status = evd_problems_add_fault(&opening->problems, i, &fault, error);
        if (status != EVD_OK)
            return status;
    }
    return has_fault ? evd_opening_conclude(opening, error) : EVD_OK;
}

enum evd_status evd_opening_scan(struct evd_opening *opening, struct evd_error *error)
{
    const unsigned workers = evd_pool_size(opening->pool);
    evd_pool_run(opening->pool, opening->chunk_count, scan_stretch, opening);
    evd_event_rooms_release(&opening->rooms);
    for (size_t i = 0; i < opening->chunk_count; i++)
        if (opening->chunks[i].failed)
            return evd_fail_memory(error);
    for (size_t i = 0; i < workers; i++)
        if (opening->scanners[i]->hasher.failed)
            return evd_fail_memory(error);
    for (size_t i = 0; i < opening->log_count; i++)
        keep_content_hash(opening, i);
    enum evd_status status = check_sources(opening, error);
    for (size_t i = 0; i < opening->chunk_count && status == EVD_OK; i++) {
        const struct evd_chunk *chunk = &opening->chunks[i];
        if (opening->options->is_tolerant) {
            evd_skipped_add(opening->logs[opening->stretches[i].log], chunk);
            continue;
        }
        for (size_t j = 0; j < chunk->problem_count && j < opening->problems_max; j++) {
            if (!evd_problems_add(&opening->problems, opening->stretches[i].log, chunk->problems[j].offset, true,
                                  chunk->problems[j].reason))
                return evd_fail_memory(error);
        }
    }
    return status;
}
