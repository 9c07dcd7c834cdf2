#include "selftest/other_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

bool evd_other_names_init(struct evd_other_names *names, const struct evd_rules *rules)
{
    *names = (struct evd_other_names){0};
    return evd_name_pair_reader_init(&names->reader, rules, false);
}

void evd_other_names_release(struct evd_other_names *names)
{
    evd_name_pair_reader_release(&names->reader);
    free(names->plain.uses);
    free(names->mutated.uses);
}

/* A way through the events that match, in canary's order. */
struct path {
    const struct evd_excerpt_match *match;
    size_t run;
};

/* The event that matches canary's at `position`, which only grows; NULL when none does. */
static const struct evd_event *next_match(struct path *path, uint64_t position)
{
    const struct evd_matched *matched = path->match->matched;
    while (path->run < matched->count) {
        const struct evd_matched_run *run = &matched->runs[path->run];
        if (position < run->first[EVD_CANARY])
            return NULL;
        if (position - run->first[EVD_CANARY] < run->count)
            return evd_stream_event(path->match->stream, run->first[EVD_OURS] + (position - run->first[EVD_CANARY]));
        path->run++;
    }
    return NULL;
}

static enum evd_status read_names(struct evd_other_names *names, const struct evd_log *canary,
                                  const struct evd_event *canary_event, const struct evd_log *ours,
                                  const struct evd_event *ours_event, struct evd_name_use_list *list,
                                  struct evd_error *error)
{
    bool is_nameless;
    list->count = 0;
    if (ours_event == NULL)
        return EVD_OK;
    return evd_name_pair_reader_read(
        &names->reader, (const struct evd_log *const[]){canary, ours},
        (const struct evd_event *const[]){canary_event, ours_event}, list, &is_nameless, error);
}

static bool are_equal(const struct evd_name_use_list *a, const struct evd_name_use_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->uses[i].rule != b->uses[i].rule ||
            memcmp(a->uses[i].value, b->uses[i].value, sizeof a->uses[i].value) != 0)
            return false;
    return true;
}

/* Most events before a mutation: then their names need not be read. */
static bool are_spelled_alike(const struct path paths[2], const struct evd_event *const events[2])
{
    struct evd_string texts[2];
    for (int i = 0; i < 2; i++) {
        if (events[i] == NULL)
            return false;
        texts[i] = evd_log_text(paths[i].match->log, evd_event_offset(events[i]));
    }
    return evd_string_equal(texts[0], texts[1]);
}

enum evd_status evd_other_names_list(
    struct evd_other_names *names, const struct evd_log *canary, const struct evd_stream *canary_stream,
    const struct evd_excerpt_match *plain, const struct evd_excerpt_match *mutated, struct evd_variant_event event,
    const struct evd_stream *whole, uint64_t from, struct evd_variants *variants, struct evd_error *error)
{
    struct path paths[2] = {{plain, 0}, {mutated, 0}};
    struct evd_name_use_list *lists[2] = {&names->plain, &names->mutated};
    for (uint64_t i = 1; i < canary_stream->count; i++) {
        const struct evd_event *events[2];
        for (int which = 0; which < 2; which++)
            events[which] = next_match(&paths[which], i);
        if ((events[0] == NULL && events[1] == NULL) || are_spelled_alike(paths, events))
            continue;
        for (int which = 0; which < 2; which++) {
            const enum evd_status status = read_names(names, canary, evd_stream_event(canary_stream, i),
                                                      paths[which].match->log, events[which], lists[which], error);
            if (status != EVD_OK)
                return status;
        }
        if (are_equal(lists[0], lists[1]))
            continue;
        event.offset = evd_event_offset(evd_stream_event(whole, from + i - 1));
        event.use_count = lists[1]->count;
        if (!evd_variants_add(variants, &event, lists[1]->uses))
            return evd_fail_memory(error);
    }
    return EVD_OK;
}
