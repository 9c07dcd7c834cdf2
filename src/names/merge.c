#include "names/merge.h"

#include <stdlib.h>

static bool is_before(const struct evd_merge_feed *a, const struct evd_merge_feed *b)
{
    return a->offset != b->offset ? a->offset < b->offset : a->pair < b->pair;
}

static void sift_down(struct evd_merge *merge, size_t i)
{
    struct evd_merge_feed *heap = merge->heap;
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < merge->count && is_before(&heap[child], &heap[least]))
                least = child;
        if (least == i)
            return;
        const struct evd_merge_feed moved = heap[i];
        heap[i] = heap[least];
        heap[least] = moved;
        i = least;
    }
}

static void set_offset(const struct evd_merge *merge, struct evd_merge_feed *feed)
{
    const struct evd_names_pair *pair = &merge->pairs[feed->pair];
    const uint64_t position = pair->matched->runs[feed->run].first[EVD_CANARY] + feed->within;
    feed->offset = evd_event_offset(evd_stream_event(pair->stream[EVD_CANARY], position));
}

bool evd_merge_init(struct evd_merge *merge, const struct evd_names_pair *pairs, size_t count)
{
    *merge = (struct evd_merge){.pairs = pairs, .heap = malloc((count + 1) * sizeof *merge->heap)};
    if (merge->heap == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (pairs[i].matched->count > 0) {
            struct evd_merge_feed *feed = &merge->heap[merge->count++];
            *feed = (struct evd_merge_feed){.pair = i};
            set_offset(merge, feed);
        }
    for (size_t i = merge->count / 2; i-- > 0;)
        sift_down(merge, i);
    return true;
}

void evd_merge_release(struct evd_merge *merge)
{
    free(merge->heap);
}

/* Takes the first feed's event and moves it on; false when it has no more. */
static bool take(struct evd_merge *merge, struct evd_merged_event *event)
{
    struct evd_merge_feed *feed = &merge->heap[0];
    const struct evd_matched *matched = merge->pairs[feed->pair].matched;
    const struct evd_matched_run *run = &matched->runs[feed->run];
    *event = (struct evd_merged_event){
        .pair = feed->pair,
        .position = {run->first[EVD_CANARY] + feed->within, run->first[EVD_OURS] + feed->within},
        .rank = feed->rank++,
    };
    if (++feed->within == run->count) {
        feed->within = 0;
        feed->run++;
    }
    if (feed->run == matched->count)
        return false;
    set_offset(merge, feed);
    return true;
}

bool evd_merge_next(struct evd_merge *merge, const bool *has_ended, struct evd_merged_event *event)
{
    while (merge->count > 0) {
        const bool is_over = has_ended != NULL && has_ended[merge->heap[0].pair];
        if (is_over || !take(merge, event))
            merge->heap[0] = merge->heap[--merge->count];
        sift_down(merge, 0);
        if (!is_over)
            return true;
    }
    return false;
}
