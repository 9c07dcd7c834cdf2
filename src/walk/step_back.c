#include "walk/step_back.h"

#include <assert.h>
#include <string.h>

#include "rules/block.h"

static_assert((int)EVD_LATELY_MAX >= (int)EVD_BLOCK_LIST_MAX + (int)EVD_CONTEXT_MAX,
              "a context is kept behind a block");

/* How many events between two positions take part. */
static uint64_t count_part(const struct evd_stream *stream, uint64_t from, uint64_t to)
{
    uint64_t count = 0;
    for (uint64_t i = from; i < to; i++)
        count += evd_event_tag(evd_stream_event(stream, i)) != EVD_TAG_ENGINE_LOCAL;
    return count;
}

bool evd_can_step_back(const struct evd_walker *walker, enum evd_side side, uint64_t first)
{
    const struct evd_cursor *cursor = &walker->side[side], *other = &walker->side[!side];
    const uint64_t count = count_part(cursor->stream, first, cursor->position), matched = walker->counts.matched;
    if (!walker->context.keeps_lately || count == 0 || count > EVD_LATELY_MAX || count > matched)
        return false;
    const uint64_t *pair = walker->context.lately[(matched - count) % EVD_LATELY_MAX];
    return pair[side] == first && count_part(other->stream, pair[!side], other->position) == count;
}

/* Takes the last pairs away from what is kept of those that match. */
static void forget_matched(struct evd_walker *walker, uint64_t count)
{
    struct evd_matched *matched = walker->matched;
    while (matched != NULL && count > 0 && matched->count > 0) {
        struct evd_matched_run *last = &matched->runs[matched->count - 1];
        const uint64_t taken = last->count < count ? last->count : count;
        last->count -= taken;
        count -= taken;
        matched->count -= last->count == 0;
    }
}

static void forget_nulls(struct evd_walker *walker)
{
    struct evd_null_list *nulls = walker->nulls;
    while (nulls != NULL && nulls->count > 0 &&
           nulls->nulls[nulls->count - 1].position[EVD_CANARY] >= walker->side[EVD_CANARY].position)
        nulls->count--;
}

/* The pairs before those that were taken away are the last ones again. */
static void restore_context(struct evd_walk_context *context, uint64_t matched)
{
    for (uint64_t n = matched < EVD_CONTEXT_MAX ? 0 : matched - EVD_CONTEXT_MAX; n < matched; n++)
        memcpy(context->positions[n % EVD_CONTEXT_MAX], context->lately[n % EVD_LATELY_MAX],
               sizeof context->positions[0]);
}

void evd_step_back(struct evd_walker *walker, enum evd_side side, uint64_t first)
{
    const uint64_t count = count_part(walker->side[side].stream, first, walker->side[side].position);
    const uint64_t *pair = walker->context.lately[(walker->counts.matched - count) % EVD_LATELY_MAX];
    for (int i = 0; i < EVD_SIDES; i++) {
        struct evd_cursor *cursor = &walker->side[i];
        walker->counts.engine_local[i] -= cursor->position - pair[i] - count;
        for (; cursor->position > pair[i]; cursor->position--) {
            const struct evd_event *event = evd_stream_event(cursor->stream, cursor->position - 1);
            evd_ordinals_add(walker->rules, evd_event_tag(event), cursor->ordinals, UINT64_MAX);
        }
        cursor->is_read = false;
    }
    walker->counts.matched -= count;
    restore_context(&walker->context, walker->counts.matched);
    forget_matched(walker, count);
    forget_nulls(walker);
}
