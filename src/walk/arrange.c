#include "walk/arrange.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "rules/absorber.h"
#include "walk/same.h"

void evd_arranged_free(struct evd_arranged *arranged)
{
    if (arranged == NULL)
        return;
    for (int side = 0; side < EVD_SIDES; side++) {
        free(arranged->events[side]);
        free(arranged->moved[side]);
        free(arranged->left_out[side]);
    }
    free(arranged);
}

static bool have_equal_keys(const struct evd_stream *canary, const struct evd_stream *ours)
{
    if (canary->count != ours->count)
        return false;
    for (uint64_t i = 0; i < canary->count; i++) {
        const struct evd_event *a = evd_stream_event(canary, i), *b = evd_stream_event(ours, i);
        if (a->key != b->key || evd_event_tag(a) != evd_event_tag(b))
            return false;
    }
    return true;
}

/* Copies a stream; its records are verified. */
static bool copy_stream(const struct evd_rules *rules, const struct evd_stream *stream, struct evd_arranged *arranged,
                        int side)
{
    struct evd_event *records = malloc((stream->count + 1) * sizeof *records);
    arranged->events[side] = records;
    arranged->moved[side] = calloc(rules->absorber_count + 1, sizeof *arranged->moved[side]);
    arranged->left_out[side] = calloc(rules->absorber_count + 1, sizeof *arranged->left_out[side]);
    if (records == NULL || arranged->moved[side] == NULL || arranged->left_out[side] == NULL)
        return false;
    for (uint64_t i = 0; i < stream->count; i++)
        records[i] = *evd_stream_event(stream, i);
    arranged->stream[side] = evd_stream_with(stream, records, stream->count);
    arranged->stream[side].saved = NULL;
    return true;
}

static enum evd_status arrange_side(struct evd_walker *walker, struct evd_arranged *arranged, enum evd_side side,
                                    struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    enum evd_status status = EVD_OK;
    uint16_t *owners = calloc(arranged->stream[side].count + 1, sizeof *owners);
    if (owners == NULL)
        return evd_fail_memory(error);
    walker->owners = owners;
    struct evd_arrangement arrangement = {
        .side = side,
        .events = arranged->events[side],
        .count = arranged->stream[side].count,
        .owners = owners,
        .moved = arranged->moved[side],
        .left_out = arranged->left_out[side]};
    for (size_t i = 0; status == EVD_OK && i < rules->absorber_count; i++) {
        const struct evd_absorber_rule *rule = &rules->absorbers[i];
        arrangement.index = i;
        if (!rule->disabled && rule->type->arrange != NULL)
            status = rule->type->arrange(walker, rule, &arrangement, error);
    }
    walker->owners = NULL;
    free(owners);
    return status;
}

enum evd_status evd_arrange(struct evd_walker *walker, const struct evd_log *const log[EVD_SIDES],
                            const struct evd_stream *const stream[EVD_SIDES], struct evd_arranged **arranged,
                            struct evd_error *error)
{
    *arranged = NULL;
    if (!walker->rules->arranges)
        return EVD_OK;
    for (int side = 0; side < EVD_SIDES; side++)
        if (!evd_stream_verify(log[side], stream[side], 0, stream[side]->count, NULL))
            return evd_log_check(log[side], true, error);
    if (!evd_keys_leave_open(walker->rules) && have_equal_keys(stream[EVD_CANARY], stream[EVD_OURS]))
        return EVD_OK;
    struct evd_arranged *made = calloc(1, sizeof *made);
    if (made == NULL)
        return evd_fail_memory(error);
    enum evd_status status = EVD_OK;
    for (int side = 0; side < EVD_SIDES; side++)
        if (!copy_stream(walker->rules, stream[side], made, side))
            status = evd_fail_memory(error);
    if (status == EVD_OK)
        evd_walker_aim(walker, log,
                       (const struct evd_stream *const[]){&made->stream[EVD_CANARY], &made->stream[EVD_OURS]});
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = arrange_side(walker, made, (enum evd_side)side, error);
    if (status == EVD_OK)
        *arranged = made;
    else
        evd_arranged_free(made);
    return status;
}
