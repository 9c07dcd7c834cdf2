/* What control runs explain, held against a slow twin that looks at all divergences of all controls. */
#include <criterion/criterion.h>

#include "explain/noise.h"
#include "explain/vary.h"
#include "made_divergences.h"

enum { SEEDS = 2000, CONTROLS = 3, TIDS = 3 };

/* A control with the side that it is a run of. */
struct control {
    struct made made;
    enum evd_side side;
};

/* Threads, places in them, and what the families would be with sides swapped. */
static void place(struct made *made, struct random *random)
{
    for (size_t i = 0; i < made->outcome.pair_count; i++) {
        uint64_t at[EVD_SIDES] = {0, 0};
        for (int side = 0; side < EVD_SIDES; side++)
            made->pairs[i].tid[side] = random_below(random, TIDS);
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++) {
            struct evd_divergence *divergence = &made->divergences[i][j];
            for (int side = 0; side < EVD_SIDES; side++) {
                put_position(divergence, side, at[side]);
                at[side] += evd_run_of(divergence, side).count + divergence->matched_after;
            }
            made->natures[i][j].mirrored = random_below(random, 2) ? made->natures[i][j].signature
                                                                   : random_below(random, EVD_CLASSES * SIGNATURES);
            if (random_below(random, 10) == 0)
                made->natures[i][j].signature += 1000;
        }
    }
}

static bool is_same(unsigned a, unsigned b, bool are_numbers)
{
    const char *left = VALUES[a].spelling, *right = VALUES[b].spelling;
    if (are_numbers)
        return VALUES[a].number == VALUES[b].number;
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static bool are_numbers(const unsigned values[EVD_SIDES])
{
    return VALUES[values[0]].is_number && VALUES[values[1]].is_number;
}

/* True when both have the same two values, or the same events on one side. */
static bool is_told_alike(const struct made *made, struct place a, const struct made *other, struct place b,
                          bool is_mirrored)
{
    const struct evd_divergence *here = &made->divergences[a.pair][a.index],
                                *there = &other->divergences[b.pair][b.index];
    const unsigned *left = made->values[a.pair][a.index], *right = other->values[b.pair][b.index];
    if (here->value == NULL || there->value == NULL)
        return here->value == there->value &&
               made->natures[a.pair][a.index].run_hash == other->natures[b.pair][b.index].run_hash;
    return are_numbers(left) == are_numbers(right) && is_same(left[0], right[is_mirrored], are_numbers(left)) &&
           is_same(left[1], right[!is_mirrored], are_numbers(left));
}

/* What all controls say of a divergence. */
struct told {
    uint64_t controls, in_thread; /* bits */
    uint64_t most;
    uint64_t left; /* by how many events a stream goes on at most where the thread ends early in a control */
    bool has_alike, is_parted_place, is_valued_place;
};

static bool touches(struct evd_run run, uint64_t first, uint64_t last)
{
    const uint64_t end = run.count > 0 ? run.position + run.count - 1 : run.position;
    return run.position <= last && first <= end;
}

/* Whether a divergence is in a stretch of one control's pair, from where the streams part to where they do last before
 * they are in step again, on another path or with other values alone. */
static bool is_in_stretch(const struct made *control, size_t pair, struct evd_run run, bool is_parted)
{
    const size_t count = control->pairs[pair].divergence_count;
    for (size_t first = 0; first < count; first++) {
        uint64_t from = UINT64_MAX, to = 0;
        bool has_parted = false;
        for (size_t i = 0; i < count; i++) {
            const struct evd_run there = evd_run_of(&control->divergences[pair][i], EVD_CANARY);
            const uint64_t end = there.count > 0 ? there.position + there.count - 1 : there.position;
            if (find_start(control, pair, i) != first)
                continue;
            const struct evd_divergence *divergence = &control->divergences[pair][i];
            has_parted |= divergence->class_ != EVD_CLASS_VALUE || divergence->fails[0] != divergence->fails[1];
            from = there.position < from ? there.position : from;
            to = end > to ? end : to;
        }
        if (from != UINT64_MAX && has_parted == is_parted && touches(run, from, to))
            return true;
    }
    return false;
}

static void ask(const struct control *control, size_t number, const struct made *made, struct place place,
                struct told *told)
{
    const struct evd_divergence *divergence = &made->divergences[place.pair][place.index];
    const uint64_t signature = made->natures[place.pair][place.index].signature;
    const int64_t tid = made->pairs[place.pair].tid[control->side];
    for (int direction = 0; direction < 2; direction++) {
        uint64_t count = 0;
        for (size_t i = 0; i < control->made.outcome.pair_count; i++) {
            const bool is_thread = control->made.pairs[i].tid[EVD_CANARY] == tid;
            if (is_thread && divergence->class_ != EVD_CLASS_TRUNCATED) {
                const struct evd_run run = evd_run_of(divergence, control->side);
                told->is_parted_place |= is_in_stretch(&control->made, i, run, true);
                told->is_valued_place |= is_in_stretch(&control->made, i, run, false);
            }
            for (size_t j = 0; j < control->made.pairs[i].divergence_count; j++) {
                const struct evd_divergence_nature *nature = &control->made.natures[i][j];
                const struct evd_divergence *there = &control->made.divergences[i][j];
                const uint64_t left = evd_run_of(there, EVD_CANARY).count + evd_run_of(there, EVD_OURS).count;
                if (is_thread && there->class_ == EVD_CLASS_TRUNCATED && left > told->left)
                    told->left = left;
                if ((direction ? nature->mirrored : nature->signature) != signature)
                    continue;
                count++;
                told->controls |= UINT64_C(1) << number;
                told->in_thread |= (uint64_t)is_thread << number;
                told->has_alike |= is_told_alike(made, place, &control->made, (struct place){i, j}, direction == 1);
            }
        }
        told->most = count > told->most ? count : told->most;
    }
}

/* Where other values alone differ in a control, that is noise of the same family. */
static bool is_noisy(const struct told *told)
{
    return told->is_parted_place || (told->is_valued_place && told->in_thread != 0);
}

static enum evd_news expected(const struct made *made, struct place place, const struct told *told)
{
    const struct evd_divergence *divergence = &made->divergences[place.pair][place.index];
    const struct evd_divergence_nature *nature = &made->natures[place.pair][place.index];
    uint64_t count = 0;
    for (size_t i = 0; i < made->outcome.pair_count; i++)
        for (size_t j = 0; j < made->pairs[i].divergence_count; j++)
            count += made->natures[i][j].signature == nature->signature;
    if (divergence->class_ == EVD_CLASS_TRUNCATED && told->left == 0)
        return told->controls == 0 ? EVD_NEWS_FAMILY : EVD_NEWS_PLACE;
    if (divergence->class_ == EVD_CLASS_TRUNCATED)
        return evd_run_of(divergence, EVD_CANARY).count + evd_run_of(divergence, EVD_OURS).count >= 10 * told->left
                   ? EVD_NEWS_OFTEN
                   : EVD_NEWS_NONE;
    const bool is_told = divergence->value != NULL || nature->run_hash != 0;
    const bool is_unseen = is_told && !told->has_alike;
    if (divergence->fails[0] != divergence->fails[1] && (is_unseen || told->in_thread == 0))
        return told->controls == 0 ? EVD_NEWS_FAMILY : EVD_NEWS_FAILURE;
    if (is_noisy(told))
        return EVD_NEWS_NONE;
    if (told->controls == 0)
        return EVD_NEWS_FAMILY;
    if (told->in_thread == 0 && is_unseen && !evd_do_values_vary(divergence))
        return EVD_NEWS_PLACE;
    return count >= 10 * told->most ? EVD_NEWS_OFTEN : EVD_NEWS_NONE;
}

Test(noise, is_what_the_slow_twin_finds, .timeout = 300)
{
    static struct control controls[CONTROLS];
    static struct made made;
    size_t seen[EVD_NEWS_KINDS] = {0}, noisy = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct random random = {seed};
        struct evd_noise noise = {.directions = 0};
        struct evd_arena arena = {.blocks = NULL};
        const size_t count = 1 + random_below(&random, CONTROLS);
        for (size_t i = 0; i < count; i++) {
            controls[i].side = (enum evd_side)random_below(&random, EVD_SIDES);
            make(&controls[i].made, &random);
            place(&controls[i].made, &random);
            cr_assert(evd_noise_learn(
                &noise, (unsigned)i, controls[i].side, &controls[i].made.outcome, controls[i].made.lists));
        }
        evd_noise_seal(&noise);
        make(&made, &random);
        place(&made, &random);
        cr_assert(evd_noise_tell(&noise, &made.outcome, made.lists, &arena));
        uint64_t news = 0;
        for (size_t i = 0; i < made.outcome.pair_count; i++)
            for (size_t j = 0; j < made.pairs[i].divergence_count; j++) {
                const struct evd_divergence *divergence = &made.divergences[i][j];
                struct told told = {.most = 0};
                for (size_t k = 0; k < count; k++)
                    ask(&controls[k], k, &made, (struct place){i, j}, &told);
                const enum evd_news wanted = expected(&made, (struct place){i, j}, &told);
                cr_assert_eq(divergence->news, wanted, "seed %u, pair %zu, divergence %zu: %s, not %s", seed, i, j,
                             evd_news_name(divergence->news), evd_news_name(wanted));
                cr_assert_eq(made.outcome.pairs[i].divergence_controls[j], told.in_thread, "seed %u", seed);
                cr_assert_eq(divergence->has_noisy_place, is_noisy(&told), "seed %u, pair %zu, divergence %zu", seed, i,
                             j);
                cr_assert_eq(evd_noise_controls(&noise, made.natures[i][j].signature), told.controls, "seed %u", seed);
                seen[wanted]++;
                noisy += is_noisy(&told);
                news += wanted != EVD_NEWS_NONE;
            }
        cr_assert_eq(made.outcome.news_count, news, "seed %u", seed);
        evd_noise_release(&noise);
        evd_arena_release(&arena);
    }
    for (int kind = 0; kind < EVD_NEWS_KINDS; kind++)
        cr_expect_gt(seen[kind], kind == EVD_NEWS_OFTEN ? 20 : 200, "%s: %zu", evd_news_name((enum evd_news)kind),
                     seen[kind]);
    cr_expect_gt(noisy, 1000);
}

/* A family `count` times in one thread, without values; all in step. */
static void make_often(struct made *made, size_t count)
{
    *made = (struct made){.outcome = {.pairs = made->pairs, .pair_count = 1}};
    made->pairs[0].divergences = made->divergences[0];
    made->pairs[0].divergence_count = count;
    made->lists[0] = (struct evd_nature_list){.natures = made->natures[0], .calls = made->calls, .call_count = 2};
    for (size_t i = 0; i < count; i++) {
        made->divergences[0][i] = (struct evd_divergence){.class_ = EVD_CLASS_REPLACED, .matched_after = 500};
        for (int side = 0; side < EVD_SIDES; side++)
            put_run(&made->divergences[0][i], side, (struct evd_run){.position = 1000 * i, .count = 1});
        made->natures[0][i].signature = made->natures[0][i].mirrored = 7;
    }
}

Test(noise, is_news_from_ten_times_as_often_on)
{
    static struct made control, made;
    for (size_t count = 19; count <= 20; count++) {
        struct evd_noise noise = {.directions = 0};
        struct evd_arena arena = {.blocks = NULL};
        make_often(&control, 2);
        make_often(&made, count);
        for (size_t i = 0; i < count; i++)
            put_position(&made.divergences[0][i], EVD_CANARY, 1000 * i + 500);
        cr_assert(evd_noise_learn(&noise, 0, EVD_CANARY, &control.outcome, control.lists));
        evd_noise_seal(&noise);
        cr_assert(evd_noise_tell(&noise, &made.outcome, made.lists, &arena));
        cr_expect_eq(made.divergences[0][0].news, count < 20 ? EVD_NEWS_NONE : EVD_NEWS_OFTEN, "%zu", count);
        evd_noise_release(&noise);
        evd_arena_release(&arena);
    }
}

/* A stream of a thread that ends `left` events before the other one, ours or canary. */
static void make_end(struct made *made, uint64_t left, enum evd_side goes_on)
{
    make_often(made, 1);
    made->divergences[0][0].class_ = EVD_CLASS_TRUNCATED;
    for (int side = 0; side < EVD_SIDES; side++)
        put_count(&made->divergences[0][0], side, side == (int)goes_on ? (uint32_t)left : 0);
}

Test(noise, is_no_end_that_comes_earlier_by_ten_times_as_many_events)
{
    static struct made control, made;
    for (uint64_t left = 29; left <= 30; left++)
        for (int side = 0; side < EVD_SIDES; side++)
            for (int goes_on = 0; goes_on < EVD_SIDES; goes_on++) {
                struct evd_noise noise = {.directions = 0};
                struct evd_arena arena = {.blocks = NULL};
                make_end(&control, 3, (enum evd_side)goes_on);
                make_end(&made, left, EVD_CANARY);
                made.natures[0][0].signature = 8; /* which family it is does not matter */
                cr_assert(evd_noise_learn(&noise, 0, (enum evd_side)side, &control.outcome, control.lists));
                evd_noise_seal(&noise);
                cr_assert(evd_noise_tell(&noise, &made.outcome, made.lists, &arena));
                cr_expect_eq(made.divergences[0][0].news, left < 30 ? EVD_NEWS_NONE : EVD_NEWS_OFTEN);
                cr_expect_not(made.divergences[0][0].has_noisy_place);
                evd_noise_release(&noise);
                evd_arena_release(&arena);
            }
}

/* Threads without a counterpart: 1 of canary, and `count` of ours. */
static void make_alone(struct evd_outcome *outcome, struct evd_unpaired *threads, int64_t canary, size_t count)
{
    *outcome = (struct evd_outcome){.unpaired = {threads, threads + 1}, .unpaired_count = {1, count}};
    for (size_t i = 0; i <= count; i++)
        threads[i] = (struct evd_unpaired){.tid = i == 0 ? canary : 20 + (int64_t)i, .total = 1};
}

Test(noise, has_threads_without_a_counterpart)
{
    struct evd_unpaired of_control[4], threads[4];
    struct evd_outcome control, outcome;
    struct evd_noise noise = {.directions = 0};
    struct evd_arena arena = {.blocks = NULL};
    make_alone(&control, of_control, 4, 2);
    cr_assert(evd_noise_learn(&noise, 0, EVD_CANARY, &control, NULL));
    evd_noise_seal(&noise);
    make_alone(&outcome, threads, 4, 2);
    cr_assert(evd_noise_tell(&noise, &outcome, NULL, &arena));
    cr_expect_eq(outcome.new_unpaired_count, 0);
    make_alone(&outcome, threads, 5, 3);
    cr_assert(evd_noise_tell(&noise, &outcome, NULL, &arena));
    cr_expect_eq(outcome.new_unpaired_count, 4);
    cr_expect(threads[0].is_new && threads[1].is_new);
    noise.is_paired_by_hand = true;
    make_alone(&outcome, threads, 5, 3);
    cr_assert(evd_noise_tell(&noise, &outcome, NULL, &arena));
    cr_expect_eq(outcome.new_unpaired_count, 0);
    evd_noise_release(&noise);
    evd_arena_release(&arena);
}
