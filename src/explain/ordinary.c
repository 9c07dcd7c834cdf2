#include "explain/ordinary.h"

#include "base/fail.h"
#include "base/table.h"
#include "json/key.h"

enum { FILTER_BITS = 16 }; /* as many bits of a key choose one of the filter */

/* All that one call works on. */
struct search {
    struct evd_outcome *outcome;
    evd_stream_pair *streams; /* one a pair */
    const struct evd_log *ours;
    struct evd_table steps;                   /* hash_step → 1 when a trusted run takes the step */
    uint64_t filter[(1 << FILTER_BITS) / 64]; /* keys that a step leads to: most events are none of them */
    struct evd_verified verified[EVD_SIDES];  /* of the streams of the pair at work */
};

/* Beyond a stream's ends. */
enum { NO_EVENT = 0 };

/* Around a divergence, so that each step has one of them in it that is next to it. */
enum { EVENTS_BEFORE = 2, EVENTS_BEHIND = 2 };

/* The keys of the last two events that were passed. */
struct tail {
    uint64_t last, before;
};

typedef bool visit(struct search *search, struct tail from, uint64_t to, bool *is_known);

static uint64_t hash_step(struct tail from, uint64_t to)
{
    return evd_hash_pair(evd_hash_pair(from.before, from.last), to);
}

static struct tail pass(struct tail tail, uint64_t key)
{
    return (struct tail){.last = key, .before = tail.last};
}

static uint64_t *filter_word(struct search *search, uint64_t key)
{
    return &search->filter[(key & ((1 << FILTER_BITS) - 1)) / 64];
}

static bool want_step(struct search *search, struct tail from, uint64_t to, bool *is_known)
{
    (void)is_known;
    *filter_word(search, to) |= UINT64_C(1) << (to % 64);
    return evd_table_put(&search->steps, hash_step(from, to), 0, NULL) != NULL;
}

static bool ask_step(struct search *search, struct tail from, uint64_t to, bool *is_known)
{
    *is_known &= *evd_table_get(&search->steps, hash_step(from, to)) == 1;
    return true;
}

static void find_step(struct search *search, struct tail from, uint64_t to)
{
    if ((*filter_word(search, to) >> (to % 64) & 1) == 0)
        return;
    uint64_t *found = evd_table_get(&search->steps, hash_step(from, to));
    if (found != NULL)
        *found = 1;
}

static bool takes_part(const struct evd_stream *stream, uint64_t position)
{
    return evd_event_tag(evd_stream_event(stream, position)) != EVD_TAG_ENGINE_LOCAL;
}

static uint64_t key_at(const struct evd_stream *stream, uint64_t position)
{
    return evd_stream_event(stream, position)->key;
}

/* Goes along the steps of a run of ours, from the event before it to the one behind it. */
static enum evd_status go_along(struct search *search, const struct evd_stream *stream, struct evd_run run, visit *see,
                                bool *is_known, struct evd_error *error)
{
    uint64_t left = (run.count < EVD_ORDINARY_EVENTS ? run.count : EVD_ORDINARY_EVENTS) + EVENTS_BEHIND;
    struct tail from = {NO_EVENT, NO_EVENT};
    unsigned found = 0;
    for (uint64_t at = run.position; at > 0 && found < EVENTS_BEFORE; at--) {
        if (!evd_stream_verify_at(search->ours, stream, at - 1, &search->verified[EVD_OURS]))
            return evd_log_check(search->ours, true, error);
        if (takes_part(stream, at - 1))
            *(found++ == 0 ? &from.last : &from.before) = key_at(stream, at - 1);
    }
    for (uint64_t at = run.position; at < stream->count; at++) {
        if (!evd_stream_verify_at(search->ours, stream, at, &search->verified[EVD_OURS]))
            return evd_log_check(search->ours, true, error);
        if (!takes_part(stream, at))
            continue;
        if (!see(search, from, key_at(stream, at), is_known))
            return evd_fail_memory(error);
        if (--left == 0)
            return EVD_OK;
        from = pass(from, key_at(stream, at));
    }
    return see(search, from, NO_EVENT, is_known) ? EVD_OK : evd_fail_memory(error);
}

static bool may_be_looked_at(const struct evd_outcome *outcome, const struct evd_divergence *divergence)
{
    return outcome->control_count > 0 ? divergence->news != EVD_NEWS_NONE : divergence->cause == EVD_CAUSE_NONE;
}

static enum evd_status go_along_all(struct search *search, visit *see, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; i < search->outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &search->outcome->pairs[i];
        const struct evd_stream *stream = search->streams[i][EVD_OURS];
        for (size_t j = 0; status == EVD_OK && j < pair->divergence_count; j++) {
            struct evd_divergence *divergence = &pair->divergences[j];
            bool is_known = true;
            if (!may_be_looked_at(search->outcome, divergence))
                continue;
            status = go_along(search, stream, evd_run_of(divergence, EVD_OURS), see, &is_known, error);
            divergence->is_ordinary = is_known;
        }
    }
    return status;
}

static enum evd_status go_along_trusted(struct search *search, const struct evd_log *log, struct evd_error *error)
{
    for (size_t i = 0; i < log->stream_count; i++) {
        const struct evd_stream *stream = &log->streams[i];
        struct tail from = {NO_EVENT, NO_EVENT};
        if (!evd_stream_verify(log, stream, 0, stream->count, NULL))
            return evd_log_check(log, true, error);
        for (uint64_t at = 0; at < stream->count; at++) {
            if (!takes_part(stream, at))
                continue;
            find_step(search, from, key_at(stream, at));
            from = pass(from, key_at(stream, at));
        }
        find_step(search, from, NO_EVENT);
    }
    return EVD_OK;
}

/* Where the keys of both sides are the same they do not tell what differs. */
static enum evd_status leave_out_equal_keys(struct search *search, const struct evd_log *canary,
                                            struct evd_error *error)
{
    const struct evd_log *const logs[EVD_SIDES] = {canary, search->ours};
    for (size_t i = 0; i < search->outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &search->outcome->pairs[i];
        for (size_t j = 0; j < pair->divergence_count; j++) {
            struct evd_divergence *divergence = &pair->divergences[j];
            uint64_t keys[EVD_SIDES];
            if (!divergence->is_ordinary || divergence->class_ != EVD_CLASS_VALUE)
                continue;
            for (int side = 0; side < EVD_SIDES; side++) {
                const struct evd_stream *stream = search->streams[i][side];
                const uint64_t position = evd_run_of(divergence, side).position;
                if (!evd_stream_verify_at(logs[side], stream, position, &search->verified[side]))
                    return evd_log_check(logs[side], true, error);
                keys[side] = key_at(stream, position);
            }
            divergence->is_ordinary = keys[EVD_CANARY] != keys[EVD_OURS];
        }
    }
    return EVD_OK;
}

enum evd_status evd_tell_ordinary(struct evd_outcome *outcome, evd_stream_pair *streams, const struct evd_log *ours,
                                  const struct evd_log *const *trusted, size_t trusted_count, struct evd_error *error)
{
    struct search search = {.outcome = outcome, .streams = streams, .ours = ours};
    enum evd_status status = go_along_all(&search, want_step, error);
    for (size_t i = 0; status == EVD_OK && search.steps.count > 0 && i < trusted_count; i++)
        status = go_along_trusted(&search, trusted[i], error);
    if (status == EVD_OK)
        status = go_along_all(&search, ask_step, error);
    if (status == EVD_OK && trusted_count > 0)
        status = leave_out_equal_keys(&search, trusted[0], error);
    evd_table_release(&search.steps);
    return status;
}
