/* Families. */
#include "saved/read.h"

#include <stdio.h>
#include <string.h>

static const char *class_word(unsigned i)
{
    return evd_class_name((enum evd_divergence_class)i);
}

static const char *shown_word(unsigned i)
{
    return evd_shown_as_name((enum evd_shown_as)i);
}

static const char *relation_word(unsigned i)
{
    return evd_relation_name((enum evd_value_relation)i);
}

static const struct evd_saved_member U64 = {.read = evd_saved_u64, .size = sizeof(uint64_t)};
static const struct evd_saved_member INDEX = {.read = evd_saved_index, .size = sizeof(size_t)};
static const struct evd_saved_member TEXT = {.read = evd_saved_text, .size = sizeof(struct evd_text)};

static const struct evd_saved_member FIRST_PLACE_MEMBERS[] = {
    {"pair", evd_saved_index, AT(struct evd_family, first_pair)},
    {"divergence", evd_saved_index, AT(struct evd_family, first_divergence)},
};
static const struct evd_saved_shape FIRST_PLACE = {SHAPE(FIRST_PLACE_MEMBERS)};

struct place {
    size_t pair, divergence;
};

static const struct evd_saved_member PLACE_MEMBERS[] = {
    {"pair", evd_saved_index, AT(struct place, pair)},
    {"divergence", evd_saved_index, AT(struct place, divergence)},
};
static const struct evd_saved_shape PLACE_SHAPE = {SHAPE(PLACE_MEMBERS)};
static const struct evd_saved_member PLACE = {
    "a place", evd_saved_object, .size = sizeof(struct place), .shape = &PLACE_SHAPE};

static bool read_samples(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                         void *base)
{
    struct places {
        struct place place[EVD_FAMILY_SAMPLES_MAX];
        size_t count;
    } places = {.count = 0};
    struct evd_family *family = base;
    const struct evd_saved_member list = {
        .key = member->key,
        .count_offset = offsetof(struct places, count),
        .most = EVD_FAMILY_SAMPLES_MAX,
        .item = &PLACE};
    if (!evd_saved_list(reader, token, &list, &places))
        return false;
    family->sample_count = places.count;
    for (size_t i = 0; i < places.count; i++) {
        family->sample_pair[i] = places.place[i].pair;
        family->sample_divergence[i] = places.place[i].divergence;
    }
    return true;
}

static bool read_suspicion(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                           void *base)
{
    struct evd_family *family = base;
    struct evd_suspicion *suspicion = &family->suspicion;
    struct place place;
    uint32_t value;
    family->has_suspicion = true;
    if (!evd_saved_expect(reader, token, member->key, EVD_JSON_OBJECT))
        return false;
    for (int i = 0; i < EVD_EVIDENCES; i++) {
        const struct evd_saved_member points = {.key = evd_evidence_name((enum evd_evidence)i)};
        if (!evd_saved_find(reader, token, points.key, &value) ||
            (value != 0 && !evd_saved_points(reader, value, &points, &suspicion->points[i])))
            return false;
    }
    const struct evd_saved_member total = {.key = "total"};
    if (!evd_saved_find(reader, token, "total", &value))
        return false;
    if (value == 0)
        return evd_saved_refuse(reader, token, "suspicion: there is no total");
    if (!evd_saved_points(reader, value, &total, &suspicion->total) || !evd_saved_find(reader, token, "place", &value))
        return false;
    if (value == 0)
        return evd_saved_refuse(reader, token, "suspicion: there is no place");
    if (!PLACE.read(reader, value, &PLACE, &place))
        return false;
    suspicion->pair = place.pair;
    suspicion->divergence = place.divergence;
    return true;
}

static bool read_follows(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                         void *base)
{
    ((struct evd_family *)base)->is_root = false;
    return evd_saved_index(reader, token, member, base);
}

static void begin_family(void *base)
{
    ((struct evd_family *)base)->is_root = true;
}

/* The kinds before, which documents have as a list from minor 4 on, and as one text before. */
static bool finish_family(struct evd_saved_reader *reader, uint32_t token, void *base)
{
    static const struct evd_saved_member AFTER = {
        "after",
        evd_saved_list,
        AT(struct evd_family, before),
        COUNTED(struct evd_family, before_count),
        .most = EVD_FAMILY_BEFORE_MAX,
        .item = &TEXT};
    static const struct evd_saved_member BEFORE = {.key = "before", .read = evd_saved_text};
    struct evd_family *family = base;
    uint32_t value;
    snprintf(family->id, sizeof family->id, "%08llx", (unsigned long long)(family->signature >> 32));
    if (!evd_saved_find(reader, token, "after", &value))
        return false;
    if (value != 0)
        return AFTER.read(reader, value, &AFTER, family);
    if (!evd_saved_find(reader, token, "before", &value))
        return false;
    struct evd_text text;
    if (value == 0)
        return evd_saved_refuse(reader, token, "a family: there is no after");
    if (!BEFORE.read(reader, value, &BEFORE, &text))
        return false;
    const char *between = memmem(text.bytes, text.length, ", ", 2);
    const size_t first = between != NULL ? (size_t)(between - text.bytes) : text.length;
    family->before_count = (text.length > 0) + (between != NULL);
    family->before[0] = (struct evd_text){text.bytes, first};
    if (between != NULL)
        family->before[1] = (struct evd_text){between + 2, text.length - first - 2};
    return true;
}

static const struct evd_saved_member FAMILY_MEMBERS[] = {
    {"signature", evd_saved_digits, AT(struct evd_family, signature)},
    {"class", evd_saved_choice, AT(struct evd_family, class_), .word = class_word},
    {"kind", evd_saved_text, AT(struct evd_family, kind)},
    {"call", evd_saved_text, AT(struct evd_family, call)},
    {"field", evd_saved_text, AT(struct evd_family, field)},
    {"shown_as", evd_saved_choice, AT(struct evd_family, shown_as), .word = shown_word, OPTIONAL},
    {"count", evd_saved_u64, AT(struct evd_family, count)},
    {"news", evd_saved_u64, AT(struct evd_family, news_count), OPTIONAL},
    {"controls", evd_saved_controls, AT(struct evd_family, controls), OPTIONAL},
    {"consequence_count", evd_saved_u64, AT(struct evd_family, consequence_count)},
    {"follower_count", evd_saved_u64, AT(struct evd_family, follower_count)},
    {"follows", read_follows, AT(struct evd_family, follows), OPTIONAL},
    {"events", evd_saved_sides, AT(struct evd_family, events), .item = &U64},
    {"pairs", evd_saved_list, AT(struct evd_family, pairs), COUNTED(struct evd_family, pair_count), .item = &INDEX},
    {"first", evd_saved_object, .shape = &FIRST_PLACE},
    {"weight", evd_saved_u64, AT(struct evd_family, weight)},
    {"suspicion", read_suspicion, OPTIONAL},
    {"relation", evd_saved_choice, AT(struct evd_family, relation), .word = relation_word},
    {"offset", evd_saved_i64, AT(struct evd_family, offset), OPTIONAL},
    {.key = "samples", .read = read_samples},
};
static const struct evd_saved_shape FAMILY_SHAPE = {
    SHAPE(FAMILY_MEMBERS), .begin = begin_family, .finish = finish_family};
const struct evd_saved_member evd_saved_family = {
    "a family", evd_saved_object, .size = sizeof(struct evd_family), .shape = &FAMILY_SHAPE};
