/* Random outcomes whose divergences have values, causes and families to find, and what a slow twin asks of them. */
#ifndef MADE_DIVERGENCES_H
#define MADE_DIVERGENCES_H

#include <evdiff/evdiff.h>

#include "align/divergences.h"
#include "base/arena.h"
#include "explain/cause.h"
#include "explain/in_step.h"
#include "put_run.h"
#include "random.h"
#include "told_value.h"

enum {
    PAIRS_MAX = 4,
    DIVERGENCES_MAX = 24, /* a pair */
    SIGNATURES = 5,
};

/* What a value means, beside its spelling. */
struct value {
    const char *spelling; /* as JSON; NULL: absent */
    bool is_number;
    long long number;
};

#define FIFTY          "01234567890123456789012345678901234567890123456789"
/* Of texts more than EVD_VALUE_MAX bytes alike. */
#define LONG_TEXT(end) "\"" FIFTY FIFTY FIFTY FIFTY FIFTY end "\""

static const struct value VALUES[] = {
    {"\"0x00010000\"", true, 0x10000}, /* the addresses first */
    {"65552", true, 0x10010},
    {"\"0x30000\"", true, 0x30000},
    {"\"0x30010\"", true, 0x30010},
    {"-131072", true, -0x20000},
    {"\"0xffff\"", true, 0xffff},
    {"0", true, 0},
    {"3", true, 3},
    {"-2", true, -2},
    {"108", true, 108},
    {"\"0x0000006c\"", true, 108},
    {"\"0x64\"", true, 100},
    {"100", true, 100},
    {"\"System\"", false, 0},
    {"\"Syste\"", false, 0},
    {"\"Software\\\\Wine\"", false, 0},
    {LONG_TEXT("a"), false, 0},
    {LONG_TEXT("b"), false, 0},
    {LONG_TEXT("c"), false, 0},
    {NULL, false, 0},
    {"1.5", false, 0},
};
enum { ADDRESS_COUNT = 5, VALUE_COUNT = sizeof VALUES / sizeof VALUES[0] };

/* One random outcome with its natures, and what the twin knows of it. */
struct made {
    struct evd_pair_outcome pairs[PAIRS_MAX];
    struct evd_divergence divergences[PAIRS_MAX][DIVERGENCES_MAX];
    uint32_t causes[PAIRS_MAX * DIVERGENCES_MAX], roots[PAIRS_MAX * DIVERGENCES_MAX];
    struct evd_divergence_nature natures[PAIRS_MAX][DIVERGENCES_MAX];
    struct evd_nature_list lists[PAIRS_MAX];
    unsigned values[PAIRS_MAX][DIVERGENCES_MAX][EVD_SIDES]; /* indexes in VALUES */
    struct evd_noted_values told[PAIRS_MAX][DIVERGENCES_MAX];
    bool is_taken[PAIRS_MAX][DIVERGENCES_MAX]; /* a moved run answers for it */
    struct evd_call_text calls[2];
    struct evd_outcome outcome;
};

struct place {
    size_t pair, index;
};

/* The facts about one of VALUES; they show nothing. */
static inline struct evd_field_value facts_of(unsigned value)
{
    static struct evd_field_value facts[VALUE_COUNT];
    static bool is_told[VALUE_COUNT];
    if (!is_told[value]) {
        struct evd_arena arena = {0};
        struct evd_field_value told[EVD_SIDES];
        const char *const json[EVD_SIDES] = {VALUES[value].spelling, NULL};
        tell_json(json, EVD_EXTENT_DIFFERENCE, &arena, told);
        facts[value] = told[EVD_CANARY];
        facts[value].shown = (struct evd_text){"", 0};
        is_told[value] = true;
        evd_arena_release(&arena);
    }
    return facts[value];
}

/* That it breaks a renaming is all that is asked. */
static const struct evd_broken_renaming BREAKS = {0};

static inline void make_divergence(struct made *made, struct random *random, size_t pair, size_t index,
                                   uint64_t *offset)
{
    struct evd_divergence *divergence = &made->divergences[pair][index];
    struct evd_divergence_nature *nature = &made->natures[pair][index];
    /* Some drift: the same field by the same amount again. */
    const bool repeats =
        index > 0 && made->divergences[pair][index - 1].class_ == EVD_CLASS_VALUE && random_below(random, 2);
    const unsigned draw = random_below(random, 12);
    const enum evd_divergence_class class_ =
        repeats || draw < 6 ? EVD_CLASS_VALUE : (enum evd_divergence_class)(draw % EVD_CLASS_TRUNCATED);
    *divergence = (struct evd_divergence){.class_ = class_};
    *nature = (struct evd_divergence_nature){
        .signature = (uint64_t)class_ * SIGNATURES + random_below(random, SIGNATURES),
        .call = random_below(random, 2),
        .before = {EVD_NO_CALL, EVD_NO_CALL},
        .field = {&"rs"[random_below(random, 2)], 1},
    };
    const unsigned choice = random_below(random, 2) ? ADDRESS_COUNT : VALUE_COUNT;
    *offset += random_below(random, 3);
    put_offset(divergence, EVD_CANARY, *offset);
    if (repeats)
        nature->field = made->natures[pair][index - 1].field;
    divergence->is_ordinary = random_below(random, 6) == 0;
    divergence->is_at_end = random_below(random, 8) == 0;
    divergence->matched_after =
        repeats || random_below(random, 2) ? 0
        : random_below(random, 2)          ? random_below(random, 12)
                                           : random_below(random, 2 * EVD_IN_STEP + 2);
    for (int side = 0; side < EVD_SIDES; side++) {
        put_count(divergence, side, 1 + random_below(random, 5));
        if (class_ == EVD_CLASS_VALUE) {
            const unsigned value =
                repeats ? made->values[pair][index - 1][side] : (unsigned)random_below(random, choice);
            divergence->fails[side] = random_below(random, 8) == 0;
            if (random_below(random, 16) == 0) {
                divergence->has_notes = true;
                made->told[pair][index].breaks = &BREAKS;
            }
            divergence->is_renamed_anew = random_below(random, 16) == 0;
            made->values[pair][index][side] = value;
            made->told[pair][index].value[side] = facts_of(value);
            divergence->value = made->told[pair][index].value;
        }
    }
    if (class_ == EVD_CLASS_MISSING || class_ == EVD_CLASS_EXTRA) {
        put_count(divergence, class_ == EVD_CLASS_MISSING, 0);
        nature->run_hash = 1 + random_below(random, 4);
        /* Runs with the same events are as long. */
        put_count(divergence, class_ == EVD_CLASS_EXTRA, (uint32_t)nature->run_hash);
    }
}

/* What evd_causes_make_room does, in the arrays here. */
static inline void give_room(struct made *made)
{
    uint32_t begin = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        made->pairs[i].divergence_begin = begin;
        begin += (uint32_t)made->pairs[i].divergence_count;
    }
    made->outcome.causes = made->causes;
    made->outcome.roots = made->roots;
}

static inline void make(struct made *made, struct random *random)
{
    *made = (struct made){.calls = {{.kind = {"k", 1}, .name = {"n", 1}}, {.kind = {"k", 1}, .name = {"m", 1}}}};
    made->outcome.pairs = made->pairs;
    made->outcome.pair_count = 1 + random_below(random, PAIRS_MAX);
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        uint64_t offset = 0;
        made->pairs[i].divergences = made->divergences[i];
        made->pairs[i].divergence_count = random_below(random, DIVERGENCES_MAX + 1);
        made->lists[i] = (struct evd_nature_list){.natures = made->natures[i], .calls = made->calls, .call_count = 2};
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++)
            make_divergence(made, random, i, j, &offset);
        /* What has moved is where canary has it, which may be later than what comes after it. */
        if (made->pairs[i].divergence_count > 0 && random_below(random, 2)) {
            struct evd_divergence *moved =
                &made->divergences[i][random_below(random, (unsigned)made->pairs[i].divergence_count)];
            put_offset(moved, EVD_CANARY, evd_run_of(moved, EVD_CANARY).offset + 5);
        }
    }
    give_room(made);
}

static inline struct place cause_of(const struct made *made, size_t pair, size_t index)
{
    const struct evd_cause_place place = evd_cause_of(&made->outcome, pair, index);
    return (struct place){place.pair, place.divergence};
}

static inline struct place root_of(const struct made *made, size_t pair, size_t index)
{
    const struct evd_cause_place place = evd_root_of(&made->outcome, pair, index);
    return (struct place){place.pair, place.divergence};
}

static inline bool is_earlier(const struct made *made, size_t pair, size_t index, size_t than_pair, size_t than)
{
    const uint64_t a = evd_run_of(&made->divergences[pair][index], EVD_CANARY).offset;
    const uint64_t b = evd_run_of(&made->divergences[than_pair][than], EVD_CANARY).offset;
    return a != b ? a < b : pair != than_pair ? pair < than_pair : index < than;
}

static inline bool is_large(const struct value *value)
{
    return value->is_number && (value->number >= 0x10000 || value->number <= -0x10000);
}

static inline const unsigned *values_of(const struct made *made, struct place place)
{
    return made->values[place.pair][place.index];
}

/* All divergences, the earliest first. */
static inline size_t list_in_time(const struct made *made, struct place places[PAIRS_MAX * DIVERGENCES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            size_t at = count++;
            for (; at > 0 && is_earlier(made, i, j, places[at - 1].pair, places[at - 1].index); at--)
                places[at] = places[at - 1];
            places[at] = (struct place){i, j};
        }
    return count;
}

/* True when a divergence and the three before it have numbers as far apart in the same field, with nothing between. */
static inline bool drifts(const struct made *made, size_t pair, size_t index)
{
    const struct value *canary = &VALUES[made->values[pair][index][EVD_CANARY]],
                       *ours = &VALUES[made->values[pair][index][EVD_OURS]];
    if (index < 3)
        return false;
    for (size_t i = index - 3; i <= index; i++) {
        const unsigned *value = made->values[pair][i];
        if (made->divergences[pair][i].class_ != EVD_CLASS_VALUE || !VALUES[value[0]].is_number ||
            !VALUES[value[1]].is_number || canary->number == ours->number ||
            VALUES[value[1]].number - VALUES[value[0]].number != ours->number - canary->number ||
            made->natures[pair][i].field.bytes[0] != made->natures[pair][index].field.bytes[0] ||
            (i < index && made->divergences[pair][i].matched_after > 0))
            return false;
    }
    return true;
}

/* The first divergence since the streams were last in step. */
static inline size_t find_start(const struct made *made, size_t pair, size_t index)
{
    const struct evd_divergence *divergences = made->divergences[pair];
    if (index == 0)
        return 0;
    const size_t start = find_start(made, pair, index - 1);
    uint64_t in_step = divergences[index - 1].matched_after, path = 0;
    for (size_t i = index - 1; i > 0 && drifts(made, pair, i); i--)
        in_step += 1 + divergences[i - 1].matched_after;
    for (size_t i = start; i < index; i++)
        if (divergences[i].class_ != EVD_CLASS_VALUE || divergences[i].fails[0] != divergences[i].fails[1])
            path += evd_run_of(&divergences[i], EVD_CANARY).count + evd_run_of(&divergences[i], EVD_OURS).count;
    uint64_t needed = 1;
    if (path > 0 && made->natures[pair][start].call == made->natures[pair][index].call)
        needed = 128;
    else if (path > 0)
        needed = 2 * path < 4 ? 4 : 2 * path > 128 ? 128 : 2 * path;
    return in_step < needed || drifts(made, pair, index) ? start : index;
}

#endif
