/* Writing a saved index: the sections in order (log/saved_index.h), the checksums first. */
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fail.h"
#include "log/saved_index.h"

/* What is written beside the events. */
struct tables {
    struct evd_saved_stream *streams;
    uint64_t *counted;
    struct evd_block *blocks;
    uint16_t *ordinals;
    uint64_t block_count;
};

static void release(struct tables *tables)
{
    free(tables->streams);
    free(tables->counted);
    free(tables->blocks);
    free(tables->ordinals);
}

static bool make_tables(const struct evd_log *log, struct tables *tables)
{
    const struct evd_rules *rules = log->rules;
    uint64_t most = 0;
    for (size_t i = 0; i < log->stream_count; i++)
        most += evd_blocks_most(log->streams[i].count);
    tables->streams = calloc(log->stream_count + 1, sizeof *tables->streams);
    tables->counted = calloc(log->stream_count * rules->counted_count + 1, sizeof *tables->counted);
    tables->blocks = calloc(most + 1, sizeof *tables->blocks);
    tables->ordinals = calloc(most * evd_block_stride(rules->slot_count) + 1, sizeof *tables->ordinals);
    if (tables->streams == NULL || tables->counted == NULL || tables->blocks == NULL || tables->ordinals == NULL)
        return false;
    for (size_t i = 0; i < log->stream_count; i++) {
        const struct evd_stream *stream = &log->streams[i];
        struct evd_saved_stream *saved = &tables->streams[i];
        *saved = (struct evd_saved_stream){
            .tid = stream->tid,
            .count = stream->count,
            .has_pairing_value = stream->has_pairing_value,
            .pairing_value = stream->pairing_value,
        };
        saved->block_count = evd_blocks_make(
            rules, stream, tables->blocks + tables->block_count,
            tables->ordinals + tables->block_count * evd_block_stride(rules->slot_count), &saved->participating);
        tables->block_count += saved->block_count;
        for (size_t j = 0; j < rules->counted_count; j++)
            tables->counted[i * rules->counted_count + j] = stream->counted[j];
    }
    return true;
}

/* A stretch of the file. */
struct piece {
    const void *bytes;
    size_t size;
};

enum { PIECES = 7 };

static void list_pieces(const struct evd_log *log, const struct tables *tables, struct piece *pieces)
{
    const struct evd_rules *rules = log->rules;
    pieces[0] = (struct piece){tables->streams, log->stream_count * sizeof *tables->streams};
    pieces[1] = (struct piece){tables->counted, log->stream_count * rules->counted_count * sizeof *tables->counted};
    pieces[2] = (struct piece){log->kind_uses, evd_rules_use_count(rules) * sizeof *log->kind_uses};
    pieces[3] = (struct piece){log->floating.hashes, log->floating.count * sizeof *log->floating.hashes};
    pieces[4] = (struct piece){log->creations, log->creation_count * sizeof *log->creations};
    pieces[5] = (struct piece){tables->blocks, tables->block_count * sizeof *tables->blocks};
    pieces[6] = (struct piece){
        tables->ordinals, tables->block_count * evd_block_stride(rules->slot_count) * sizeof *tables->ordinals};
}

static uint64_t hash_pieces(const struct piece *pieces)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (int i = 0; i < PIECES; i++)
        if (pieces[i].size > 0)
            XXH3_64bits_update(&state, pieces[i].bytes, pieces[i].size);
    return XXH3_64bits_digest(&state);
}

static struct evd_saved_header make_header(const struct evd_log *log, const struct evd_fingerprint *stored,
                                           uint64_t stored_hash, const struct tables *tables, uint64_t tables_hash)
{
    struct evd_saved_header header = {
        .version = EVD_SAVED_VERSION,
        .byte_order = EVD_SAVED_BYTE_ORDER,
        .rules_hash = evd_saved_rules_hash(log),
        .stored = *stored,
        .stored_hash = stored_hash,
        .text_length = log->source.length,
        .stream_count = log->stream_count,
        .counted_count = log->rules->counted_count,
        .use_count = evd_rules_use_count(log->rules),
        .floating_count = log->floating.count,
        .creation_count = log->creation_count,
        .block_count = tables->block_count,
        .slot_count = log->rules->slot_count,
        .event_count = log->event_count,
        .tables_hash = tables_hash,
    };
    memcpy(header.magic, EVD_SAVED_MAGIC, sizeof header.magic);
    header.header_hash = XXH3_64bits(&header, offsetof(struct evd_saved_header, header_hash));
    return header;
}

bool evd_index_is_possible(const struct evd_log *log)
{
    return log->can_be_saved && log->skipped.count == 0 && !log->is_header_late;
}

/* Records of streams that lie in many pieces, on their way to `write`. */
struct gathered {
    evd_write *write;
    void *context;
    struct evd_event records[1024];
    size_t count;
};

static bool write_gathered(struct gathered *gathered)
{
    const size_t count = gathered->count;
    gathered->count = 0;
    return count == 0 ||
           gathered->write(gathered->context, (const char *)gathered->records, count * sizeof *gathered->records);
}

static bool write_records(struct gathered *gathered, const struct evd_stream *stream)
{
    const uint64_t most = sizeof gathered->records / sizeof *gathered->records;
    for (uint64_t from = 0, count; from < stream->count; from += count) {
        const struct evd_event *records = evd_stream_event(stream, from);
        count = evd_stream_piece(stream, from, stream->count);
        if (count > most - gathered->count && !write_gathered(gathered))
            return false;
        if (count > most) {
            if (!gathered->write(gathered->context, (const char *)records, count * sizeof *records))
                return false;
            continue;
        }
        memcpy(gathered->records + gathered->count, records, count * sizeof *records);
        gathered->count += count;
    }
    return true;
}

enum evd_status evd_index_write(const struct evd_log *log, evd_write *write, void *context, struct evd_error *error)
{
    if (!log->can_be_saved)
        return evd_fail_at(error, EVD_E_INDEX, log->path, 0, 0, "only a regular file can have an index");
    if (!evd_index_is_possible(log))
        return evd_fail_at(error, EVD_E_INDEX, log->path, 0, 0, "a log with lines that were skipped can have no index");
    uint64_t stored_hash;
    struct evd_fingerprint stored = log->stored;
    evd_fingerprint_sample(&stored, &log->source);
    const enum evd_status status = evd_fingerprint_hash_all(&log->source, &stored_hash, error);
    if (status != EVD_OK)
        return status;
    struct tables tables = {0};
    struct piece pieces[PIECES];
    if (!make_tables(log, &tables)) {
        release(&tables);
        return evd_fail_memory(error);
    }
    list_pieces(log, &tables, pieces);
    const struct evd_saved_header header = make_header(log, &stored, stored_hash, &tables, hash_pieces(pieces));
    bool is_written = write(context, (const char *)&header, sizeof header);
    for (int i = 0; i < PIECES && is_written; i++)
        is_written = pieces[i].size == 0 || write(context, pieces[i].bytes, pieces[i].size);
    struct gathered gathered = {.write = write, .context = context};
    for (size_t i = 0; i < log->stream_count && is_written; i++)
        is_written = write_records(&gathered, &log->streams[i]);
    is_written = is_written && write_gathered(&gathered);
    release(&tables);
    return is_written ? EVD_OK : evd_fail_at(error, EVD_E_IO, log->path, 0, 0, "its index could not be written");
}
