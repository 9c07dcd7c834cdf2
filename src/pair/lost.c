#include "pair/lost.h"

#include <stdlib.h>

#include "base/table.h"
#include "json/key.h"

/* How a side's creations of threads are counted: by where the threads begin, by who creates them, by both. */
enum count_by { BY_ENTRY, BY_CREATOR, BY_BOTH, COUNTS };

struct creations {
    struct evd_table by[COUNTS];
};

/* A thread that may be lost. */
struct candidate {
    int64_t likeness; /* of its pair; -1: it is in none */
    uint64_t start;
    size_t stream;
    uint64_t key[COUNTS];     /* of the tables of its side's creations */
    uint64_t lacking[COUNTS]; /* how many of these creations the other side has not; above 0 */
};

static void make_keys(int64_t creator, uint64_t entry, uint64_t key[COUNTS])
{
    key[BY_ENTRY] = entry;
    key[BY_CREATOR] = (uint64_t)creator;
    key[BY_BOTH] = evd_hash_pair((uint64_t)creator, entry);
}

static uint64_t count_of(const struct evd_table *counts, uint64_t key)
{
    const uint64_t *count = evd_table_get(counts, key);
    return count == NULL ? 0 : *count;
}

static bool count_one(struct evd_table *counts, uint64_t key)
{
    uint64_t *count = evd_table_put(counts, key, 0, NULL);
    if (count != NULL)
        ++*count;
    return count != NULL;
}

static bool count_creations(const struct evd_log *log, struct creations *creations)
{
    for (size_t i = 0; i < log->creation_count; i++) {
        uint64_t key[COUNTS];
        make_keys(log->creations[i].tid, log->creations[i].entry, key);
        for (int by = 0; log->creations[i].entry != 0 && by < COUNTS; by++)
            if (!count_one(&creations->by[by], key[by]))
                return false;
    }
    return true;
}

static bool count_entries(const struct evd_log *log, struct evd_table *entries)
{
    for (size_t i = 0; i < log->creation_count; i++)
        if (log->creations[i].entry != 0 && !count_one(entries, log->creations[i].entry))
            return false;
    return true;
}

static void release(struct creations creations[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++)
        for (int by = 0; by < COUNTS; by++)
            evd_table_release(&creations[side].by[by]);
}

/* True when a side has more of some creation than the other has. */
static bool has_more(const struct evd_log *log, const struct evd_table *own, const struct evd_table *other)
{
    for (size_t i = 0; i < log->creation_count; i++) {
        const uint64_t entry = log->creations[i].entry;
        if (entry != 0 && count_of(own, entry) > count_of(other, entry))
            return true;
    }
    return false;
}

bool evd_creations_differ(const struct evd_log *const log[EVD_SIDES], bool *differ)
{
    struct evd_table entries[EVD_SIDES] = {0};
    const bool is_done =
        count_entries(log[EVD_CANARY], &entries[EVD_CANARY]) && count_entries(log[EVD_OURS], &entries[EVD_OURS]);
    *differ = is_done && (has_more(log[EVD_CANARY], &entries[EVD_CANARY], &entries[EVD_OURS]) ||
                          has_more(log[EVD_OURS], &entries[EVD_OURS], &entries[EVD_CANARY]));
    for (int side = 0; side < EVD_SIDES; side++)
        evd_table_release(&entries[side]);
    return is_done;
}

static int by_likeness(const void *a, const void *b)
{
    const struct candidate *l = a, *r = b;
    if (l->likeness != r->likeness)
        return l->likeness < r->likeness ? -1 : 1;
    if (l->start != r->start)
        return l->start < r->start ? -1 : 1;
    return (l->stream > r->stream) - (l->stream < r->stream);
}

/* All that is looked at for one side. */
struct side_search {
    const struct evd_lost_search *search;
    const struct creations *creations;
    const size_t *partners[EVD_SIDES];
    int side;
};

/* The thread as a candidate; false when it is none. */
static bool is_candidate(const struct side_search *s, size_t stream, struct candidate *candidate)
{
    const int side = s->side, other = !side;
    const struct evd_sketch *sketch = &s->search->sketches[side][stream];
    if (!sketch->has_creation || sketch->entry == 0)
        return false;
    const size_t creator = s->partners[side][sketch->creator];
    if (creator == SIZE_MAX)
        return false;
    *candidate = (struct candidate){.likeness = -1, .start = sketch->start, .stream = stream};
    uint64_t other_key[COUNTS];
    make_keys(s->search->log[side]->streams[sketch->creator].tid, sketch->entry, candidate->key);
    make_keys(s->search->log[other]->streams[creator].tid, sketch->entry, other_key);
    for (int by = 0; by < COUNTS; by++) {
        const uint64_t own = count_of(&s->creations[side].by[by], candidate->key[by]);
        const uint64_t others = count_of(&s->creations[other].by[by], other_key[by]);
        if (own <= others)
            return false;
        candidate->lacking[by] = own - others;
    }
    const size_t partner = s->partners[side][stream];
    if (partner == SIZE_MAX)
        return true;
    const struct evd_sketch *counterpart = &s->search->sketches[other][partner];
    const size_t pair = side == EVD_CANARY ? stream : partner;
    candidate->likeness = s->search->likeness[pair];
    return !s->search->are_closest[pair] || !counterpart->has_creation || counterpart->creator != creator ||
           counterpart->entry != sketch->entry;
}

/* As many candidates are lost as creations are missing, however they are counted. */
static bool choose(const struct candidate *candidates, size_t count, bool *is_chosen)
{
    struct evd_table left[COUNTS] = {0}; /* key → how many more may be lost */
    bool is_done = true;
    for (size_t i = 0; is_done && i < count; i++) {
        uint64_t *rest[COUNTS], least = UINT64_MAX;
        for (int by = 0; is_done && by < COUNTS; by++) {
            rest[by] = evd_table_put(&left[by], candidates[i].key[by], candidates[i].lacking[by], NULL);
            is_done = rest[by] != NULL;
            if (is_done && *rest[by] < least)
                least = *rest[by];
        }
        if (!is_done || least == 0)
            continue;
        for (int by = 0; by < COUNTS; by++)
            --*rest[by];
        is_chosen[candidates[i].stream] = true;
    }
    for (int by = 0; by < COUNTS; by++)
        evd_table_release(&left[by]);
    return is_done;
}

static bool search_side(const struct side_search *s, bool *is_lost, size_t *lost)
{
    const size_t streams = s->search->log[s->side]->stream_count;
    struct candidate *candidates = malloc((streams + 1) * sizeof *candidates);
    bool *is_chosen = calloc(streams + 1, sizeof *is_chosen);
    size_t count = 0;
    bool is_done = candidates != NULL && is_chosen != NULL;
    for (size_t i = 0; is_done && i < streams; i++)
        count += is_candidate(s, i, &candidates[count]);
    if (is_done) {
        qsort(candidates, count, sizeof *candidates, by_likeness);
        is_done = choose(candidates, count, is_chosen);
    }
    /* What a lost thread is paired with says nothing of those that it creates. */
    for (size_t i = 0; is_done && i < streams; i++) {
        is_lost[i] = is_chosen[i] && !is_chosen[s->search->sketches[s->side][i].creator];
        *lost += is_lost[i];
    }
    free(candidates);
    free(is_chosen);
    return is_done;
}

bool evd_find_lost(const struct evd_lost_search *search, bool *const is_lost[EVD_SIDES], size_t *count)
{
    const size_t canaries = search->log[EVD_CANARY]->stream_count, ours = search->log[EVD_OURS]->stream_count;
    struct creations creations[EVD_SIDES] = {0};
    size_t *partners_of_ours = malloc((ours + 1) * sizeof *partners_of_ours);
    bool is_done = partners_of_ours != NULL;
    *count = 0;
    for (size_t i = 0; is_done && i < ours; i++)
        partners_of_ours[i] = SIZE_MAX;
    for (size_t i = 0; is_done && i < canaries; i++)
        if (search->partners[i] != SIZE_MAX)
            partners_of_ours[search->partners[i]] = i;
    for (int side = 0; is_done && side < EVD_SIDES; side++)
        is_done = count_creations(search->log[side], &creations[side]);
    for (int side = 0; is_done && side < EVD_SIDES; side++) {
        const struct side_search s = {search, creations, {search->partners, partners_of_ours}, side};
        is_done = search_side(&s, is_lost[side], count);
    }
    release(creations);
    free(partners_of_ours);
    return is_done;
}
