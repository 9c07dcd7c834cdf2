#include "random_outcome.h"

#include <stdio.h>
#include <string.h>

#include "random_divergences.h"
#include "random_values.h"

enum { PAIRS_MAX = 7 };

static void make_unpaired(struct random_outcome *made, struct random *random, int side)
{
    struct evd_outcome *outcome = &made->outcome;
    const size_t count = random_below(random, 3) * random_below(random, 8);
    outcome->unpaired_count[side] = count;
    outcome->unpaired[side] = random_items(made, count, sizeof **outcome->unpaired);
    for (size_t i = 0; i < count; i++) {
        struct evd_unpaired *thread = &outcome->unpaired[side][i];
        thread->tid = random_signed(random);
        thread->total = random_number(random);
        outcome->unpaired_events[side] += thread->total;
        if (outcome->pair_count > 0)
            random_cause(outcome, random, outcome->pair_count - 1,
                         outcome->pairs[outcome->pair_count - 1].divergence_count, &thread->cause, &thread->cause_pair,
                         &thread->cause_divergence);
        thread->is_never_created = random_below(random, 3) == 0;
        thread->is_cause_creation =
            thread->is_never_created && thread->cause != EVD_CAUSE_NONE && random_below(random, 2);
    }
}

/* Says what is new of all that there is. */
static void make_controls(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->control_count = random_below(random, 3) ? 0 : 1 + random_below(random, 3);
    outcome->controls = random_items(made, outcome->control_count, sizeof *outcome->controls);
    for (size_t i = 0; i < outcome->control_count; i++)
        outcome->controls[i] = (struct evd_control_run){
            random_text(random),
            (enum evd_side)random_below(random, EVD_SIDES),
            random_number(random),
            random_number(random) >> 10,
            {0}};
    if (outcome->control_count == 0)
        return;
    /* Families with news come first. */
    outcome->news_family_count = random_below(random, (unsigned)outcome->family_count + 1);
    if (outcome->root_family_count > outcome->news_family_count)
        outcome->root_family_count = outcome->news_family_count;
    if (outcome->look_count > outcome->root_family_count)
        outcome->look_count = outcome->root_family_count;
    if (outcome->quotation_count > outcome->look_count)
        outcome->quotation_count = outcome->look_count;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        struct evd_pair_outcome *pair = &outcome->pairs[i];
        pair->divergence_controls = random_items(made, pair->divergence_count, sizeof *pair->divergence_controls);
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
            struct evd_family *family = &outcome->families[divergence->family];
            const bool is_first = family->first_pair == i && family->first_divergence == j;
            outcome->pairs[i].divergence_controls[j] = random_below(random, 1 << outcome->control_count);
            if (divergence->family < outcome->news_family_count && (is_first || random_below(random, 2)))
                divergence->news = (enum evd_news)(1 + random_below(random, EVD_NEWS_KINDS - 1));
            outcome->news_count += divergence->news != EVD_NEWS_NONE;
            family->news_count += divergence->news != EVD_NEWS_NONE;
        }
    }
    for (size_t i = 0; i < outcome->family_count; i++)
        outcome->families[i].controls = random_below(random, 1 << outcome->control_count);
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++)
            outcome->new_unpaired_count += outcome->unpaired[side][i].is_new = random_below(random, 2);
    if (outcome->verdict < EVD_VERDICT_INCONCLUSIVE && random_below(random, 4) == 0)
        outcome->verdict = EVD_VERDICT_NOTHING_NEW;
}

static void make_skipped(struct random_outcome *made, struct random *random, struct evd_skipped_lines *skipped)
{
    const size_t listed = random_below(random, 3) ? 0 : 1 + random_below(random, 3);
    skipped->listed_count = listed;
    skipped->count = listed + (listed > 0 && random_below(random, 2) ? 1 + random_below(random, 2000) : 0);
    skipped->listed = random_items(made, listed, sizeof *skipped->listed);
    for (size_t i = 0; i < listed; i++)
        skipped->listed[i] =
            (struct evd_skipped_line){random_number(random), random_number(random), random_text(random)};
}

static void make_counted(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->counted_count = random_below(random, 3);
    outcome->counted = random_items(made, outcome->counted_count, sizeof *outcome->counted);
    for (size_t i = 0; i < outcome->counted_count; i++) {
        outcome->counted[i].kind = random_text(random);
        for (int side = 0; side < EVD_SIDES; side++) {
            const size_t count = random_below(random, 4);
            outcome->counted[i].tid_count[side] = count;
            outcome->counted[i].tids[side] = random_items(made, count, sizeof **outcome->counted->tids);
            for (size_t j = 0; j < count; j++)
                outcome->counted[i].tids[side][j] =
                    (struct evd_counted_tid){random_signed(random), 1 + random_number(random)};
        }
    }
}

static void make_rule_uses(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->absorber_count = RANDOM_ABSORBERS;
    outcome->absorbers = random_items(made, RANDOM_ABSORBERS, sizeof *outcome->absorbers);
    for (size_t i = 0; i < RANDOM_ABSORBERS; i++)
        outcome->absorbers[i] =
            (struct evd_absorber){random_text(random), (enum evd_absorbed_column)random_below(random, EVD_COLUMNS)};
    outcome->rule_use_count = random_below(random, 8);
    outcome->rule_uses = random_items(made, outcome->rule_use_count, sizeof *outcome->rule_uses);
    outcome->unfired_rules = random_items(made, outcome->rule_use_count, sizeof *outcome->unfired_rules);
    for (size_t i = 0; i < outcome->rule_use_count; i++) {
        struct evd_rule_use *use = &outcome->rule_uses[i];
        use->subject = (enum evd_rule_subject)random_below(random, EVD_RULE_SUBJECTS);
        use->of = random_below(random, 3) ? random_text(random) : (struct evd_text){"", 0};
        use->is_off = random_below(random, 4) == 0;
        if (use->is_off)
            continue;
        if (random_below(random, 3) > 0)
            random_numbers(random, use->count, EVD_SIDES);
        if (use->count[EVD_CANARY] == 0 && use->count[EVD_OURS] == 0)
            outcome->unfired_rules[outcome->unfired_rule_count++] = i;
    }
}

static void make_missing_tids(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->missing_tid_count = random_below(random, 3);
    outcome->missing_tids = random_items(made, outcome->missing_tid_count, sizeof *outcome->missing_tids);
    for (size_t i = 0; i < outcome->missing_tid_count; i++)
        outcome->missing_tids[i] =
            (struct evd_missing_tid){(enum evd_side)random_below(random, EVD_SIDES), random_signed(random)};
}

static void make_unmet(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->unmet_count = outcome->verdict == EVD_VERDICT_INCONCLUSIVE ? 1 + random_below(random, 2) : 0;
    outcome->unmet = random_items(made, outcome->unmet_count, sizeof *outcome->unmet);
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        struct evd_unmet_demand *unmet = &outcome->unmet[i];
        unmet->demand = (enum evd_demand)random_below(random, EVD_DEMAND_KINDS);
        unmet->part = random_number(random) >> 10;
        unmet->whole = unmet->part + (random_number(random) >> 10);
        if (unmet->demand == EVD_DEMAND_NO_TRUNCATED)
            for (int side = 0; side < EVD_SIDES; side++)
                unmet->tid[side] = random_signed(random);
        else
            unmet->amount =
                (struct evd_amount){true, random_below(random, 2), random_number(random), random_share(random)};
    }
}

static void make_hints(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->hints = random_items(made, EVD_HINTS, sizeof *outcome->hints);
    for (int kind = 0; kind < EVD_HINTS; kind++) {
        if (random_below(random, 3) > 0)
            continue;
        struct evd_hint *hint = &outcome->hints[outcome->hint_count++];
        hint->kind = (enum evd_hint_kind)kind;
        hint->part = random_number(random) >> 10;
        hint->whole = hint->part + (random_number(random) >> 10);
        if (kind == EVD_HINT_RULES || kind == EVD_HINT_CONTROL || kind == EVD_HINT_THREADS)
            hint->name = random_text(random);
    }
}

void random_outcome_make(struct random_outcome *made, uint64_t seed, unsigned divergences)
{
    struct random random = {seed};
    struct evd_outcome *outcome = &made->outcome;
    *made = (struct random_outcome){0};
    outcome->verdict = (enum evd_verdict)random_below(&random, EVD_VERDICT_NOTHING);
    outcome->pair_count = random_below(&random, PAIRS_MAX + 1);
    if (outcome->pair_count == 0 && outcome->verdict != EVD_VERDICT_INCONCLUSIVE)
        outcome->verdict = EVD_VERDICT_NOTHING;
    outcome->pairs = random_items(made, outcome->pair_count, sizeof *outcome->pairs);
    make_rule_uses(made, &random);
    for (size_t i = 0; i < outcome->pair_count; i++)
        random_pair(made, &random, &outcome->pairs[i]);
    if (divergences > 0)
        random_resync(made, &random, divergences);
    for (int side = 0; side < EVD_SIDES; side++) {
        make_unpaired(made, &random, side);
        outcome->path[side] = random_text(&random);
        outcome->event_count[side] = random_number(&random);
        outcome->counts[side] = random_counts(&random);
    }
    make_controls(made, &random);
    make_counted(made, &random);
    for (int side = 0; side < EVD_SIDES; side++)
        make_skipped(made, &random, &made->outcome.skipped[side]);
    for (size_t i = 0; i < made->outcome.control_count; i++)
        make_skipped(made, &random, &made->outcome.controls[i].skipped);
    make_missing_tids(made, &random);
    outcome->signature_recipe = EVD_SIGNATURE_RECIPE;
    make_unmet(made, &random);
    make_hints(made, &random);
    outcome->bytes_read_again = random_number(&random);
    outcome->walk_seconds = random_share(&random);
    outcome->rules = random_text(&random);
    outcome->rules_hash = random_text(&random);
    for (int side = 0; side < EVD_SIDES; side++)
        outcome->format[side] = random_text(&random);
    outcome->asked_count = random_below(&random, 3);
    outcome->asked = random_items(made, outcome->asked_count, sizeof *outcome->asked);
    for (size_t i = 0; i < outcome->asked_count; i++)
        outcome->asked[i] =
            (struct evd_asked_option){random_text(&random), random_text(&random), random_below(&random, 2) == 0};
}

void random_outcome_release(struct random_outcome *made)
{
    evd_arena_release(&made->arena);
}
