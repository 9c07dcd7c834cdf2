#include "walk/fits.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/table.h"
#include "log/canon.h"
#include "rules/absorber.h"
#include "walk/same.h"

/* Where an answer is kept: those asked about are the same few events over and over. */
static struct evd_absorber_memo *find_memo(struct evd_walker *walker, const struct evd_when *when, uint64_t key)
{
    const uint64_t mixed = key + UINT64_C(0x9e3779b97f4a7c15) * (when->number + UINT64_C(1));
    return &walker->memos[(mixed ^ mixed >> 32) % EVD_ABSORBER_MEMOS];
}

/* Those of absorbers come first. */
static uint32_t question_of(const struct evd_walker *walker, const struct evd_when *when)
{
    return (uint32_t)walker->rules->absorber_count * EVD_ABSORBER_QUESTIONS + 1 + when->number;
}

/* The event at a position, with its values as the log has them; good until the next one is read. */
static enum evd_status read_event(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                  struct evd_event_view *view, struct evd_error *error)
{
    struct evd_cursor *cursor = &walker->side[side];
    const struct evd_event *event = evd_cursor_event(cursor, position);
    if (event == NULL)
        return evd_cursor_fail(cursor, error);
    return evd_reader_read(&walker->block_reader, cursor->log, event, NULL, view, error);
}

enum evd_status evd_fits(struct evd_walker *walker, const struct evd_when *when, enum evd_side side, uint64_t position,
                         bool *fits, struct evd_error *error)
{
    struct evd_cursor *cursor = &walker->side[side];
    const struct evd_event *event = evd_cursor_event(cursor, position);
    *fits = false;
    if (event == NULL)
        return evd_cursor_fail(cursor, error);
    if ((when->has_side && when->side != side) || (walker->owners != NULL && walker->owners[position] != 0))
        return EVD_OK;
    struct evd_absorber_memo *memo = find_memo(walker, when, event->key);
    const uint32_t question = question_of(walker, when);
    if (memo->key == event->key && memo->question == question && memo->aim == walker->aim && !walker->is_plain) {
        *fits = memo->is_so;
        return EVD_OK;
    }
    struct evd_event_view view;
    const enum evd_status status = read_event(walker, side, position, &view, error);
    if (status != EVD_OK)
        return status;
    bool failed = false;
    const struct evd_string call = evd_payload_call(view.fields.rule, view.payload);
    *fits = evd_when_holds(&walker->block_reader.arena, when, view.fields.kind, call, view.payload, &failed);
    if (failed)
        return evd_fail_memory(error);
    if (evd_when_is_told_by_key(when, view.fields.rule, view.fields.compare->count))
        *memo = (struct evd_absorber_memo){.key = event->key, .aim = walker->aim, .question = question, .is_so = *fits};
    return EVD_OK;
}

/* ---- blocks ---- */

/* A walk over the events of a stream from where a block begins. */
struct search {
    struct evd_walker *walker;
    const struct evd_rule_block *block;
    enum evd_side side;
    uint64_t position, end; /* the next event, and how far a block may reach */
};

/* Passes over events that take no part; false in *is_there where the block can reach no further. */
static enum evd_status go_to_next(struct search *search, bool *is_there, struct evd_error *error)
{
    struct evd_cursor *cursor = &search->walker->side[search->side];
    for (*is_there = false; search->position < search->end; search->position++) {
        const struct evd_event *event = evd_cursor_event(cursor, search->position);
        if (event == NULL)
            return evd_cursor_fail(cursor, error);
        if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
            continue;
        *is_there = true;
        return EVD_OK;
    }
    return EVD_OK;
}

static enum evd_status find_list(struct search *search, bool *is_block, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    *is_block = true;
    for (size_t i = 0; status == EVD_OK && *is_block && i < search->block->count; i++) {
        status = go_to_next(search, is_block, error);
        if (status == EVD_OK && *is_block)
            status =
                evd_fits(search->walker, &search->block->events[i], search->side, search->position++, is_block, error);
    }
    return status;
}

enum evd_status evd_event_hash_at(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                  const struct evd_path *paths, size_t count, uint64_t *hash, struct evd_error *error)
{
    struct evd_event_view view;
    struct evd_value payload;
    const enum evd_status status = read_event(walker, side, position, &view, error);
    if (status != EVD_OK)
        return status;
    *hash = 0;
    if (!evd_event_view_payload(&view, &payload))
        return evd_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        *hash = evd_hash_pair(*hash, evd_path_hash(&paths[i], &payload));
    return EVD_OK;
}

/* A hash of what an event has at the paths of `same`. */
static enum evd_status hash_same(struct search *search, uint64_t *hash, struct evd_error *error)
{
    *hash = 0;
    return search->block->same_count == 0
               ? EVD_OK
               : evd_event_hash_at(search->walker, search->side, search->position, search->block->same,
                                   search->block->same_count, hash, error);
}

/* True in *fits when the event is at that end of a block of the same values. */
static enum evd_status is_end(struct search *search, size_t end, uint64_t same, bool *fits, struct evd_error *error)
{
    enum evd_status status =
        evd_fits(search->walker, &search->block->events[end], search->side, search->position, fits, error);
    if (status != EVD_OK || !*fits)
        return status;
    uint64_t hash;
    status = hash_same(search, &hash, error);
    *fits = status == EVD_OK && hash == same;
    return status;
}

static enum evd_status find_balanced(struct search *search, bool *is_block, struct evd_error *error)
{
    uint64_t same, depth = 1;
    enum evd_status status =
        evd_fits(search->walker, &search->block->events[0], search->side, search->position, is_block, error);
    if (status != EVD_OK || !*is_block)
        return status;
    status = hash_same(search, &same, error);
    search->position++;
    while (status == EVD_OK && depth > 0) {
        status = go_to_next(search, is_block, error);
        if (status != EVD_OK || !*is_block)
            return status;
        bool fits;
        status = is_end(search, 1, same, &fits, error);
        if (status == EVD_OK && fits) {
            depth--;
        } else if (status == EVD_OK) {
            status = is_end(search, 0, same, &fits, error);
            depth += fits;
        }
        search->position++;
    }
    return status;
}

/* How many events the block that begins at `position` reaches over; 0: none begins there, or, *is_open, it reaches over more
 * than `most`. */
static enum evd_status find_length_within(struct search *search, uint64_t position, uint64_t most, uint64_t *length,
                                          bool *is_open, struct evd_error *error)
{
    const uint64_t rest = search->walker->side[search->side].stream->count - position;
    search->position = position;
    search->end = position + (rest < most ? rest : most);
    bool is_block;
    const enum evd_status status =
        search->block->is_balanced ? find_balanced(search, &is_block, error) : find_list(search, &is_block, error);
    *length = status == EVD_OK && is_block ? search->position - position : 0;
    *is_open = status == EVD_OK && !is_block && search->position > position && search->end - position < rest;
    return status;
}

static enum evd_status find_length(struct search *search, uint64_t position, uint64_t *length, struct evd_error *error)
{
    bool is_open;
    return find_length_within(search, position, EVD_BLOCK_REACH_MAX, length, &is_open, error);
}

/* Blocks of a stream that are open, in one pass: what opens one of the same values makes them one deeper, what closes one less
 * deep, and a block ends where its values are for the first time less deep than where it began. */
struct open_blocks {
    struct search search;
    struct evd_table depths; /* hash of the values → how deep, modulo 2^64 */
    struct evd_table lasts;  /* hash of values and depth → the last block that began there and is open, + 1 */
    uint64_t from, count;    /* the positions that `befores` and `ends` are of */
    uint64_t *befores;       /* of each block that is open: the one before it there, + 1 */
    uint64_t *ends;
};

static enum evd_status pass_event(struct open_blocks *open, uint64_t position, struct evd_error *error)
{
    struct search *search = &open->search;
    bool opens, closes;
    uint64_t same;
    search->position = position;
    enum evd_status status = evd_fits(search->walker, &search->block->events[0], search->side, position, &opens, error);
    if (status == EVD_OK)
        status = evd_fits(search->walker, &search->block->events[1], search->side, position, &closes, error);
    if (status != EVD_OK || (!opens && !closes))
        return status;
    status = hash_same(search, &same, error);
    if (status != EVD_OK)
        return status;
    uint64_t *depth = evd_table_put(&open->depths, same, 0, NULL);
    if (depth == NULL)
        return evd_fail_memory(error);
    uint64_t *last = closes ? evd_table_get(&open->lasts, evd_hash_pair(same, *depth)) : NULL;
    while (last != NULL && *last != 0) {
        const uint64_t begin = *last - 1;
        if (position - begin < EVD_BLOCK_REACH_MAX)
            open->ends[begin - open->from] = position + 1;
        *last = open->befores[begin - open->from];
    }
    *depth += closes ? UINT64_MAX : 1;
    if (!opens || position - open->from >= open->count)
        return EVD_OK;
    last = evd_table_put(&open->lasts, evd_hash_pair(same, *depth), 0, NULL);
    if (last == NULL)
        return evd_fail_memory(error);
    open->befores[position - open->from] = *last;
    *last = position + 1;
    return EVD_OK;
}

/* Fills `ends` for the `count` positions from `from` on. */
static enum evd_status find_ends(struct evd_walker *walker, const struct evd_rule_block *block, enum evd_side side,
                                 uint64_t from, uint64_t count, uint64_t *ends, struct evd_error *error)
{
    struct evd_cursor *cursor = &walker->side[side];
    const uint64_t rest = cursor->stream->count - from;
    const uint64_t to = from + (rest - count < EVD_BLOCK_REACH_MAX ? rest : count + EVD_BLOCK_REACH_MAX);
    struct open_blocks open = {
        .search = {.walker = walker, .block = block, .side = side},
        .from = from,
        .count = count,
        .befores = malloc((count + 1) * sizeof *open.befores),
        .ends = ends};
    enum evd_status status = open.befores == NULL ? evd_fail_memory(error) : EVD_OK;
    memset(ends, 0, count * sizeof *ends);
    for (uint64_t i = from; status == EVD_OK && i < to; i++) {
        const struct evd_event *event = evd_cursor_event(cursor, i);
        if (event == NULL)
            status = evd_cursor_fail(cursor, error);
        else if (evd_event_tag(event) != EVD_TAG_ENGINE_LOCAL)
            status = pass_event(&open, i, error);
    }
    evd_table_release(&open.depths);
    evd_table_release(&open.lasts);
    free(open.befores);
    return status;
}

enum evd_status evd_block_ends(struct evd_walker *walker, const struct evd_rule_block *block, enum evd_side side,
                               uint64_t *ends, struct evd_error *error)
{
    return find_ends(walker, block, side, 0, walker->side[side].stream->count, ends, error);
}

/* ---- blocks that reach far ---- */

enum {
    NEAR = 64,            /* events that are looked at for a block by itself */
    BALANCED_BEFORE = 16, /* events that a search may begin before the place */
};

/* Where the blocks of a rule end that begin in a part of a stream: of many that nothing closes each would be looked for to
 * as far as it may reach. */
struct evd_far_blocks {
    struct evd_far_blocks *next;
    const struct evd_rule_block *block;
    enum evd_side side;
    uint64_t aim; /* evd_walker::aim */
    uint64_t from, count;
    uint64_t ends[EVD_BLOCK_REACH_MAX];
};

void evd_far_blocks_release(struct evd_walker *walker)
{
    while (walker->far_blocks != NULL) {
        struct evd_far_blocks *next = walker->far_blocks->next;
        free(walker->far_blocks);
        walker->far_blocks = next;
    }
}

static struct evd_far_blocks *far_blocks_of(struct evd_walker *walker, const struct evd_rule_block *block,
                                            enum evd_side side)
{
    struct evd_far_blocks *far = walker->far_blocks;
    while (far != NULL && (far->block != block || far->side != side))
        far = far->next;
    if (far == NULL && (far = malloc(sizeof *far)) != NULL) {
        far->next = walker->far_blocks;
        far->block = block;
        far->side = side;
        far->aim = UINT64_MAX;
        walker->far_blocks = far;
    }
    return far;
}

static enum evd_status find_far(const struct search *search, uint64_t position, uint64_t *length,
                                struct evd_error *error)
{
    struct evd_walker *walker = search->walker;
    struct evd_far_blocks *far = far_blocks_of(walker, search->block, search->side);
    if (far == NULL)
        return evd_fail_memory(error);
    if (far->aim != walker->aim || position < far->from || position - far->from >= far->count) {
        far->aim = UINT64_MAX;
        far->from = position < BALANCED_BEFORE ? 0 : position - BALANCED_BEFORE;
        const uint64_t rest = walker->side[search->side].stream->count - far->from;
        far->count = rest < EVD_BLOCK_REACH_MAX ? rest : EVD_BLOCK_REACH_MAX;
        const enum evd_status status =
            find_ends(walker, search->block, search->side, far->from, far->count, far->ends, error);
        if (status != EVD_OK)
            return status;
        far->aim = walker->aim;
    }
    const uint64_t end = far->ends[position - far->from];
    *length = end == 0 ? 0 : end - position;
    return EVD_OK;
}

/* As find_length, which is its slow twin. */
static enum evd_status find_length_fast(struct search *search, uint64_t position, uint64_t *length,
                                        struct evd_error *error)
{
    if (!search->block->is_balanced || search->walker->is_plain)
        return find_length(search, position, length, error);
    bool is_open;
    const enum evd_status status = find_length_within(search, position, NEAR, length, &is_open, error);
    return status == EVD_OK && is_open ? find_far(search, position, length, error) : status;
}

/* ---- runs of events that are a block ---- */

/* Goes from *position to the event before that takes part; false in *is_there where there is none. */
static enum evd_status go_back(struct search *search, uint64_t *position, bool *is_there, struct evd_error *error)
{
    struct evd_cursor *cursor = &search->walker->side[search->side];
    for (*is_there = false; !*is_there && *position > 0;) {
        const struct evd_event *event = evd_cursor_event(cursor, --*position);
        if (event == NULL)
            return evd_cursor_fail(cursor, error);
        *is_there = evd_event_tag(event) != EVD_TAG_ENGINE_LOCAL;
    }
    return EVD_OK;
}

/* Finds where the events from `first` on that stand before `position` are repeated at *behind, and puts that behind them;
 * false in *is_so where they are not. */
static enum evd_status pass_repeated(struct search *search, uint64_t first, uint64_t position, bool by_key,
                                     uint64_t *behind, bool *is_so, struct evd_error *error)
{
    const struct evd_stream *stream = search->walker->side[search->side].stream;
    *is_so = true;
    for (uint64_t i = first; *is_so && i < position; i++) {
        const struct evd_event *event = evd_stream_event(stream, i);
        if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
            continue;
        search->position = *behind;
        search->end = stream->count;
        const enum evd_status status = go_to_next(search, is_so, error);
        if (status != EVD_OK)
            return status;
        const uint64_t again = search->position;
        if (*is_so && by_key) {
            *is_so = evd_stream_event(stream, again)->key == event->key;
        } else if (*is_so) {
            const enum evd_status compared =
                evd_events_are_same(search->walker, search->side, (const uint64_t[]){i, again}, NULL, 0, is_so, error);
            if (compared != EVD_OK)
                return compared;
        }
        *behind = search->position + 1;
    }
    return EVD_OK;
}

enum evd_status evd_block_run(struct evd_walker *walker, const struct evd_rule_block *block, enum evd_side side,
                              uint64_t position, bool by_key, struct evd_block_found *found, struct evd_error *error)
{
    const size_t before = block->is_balanced ? BALANCED_BEFORE : block->count - 1;
    struct search search = {.walker = walker, .block = block, .side = side};
    uint64_t first = position, length;
    bool is_there = position < walker->side[side].stream->count;
    enum evd_status status = EVD_OK;
    *found = (struct evd_block_found){0};
    for (size_t i = 0; status == EVD_OK && is_there && i <= before; i++) {
        status = find_length_fast(&search, first, &length, error);
        if (status == EVD_OK && length > position - first) {
            uint64_t behind = first + length;
            status = pass_repeated(&search, first, position, by_key, &behind, &is_there, error);
            if (status == EVD_OK && is_there)
                *found = (struct evd_block_found){behind - position, first, first < position ? first + length : 0};
            if (status != EVD_OK || is_there)
                return status;
        }
        if (status == EVD_OK)
            status = go_back(&search, &first, &is_there, error);
    }
    return status;
}

enum evd_status evd_block_length(struct evd_walker *walker, const struct evd_rule_block *block, enum evd_side side,
                                 uint64_t position, uint64_t *length, struct evd_error *error)
{
    struct search search = {.walker = walker, .block = block, .side = side};
    *length = 0;
    return position < walker->side[side].stream->count ? find_length_fast(&search, position, length, error) : EVD_OK;
}

enum evd_status evd_event_call(struct evd_walker *walker, enum evd_side side, uint64_t position, uint64_t *call,
                               struct evd_error *error)
{
    struct evd_event_view view;
    const enum evd_status status = read_event(walker, side, position, &view, error);
    if (status != EVD_OK)
        return status;
    struct evd_string name;
    const struct evd_string field = evd_payload_call_field(view.fields.rule, view.payload, &name);
    const struct evd_value *counted = name.length == 0 ? NULL : evd_value_get(view.counted, field);
    *call = evd_hash_pair(evd_hash_string(view.fields.kind), counted == NULL ? 0 : evd_hash_tree(counted));
    return EVD_OK;
}

enum evd_status evd_event_hash_counted_at(struct evd_walker *walker, enum evd_side side, uint64_t position,
                                          const struct evd_path *paths, size_t count, uint64_t *hash,
                                          struct evd_error *error)
{
    struct evd_event_view view;
    const enum evd_status status = read_event(walker, side, position, &view, error);
    *hash = 0;
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        *hash = evd_hash_pair(*hash, evd_path_hash(&paths[i], view.counted));
    return status;
}
