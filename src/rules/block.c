#include "rules/block.h"
#include <stdlib.h>
#include <string.h>

#include "rules/build.h"

static bool read_one(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                     struct evd_when *when)
{
    struct evd_read_when read = {.when = {0}};
    if (!evd_read_when(reader, token, spec, &read))
        return false;
    *when = read.when;
    return true;
}

bool evd_read_block_event(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                          void *place)
{
    struct evd_read_events *out = place;
    out->token = token;
    out->count = 1;
    out->events = evd_arena_alloc(reader->arena, sizeof *out->events);
    return out->events == NULL ? evd_refuse_memory(reader) : read_one(reader, token, spec, out->events);
}

bool evd_read_block_events(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                           void *place)
{
    struct evd_read_events *out = place;
    const struct evd_json_token *tokens = reader->tape->tokens;
    if (tokens[token].type != EVD_JSON_ARRAY)
        return evd_refuse_type(reader, token, spec->key, "a list of objects");
    size_t count = 0;
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        count++;
    if (count == 0 || count > EVD_BLOCK_LIST_MAX)
        return evd_refuse(reader, token, "\"%s\" must have 1 to %d events", spec->key, EVD_BLOCK_LIST_MAX);
    out->token = token;
    out->events = evd_arena_array(reader->arena, count, sizeof *out->events);
    if (out->events == NULL)
        return evd_refuse_memory(reader);
    for (uint32_t item = token + 1; item < tokens[token].next; item = tokens[item].next)
        if (!read_one(reader, item, spec, &out->events[out->count++]))
            return false;
    return true;
}

bool evd_block_complete(struct evd_rules_reader *reader, uint32_t place, const struct evd_read_block *read,
                        struct evd_rule_block *block)
{
    const bool is_balanced = read->from.count > 0 || read->to.count > 0;
    const struct evd_read_events *listed = read->when.count > 0 ? &read->when : &read->each;
    if ((read->when.count > 0) + (read->each.count > 0) + is_balanced != 1)
        return evd_refuse(reader, place, "a block is told by one of \"when\", \"each\", and \"from\" with \"to\"");
    if (read->from.count != read->to.count)
        return evd_refuse(reader, place, "\"from\" and \"to\" go together");
    if (!is_balanced && read->same.count > 0)
        return evd_refuse(reader, place, "\"same\" is for blocks with \"from\" and \"to\"");
    *block = (struct evd_rule_block){
        .events = listed->events,
        .count = listed->count,
        .is_balanced = is_balanced,
        .same = read->same.paths,
        .same_count = read->same.count};
    if (!is_balanced)
        return true;
    struct evd_when *ends = evd_arena_array(reader->arena, 2, sizeof *ends);
    if (ends == NULL)
        return evd_refuse_memory(reader);
    ends[0] = *read->from.events;
    ends[1] = *read->to.events;
    block->events = ends;
    block->count = 2;
    return true;
}
