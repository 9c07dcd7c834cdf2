#include "walk/absorbers/ahead.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/grow.h"
#include "walk/absorbers/optional.h"
#include "walk/absorbers/types.h"
#include "walk/fits.h"

enum { PLACE_SLOTS = 2 * EVD_AHEAD_PLACES, ASKED_SLOTS = 4 * EVD_AHEAD_PLACES };

/* Where two streams part on some way. */
struct place {
    uint64_t at[EVD_SIDES];
    uint32_t before;  /* index of the place that the way comes from; the first one's is its own */
    uint32_t blocks;  /* that have gone on the way */
    uint32_t matched; /* events that match on the way, at most EVD_AHEAD_EVENTS */
    uint32_t absorber;
    enum evd_side side; /* with `absorber`: what went last */
};

/* What may go at a position of one side: `count` of `ways` from `first` on, in the order of the rules. */
struct asked {
    uint64_t position;
    uint64_t search;
    enum evd_side side;
    size_t first, count;
};

struct step {
    uint64_t at[EVD_SIDES];
    struct evd_way way;
};

struct evd_ahead {
    uint64_t search; /* the number of the last one, from 1: what others left in the tables does not count */
    struct place places[EVD_AHEAD_PLACES];
    size_t place_count;
    struct {
        uint64_t search;
        size_t place;
    } place_slots[PLACE_SLOTS];
    struct asked asked[ASKED_SLOTS];
    struct evd_way *ways;
    size_t way_count, way_capacity;
    uint64_t aim; /* evd_walker::aim when the steps were chosen */
    struct step steps[EVD_AHEAD_PLACES];
    size_t step_count, next;
};

void evd_ahead_release(struct evd_walker *walker)
{
    if (walker->ahead != NULL)
        free(walker->ahead->ways);
    free(walker->ahead);
    walker->ahead = NULL;
}

bool evd_ahead_recall(struct evd_walker *walker, struct evd_way *way)
{
    struct evd_ahead *ahead = walker->ahead;
    if (ahead == NULL || ahead->aim != walker->aim || ahead->next == ahead->step_count)
        return false;
    const struct step *step = &ahead->steps[ahead->next];
    for (int side = 0; side < EVD_SIDES; side++) {
        if (step->at[side] != walker->side[side].position) {
            ahead->next = ahead->step_count;
            return false;
        }
    }
    ahead->next++;
    *way = step->way;
    return true;
}

static size_t mix(uint64_t a, uint64_t b)
{
    const uint64_t mixed = (a + b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(mixed ^ mixed >> 32);
}

/* ---- what may go ---- */

/* The entry of a position; it is of another search when nothing is known of it in this one. */
static struct asked *find_asked(struct evd_ahead *ahead, enum evd_side side, uint64_t position)
{
    size_t slot = mix(position, (uint64_t)side) % ASKED_SLOTS;
    while (ahead->asked[slot].search == ahead->search &&
           (ahead->asked[slot].position != position || ahead->asked[slot].side != side))
        slot = (slot + 1) % ASKED_SLOTS;
    return &ahead->asked[slot];
}

static enum evd_status add_way(struct evd_ahead *ahead, struct evd_way way, struct evd_error *error)
{
    if (!EVD_MAKE_ROOM(ahead->ways, ahead->way_count, ahead->way_capacity))
        return evd_fail_memory(error);
    ahead->ways[ahead->way_count++] = way;
    return EVD_OK;
}

static void begin_asked(struct evd_ahead *ahead, enum evd_side side, uint64_t position, struct asked *asked)
{
    *asked = (struct asked){.position = position, .search = ahead->search, .side = side, .first = ahead->way_count};
}

/* What may go at a position. */
static enum evd_status ask(struct evd_walker *walker, enum evd_side side, uint64_t position, struct asked **answer,
                           struct evd_error *error)
{
    struct evd_ahead *ahead = walker->ahead;
    const struct evd_rules *rules = walker->rules;
    struct asked *asked = find_asked(ahead, side, position);
    enum evd_status status = EVD_OK;
    *answer = asked;
    if (asked->search == ahead->search)
        return EVD_OK;
    begin_asked(ahead, side, position, asked);
    for (size_t i = 0; status == EVD_OK && i < rules->absorber_count; i++) {
        const struct evd_absorber_rule *rule = &rules->absorbers[i];
        if (rule->type != &evd_optional || rule->disabled)
            continue;
        const struct evd_optional_members *members = rule->members;
        struct evd_block_found found;
        status = evd_block_run(walker, &members->block, side, position, true, &found, error);
        if (status == EVD_OK && found.count > 0)
            status = add_way(ahead, (struct evd_way){i, side, found.count}, error);
    }
    asked->count = ahead->way_count - asked->first;
    return status;
}

/* What may go at the cursors, as it is told. */
static enum evd_status tell(struct evd_walker *walker, const struct evd_way *ways, size_t count,
                            struct evd_error *error)
{
    struct evd_ahead *ahead = walker->ahead;
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        const uint64_t position = walker->side[side].position;
        struct asked *asked = find_asked(ahead, (enum evd_side)side, position);
        begin_asked(ahead, (enum evd_side)side, position, asked);
        for (size_t i = 0; status == EVD_OK && i < count; i++)
            if (ways[i].side == (enum evd_side)side)
                status = add_way(ahead, ways[i], error);
        asked->count = ahead->way_count - asked->first;
    }
    return status;
}

/* Whether a rule may take one more block behind a place. */
static bool may_go(const struct evd_walker *walker, size_t place, size_t absorber)
{
    const struct evd_optional_members *members = walker->rules->absorbers[absorber].members;
    uint64_t times = walker->counts.times[absorber];
    if (members->at_most == 0)
        return true;
    for (const struct place *on = &walker->ahead->places[place]; on->blocks > 0;
         on = &walker->ahead->places[on->before])
        times += on->absorber == absorber;
    return times < members->at_most;
}

/* ---- ways ---- */

static bool is_at_end(const struct evd_walker *walker, const struct place *place, int side)
{
    return place->at[side] == walker->side[side].stream->count;
}

/* Passes over events that take no part, on one side. */
static enum evd_status pass_local(struct evd_walker *walker, struct place *place, int side,
                                  const struct evd_event **event, struct evd_error *error)
{
    for (*event = NULL; !is_at_end(walker, place, side); place->at[side]++) {
        *event = evd_cursor_event(&walker->side[side], place->at[side]);
        if (*event == NULL)
            return evd_cursor_fail(&walker->side[side], error);
        if (evd_event_tag(*event) != EVD_TAG_ENGINE_LOCAL)
            return EVD_OK;
    }
    *event = NULL;
    return EVD_OK;
}

/* Passes events that match, up to where the streams part, one ends, or enough have. */
static enum evd_status pass_matching(struct evd_walker *walker, struct place *place, struct evd_error *error)
{
    for (;;) {
        const struct evd_event *events[EVD_SIDES];
        for (int side = 0; side < EVD_SIDES; side++) {
            const enum evd_status status = pass_local(walker, place, side, &events[side], error);
            if (status != EVD_OK)
                return status;
        }
        if (place->matched == EVD_AHEAD_EVENTS || events[EVD_CANARY] == NULL || events[EVD_OURS] == NULL ||
            events[EVD_CANARY]->key != events[EVD_OURS]->key)
            return EVD_OK;
        place->matched++;
        place->at[EVD_CANARY]++;
        place->at[EVD_OURS]++;
    }
}

static bool is_good(const struct evd_walker *walker, const struct place *place)
{
    const bool canary_ends = is_at_end(walker, place, EVD_CANARY), ours_ends = is_at_end(walker, place, EVD_OURS);
    return place->matched == EVD_AHEAD_EVENTS || (canary_ends && ours_ends) ||
           (walker->has_open_end && (canary_ends || ours_ends));
}

/* Adds a place unless some way has come there; false when there are as many as may be. */
static bool add_place(struct evd_ahead *ahead, const struct place *place, bool *is_new)
{
    size_t slot = mix(place->at[EVD_CANARY], place->at[EVD_OURS]) % PLACE_SLOTS;
    *is_new = false;
    for (; ahead->place_slots[slot].search == ahead->search; slot = (slot + 1) % PLACE_SLOTS) {
        const struct place *other = &ahead->places[ahead->place_slots[slot].place];
        if (other->at[EVD_CANARY] == place->at[EVD_CANARY] && other->at[EVD_OURS] == place->at[EVD_OURS])
            return true;
    }
    if (ahead->place_count == EVD_AHEAD_PLACES)
        return false;
    ahead->place_slots[slot].search = ahead->search;
    ahead->place_slots[slot].place = ahead->place_count;
    ahead->places[ahead->place_count++] = *place;
    *is_new = true;
    return true;
}

/* How a search stands. */
struct found {
    bool is_over;
    size_t place; /* the last one of the way to take */
};

/* Follows one way from a place on. */
static enum evd_status follow(struct evd_walker *walker, size_t from, const struct evd_way *way, struct found *found,
                              struct evd_error *error)
{
    struct evd_ahead *ahead = walker->ahead;
    if (!may_go(walker, from, way->absorber))
        return EVD_OK;
    struct place place = ahead->places[from];
    place.before = (uint32_t)from;
    place.absorber = (uint32_t)way->absorber;
    place.side = way->side;
    place.blocks++;
    place.at[way->side] += way->count;
    const enum evd_status status = pass_matching(walker, &place, error);
    if (status != EVD_OK)
        return status;
    bool is_new;
    found->is_over = !add_place(ahead, &place, &is_new);
    if (!is_new)
        return EVD_OK;
    const struct place *best = &ahead->places[found->place];
    found->is_over = is_good(walker, &place);
    /* Where nothing matches on any way, the first of those with the most blocks. */
    if (found->is_over || place.matched > best->matched ||
        (best->matched == 0 && place.matched == 0 && place.blocks > best->blocks))
        found->place = ahead->place_count - 1;
    return EVD_OK;
}

/* Follows all ways from a place on: by the rules' order, canary's before ours'. */
static enum evd_status follow_all(struct evd_walker *walker, size_t from, struct found *found, struct evd_error *error)
{
    struct evd_ahead *ahead = walker->ahead;
    size_t next[EVD_SIDES], end[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        struct asked *asked;
        const enum evd_status status = ask(walker, (enum evd_side)side, ahead->places[from].at[side], &asked, error);
        if (status != EVD_OK)
            return status;
        next[side] = asked->first;
        end[side] = asked->first + asked->count;
    }
    enum evd_status status = EVD_OK;
    while (status == EVD_OK && !found->is_over && (next[0] < end[0] || next[1] < end[1])) {
        const bool is_ours = next[EVD_CANARY] == end[EVD_CANARY] ||
                             (next[EVD_OURS] < end[EVD_OURS] &&
                              ahead->ways[next[EVD_OURS]].absorber < ahead->ways[next[EVD_CANARY]].absorber);
        status = follow(walker, from, &ahead->ways[next[is_ours ? EVD_OURS : EVD_CANARY]++], found, error);
    }
    return status;
}

/* Keeps the steps of a way up to where the two meet. */
static void keep_steps(struct evd_walker *walker, size_t place)
{
    struct evd_ahead *ahead = walker->ahead;
    ahead->aim = walker->aim;
    ahead->step_count = ahead->next = 0;
    for (size_t i = place; ahead->places[i].blocks > 0; i = ahead->places[i].before)
        ahead->step_count += ahead->places[ahead->places[i].before].matched == 0;
    size_t at = ahead->step_count;
    for (size_t i = place; ahead->places[i].blocks > 0; i = ahead->places[i].before) {
        const struct place *after = &ahead->places[i], *before = &ahead->places[after->before];
        if (before->matched == 0)
            ahead->steps[--at] = (struct step){
                .at = {before->at[EVD_CANARY], before->at[EVD_OURS]}, .way = {after->absorber, after->side, 0}};
    }
}

enum evd_status evd_ahead_choose(struct evd_walker *walker, const struct evd_way *ways, size_t count,
                                 struct evd_way *way, struct evd_error *error)
{
    if (walker->ahead == NULL && (walker->ahead = calloc(1, sizeof *walker->ahead)) == NULL)
        return evd_fail_memory(error);
    struct evd_ahead *ahead = walker->ahead;
    ahead->search++;
    ahead->way_count = ahead->place_count = ahead->step_count = ahead->next = 0;
    const struct place here = {.at = {walker->side[EVD_CANARY].position, walker->side[EVD_OURS].position}};
    bool is_new;
    add_place(ahead, &here, &is_new);
    struct found found = {0};
    enum evd_status status = tell(walker, ways, count, error);
    for (size_t i = 0; status == EVD_OK && !found.is_over && i < ahead->place_count; i++)
        status = follow_all(walker, i, &found, error);
    if (status != EVD_OK)
        return status;
    keep_steps(walker, found.place);
    *way = ahead->steps[0].way;
    ahead->next = 1;
    return EVD_OK;
}
