#include "align/value_memo.h"

#include <stdlib.h>

#include "log/log.h"

/* The text of an event's payload up to the end of its last value, by which what follows is known; empty when there is none. */
static struct evd_string payload_of(const struct evd_memo_event *event)
{
    const struct evd_json_tape *tape = event->tape;
    const uint32_t payload = event->fields->payload;
    if (payload == 0)
        return (struct evd_string){tape->text, 0};
    const struct evd_json_token *first = &tape->tokens[payload], *last = &tape->tokens[first->next - 1];
    return (struct evd_string){tape->text + first->start, last->start + last->length + 1 - first->start};
}

static uint32_t token_count_of(const struct evd_memo_event *event)
{
    const uint32_t payload = event->fields->payload;
    return payload == 0 ? 0 : event->tape->tokens[payload].next - payload;
}

/* Whether a text is the log's own, and not a copy that is overwritten by the next one. */
static bool stays(const struct evd_log *log, const char *text)
{
    const char *bytes = log->source.bytes;
    return bytes != NULL && text >= bytes && text < bytes + log->source.length;
}

static bool may_be_kept(const struct evd_memo_event *event)
{
    return event->fields->compare->count == 0 && stays(event->log, event->tape->text) &&
           stays(event->log, event->fields->kind.bytes);
}

static size_t index_of(const struct evd_memo_event event[EVD_SIDES])
{
    const uint64_t mixed = event[EVD_CANARY].key * 3 + event[EVD_OURS].key;
    return (mixed ^ mixed >> 32) % EVD_VALUE_MEMO_ENTRIES;
}

const struct evd_told_values *evd_value_memo_find(const struct evd_value_memo *memo, uint64_t aim,
                                                  const struct evd_memo_event event[EVD_SIDES])
{
    if (memo->entries == NULL)
        return NULL;
    const struct evd_value_memo_entry *entry = &memo->entries[index_of(event)];
    if (entry->aim != aim)
        return NULL;
    for (int side = 0; side < EVD_SIDES; side++)
        if (event[side].fields->compare->count > 0 || entry->token_count[side] != token_count_of(&event[side]) ||
            !evd_string_equal(entry->payload[side], payload_of(&event[side])) ||
            !evd_string_equal(entry->kind[side], event[side].fields->kind))
            return NULL;
    return &entry->told;
}

void evd_value_memo_put(struct evd_value_memo *memo, uint64_t aim, const struct evd_memo_event event[EVD_SIDES],
                        const struct evd_told_values *told)
{
    if (!may_be_kept(&event[EVD_CANARY]) || !may_be_kept(&event[EVD_OURS]))
        return;
    if (memo->entries == NULL)
        memo->entries = calloc(EVD_VALUE_MEMO_ENTRIES, sizeof *memo->entries);
    if (memo->entries == NULL)
        return;
    struct evd_value_memo_entry *entry = &memo->entries[index_of(event)];
    *entry = (struct evd_value_memo_entry){.aim = aim, .told = *told};
    for (int side = 0; side < EVD_SIDES; side++) {
        entry->kind[side] = event[side].fields->kind;
        entry->payload[side] = payload_of(&event[side]);
        entry->token_count[side] = token_count_of(&event[side]);
    }
}

void evd_value_memo_release(struct evd_value_memo *memo)
{
    free(memo->entries);
    *memo = (struct evd_value_memo){.entries = NULL};
}
