/* Divergences, and the first one of a pair. */
#include <inttypes.h>

#include "outcome/run.h"

#include "saved/read.h"

static const char *side_word(unsigned i)
{
    return evd_side_name((enum evd_side)i);
}

static const char *class_word(unsigned i)
{
    return evd_class_name((enum evd_divergence_class)i);
}

static const char *cause_word(unsigned i)
{
    return evd_cause_name((enum evd_cause)i);
}

static const char *news_word(unsigned i)
{
    return evd_news_name((enum evd_news)i);
}

static const char *type_word(unsigned i)
{
    return evd_value_type_name((enum evd_value_type)i);
}

static const char *form_word(unsigned i)
{
    return evd_number_form_name((enum evd_number_form)i);
}

static const char *difference_word(unsigned i)
{
    return evd_difference_form_name((enum evd_difference_form)i);
}

static const struct evd_saved_member U64 = {.read = evd_saved_u64, .size = sizeof(uint64_t)};
static const struct evd_saved_member INDEX = {.read = evd_saved_index, .size = sizeof(size_t)};
static const struct evd_saved_member BOOL = {.read = evd_saved_bool, .size = sizeof(bool)};

/* The numbers of control runs, as bits. */
bool evd_saved_controls(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                        void *base)
{
    struct {
        size_t *indexes, count;
    } list = {NULL, 0};
    const struct evd_saved_member indexes = {.key = member->key, .item = &INDEX, .count_offset = sizeof(size_t *)};
    uint64_t *bits = evd_saved_at(base, member);
    if (!evd_saved_list(reader, token, &indexes, &list))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        if (list.indexes[i] >= reader->outcome->control_count || *bits >> list.indexes[i] > 0)
            return evd_saved_refuse(reader, token, "%s: expected indexes in controls, ascending", member->key);
        *bits |= (uint64_t)1 << list.indexes[i];
    }
    return true;
}

/* Values, names that break, nulls that a mark hides. */

static const struct evd_saved_member VALUE_MEMBERS[] = {
    {"type", evd_saved_choice, AT(struct evd_field_value, type), .word = type_word},
    {"form", evd_saved_choice, AT(struct evd_field_value, form), .word = form_word, OPTIONAL},
    {"number", evd_saved_i64, AT(struct evd_field_value, number), OPTIONAL},
    {"hash", evd_saved_digits, AT(struct evd_field_value, hash)},
    {"length", evd_saved_u64, AT(struct evd_field_value, length)},
    {"shown", evd_saved_text, AT(struct evd_field_value, shown)},
    {"shown_from", evd_saved_u64, AT(struct evd_field_value, shown_from)},
    {"begins_in_string", evd_saved_bool, AT(struct evd_field_value, begins_in_string)},
};
static const struct evd_saved_shape VALUE_SHAPE = {SHAPE(VALUE_MEMBERS)};
const struct evd_saved_member evd_saved_field_value = {
    .read = evd_saved_object, .size = sizeof(struct evd_field_value), .shape = &VALUE_SHAPE};

/* {canary, ours}, behind a pointer. */
static bool read_values(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                        void *base)
{
    const struct evd_saved_member sides = {.key = member->key, .item = &evd_saved_field_value};
    struct evd_field_value *values = evd_saved_items(reader, EVD_SIDES, sizeof *values);
    *(const struct evd_field_value **)evd_saved_at(base, member) = values;
    return values != NULL && evd_saved_sides(reader, token, &sides, values);
}

static const struct evd_saved_member BREAKS_MEMBERS[] = {
    {"name_class", evd_saved_text, AT(struct evd_broken_renaming, name_class)},
    {"value", evd_saved_sides, AT(struct evd_broken_renaming, value), .item = &U64},
    {"size", evd_saved_sides, AT(struct evd_broken_renaming, size), .item = &U64},
    {"tid", evd_saved_i64, AT(struct evd_broken_renaming, tid)},
    {"tid_event_idx", evd_saved_i64, AT(struct evd_broken_renaming, tid_event_idx)},
};
static const struct evd_saved_shape BREAKS_SHAPE = {SHAPE(BREAKS_MEMBERS)};
static const struct evd_saved_member BREAKS = {
    "breaks", evd_saved_object, .size = sizeof(struct evd_broken_renaming), .shape = &BREAKS_SHAPE};

static const struct evd_saved_member NULL_MEMBERS[] = {
    {"side", evd_saved_choice, AT(struct evd_marked_null, side), .word = side_word},
    {"field", evd_saved_text, AT(struct evd_marked_null, field)},
};
static const struct evd_saved_shape NULL_SHAPE = {SHAPE(NULL_MEMBERS)};
static const struct evd_saved_member MARKED_NULL = {
    "marked_null", evd_saved_object, .size = sizeof(struct evd_marked_null), .shape = &NULL_SHAPE};

/* A divergence, and why it is there: as it is written, before it is made as small as it is kept. */

struct written_run {
    uint64_t position, count, offset;
    int64_t first_idx, last_idx;
};

struct written {
    unsigned class_, news;
    bool fails[EVD_SIDES];
    size_t family;
    struct written_run run[EVD_SIDES];
    uint64_t matched_after;
    const struct evd_field_value *value;
    const struct evd_broken_renaming *breaks;
    const struct evd_marked_null *marked_null;
};

/* Documents before the member was there have no end of a run: it is there at the earliest. */
static bool finish_run(struct evd_saved_reader *reader, uint32_t token, void *base)
{
    struct written_run *run = base;
    uint32_t last;
    if (!evd_saved_find(reader, token, "last_tid_event_idx", &last))
        return false;
    if (last == 0) {
        run->last_idx = run->first_idx;
        if (run->count > 0 && __builtin_add_overflow(run->first_idx, run->count - 1, &run->last_idx))
            run->last_idx = INT64_MAX;
    }
    return true;
}

static const struct evd_saved_member RUN_MEMBERS[] = {
    {"position", evd_saved_u64, AT(struct written_run, position)},
    {"count", evd_saved_u64, AT(struct written_run, count)},
    {"tid_event_idx", evd_saved_i64, AT(struct written_run, first_idx)},
    {"last_tid_event_idx", evd_saved_i64, AT(struct written_run, last_idx), OPTIONAL},
    {"offset", evd_saved_u64, AT(struct written_run, offset)},
};
static const struct evd_saved_shape RUN = {SHAPE(RUN_MEMBERS), .finish = finish_run};

static const struct evd_saved_member DIVERGENCE_MEMBERS[] = {
    {"class", evd_saved_choice, AT(struct written, class_), .word = class_word},
    {"family", evd_saved_index, AT(struct written, family)},
    {"canary", evd_saved_object, AT(struct written, run[EVD_CANARY]), .shape = &RUN},
    {"ours", evd_saved_object, AT(struct written, run[EVD_OURS]), .shape = &RUN},
    {"matched_after", evd_saved_u64, AT(struct written, matched_after)},
    {"values", read_values, AT(struct written, value), OPTIONAL},
    {"fails", evd_saved_sides, AT(struct written, fails), .item = &BOOL, OPTIONAL},
    {"breaks", evd_saved_pointer, AT(struct written, breaks), .item = &BREAKS, OPTIONAL},
    {"marked_null", evd_saved_pointer, AT(struct written, marked_null), .item = &MARKED_NULL, OPTIONAL},
    {"news", evd_saved_choice, AT(struct written, news), .word = news_word, OPTIONAL},
};
static const struct evd_saved_shape DIVERGENCE_SHAPE = {SHAPE(DIVERGENCE_MEMBERS)};
static const struct evd_saved_member WRITTEN = {.key = "a divergence", .shape = &DIVERGENCE_SHAPE};

static uint32_t index_of(size_t index)
{
    /* There are not so many of anything: the check (saved/check.c) refuses it as one that is not there. */
    return index < UINT32_MAX ? (uint32_t)index : UINT32_MAX;
}

static bool read_divergence(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                            void *base)
{
    struct written written = {0};
    if (!evd_saved_object(reader, token, &WRITTEN, &written))
        return false;
    struct evd_divergence *divergence = evd_saved_at(base, member);
    *divergence = (struct evd_divergence){
        .class_ = (enum evd_divergence_class)written.class_,
        .news = (enum evd_news)written.news,
        .fails = {written.fails[EVD_CANARY], written.fails[EVD_OURS]},
        .family = index_of(written.family),
        .matched_after = written.matched_after};
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct written_run *run = &written.run[side];
        if (run->count > EVD_RUN_COUNT_MAX)
            return evd_saved_refuse(reader, token, "%s: expected a count of at most %" PRIu32,
                                    evd_side_name((enum evd_side)side), EVD_RUN_COUNT_MAX);
        if (!evd_run_keep(
                divergence, side,
                (struct evd_run){run->position, (uint32_t)run->count, run->first_idx, run->last_idx, run->offset},
                reader->arena))
            return evd_saved_refuse_memory(reader);
    }
    /* Notes without values are refused by the check. */
    divergence->has_notes = written.breaks != NULL || written.marked_null != NULL;
    return written.value == NULL ||
           evd_values_note(divergence, written.value, written.breaks, written.marked_null, reader->arena) ||
           evd_saved_refuse_memory(reader);
}

const struct evd_saved_member evd_saved_divergence = {
    "a divergence", read_divergence, .size = sizeof(struct evd_divergence)};

struct written_cause {
    unsigned kind;
    struct evd_cause_place place;
};

static const struct evd_saved_member CAUSE_MEMBERS[] = {
    {"kind", evd_saved_choice, AT(struct written_cause, kind), .word = cause_word},
    {"pair", evd_saved_index, AT(struct written_cause, place.pair)},
    {"divergence", evd_saved_index, AT(struct written_cause, place.divergence)},
};
static const struct evd_saved_shape CAUSE_SHAPE = {SHAPE(CAUSE_MEMBERS)};
static const struct evd_saved_member CAUSE = {"cause", evd_saved_object, .shape = &CAUSE_SHAPE};

bool evd_saved_cause(struct evd_saved_reader *reader, uint32_t token, enum evd_cause *cause,
                     struct evd_cause_place *place)
{
    struct written_cause written = {.kind = EVD_CAUSE_NONE};
    uint32_t value;
    if (!evd_saved_find(reader, token, CAUSE.key, &value) ||
        (value != 0 && !evd_saved_object(reader, value, &CAUSE, &written)))
        return false;
    *cause = (enum evd_cause)written.kind;
    *place = written.place;
    return true;
}

/* The first divergence of a pair. */

static void begin_event(void *base)
{
    struct evd_quoted_event *event = base;
    event->label = event->json = (struct evd_text){"", 0};
}

static bool read_label(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                       void *base)
{
    struct evd_quoted_event *event = base;
    event->has_label = true;
    return evd_saved_text(reader, token, member, base);
}

static const struct evd_saved_member EVENT_MEMBERS[] = {
    {"tid_event_idx", evd_saved_i64, AT(struct evd_quoted_event, tid_event_idx)},
    {"kind", evd_saved_text, AT(struct evd_quoted_event, kind)},
    {"label", read_label, AT(struct evd_quoted_event, label), OPTIONAL},
    {"value", evd_saved_text, AT(struct evd_quoted_event, value)},
    {"json", evd_saved_text, AT(struct evd_quoted_event, json), OPTIONAL},
};
static const struct evd_saved_shape EVENT_SHAPE = {SHAPE(EVENT_MEMBERS), .begin = begin_event};
static const struct evd_saved_member EVENT = {
    "an event", evd_saved_object, .size = sizeof(struct evd_quoted_event), .shape = &EVENT_SHAPE};
static const struct evd_saved_member TWO_EVENTS = {
    "context", evd_saved_sides, .size = EVD_SIDES * sizeof(struct evd_quoted_event), .item = &EVENT};

static bool read_next_event(struct evd_saved_reader *reader, uint32_t token, struct evd_first_divergence *first,
                            int side)
{
    if (reader->tape->tokens[token].type == EVD_JSON_NULL)
        return true;
    first->has_next[side] = true;
    return EVENT.read(reader, token, &EVENT, &first->next[side]);
}

static bool read_canary_next(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                             void *base)
{
    (void)member;
    return read_next_event(reader, token, base, EVD_CANARY);
}

static bool read_ours_next(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                           void *base)
{
    (void)member;
    return read_next_event(reader, token, base, EVD_OURS);
}

static const struct evd_saved_member NEXT_MEMBERS[] = {
    {.key = "canary", .read = read_canary_next},
    {.key = "ours", .read = read_ours_next},
};
static const struct evd_saved_shape NEXT = {SHAPE(NEXT_MEMBERS)};

static const struct evd_saved_member FIRST_MEMBERS[] = {
    {"form", evd_saved_choice, AT(struct evd_first_divergence, form), .word = difference_word},
    {"path", evd_saved_text, AT(struct evd_first_divergence, path)},
    {"kind", evd_saved_text, AT(struct evd_first_divergence, kind)},
    {"name_field", evd_saved_text, AT(struct evd_first_divergence, name_field)},
    {"name", evd_saved_text, AT(struct evd_first_divergence, name)},
    {"values", evd_saved_sides, AT(struct evd_first_divergence, value), .item = &evd_saved_field_value},
    {"breaks", evd_saved_pointer, AT(struct evd_first_divergence, breaks), .item = &BREAKS, OPTIONAL},
    {"events", evd_saved_sides, AT(struct evd_first_divergence, event), .item = &EVENT},
    {"next", evd_saved_object, .shape = &NEXT},
    {"context", evd_saved_list, AT(struct evd_first_divergence, context),
     COUNTED(struct evd_first_divergence, context_count), .most = EVD_CONTEXT_MAX, .item = &TWO_EVENTS},
};
static const struct evd_saved_shape FIRST_SHAPE = {SHAPE(FIRST_MEMBERS)};
const struct evd_saved_member evd_saved_first = {
    "first_divergence", evd_saved_object, .size = sizeof(struct evd_first_divergence), .shape = &FIRST_SHAPE};

static const struct evd_saved_member FIRST_NULL_MEMBERS[] = {
    {"matched", evd_saved_u64, AT(struct evd_first_null, matched)},
    {"divergence", evd_saved_object, AT(struct evd_first_null, divergence), .shape = &FIRST_SHAPE},
};
static const struct evd_saved_shape FIRST_NULL_SHAPE = {SHAPE(FIRST_NULL_MEMBERS)};
const struct evd_saved_member evd_saved_first_null = {
    "first_null", evd_saved_object, .size = sizeof(struct evd_first_null), .shape = &FIRST_NULL_SHAPE};
