/* Blocks: stretches of a stream that are compared and checked as a whole. */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "log/saved_index.h"

uint64_t evd_blocks_most(uint64_t event_count)
{
    return event_count / EVD_BLOCK_EVENTS_MIN + 1;
}

static void count_ordinals(const struct evd_rules *rules, unsigned tag, uint16_t *ordinals)
{
    if (tag < EVD_TAG_ORDINALS)
        return;
    const struct evd_ordinal_tag *numbers = &rules->tags[tag];
    uint32_t bits = numbers->slot_bits;
    for (uint32_t slot = numbers->slot_first; bits != 0; slot++, bits >>= 1)
        ordinals[slot] += bits & 1;
}

/* True for one in 64 of different pairs of keys: there a block may end. Content-defined chunking, after Muthitacharoen,
 * Chen, Mazieres: A Low-bandwidth Network File System, 2001. */
static bool is_end(uint64_t previous_key, uint64_t key)
{
    return ((key + previous_key * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u) >> 58 == 0;
}

/* Of the records from one position to the one before another. */
static uint64_t hash_records(const struct evd_stream *stream, uint64_t from, uint64_t to)
{
    XXH3_state_t state;
    if (evd_stream_piece(stream, from, to) == to - from)
        return XXH3_64bits(evd_stream_event(stream, from), (to - from) * sizeof(struct evd_event));
    XXH3_64bits_reset(&state);
    for (uint64_t count; from < to; from += count) {
        count = evd_stream_piece(stream, from, to);
        const struct evd_event *records = evd_stream_event(stream, from);
        XXH3_64bits_update(&state, records, count * sizeof *records);
    }
    return XXH3_64bits_digest(&state);
}

/* Takes events from block->first on; returns the position after the block. */
static uint64_t make_block(const struct evd_rules *rules, const struct evd_stream *stream, struct evd_block *block,
                           uint16_t *ordinals, uint64_t *participating)
{
    uint64_t taken[EVD_BLOCK_EVENTS_MAX][2];
    uint64_t count = 0, position = block->first, key = 0;
    bool has_ended = false;
    for (; position < stream->count && !has_ended; position++) {
        const struct evd_event *event = evd_stream_event(stream, position);
        const unsigned tag = evd_event_tag(event);
        count_ordinals(rules, tag, ordinals);
        if (tag == EVD_TAG_ENGINE_LOCAL)
            continue;
        taken[count][0] = event->key;
        taken[count++][1] = tag;
        has_ended = count == EVD_BLOCK_EVENTS_MAX || (count >= EVD_BLOCK_EVENTS_MIN && is_end(key, event->key));
        key = event->key;
    }
    block->hash = XXH3_64bits(taken, count * sizeof taken[0]);
    block->checksum = hash_records(stream, block->first, position);
    *participating += count;
    return position;
}

uint64_t evd_blocks_make(const struct evd_rules *rules, const struct evd_stream *stream, struct evd_block *blocks,
                         uint16_t *ordinals, uint64_t *participating)
{
    const uint64_t stride = evd_block_stride(rules->slot_count);
    uint64_t count = 0;
    *participating = 0;
    for (uint64_t position = 0; position < stream->count; count++) {
        uint16_t *here = ordinals + count * stride;
        memset(here, 0, stride * sizeof *here);
        blocks[count] = (struct evd_block){.first = position, .participating = *participating};
        position = make_block(rules, stream, &blocks[count], here, participating);
    }
    return count;
}

uint64_t evd_stream_block(const struct evd_stream *stream, uint64_t position)
{
    uint64_t low = 0, high = stream->saved->count;
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (stream->saved->list[middle].first <= position)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* True when the block's records are those that were saved, hold nothing that is out of bounds, and as many events that
 * take part as it claims. */
static bool verify_block(const struct evd_log *log, const struct evd_stream *stream, uint64_t index, uint64_t *end)
{
    const struct evd_block *block = &stream->saved->list[index];
    *end = index + 1 < stream->saved->count ? block[1].first : stream->count;
    const struct evd_event *events = stream->records + block->first;
    const uint64_t count = *end - block->first;
    if (XXH3_64bits(events, count * sizeof *events) != block->checksum)
        return false;
    uint64_t next_offset = 0, participating = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t offset = evd_event_offset(&events[i]);
        if (offset < next_offset || offset >= log->source.length || evd_event_tag(&events[i]) >= log->rules->tag_count)
            return false;
        next_offset = offset + 1;
        participating += evd_event_tag(&events[i]) != EVD_TAG_ENGINE_LOCAL;
    }
    const uint64_t before_next =
        index + 1 < stream->saved->count ? block[1].participating : stream->saved->participating;
    return participating == before_next - block->participating;
}

/* From a block on. */
static bool verify_from(const struct evd_log *log, const struct evd_stream *stream, uint64_t block, uint64_t to,
                        uint64_t *end)
{
    bool is_good;
    do
        is_good = verify_block(log, stream, block++, end);
    while (is_good && *end < to);
    if (!is_good)
        atomic_store(&log->saved->is_damaged, true);
    return is_good;
}

bool evd_stream_verify(const struct evd_log *log, const struct evd_stream *stream, uint64_t from, uint64_t to,
                       uint64_t *end)
{
    uint64_t known = stream->count;
    const bool is_good = !evd_stream_has_blocks(stream) || from >= to ||
                         verify_from(log, stream, evd_stream_block(stream, from), to, &known);
    if (end != NULL)
        *end = known;
    return is_good;
}

bool evd_stream_verify_at(const struct evd_log *log, const struct evd_stream *stream, uint64_t position,
                          struct evd_verified *verified)
{
    const bool is_same = verified->stream == stream;
    struct evd_verified block = {.stream = stream, .to = stream->count};
    if (is_same && position >= verified->from && position < verified->to)
        return true;
    if (evd_stream_has_blocks(stream)) {
        const uint64_t index = evd_stream_block(stream, position);
        if (!verify_from(log, stream, index, position + 1, &block.to))
            return false;
        block.from = stream->saved->list[index].first;
    }
    if (is_same && verified->from < verified->to && block.from <= verified->to && verified->from <= block.to) {
        block.from = block.from < verified->from ? block.from : verified->from;
        block.to = block.to > verified->to ? block.to : verified->to;
    }
    *verified = block;
    return true;
}
