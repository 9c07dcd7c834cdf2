/* Threads that one side never created: by both ways of pairing they are told as that, and no other thread is taken for
 * theirs. */
#include <stdlib.h>
#include <string.h>

#include "diff_case.h"
#include "pair/lost.h"
#include "random.h"

enum { WORKERS = 4, WORK = 30, STRAY = 100, LIKE_STRAY };

static void create(struct case_ *c, int side, const char *entry)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"entry_pc\":\"%s\"}", entry);
    append_event(&c->text[side], "thread.create", 1, c->count[side]++, payload);
}

/* Some calls of a thread: all begin alike but for STRAY, whose first one is its own; `program` says what else they
 * are. */
static void work(struct case_ *c, int side, int tid, int program, unsigned events)
{
    char payload[64];
    for (unsigned i = 0; i < events; i++) {
        snprintf(payload, sizeof payload, "{\"name\":\"work%d\",\"a0\":%u}",
                 program == STRAY && i == 0 ? STRAY
                 : i < 4                    ? 0
                                            : program,
                 i);
        append_event(&c->text[side], "kernel.call", tid, i, payload);
    }
}

/* Canary's thread 1 creates workers, which are 10 to 13; ours does not create the one that `lost` says, and has numbers of
 * its own, and a thread that is like the lost one in little. (With `first` 1 the sides change places.) */
static void write_workers(struct case_ *c, int first, int other, int lost, int stray,
                          const char *const entries[EVD_SIDES])
{
    const int sides[EVD_SIDES] = {first, other};
    begin(c);
    same(c, 'a', 20);
    for (int k = 0; k < EVD_SIDES; k++) {
        const int side = sides[k];
        append_event(&c->text[side], "kernel.call", 2, 0, "{\"name\":\"main\"}");
        if (k == 1)
            work(c, side, 3, stray, WORK / 2);
    }
    for (int worker = 0; worker < WORKERS; worker++) {
        same(c, (char)('b' + worker), 20);
        for (int k = 0; k < EVD_SIDES; k++) {
            if (k == 1 && worker == lost)
                continue;
            create(c, sides[k], entries[k]);
            work(c, sides[k], 10 + worker - (k == 1 && worker > lost), worker + 1, WORK);
        }
    }
    same(c, 'z', 20);
    for (int side = 0; side < EVD_SIDES; side++)
        c->logs[side] = memory_log(&c->text[side], c->rules);
}

static void diff_by(struct case_ *c, enum evd_pairing pairing)
{
    struct evd_error error;
    const struct evd_diff_options options = {.resync = true, .pairing = pairing};
    evd_outcome_free(c->outcome);
    cr_assert_eq(evd_diff(c->logs[0], c->logs[1], &options, &c->outcome, &error), EVD_OK, "%s", error.message);
}

static const char *const SAME_PLACE[EVD_SIDES] = {"0x1000", "0x1000"};

static const struct evd_unpaired *find_unpaired(const struct case_ *c, int side, int64_t tid)
{
    for (size_t i = 0; i < c->outcome->unpaired_count[side]; i++)
        if (c->outcome->unpaired[side][i].tid == tid)
            return &c->outcome->unpaired[side][i];
    return NULL;
}

static void expect_pair(const struct case_ *c, int64_t canary, int64_t ours)
{
    for (size_t i = 0; i < c->outcome->pair_count; i++)
        if (c->outcome->pairs[i].tid[EVD_CANARY] == canary) {
            cr_expect_eq(c->outcome->pairs[i].tid[EVD_OURS], ours, "canary's %d goes with %d", (int)canary,
                         (int)c->outcome->pairs[i].tid[EVD_OURS]);
            return;
        }
    cr_expect_fail("canary's %d has no counterpart", (int)canary);
}

/* Each worker in turn is lost, by both ways; and the same with sides swapped, where it is one too many. */
Test(lost, a_thread_that_was_never_created_is_told_by_both_ways_of_pairing)
{
    for (int lost = 0; lost < WORKERS; lost++)
        for (int first = 0; first < EVD_SIDES; first++)
            for (int way = 0; way < 2; way++) {
                struct case_ c;
                write_workers(&c, first, !first, lost, way ? LIKE_STRAY : STRAY, SAME_PLACE);
                diff_by(&c, way ? EVD_PAIR_SIMILARITY : EVD_PAIR_FIRST_CALL);
                for (int worker = 0; worker < WORKERS; worker++) {
                    const int64_t other = 10 + worker - (worker > lost);
                    if (worker != lost)
                        expect_pair(&c, first == EVD_CANARY ? 10 + worker : other,
                                    first == EVD_CANARY ? other : 10 + worker);
                }
                const struct evd_unpaired *thread = find_unpaired(&c, first, 10 + lost);
                cr_assert_not_null(thread, "worker %d, side %d, way %d", lost, first, way);
                cr_expect(thread->is_never_created);
                cr_expect_eq(thread->cause, EVD_CAUSE_CREATOR);
                cr_expect(thread->is_cause_creation);
                const struct evd_pair_outcome *pair = &c.outcome->pairs[thread->cause_pair];
                cr_expect_eq(pair->divergences[thread->cause_divergence].class_,
                             first == EVD_CANARY ? EVD_CLASS_MISSING : EVD_CLASS_EXTRA);
                cr_expect_eq(c.outcome->unpaired_count[!first], 1);
                cr_assert_not_null(find_unpaired(&c, !first, 3));
                cr_expect_not(find_unpaired(&c, !first, 3)->is_never_created);
                end(&c);
            }
}

/* What ours does in the place of the creation makes it no other: it is where to look first. */
Test(lost, where_a_thread_is_lost_is_a_place_to_look_at)
{
    struct case_ c;
    begin(&c);
    same(&c, 'a', 40);
    call(&c, EVD_CANARY, "prepare", "1");
    create(&c, EVD_CANARY, "0x1000");
    work(&c, EVD_CANARY, 10, 1, WORK);
    call(&c, EVD_OURS, "give_up", "2");
    same(&c, 'b', 40);
    for (int side = 0; side < EVD_SIDES; side++)
        c.logs[side] = memory_log(&c.text[side], c.rules);
    diff_by(&c, EVD_PAIR_SIMILARITY);
    cr_assert_eq(c.outcome->unpaired_count[EVD_CANARY], 1);
    cr_expect(c.outcome->unpaired[EVD_CANARY][0].is_never_created);
    cr_expect(c.outcome->unpaired[EVD_CANARY][0].is_cause_creation);
    cr_assert_eq(c.outcome->look_count, 1);
    const struct evd_family *family = &c.outcome->families[0];
    cr_expect_eq(family->class_, EVD_CLASS_REPLACED);
    cr_expect_eq(family->suspicion.points[EVD_EVIDENCE_LOST_THREAD], 4 * EVD_POINT);
    end(&c);
}

/* The creator goes on and creates it, but where it begins is somewhere else: the code is at another place. */
Test(lost, a_thread_that_begins_at_another_place_is_not_lost)
{
    static const char *const OTHER_PLACES[EVD_SIDES] = {"0x1000", "0x2000"};
    for (int way = 0; way < 2; way++) {
        struct case_ c;
        write_workers(&c, EVD_CANARY, EVD_OURS, WORKERS, STRAY, OTHER_PLACES);
        diff_by(&c, way ? EVD_PAIR_SIMILARITY : EVD_PAIR_FIRST_CALL);
        for (int worker = 0; worker < WORKERS; worker++)
            expect_pair(&c, 10 + worker, 10 + worker);
        cr_expect_eq(c.outcome->unpaired_count[EVD_CANARY], 0);
        end(&c);
    }
}

/* Two threads with one event in a thousand in common, which is below 5 %, or none; beside them a pair, or nothing. */
static void expect_pairs(bool have_common, bool are_alone, size_t pairs)
{
    struct case_ c = {0};
    cr_assert_eq(evd_rules_load(NULL, NULL, &c.rules, NULL), EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(&c.text[side], LOG_HEADER);
        c.tid = 1;
        fresh(&c, side, side ? "o" : "c", side ? 100 : 1000);
        if (have_common)
            call(&c, side, "z", "0");
        if (!are_alone)
            work(&c, side, 9, 3, WORK);
        c.logs[side] = memory_log(&c.text[side], c.rules);
    }
    diff_by(&c, EVD_PAIR_SIMILARITY);
    cr_expect_eq(c.outcome->pair_count, pairs);
    if (are_alone)
        cr_expect_eq(c.outcome->pairs[0].pairing != NULL, have_common);
    end(&c);
}

Test(lost, one_thread_a_side_is_a_pair)
{
    for (int have_common = 0; have_common < 2; have_common++)
        for (int are_alone = 0; are_alone < 2; are_alone++)
            expect_pairs(have_common, are_alone, 1);
}

/* ── The search against its slow twin ── */

enum { SEEDS = 4000, STREAMS_MAX = 9, CREATIONS_MAX = 14, ENTRIES = 3 };

struct made_side {
    struct evd_log log;
    struct evd_stream streams[STREAMS_MAX];
    struct evd_sketch sketches[STREAMS_MAX];
    struct evd_creation creations[CREATIONS_MAX];
    bool is_lost[STREAMS_MAX], is_twin_lost[STREAMS_MAX];
    size_t partners[STREAMS_MAX];
    bool are_closest[STREAMS_MAX];
};

static void make_side(struct made_side *made, struct random *random, int64_t first_tid)
{
    *made = (struct made_side){0};
    made->log = (struct evd_log){.streams = made->streams,
                                 .stream_count = 1 + random_below(random, STREAMS_MAX),
                                 .creations = made->creations,
                                 .creation_count = random_below(random, CREATIONS_MAX + 1)};
    for (size_t i = 0; i < made->log.stream_count; i++) {
        made->streams[i].tid = first_tid + (int64_t)i;
        made->partners[i] = SIZE_MAX;
    }
    for (size_t i = 0; i < made->log.creation_count; i++)
        made->creations[i] = (struct evd_creation){
            i, first_tid + random_below(random, (unsigned)made->log.stream_count), random_below(random, ENTRIES + 1)};
    for (size_t i = 0; i < made->log.stream_count; i++) {
        struct evd_sketch *sketch = &made->sketches[i];
        *sketch = (struct evd_sketch){.start = random_below(random, 6)};
        if (made->log.creation_count == 0 || random_below(random, 6) == 0)
            continue;
        const struct evd_creation *creation =
            &made->creations[random_below(random, (unsigned)made->log.creation_count)];
        sketch->has_creation = true;
        sketch->entry = creation->entry;
        sketch->creator = (size_t)(creation->tid - first_tid);
    }
}

/* How many creations of a side are like those of a thread's: by its creator or any, at its entry or at any known one. */
static size_t count_like(const struct made_side *made, size_t creator, uint64_t entry, bool any_creator, bool any_entry)
{
    size_t count = 0;
    for (size_t i = 0; i < made->log.creation_count; i++)
        count += made->creations[i].entry != 0 && (any_entry || made->creations[i].entry == entry) &&
                 (any_creator || made->creations[i].tid == made->streams[creator].tid);
    return count;
}

/* How many that are lost by the twin are such. */
static size_t count_lost(const struct made_side *made, size_t creator, uint64_t entry, bool any_creator, bool any_entry)
{
    size_t count = 0;
    for (size_t i = 0; i < made->log.stream_count; i++)
        count += made->is_twin_lost[i] && (any_entry || made->sketches[i].entry == entry) &&
                 (any_creator || made->sketches[i].creator == creator);
    return count;
}

/* A thread may be lost when its side has more of such creations than the other has, and than are lost already. */
static bool may_be_lost(const struct made_side *own, const struct made_side *other, size_t stream)
{
    static const bool WAYS[3][2] = {{true, false}, {false, true}, {false, false}};
    const struct evd_sketch *sketch = &own->sketches[stream];
    if (own->is_twin_lost[stream] || !sketch->has_creation || sketch->entry == 0 ||
        own->partners[sketch->creator] == SIZE_MAX)
        return false;
    const size_t creator = own->partners[sketch->creator];
    for (int way = 0; way < 3; way++)
        if (count_like(own, sketch->creator, sketch->entry, WAYS[way][0], WAYS[way][1]) <=
            count_like(other, creator, sketch->entry, WAYS[way][0], WAYS[way][1]) +
                count_lost(own, sketch->creator, sketch->entry, WAYS[way][0], WAYS[way][1]))
            return false;
    if (own->partners[stream] == SIZE_MAX)
        return true;
    const struct evd_sketch *partner = &other->sketches[own->partners[stream]];
    return !(own->are_closest[stream] && partner->has_creation && partner->creator == creator &&
             partner->entry == sketch->entry);
}

static bool is_before(const struct made_side *own, const int64_t *likeness, size_t a, size_t b)
{
    const int64_t l = own->partners[a] == SIZE_MAX ? -1 : likeness[a];
    const int64_t r = own->partners[b] == SIZE_MAX ? -1 : likeness[b];
    if (l != r)
        return l < r;
    if (own->sketches[a].start != own->sketches[b].start)
        return own->sketches[a].start < own->sketches[b].start;
    return a < b;
}

/* Picks one after the other. */
static void lose_slowly(struct made_side *own, const struct made_side *other, const int64_t *likeness)
{
    for (;;) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < own->log.stream_count; i++)
            if (may_be_lost(own, other, i) && (best == SIZE_MAX || is_before(own, likeness, i, best)))
                best = i;
        if (best == SIZE_MAX)
            break;
        own->is_twin_lost[best] = true;
    }
    bool is_chosen[STREAMS_MAX];
    memcpy(is_chosen, own->is_twin_lost, sizeof is_chosen);
    for (size_t i = 0; i < own->log.stream_count; i++)
        if (is_chosen[i] && is_chosen[own->sketches[i].creator])
            own->is_twin_lost[i] = false;
}

Test(lost, the_search_finds_what_its_slow_twin_finds, .timeout = 120)
{
    size_t found = 0, none = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct made_side sides[EVD_SIDES];
        int64_t likeness[EVD_SIDES][STREAMS_MAX] = {0};
        for (int side = 0; side < EVD_SIDES; side++)
            make_side(&sides[side], &random, 10 + 90 * side);
        for (size_t i = 0; i < sides[0].log.stream_count; i++) {
            const size_t partner = random_below(&random, (unsigned)sides[1].log.stream_count);
            if (random_below(&random, 5) == 0 || sides[1].partners[partner] != SIZE_MAX)
                continue;
            sides[0].partners[i] = partner;
            sides[1].partners[partner] = i;
            likeness[0][i] = likeness[1][partner] = random_below(&random, 4);
            sides[0].are_closest[i] = sides[1].are_closest[partner] = random_below(&random, 2);
        }
        const struct evd_lost_search search = {
            {&sides[0].log, &sides[1].log},
            {sides[0].sketches, sides[1].sketches},
            sides[0].partners,
            likeness[0],
            sides[0].are_closest};
        bool *const is_lost[EVD_SIDES] = {sides[0].is_lost, sides[1].is_lost};
        size_t count, twin_count = 0;
        bool differ;
        cr_assert(evd_find_lost(&search, is_lost, &count));
        cr_assert(evd_creations_differ(search.log, &differ));
        for (int side = 0; side < EVD_SIDES; side++) {
            lose_slowly(&sides[side], &sides[!side], likeness[side]);
            for (size_t i = 0; i < sides[side].log.stream_count; i++) {
                cr_assert_eq(sides[side].is_lost[i], sides[side].is_twin_lost[i], "seed %u, side %d, stream %zu", seed,
                             side, i);
                twin_count += sides[side].is_twin_lost[i];
            }
        }
        cr_assert_eq(count, twin_count, "seed %u", seed);
        cr_assert(count == 0 || differ, "seed %u", seed);
        found += count;
        none += count == 0;
    }
    cr_expect(found > 1000 && none > 1000, "%zu lost, %zu times none", found, none);
}
