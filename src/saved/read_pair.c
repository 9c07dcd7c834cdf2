/* Pairs of threads. */
#include "saved/read.h"

#include <string.h>

#include "outcome/causes.h"

static const struct evd_saved_member U64 = {.read = evd_saved_u64, .size = sizeof(uint64_t)};
static const struct evd_saved_member I64 = {.read = evd_saved_i64, .size = sizeof(int64_t)};

static const struct evd_saved_member COUNTS_MEMBERS[] = {
    {"matched", evd_saved_u64, AT(struct evd_event_counts, matched)},
    {"differing", evd_saved_u64, AT(struct evd_event_counts, differing)},
    {"absorbed", evd_saved_u64, AT(struct evd_event_counts, absorbed)},
    {"engine_local", evd_saved_u64, AT(struct evd_event_counts, engine_local)},
    {"left_over", evd_saved_u64, AT(struct evd_event_counts, left_over)},
};
const struct evd_saved_shape evd_saved_counts = {SHAPE(COUNTS_MEMBERS)};
static const struct evd_saved_member COUNTS = {
    "counts", evd_saved_object, .size = sizeof(struct evd_event_counts), .shape = &evd_saved_counts};

struct absorbed {
    struct evd_text absorber;
    uint64_t count[EVD_SIDES];
};

static const struct evd_saved_member ABSORBED_MEMBERS[] = {
    {"absorber", evd_saved_text, AT(struct absorbed, absorber)},
    {"canary", evd_saved_u64, AT(struct absorbed, count[EVD_CANARY])},
    {"ours", evd_saved_u64, AT(struct absorbed, count[EVD_OURS])},
};
static const struct evd_saved_shape ABSORBED_SHAPE = {SHAPE(ABSORBED_MEMBERS)};
static const struct evd_saved_member ABSORBED = {
    "absorbed", evd_saved_object, .size = sizeof(struct absorbed), .shape = &ABSORBED_SHAPE};

/* Counts of each absorber, in their order, into an array a side. */
static bool read_absorbed(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                          void *base)
{
    const struct evd_outcome *outcome = reader->outcome;
    struct {
        struct absorbed *items;
        size_t count;
    } list = {NULL, 0};
    const struct evd_saved_member items = {.key = member->key, .item = &ABSORBED, .count_offset = sizeof list.items};
    const uint64_t **counts = evd_saved_at(base, member);
    if (!evd_saved_list(reader, token, &items, &list))
        return false;
    bool is_whole = list.count == outcome->absorber_count;
    for (size_t i = 0; is_whole && i < list.count; i++)
        is_whole = list.items[i].absorber.length == outcome->absorbers[i].name.length &&
                   memcmp(list.items[i].absorber.bytes, outcome->absorbers[i].name.bytes,
                          outcome->absorbers[i].name.length) == 0;
    if (!is_whole)
        return evd_saved_refuse(reader, token, "%s: expected those of absorbers, in their order", member->key);
    for (int side = 0; side < EVD_SIDES; side++) {
        uint64_t *numbers = evd_saved_items(reader, list.count, sizeof *numbers);
        if (numbers == NULL)
            return false;
        for (size_t i = 0; i < list.count; i++)
            numbers[i] = list.items[i].count[side];
        counts[side] = numbers;
    }
    return true;
}

static const struct evd_saved_member FIRST_PART_MEMBERS[] = {
    {"matched", evd_saved_u64, AT(struct evd_pair_outcome, matched)},
    {"engine_local", evd_saved_sides, AT(struct evd_pair_outcome, engine_local), .item = &U64},
    {"left_over", evd_saved_sides, AT(struct evd_pair_outcome, left_over), .item = &U64},
    {"absorbed", read_absorbed, AT(struct evd_pair_outcome, absorbed)},
    {"exact_comparisons", evd_saved_u64, AT(struct evd_pair_outcome, exact_comparisons)},
};
static const struct evd_saved_shape FIRST_PART = {SHAPE(FIRST_PART_MEMBERS)};

static void begin_runner_up(void *base)
{
    ((struct evd_pairing_evidence *)base)->has_runner_up = true;
}

static const struct evd_saved_member RUNNER_UP_MEMBERS[] = {
    {"tid", evd_saved_i64, AT(struct evd_pairing_evidence, runner_up_tid)},
    {"similarity", evd_saved_share, AT(struct evd_pairing_evidence, runner_up_similarity)},
};
static const struct evd_saved_shape RUNNER_UP = {SHAPE(RUNNER_UP_MEMBERS), .begin = begin_runner_up};

static const struct evd_saved_member PAIRING_MEMBERS[] = {
    {"similarity", evd_saved_share, AT(struct evd_pairing_evidence, similarity)},
    {"confidence", evd_saved_share, AT(struct evd_pairing_evidence, confidence)},
    {"runner_up", evd_saved_object, .shape = &RUNNER_UP, NULLABLE},
};
static const struct evd_saved_shape PAIRING = {SHAPE(PAIRING_MEMBERS)};
static const struct evd_saved_member PAIRING_ITEM = {
    "the pairing", evd_saved_object, .size = sizeof(struct evd_pairing_evidence), .shape = &PAIRING};

static bool read_first(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                       void *base)
{
    struct evd_pair_outcome *pair = base;
    pair->is_diverged = true;
    return evd_saved_pointer(reader, token, member, base);
}

/* What control runs have of each stands beside them, where there are any. */
static bool read_divergences(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                             void *base)
{
    static const struct evd_saved_member CONTROLS = {.key = "controls"};
    struct evd_pair_outcome *pair = base;
    if (!evd_saved_list(reader, token, member, base))
        return false;
    if (reader->outcome->control_count > 0) {
        pair->divergence_controls = evd_saved_items(reader, pair->divergence_count, sizeof *pair->divergence_controls);
        if (pair->divergence_controls == NULL)
            return false;
    }
    uint32_t item = token + 1;
    for (size_t i = 0; i < pair->divergence_count; i++, item = reader->tape->tokens[item].next) {
        uint32_t value;
        uint64_t controls = 0;
        if (!evd_saved_find(reader, item, CONTROLS.key, &value) ||
            (value != 0 && !evd_saved_controls(reader, value, &CONTROLS, &controls)))
            return false;
        if (pair->divergence_controls != NULL)
            pair->divergence_controls[i] = controls;
    }
    return true;
}

static const struct evd_saved_member PAIR_MEMBERS[] = {
    {"tid", evd_saved_sides, AT(struct evd_pair_outcome, tid), .item = &I64},
    {"pairing", evd_saved_pointer, AT(struct evd_pair_outcome, pairing), .item = &PAIRING_ITEM, NULLABLE},
    {"total", evd_saved_sides, AT(struct evd_pair_outcome, total), .item = &U64},
    {"counts", evd_saved_sides, AT(struct evd_pair_outcome, counts), .item = &COUNTS},
    {"absorbed", read_absorbed, AT(struct evd_pair_outcome, absorbed_in_all)},
    {"searches_cut_short", evd_saved_u64, AT(struct evd_pair_outcome, searches_cut_short)},
    {"to_first_divergence", evd_saved_object, .shape = &FIRST_PART},
    {"first_divergence", read_first, AT(struct evd_pair_outcome, divergence), .item = &evd_saved_first, NULLABLE},
    {"marked_nulls", evd_saved_u64, AT(struct evd_pair_outcome, marked_null_count)},
    {"first_null", evd_saved_pointer, AT(struct evd_pair_outcome, first_null), .item = &evd_saved_first_null, OPTIONAL},
    {"divergences", read_divergences, AT(struct evd_pair_outcome, divergences),
     COUNTED(struct evd_pair_outcome, divergence_count), .item = &evd_saved_divergence},
};
static const struct evd_saved_shape PAIR_SHAPE = {SHAPE(PAIR_MEMBERS)};
static const struct evd_saved_member PAIR = {
    "a pair", evd_saved_object, .size = sizeof(struct evd_pair_outcome), .shape = &PAIR_SHAPE};

/* What the divergences of a pair follow from; `list` is their array. */
static bool read_causes(struct evd_saved_reader *reader, uint32_t list, size_t pair)
{
    struct evd_outcome *outcome = reader->outcome;
    uint32_t item = list + 1;
    for (size_t i = 0; i < outcome->pairs[pair].divergence_count; i++, item = reader->tape->tokens[item].next) {
        enum evd_cause cause;
        struct evd_cause_place place;
        if (!evd_saved_cause(reader, item, &cause, &place))
            return false;
        if (cause == EVD_CAUSE_NONE)
            continue;
        if (place.pair >= outcome->pair_count || place.divergence >= outcome->pairs[place.pair].divergence_count)
            return evd_saved_refuse(reader, 0, "pairs[%zu]: the cause of a divergence is not there", pair);
        evd_cause_put(outcome, pair, i, cause, place);
    }
    return true;
}

/* A cause may be of any pair, so they are read when all divergences are there. */
bool evd_saved_pairs(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    static const struct evd_saved_member LIST = {
        "pairs", evd_saved_list, AT(struct evd_outcome, pairs), COUNTED(struct evd_outcome, pair_count), .item = &PAIR};
    struct evd_outcome *outcome = base;
    (void)member;
    if (!evd_saved_list(reader, token, &LIST, base))
        return false;
    if (!evd_causes_make_room(outcome, reader->arena))
        return evd_saved_refuse_memory(reader);
    uint32_t item = token + 1;
    for (size_t i = 0; i < outcome->pair_count; i++, item = reader->tape->tokens[item].next) {
        uint32_t list;
        if (!evd_saved_find(reader, item, "divergences", &list) || !read_causes(reader, list, i))
            return false;
    }
    return true;
}
