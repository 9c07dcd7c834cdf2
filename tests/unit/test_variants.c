/* Variants: what they break is what a check of each variant's own events breaks, by the slow twin of a renaming. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "renaming_twin.h"
#include "selftest/variants.h"

enum { PAIRS = 2, CLASSES = 2, EVENTS = 160, VARIANTS = 40, USES_MAX = 3, EDITS_MAX = 4, ROUNDS = 400 };

static const struct evd_name_class NAME_CLASSES[CLASSES] = {{.is_per_thread = true}, {.is_per_thread = false}};
static const struct evd_rules RULES = {.name_classes = NAME_CLASSES, .name_class_count = CLASSES, .name_size_count = 1};

/* Of both classes: plain uses, births of known size and without one, ends; and a size. */
static const struct evd_name_rule NAME_RULES[] = {
    {.form = EVD_NAME_VALUE, .class_index = 0},
    {.form = EVD_NAME_VALUE, .class_index = 1},
    {.form = EVD_NAME_BIRTH, .class_index = 0, .size_index = 1},
    {.form = EVD_NAME_BIRTH, .class_index = 1},
    {.form = EVD_NAME_END, .class_index = 0},
    {.form = EVD_NAME_END, .class_index = 1},
    {.form = EVD_NAME_SIZE, .size_index = 1}};
enum { RULE_COUNT = sizeof NAME_RULES / sizeof NAME_RULES[0] };

struct event {
    uint64_t offset;
    size_t pair;
    struct evd_name_use uses[USES_MAX];
    size_t use_count;
    bool is_there; /* false: it matches in the variant only */
};

static void make_uses(struct random *random, struct event *event)
{
    event->use_count = random_below(random, USES_MAX + 1);
    for (size_t i = 0; i < event->use_count; i++) {
        struct evd_name_use *use = &event->uses[i];
        use->rule = &NAME_RULES[random_below(random, RULE_COUNT)];
        use->value[EVD_CANARY] = random_below(random, 24);
        use->value[EVD_OURS] = use->value[EVD_CANARY];
        if (use->rule->form == EVD_NAME_SIZE)
            use->value[EVD_CANARY] = use->value[EVD_OURS] = random_below(random, 8);
        if (random_below(random, 40) == 0)
            use->value[EVD_OURS] = random_below(random, 24);
    }
}

/* What the twin knows; one renaming a class and, where it is per thread, a pair. */
struct twin {
    struct renaming_twin renamings[CLASSES][PAIRS];
    uint64_t sizes[PAIRS][EVD_SIDES];
};

static bool twin_event(struct twin *twin, const struct event *event)
{
    static const uint64_t NO_SIZE[EVD_SIDES];
    static const struct evd_learnt_at NOWHERE;
    bool is_broken = false;
    for (size_t i = 0; i < event->use_count; i++) {
        const struct evd_name_use *use = &event->uses[i];
        const uint32_t class_index = use->rule->class_index;
        struct renaming_twin *renaming =
            &twin->renamings[class_index][NAME_CLASSES[class_index].is_per_thread ? event->pair : 0];
        uint64_t *size = twin->sizes[event->pair];
        struct evd_name_pair earlier;
        switch (use->rule->form) {
        case EVD_NAME_SIZE: memcpy(size, use->value, sizeof use->value); break;
        case EVD_NAME_BIRTH:
            twin_birth(renaming, use->value, use->rule->size_index ? size : NO_SIZE, NOWHERE);
            if (use->rule->size_index)
                memset(size, 0, sizeof use->value);
            break;
        default:
            is_broken |= twin_use(renaming, use->value, NOWHERE, &earlier);
            if (use->rule->form == EVD_NAME_END)
                twin_end(renaming, use->value);
        }
    }
    return is_broken;
}

static void twin_forget_all(struct twin *twin)
{
    for (int i = 0; i < CLASSES; i++)
        for (int j = 0; j < PAIRS; j++)
            twin->renamings[i][j].count = 0;
    memset(twin->sizes, 0, sizeof twin->sizes);
}

/* The events really, and of each variant those that it has in the place of some. */
struct round {
    struct event events[EVENTS];
    bool breaks[EVENTS];
    struct event edits[VARIANTS][EDITS_MAX];
    size_t edit_counts[VARIANTS];
};

static void make_round(struct random *random, struct round *round)
{
    static struct twin twin;
    twin_forget_all(&twin);
    for (size_t i = 0; i < EVENTS; i++) {
        struct event *event = &round->events[i];
        *event = (struct event){.offset = 10 * i, .pair = random_below(random, PAIRS), .is_there = true};
        make_uses(random, event);
        round->breaks[i] = twin_event(&twin, event);
    }
    for (size_t variant = 0; variant < VARIANTS; variant++) {
        const size_t pair = random_below(random, PAIRS);
        size_t place = random_below(random, EVENTS), *count = &round->edit_counts[variant];
        *count = 0;
        for (; place < EVENTS && *count < EDITS_MAX; place += 1 + random_below(random, 3)) {
            struct event *edit = &round->edits[variant][*count];
            *edit = round->events[place];
            if (edit->pair != pair)
                continue;
            edit->is_there = random_below(random, 4) > 0;
            if (!edit->is_there)
                edit->offset += 5;
            if (!edit->is_there || edit->use_count == 0 || random_below(random, 4) == 0)
                make_uses(random, edit);
            else if (random_below(random, 2))
                edit->uses[random_below(random, (unsigned)edit->use_count)].value[EVD_OURS] ^=
                    1 + random_below(random, 7);
            else
                edit->use_count = 0;
            ++*count;
            if (random_below(random, 3) == 0)
                break;
        }
    }
}

/* Goes through all events of a variant. */
static bool breaks_by_twin(const struct round *round, size_t variant)
{
    static struct twin twin;
    const struct event *edits = round->edits[variant];
    size_t next = 0;
    twin_forget_all(&twin);
    for (size_t i = 0; i <= EVENTS; i++) {
        const uint64_t offset = i < EVENTS ? round->events[i].offset : UINT64_MAX;
        for (; next < round->edit_counts[variant] && edits[next].offset < offset; next++)
            if (twin_event(&twin, &edits[next]))
                return true;
        if (i == EVENTS)
            break;
        const bool is_replaced = next < round->edit_counts[variant] && edits[next].offset == offset;
        const bool is_broken = twin_event(&twin, is_replaced ? &edits[next] : &round->events[i]);
        next += is_replaced;
        if (is_broken && !round->breaks[i])
            return true;
    }
    return false;
}

/* As names/check.c does it. */
static void learn(struct evd_known_names *known, const struct event *event, const struct evd_name_use *use)
{
    static const struct evd_learnt_at NOWHERE;
    struct evd_name_size none = {{0, 0}}, *size = &none;
    struct evd_name_pair earlier;
    bool is_broken;
    if (use->rule->size_index)
        cr_assert_not_null(size = evd_known_size(known, event->pair, use->rule->size_index));
    if (use->rule->form == EVD_NAME_SIZE) {
        memcpy(size->value, use->value, sizeof use->value);
        return;
    }
    struct evd_renaming *renaming = evd_known_renaming(known, use->rule->class_index, event->pair, NULL);
    cr_assert_not_null(renaming);
    if (use->rule->form == EVD_NAME_BIRTH) {
        cr_assert(evd_renaming_birth(renaming, use->value, size->value, NOWHERE));
        memset(size, 0, sizeof *size);
        return;
    }
    cr_assert(evd_renaming_use(renaming, use->value, NOWHERE, &is_broken, &earlier));
    if (use->rule->form == EVD_NAME_END)
        cr_assert(evd_renaming_end(renaming, use->value));
}

static void run_check(const struct round *round, struct evd_variants *variants)
{
    struct evd_known_names known = {.rules = &RULES};
    struct evd_variant_check check = {.variants = variants};
    cr_assert(evd_variant_observer.start(&check, &known));
    for (size_t i = 0; i < EVENTS; i++) {
        const struct event *event = &round->events[i];
        cr_assert(evd_variant_observer.begin(&check, event->offset));
        for (size_t j = 0; j < event->use_count; j++) {
            cr_assert(evd_variant_observer.name(&check, event->pair, &event->uses[j]));
            learn(&known, event, &event->uses[j]);
        }
        cr_assert(evd_variant_observer.end(&check, round->breaks[i]));
    }
    cr_assert(evd_variant_observer.finish(&check));
    evd_variant_check_release(&check);
    evd_known_names_release(&known);
}

Test(variants, all_at_once_break_what_each_breaks_alone, .timeout = 300)
{
    static struct round round;
    size_t broken = 0;
    for (unsigned seed = 0; seed < ROUNDS; seed++) {
        struct random random = {seed};
        struct evd_variants variants = {.count = VARIANTS};
        make_round(&random, &round);
        for (size_t variant = 0; variant < VARIANTS; variant++)
            for (size_t i = 0; i < round.edit_counts[variant]; i++) {
                const struct event *edit = &round.edits[variant][i];
                const struct evd_variant_event event = {
                    .variant = variant, .pair = edit->pair, .offset = edit->offset, .use_count = edit->use_count};
                cr_assert(evd_variants_add(&variants, &event, edit->uses));
            }
        run_check(&round, &variants);
        for (size_t variant = 0; variant < VARIANTS; variant++) {
            broken += variants.is_broken[variant];
            cr_expect_eq(variants.is_broken[variant], breaks_by_twin(&round, variant), "seed %u variant %zu", seed,
                         variant);
        }
        evd_variants_release(&variants);
    }
    cr_expect_gt(broken, ROUNDS * VARIANTS / 5);
    cr_expect_lt(broken, ROUNDS * VARIANTS * 4 / 5);
}
