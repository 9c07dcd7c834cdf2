/* Quotations: the events around the places to look at. */
#include "saved/read.h"

#include <string.h>

static const char *shown_word(unsigned i)
{
    return evd_shown_as_name((enum evd_shown_as)i);
}

static const struct evd_saved_member EVENT_MEMBERS[] = {
    {"tid_event_idx", evd_saved_i64, AT(struct evd_event_quotation, tid_event_idx)},
    {"source_line", evd_saved_u64, AT(struct evd_event_quotation, source_line), OPTIONAL},
    {"source_event", evd_saved_u64, AT(struct evd_event_quotation, source_event), OPTIONAL},
    {"kind", evd_saved_text, AT(struct evd_event_quotation, kind)},
    {"call", evd_saved_text, AT(struct evd_event_quotation, call)},
};
static const struct evd_saved_shape EVENT_SHAPE = {SHAPE(EVENT_MEMBERS)};
static const struct evd_saved_member EVENT = {
    "an event", evd_saved_object, .size = sizeof(struct evd_event_quotation), .shape = &EVENT_SHAPE};

struct part {
    struct evd_event_quotation *events;
    size_t count;
};

/* One side: its three lists become one. */
struct side {
    struct part before, inside, behind;
    struct evd_text source_thread;
};

static const struct evd_saved_member SIDE_MEMBERS[] = {
    {"before", evd_saved_list, AT(struct side, before.events), COUNTED(struct side, before.count), .item = &EVENT},
    {"inside", evd_saved_list, AT(struct side, inside.events), COUNTED(struct side, inside.count), .item = &EVENT},
    {"behind", evd_saved_list, AT(struct side, behind.events), COUNTED(struct side, behind.count), .item = &EVENT},
    {"source_thread", evd_saved_text, AT(struct side, source_thread), OPTIONAL},
};
static const struct evd_saved_shape SIDE_SHAPE = {SHAPE(SIDE_MEMBERS)};

static bool read_side(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                      void *base)
{
    const struct evd_saved_member object = {.key = member->key, .shape = &SIDE_SHAPE};
    const int which = strcmp(member->key, evd_side_name(EVD_OURS)) == 0 ? EVD_OURS : EVD_CANARY;
    struct evd_quotation *quotation = base;
    struct side side = {.before = {NULL, 0}};
    if (!evd_saved_object(reader, token, &object, &side))
        return false;
    if (side.before.count > EVD_QUOTATION_AROUND || side.inside.count > EVD_QUOTATION_RUN_MAX ||
        side.behind.count > EVD_QUOTATION_AROUND)
        return evd_saved_refuse(reader, token, "%s: more events than a quotation has", member->key);
    const struct part parts[] = {side.before, side.inside, side.behind};
    struct evd_event_quotation *events =
        evd_saved_items(reader, side.before.count + side.inside.count + side.behind.count + 1, sizeof *events);
    if (events == NULL)
        return false;
    quotation->events[which] = events;
    quotation->source_thread[which] = side.source_thread;
    quotation->before[which] = side.before.count;
    quotation->inside[which] = side.inside.count;
    quotation->behind[which] = side.behind.count;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; events += parts[i++].count)
        if (parts[i].count > 0)
            memcpy(events, parts[i].events, parts[i].count * sizeof *events);
    return true;
}

static const struct evd_saved_member FIELD_MEMBERS[] = {
    {"path", evd_saved_text, AT(struct evd_differing_field, path)},
    {"shown_as", evd_saved_choice, AT(struct evd_differing_field, shown_as), .word = shown_word, OPTIONAL},
    {"values", evd_saved_sides, AT(struct evd_differing_field, value), .item = &evd_saved_field_value},
};
static const struct evd_saved_shape FIELD_SHAPE = {SHAPE(FIELD_MEMBERS)};
static const struct evd_saved_member FIELD = {
    "a field", evd_saved_object, .size = sizeof(struct evd_differing_field), .shape = &FIELD_SHAPE};

static const struct evd_saved_member PLACE_MEMBERS[] = {
    {"pair", evd_saved_index, AT(struct evd_quotation, pair)},
    {"divergence", evd_saved_index, AT(struct evd_quotation, divergence)},
};
static const struct evd_saved_shape PLACE_SHAPE = {SHAPE(PLACE_MEMBERS)};

static const struct evd_saved_member QUOTATION_MEMBERS[] = {
    {"place", evd_saved_object, .shape = &PLACE_SHAPE},
    {.key = "canary", .read = read_side},
    {.key = "ours", .read = read_side},
    {"fields", evd_saved_list, AT(struct evd_quotation, fields), COUNTED(struct evd_quotation, field_count),
     .item = &FIELD},
    {"arguments", evd_saved_text, AT(struct evd_quotation, arguments), OPTIONAL},
};
static const struct evd_saved_shape QUOTATION_SHAPE = {SHAPE(QUOTATION_MEMBERS)};
const struct evd_saved_member evd_saved_quotation = {
    "a quotation", evd_saved_object, .size = sizeof(struct evd_quotation), .shape = &QUOTATION_SHAPE};
