#include "align/relocate.h"

#include <stdlib.h>
#include <string.h>

#include "align/align.h"
#include "base/fail.h"
#include "base/grow.h"
#include "rules/absorber.h"
#include "walk/fits.h"

/* By what blocks are counterparts, one after the other: a block in which a value differs is still one that moved. */
enum likeness { ALL_EVENTS, FIRST_EVENT, ANY, LIKENESSES };

/* A block: the events from `first` to `end` - 1 of a stream, those that take no part among them. */
struct block {
    uint64_t first, end;
    uint64_t hash[LIKENESSES]; /* of its events that take part */
    size_t place;              /* how many events are before it that take part and are in no block */
    size_t partner;            /* of the other side, SIZE_MAX: none */
};

/* One side's stream: what is in blocks and what is left. */
struct part {
    struct block *blocks;
    size_t block_count, block_capacity;
    uint64_t *symbols; /* of the events that take part and are in no block */
    size_t symbol_count;
};

struct relocation {
    struct evd_walker *walker;
    struct evd_arranged *arranged;
    const struct evd_moved_block *moved;
    size_t index; /* of the rule */
    struct part part[EVD_SIDES];
    size_t *place_in_ours; /* of each place of canary's, up to symbol_count: which of ours it is */
};

static bool takes_part(const struct evd_event *event)
{
    return evd_event_tag(event) != EVD_TAG_ENGINE_LOCAL;
}

static uint64_t symbol_of(const struct evd_event *event)
{
    return evd_hash_pair(event->key, evd_event_tag(event));
}

static enum evd_status add_block(struct relocation *relocation, int side, uint64_t first, uint64_t length,
                                 struct evd_error *error)
{
    struct part *part = &relocation->part[side];
    void *blocks = evd_grow(part->blocks, part->block_count, &part->block_capacity, sizeof *part->blocks);
    if (blocks == NULL)
        return evd_fail_memory(error);
    part->blocks = blocks;
    struct block *block = &part->blocks[part->block_count++];
    *block = (struct block){.first = first, .end = first + length, .place = part->symbol_count, .partner = SIZE_MAX};
    for (uint64_t i = first; i < first + length; i++) {
        const struct evd_event *event = &relocation->arranged->events[side][i];
        if (!takes_part(event))
            continue;
        if (i == first)
            block->hash[FIRST_EVENT] = symbol_of(event);
        block->hash[ALL_EVENTS] = evd_hash_pair(block->hash[ALL_EVENTS], symbol_of(event));
    }
    return EVD_OK;
}

/* How long the block is that begins with an event; `ends`: of all of them, or NULL. */
static enum evd_status find_length(struct relocation *relocation, int side, uint64_t first, const uint64_t *ends,
                                   uint64_t *length, struct evd_error *error)
{
    const struct evd_event *event = &relocation->arranged->events[side][first];
    *length = 0;
    if (!takes_part(event))
        return EVD_OK;
    if (ends == NULL)
        return evd_block_length(
            relocation->walker, &relocation->moved->block, (enum evd_side)side, first, length, error);
    *length = ends[first] > 0 ? ends[first] - first : 0;
    return EVD_OK;
}

/* Takes a stream apart. */
static enum evd_status part_stream(struct relocation *relocation, int side, struct evd_error *error)
{
    const struct evd_event *events = relocation->arranged->events[side];
    const uint64_t count = relocation->arranged->stream[side].count;
    struct part *part = &relocation->part[side];
    const bool has_ends = relocation->moved->block.is_balanced && !relocation->walker->is_plain;
    uint64_t *ends = has_ends ? malloc((count + 1) * sizeof *ends) : NULL;
    part->symbols = malloc((count + 1) * sizeof *part->symbols);
    enum evd_status status = part->symbols == NULL || (has_ends && ends == NULL) ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK && has_ends)
        status = evd_block_ends(relocation->walker, &relocation->moved->block, (enum evd_side)side, ends, error);
    for (uint64_t i = 0; status == EVD_OK && i < count;) {
        uint64_t length;
        status = find_length(relocation, side, i, ends, &length, error);
        if (status == EVD_OK && length > 0)
            status = add_block(relocation, side, i, length, error);
        if (length == 0 && takes_part(&events[i]))
            part->symbols[part->symbol_count++] = symbol_of(&events[i]);
        i += length > 0 ? length : 1;
    }
    free(ends);
    return status;
}

/* Finds which place of ours each of canary's is. Between two meetings places are as far from the one before. */
static enum evd_status map_places(struct relocation *relocation, struct evd_error *error)
{
    const struct part *canary = &relocation->part[EVD_CANARY], *ours = &relocation->part[EVD_OURS];
    const uint64_t *const symbols[EVD_SIDES] = {canary->symbols, ours->symbols};
    const size_t count[EVD_SIDES] = {canary->symbol_count, ours->symbol_count};
    struct evd_alignment alignment = {0};
    size_t place = 0, other = 0;
    relocation->place_in_ours = malloc((canary->symbol_count + 1) * sizeof *relocation->place_in_ours);
    if (relocation->place_in_ours == NULL || canary->symbol_count > EVD_ALIGN_LENGTH_MAX ||
        ours->symbol_count > EVD_ALIGN_LENGTH_MAX || !evd_align(symbols, count, NULL, &alignment)) {
        evd_alignment_release(&alignment);
        return evd_fail_memory(error);
    }
    for (size_t i = 0; i <= alignment.match_count; i++) {
        const bool is_end = i == alignment.match_count;
        const size_t next = is_end ? canary->symbol_count : alignment.matches[i].first[EVD_CANARY];
        const size_t other_next = is_end ? ours->symbol_count : alignment.matches[i].first[EVD_OURS];
        for (; place < next; place++, other += other < other_next)
            relocation->place_in_ours[place] = other;
        other = other_next;
        for (size_t k = 0; !is_end && k < alignment.matches[i].count; k++)
            relocation->place_in_ours[place++] = other++;
    }
    relocation->place_in_ours[place] = ours->symbol_count;
    evd_alignment_release(&alignment);
    return EVD_OK;
}

/* A block by what it holds. */
struct entry {
    uint64_t hash;
    size_t index;
};

static int by_hash(const void *a, const void *b)
{
    const struct entry *l = a, *r = b;
    if (l->hash != r->hash)
        return l->hash < r->hash ? -1 : 1;
    return (l->index > r->index) - (l->index < r->index);
}

/* The blocks without a partner. */
static struct entry *list_entries(const struct part *part, enum likeness likeness, size_t *count)
{
    struct entry *entries = malloc((part->block_count + 1) * sizeof *entries);
    *count = 0;
    for (size_t i = 0; entries != NULL && i < part->block_count; i++)
        if (part->blocks[i].partner == SIZE_MAX)
            entries[(*count)++] = (struct entry){part->blocks[i].hash[likeness], i};
    if (entries != NULL)
        qsort(entries, *count, sizeof *entries, by_hash);
    return entries;
}

/* Of like blocks, each with the first one that is near enough. */
static enum evd_status pair_blocks(struct relocation *relocation, enum likeness likeness, struct evd_error *error)
{
    struct part *canary = &relocation->part[EVD_CANARY], *ours = &relocation->part[EVD_OURS];
    size_t canary_count, ours_count;
    struct entry *c = list_entries(canary, likeness, &canary_count);
    struct entry *o = list_entries(ours, likeness, &ours_count);
    const bool is_ready = c != NULL && o != NULL;
    for (size_t i = 0, j = 0; is_ready && i < canary_count && j < ours_count;) {
        struct block *left = &canary->blocks[c[i].index], *right = &ours->blocks[o[j].index];
        const uint64_t place = relocation->place_in_ours[left->place];
        if (c[i].hash < o[j].hash) {
            i++;
        } else if (c[i].hash > o[j].hash) {
            j++;
        } else if (right->place + relocation->moved->by < place) {
            j++;
        } else if (place + relocation->moved->by < right->place) {
            i++;
        } else {
            left->partner = o[j++].index;
            right->partner = c[i++].index;
        }
    }
    free(c);
    free(o);
    return is_ready ? EVD_OK : evd_fail_memory(error);
}

/* Writes our stream anew. */
struct writer {
    const struct relocation *relocation;
    const struct evd_event *from;
    struct evd_event *to;
    uint64_t written;
    size_t relocated; /* canary's blocks so far */
    size_t last;      /* our block behind the one that was relocated last */
    uint64_t moved;   /* events of relocated blocks that stand elsewhere now */
};

static void put(struct writer *writer, uint64_t first, uint64_t end)
{
    memcpy(writer->to + writer->written, writer->from + first, (end - first) * sizeof *writer->to);
    writer->written += end - first;
}

/* Puts the counterparts of canary's blocks up to a place of ours. */
static void put_relocated(struct writer *writer, size_t place)
{
    const struct relocation *relocation = writer->relocation;
    const struct part *canary = &relocation->part[EVD_CANARY];
    for (; writer->relocated < canary->block_count; writer->relocated++) {
        const struct block *block = &canary->blocks[writer->relocated];
        const size_t where = relocation->place_in_ours[block->place];
        if (where > place)
            return;
        if (block->partner == SIZE_MAX)
            continue;
        const struct block *ours = &relocation->part[EVD_OURS].blocks[block->partner];
        const bool is_elsewhere = ours->place != where || block->partner < writer->last;
        for (uint64_t i = ours->first; is_elsewhere && i < ours->end; i++)
            writer->moved += takes_part(&writer->from[i]);
        writer->last = block->partner + 1;
        put(writer, ours->first, ours->end);
    }
}

/* Puts our blocks where canary has them: before the event of that place, in canary's order, behind blocks that stay. */
static void write_ours(struct writer *writer)
{
    const struct part *ours = &writer->relocation->part[EVD_OURS];
    const uint64_t count = writer->relocation->arranged->stream[EVD_OURS].count;
    size_t place = 0, block = 0;
    for (uint64_t i = 0; i < count;) {
        if (block < ours->block_count && ours->blocks[block].first == i) {
            if (ours->blocks[block].partner == SIZE_MAX)
                put(writer, i, ours->blocks[block].end);
            i = ours->blocks[block++].end;
            continue;
        }
        if (takes_part(&writer->from[i]))
            put_relocated(writer, place++);
        put(writer, i, i + 1);
        i++;
    }
    put_relocated(writer, SIZE_MAX);
}

static enum evd_status rewrite_ours(struct relocation *relocation, struct evd_error *error)
{
    struct evd_arranged *arranged = relocation->arranged;
    const uint64_t count = arranged->stream[EVD_OURS].count;
    struct evd_event *copy = malloc((count + 1) * sizeof *copy);
    if (copy == NULL)
        return evd_fail_memory(error);
    memcpy(copy, arranged->events[EVD_OURS], count * sizeof *copy);
    struct writer writer = {.relocation = relocation, .from = copy, .to = arranged->events[EVD_OURS]};
    write_ours(&writer);
    arranged->moved[EVD_OURS][relocation->index] += writer.moved;
    free(copy);
    return EVD_OK;
}

static enum evd_status relocate_by_rule(struct relocation *relocation, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = part_stream(relocation, side, error);
    const bool has_blocks = relocation->part[EVD_CANARY].block_count > 0 && relocation->part[EVD_OURS].block_count > 0;
    if (status == EVD_OK && has_blocks)
        status = map_places(relocation, error);
    for (enum likeness likeness = 0; status == EVD_OK && has_blocks && likeness < LIKENESSES; likeness++)
        status = pair_blocks(relocation, likeness, error);
    if (status == EVD_OK && has_blocks)
        status = rewrite_ours(relocation, error);
    for (int side = 0; side < EVD_SIDES; side++) {
        free(relocation->part[side].blocks);
        free(relocation->part[side].symbols);
    }
    free(relocation->place_in_ours);
    return status;
}

enum evd_status evd_relocate(struct evd_walker *walker, struct evd_arranged *arranged, struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < rules->absorber_count; i++) {
        const struct evd_absorber_rule *rule = &rules->absorbers[i];
        if (rule->disabled || rule->type->moved == NULL)
            continue;
        struct relocation relocation = {
            .walker = walker, .arranged = arranged, .moved = rule->type->moved(rule), .index = i};
        status = relocate_by_rule(&relocation, error);
    }
    return status;
}
