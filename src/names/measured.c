#include "names/measured.h"

#include <math.h>
#include <stdlib.h>

#include "base/grow.h"
#include "json/quantity.h"

enum { WHOLE_DIGITS_MAX = 24 };

bool evd_measured_read(struct evd_arena *arena, const struct evd_value *value, struct evd_measured *amount,
                       bool *failed)
{
    struct evd_quantity quantity;
    bool is_one = false;
    *failed |= !evd_quantity_read(arena, value, EVD_BARE_DECIMAL, &quantity, &is_one);
    if (*failed)
        return false;
    if (!is_one) {
        *amount = (struct evd_measured){.is_whole = false, .real = value->type == EVD_JSON_REAL ? value->real : 0};
        return value->type == EVD_JSON_REAL;
    }
    if (quantity.digits.length > WHOLE_DIGITS_MAX)
        return false;
    evd_wide whole = 0;
    for (size_t i = 0; i < quantity.digits.length; i++) {
        const char digit = quantity.digits.bytes[i];
        whole = whole * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    whole = quantity.is_negative ? -whole : whole;
    *amount = (struct evd_measured){.is_whole = true, .whole = whole, .real = (double)whole};
    return true;
}

static struct evd_measured subtract(const struct evd_measured *a, const struct evd_measured *b)
{
    if (!a->is_whole || !b->is_whole)
        return (struct evd_measured){.is_whole = false, .real = a->real - b->real};
    const evd_wide whole = a->whole - b->whole;
    return (struct evd_measured){.is_whole = true, .whole = whole, .real = (double)whole};
}

/* True when a difference is at most `most`, which is not negative. */
static bool is_at_most(const struct evd_measured *difference, double most)
{
    if (!difference->is_whole)
        return fabs(difference->real) <= most;
    const evd_wide distance = difference->whole < 0 ? -difference->whole : difference->whole;
    return most >= 0x1p100 || distance <= (evd_wide)most;
}

bool evd_measured_are_within(const struct evd_tolerance *tolerance, const struct evd_measured *canary,
                             const struct evd_measured *ours)
{
    const struct evd_measured difference = subtract(ours, canary);
    const double sizes[] = {fabs(canary->real), fabs(ours->real)};
    const double larger = sizes[0] > sizes[1] ? sizes[0] : sizes[1];
    if (difference.is_whole ? difference.whole == 0 : canary->real == ours->real)
        return true;
    return (tolerance->has_absolute && is_at_most(&difference, tolerance->absolute)) ||
           (tolerance->has_relative && fabs(difference.real) <= tolerance->relative * larger);
}

/* What a whole difference is of numbers that begin anew at 2 to a power: the one that is nearest to zero. */
static void wrap(struct evd_measured *difference, unsigned bits)
{
    const evd_wide all = (evd_wide)1 << bits, rest = difference->whole & (all - 1);
    difference->whole = rest > all / 2 ? rest - all : rest;
    difference->real = (double)difference->whole;
}

/* What is known at a place; NULL when memory ran out. */
static struct evd_drift *find(struct evd_drifts *drifts, uint64_t place)
{
    bool is_new;
    const uint64_t *index = evd_table_put(&drifts->places, place, drifts->count, &is_new);
    void *grown = evd_grow(drifts->drifts, drifts->count, &drifts->capacity, sizeof *drifts->drifts);
    drifts->drifts = grown != NULL ? grown : drifts->drifts;
    if (index == NULL || grown == NULL) {
        drifts->failed = true;
        return NULL;
    }
    if (is_new)
        drifts->drifts[drifts->count++] = (struct evd_drift){0};
    return &drifts->drifts[*index];
}

static bool is_steady(const struct evd_measured *ahead, const struct evd_measured *before,
                      const struct evd_tolerance *tolerance)
{
    struct evd_measured change = subtract(ahead, before);
    if (tolerance->bits > 0 && change.is_whole)
        wrap(&change, tolerance->bits);
    return is_at_most(&change, tolerance->absolute);
}

/* What is known of a list without order, at the event at hand; NULL when memory ran out. */
static struct evd_list_drifts *find_list(struct evd_drifts *drifts, uint64_t common)
{
    bool is_new;
    const uint64_t *index = evd_table_put(&drifts->lists, common, drifts->list_count, &is_new);
    void *grown =
        evd_grow(drifts->list_drifts, drifts->list_count, &drifts->list_capacity, sizeof *drifts->list_drifts);
    drifts->list_drifts = grown != NULL ? grown : drifts->list_drifts;
    if (index == NULL || grown == NULL)
        return NULL;
    if (is_new)
        drifts->list_drifts[drifts->list_count++] = (struct evd_list_drifts){.event = drifts->event};
    struct evd_list_drifts *list = &drifts->list_drifts[*index];
    if (list->event != drifts->event) {
        const struct evd_list_drifts last = *list;
        *list = (struct evd_list_drifts){
            .event = drifts->event,
            .before = last.now,
            .now = last.before,
            .before_count = last.now_count,
            .before_capacity = last.now_capacity,
            .now_capacity = last.before_capacity};
    }
    return list;
}

/* Whether some item was ahead by nearly as much in the event before, or none was there; takes this one in. */
static bool is_like_another(struct evd_drifts *drifts, uint64_t common, const struct evd_measured *ahead,
                            const struct evd_tolerance *tolerance)
{
    struct evd_list_drifts *list = find_list(drifts, common);
    void *grown = list == NULL ? NULL : evd_grow(list->now, list->now_count, &list->now_capacity, sizeof *list->now);
    drifts->failed |= grown == NULL;
    if (grown == NULL)
        return true;
    list->now = grown;
    list->now[list->now_count++] = *ahead;
    bool is_like = list->before_count == 0;
    for (size_t i = 0; i < list->before_count && !is_like; i++)
        is_like = is_steady(ahead, &list->before[i], tolerance);
    return is_like;
}

bool evd_drift_is_steady(struct evd_drifts *drifts, uint64_t place, uint64_t common,
                         const struct evd_tolerance *tolerance, const struct evd_measured *canary,
                         const struct evd_measured *ours)
{
    struct evd_drift *drift = find(drifts, place);
    if (drift == NULL)
        return true;
    const struct evd_measured ahead = subtract(ours, canary);
    const struct evd_measured before = subtract(&drift->last[EVD_OURS], &drift->last[EVD_CANARY]);
    const bool was_known = drift->is_known;
    const bool is_like = common == place || is_like_another(drifts, common, &ahead, tolerance);
    drift->is_known = true;
    drift->last[EVD_CANARY] = *canary;
    drift->last[EVD_OURS] = *ours;
    return was_known ? is_steady(&ahead, &before, tolerance) : is_like;
}

void evd_drift_note(struct evd_drifts *drifts, uint64_t place, int side, const struct evd_measured *amount)
{
    struct evd_drift *drift = find(drifts, place);
    void *grown = evd_grow(drifts->open, drifts->open_count, &drifts->open_capacity, sizeof *drifts->open);
    drifts->open = grown != NULL ? grown : drifts->open;
    drifts->failed |= grown == NULL;
    if (drift == NULL || grown == NULL || !drift->is_known)
        return;
    if (drift->alone[EVD_CANARY] + drift->alone[EVD_OURS] == 0)
        drifts->open[drifts->open_count++] = (size_t)(drift - drifts->drifts);
    drift->alone[side]++;
    drift->last_alone[side] = *amount;
}

void evd_drift_meet(struct evd_drifts *drifts)
{
    for (size_t i = 0; i < drifts->open_count; i++) {
        struct evd_drift *drift = &drifts->drifts[drifts->open[i]];
        const bool is_alike = drift->alone[EVD_CANARY] == drift->alone[EVD_OURS];
        for (int side = 0; side < EVD_SIDES; side++) {
            if (!is_alike && drift->alone[side] > 0)
                drift->last[side] = drift->last_alone[side];
            drift->alone[side] = 0;
        }
    }
    drifts->open_count = 0;
}

void evd_drifts_release(struct evd_drifts *drifts)
{
    for (size_t i = 0; i < drifts->list_count; i++) {
        free(drifts->list_drifts[i].before);
        free(drifts->list_drifts[i].now);
    }
    free(drifts->list_drifts);
    evd_table_release(&drifts->lists);
    evd_table_release(&drifts->places);
    free(drifts->drifts);
    free(drifts->open);
    *drifts = (struct evd_drifts){0};
}
