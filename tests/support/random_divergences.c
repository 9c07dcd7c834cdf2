#include "random_divergences.h"

#include <stdio.h>
#include <string.h>

#include "outcome/causes.h"
#include "outcome/run.h"
#include "outcome/text.h"
#include "outcome/value.h"
#include "random_values.h"

enum { FAMILIES_MAX = 12 };

static const struct evd_broken_renaming *make_breaks(struct random_outcome *made, struct random *random)
{
    struct evd_broken_renaming *breaks = random_items(made, 1, sizeof *breaks);
    breaks->name_class = random_text(random);
    for (int side = 0; side < EVD_SIDES; side++) {
        breaks->value[side] = random_number(random);
        breaks->size[side] = random_below(random, 2) ? 1 : 1 + random_number(random);
    }
    breaks->tid = random_signed(random);
    breaks->tid_event_idx = random_signed(random);
    return breaks;
}

static const struct evd_marked_null *make_null(struct random_outcome *made, struct random *random)
{
    struct evd_marked_null *null = random_items(made, 1, sizeof *null);
    null->side = (enum evd_side)random_below(random, EVD_SIDES);
    null->field = random_text(random);
    return null;
}

static struct evd_quoted_event quoted(struct random_outcome *made, struct random *random)
{
    struct evd_quoted_event event = {.tid_event_idx = random_signed(random)};
    event.kind = random_text(random);
    event.has_label = random_below(random, 2);
    event.label = event.has_label ? random_text(random) : (struct evd_text){"", 0};
    event.value = random_value_json(made, random);
    event.json = random_text(random);
    return event;
}

/* What differs is told whole. */
static void make_difference(struct random_outcome *made, struct random *random, struct evd_first_divergence *first)
{
    struct evd_text json[EVD_SIDES];
    first->form = (enum evd_difference_form)random_below(random, EVD_DIFFERENCE_FORMS);
    first->path = random_text(random);
    first->kind = first->name_field = first->name = (struct evd_text){"", 0};
    if (first->form == EVD_DIFFERENCE_PRIORITY || first->form == EVD_DIFFERENCE_NAME ||
        first->form == EVD_DIFFERENCE_NULL) {
        first->kind = random_text(random);
        if (random_below(random, 2)) {
            first->name_field = random_text(random);
            first->name = random_value_json(made, random);
        }
    }
    if (first->form == EVD_DIFFERENCE_NAME)
        first->breaks = make_breaks(made, random);
    memcpy(first->value, random_values(made, random), sizeof first->value);
    for (int side = 0; side < EVD_SIDES; side++)
        json[side] =
            first->value[side].type == EVD_TYPE_ABSENT ? (struct evd_text){"", 0} : random_value_json(made, random);
    evd_show_whole(json, first->value);
}

static void make_first_divergence(struct random_outcome *made, struct random *random,
                                  struct evd_first_divergence *first)
{
    make_difference(made, random, first);
    first->context_count = random_below(random, EVD_CONTEXT_MAX + 1);
    for (int side = 0; side < EVD_SIDES; side++) {
        first->event[side] = quoted(made, random);
        first->has_next[side] = random_below(random, 2);
        if (first->has_next[side])
            first->next[side] = quoted(made, random);
        for (size_t i = 0; i < first->context_count; i++)
            first->context[i][side] = quoted(made, random);
    }
}

struct evd_event_counts random_counts(struct random *random)
{
    return (struct evd_event_counts){random_number(random), random_number(random), random_number(random),
                                     random_number(random), random_number(random)};
}

void random_pair(struct random_outcome *made, struct random *random, struct evd_pair_outcome *pair)
{
    pair->matched = random_number(random);
    pair->is_diverged = random_below(random, 2);
    const bool is_measured = random_below(random, 2);
    struct evd_pairing_evidence *pairing = random_items(made, 1, sizeof *pairing);
    pairing->similarity = random_share(random);
    pairing->confidence = random_share(random);
    pairing->has_runner_up = random_below(random, 2);
    pairing->runner_up_tid = random_signed(random);
    pairing->runner_up_similarity = random_share(random);
    pair->pairing = is_measured ? pairing : NULL;
    pair->exact_comparisons = random_number(random);
    for (int side = 0; side < EVD_SIDES; side++) {
        pair->tid[side] = random_signed(random);
        pair->total[side] = random_number(random);
        pair->engine_local[side] = random_number(random);
        pair->left_over[side] = random_number(random);
        pair->counts[side] = random_counts(random);
        uint64_t *absorbed = random_items(made, RANDOM_ABSORBERS, sizeof *absorbed);
        uint64_t *absorbed_in_all = random_items(made, RANDOM_ABSORBERS, sizeof *absorbed_in_all);
        random_numbers(random, absorbed, RANDOM_ABSORBERS);
        random_numbers(random, absorbed_in_all, RANDOM_ABSORBERS);
        pair->absorbed[side] = absorbed;
        pair->absorbed_in_all[side] = absorbed_in_all;
    }
    if (pair->is_diverged) {
        struct evd_first_divergence *divergence = random_items(made, 1, sizeof *divergence);
        make_first_divergence(made, random, divergence);
        pair->divergence = divergence;
    }
    pair->marked_null_count = random_below(random, 4) ? 0 : 1 + random_number(random);
    if (pair->marked_null_count > 0 && (!pair->is_diverged || random_below(random, 2))) {
        struct evd_first_null *first = random_items(made, 1, sizeof *first);
        first->matched = random_number(random);
        make_first_divergence(made, random, &first->divergence);
        pair->first_null = first;
    }
}

static void make_families(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->family_count = 1 + random_below(random, FAMILIES_MAX);
    outcome->families = random_items(made, outcome->family_count, sizeof *outcome->families);
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        *family = (struct evd_family){
            .signature = random_next(random),
            .class_ = (enum evd_divergence_class)(i % EVD_CLASSES),
            .kind = random_text(random),
            .call = random_text(random),
            .weight = random_number(random),
            .pairs = random_items(made, outcome->pair_count, sizeof *family->pairs),
        };
        for (size_t j = random_below(random, EVD_FAMILY_BEFORE_MAX + 1); j > 0; j--)
            family->before[family->before_count++] = random_text(random);
        snprintf(family->id, sizeof family->id, "%08llx", (unsigned long long)(family->signature >> 32));
        if (family->class_ == EVD_CLASS_VALUE) {
            family->field = random_text(random);
            family->shown_as = (enum evd_shown_as)random_below(random, EVD_SHOWN_FORMS);
            family->relation = (enum evd_value_relation)random_below(random, EVD_RELATION_RANDOM + 1);
        }
        if (family->relation == EVD_RELATION_CONSTANT_OFFSET)
            family->offset = random_signed(random);
    }
}

void random_cause(const struct evd_outcome *outcome, struct random *random, size_t pair, size_t n,
                  enum evd_cause *cause, size_t *cause_pair, size_t *cause_divergence)
{
    const size_t chosen = random_below(random, (unsigned)pair + 1);
    const size_t choice = chosen == pair ? n : outcome->pairs[chosen].divergence_count;
    if (choice == 0 || random_below(random, 3) > 0)
        return;
    *cause = (enum evd_cause)(EVD_CAUSE_VALUE + random_below(random, EVD_CAUSES - EVD_CAUSE_VALUE));
    *cause_pair = chosen;
    *cause_divergence = random_below(random, (unsigned)choice);
}

/* A cause is of an earlier pair, or earlier in the same one, so its root is known. */
static void put_cause(struct evd_outcome *outcome, size_t pair, size_t index, enum evd_cause cause,
                      struct evd_cause_place place)
{
    uint32_t *root = &outcome->roots[evd_number_of(outcome, pair, index)];
    *root = evd_number_of(outcome, pair, index);
    if (cause == EVD_CAUSE_NONE)
        return;
    evd_cause_put(outcome, pair, index, cause, place);
    *root = outcome->roots[evd_number_of(outcome, place.pair, place.divergence)];
}

static struct evd_run run(struct random *random, bool is_empty)
{
    const int64_t first = random_signed(random);
    return (struct evd_run){
        .position = random_number(random),
        .count = is_empty ? 0 : 1 + (uint32_t)(random_number(random) % EVD_RUN_COUNT_MAX),
        .first_idx = first,
        .last_idx = is_empty ? first : random_signed(random),
        .offset = random_number(random)};
}

static void join_family(struct evd_family *family, const struct evd_divergence *divergence, size_t pair, size_t index)
{
    if (family->count++ == 0) {
        family->first_pair = pair;
        family->first_divergence = index;
    }
    family->consequence_count += divergence->cause != EVD_CAUSE_NONE;
    for (int side = 0; side < EVD_SIDES; side++)
        family->events[side] += evd_run_of(divergence, side).count;
    if (family->pair_count == 0 || family->pairs[family->pair_count - 1] != pair)
        family->pairs[family->pair_count++] = pair;
    if (family->sample_count < EVD_FAMILY_SAMPLES_MAX) {
        family->sample_pair[family->sample_count] = pair;
        family->sample_divergence[family->sample_count++] = index;
    }
}

static void make_divergences(struct random_outcome *made, struct random *random, size_t index, unsigned most)
{
    struct evd_outcome *outcome = &made->outcome;
    struct evd_pair_outcome *pair = &outcome->pairs[index];
    pair->searches_cut_short = random_below(random, 4) ? 0 : random_number(random);
    pair->divergence_count = random_below(random, most + 1);
    pair->divergences = random_items(made, pair->divergence_count, sizeof *pair->divergences);
    pair->divergence_begin = index == 0 ? 0 : pair[-1].divergence_begin + (uint32_t)pair[-1].divergence_count;
    for (size_t i = 0; i < pair->divergence_count; i++) {
        struct evd_divergence *divergence = &pair->divergences[i];
        divergence->family = random_below(random, (unsigned)outcome->family_count);
        struct evd_family *family = &outcome->families[divergence->family];
        divergence->class_ = family->class_;
        for (int side = 0; side < EVD_SIDES; side++) {
            const bool is_empty = (family->class_ == EVD_CLASS_MISSING && side == EVD_OURS) ||
                                  (family->class_ == EVD_CLASS_EXTRA && side == EVD_CANARY) ||
                                  (family->class_ == EVD_CLASS_TRUNCATED && side == (int)(family->signature & 1));
            evd_run_keep(divergence, side, run(random, is_empty), &made->arena);
        }
        if (family->class_ == EVD_CLASS_VALUE)
            divergence->value = random_values(made, random);
        for (int side = 0; divergence->value != NULL && side < EVD_SIDES; side++)
            divergence->fails[side] = random_below(random, 4) == 0;
        divergence->matched_after = random_number(random);
        const struct evd_broken_renaming *breaks = NULL;
        const struct evd_marked_null *marked_null = NULL;
        if (family->class_ == EVD_CLASS_VALUE && random_below(random, 4) == 0)
            breaks = make_breaks(made, random);
        if (family->class_ == EVD_CLASS_VALUE && random_below(random, 4) == 0)
            marked_null = make_null(made, random);
        evd_values_note(divergence, divergence->value, breaks, marked_null, &made->arena);
        enum evd_cause cause = EVD_CAUSE_NONE;
        struct evd_cause_place place = {0, 0};
        random_cause(outcome, random, index, i, &cause, &place.pair, &place.divergence);
        put_cause(outcome, index, i, cause, place);
        join_family(family, divergence, index, i);
    }
}

/* Families that no divergence was drawn from are dropped, and the others numbered anew. */
static void drop_empty_families(struct evd_outcome *outcome)
{
    size_t places[FAMILIES_MAX], kept = 0;
    for (size_t i = 0; i < outcome->family_count; i++) {
        places[i] = kept;
        if (outcome->families[i].count > 0)
            outcome->families[kept++] = outcome->families[i];
    }
    outcome->family_count = kept;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            outcome->pairs[i].divergences[j].family = places[outcome->pairs[i].divergences[j].family];
}

/* Some families follow from others, and come behind them. */
static void choose_root_families(struct evd_outcome *outcome, struct random *random)
{
    const unsigned roots = 1 + random_below(random, (unsigned)outcome->family_count + 1);
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        family->is_root = i < roots;
        family->follows = family->is_root ? 0 : random_below(random, (unsigned)i);
        family->follower_count = random_below(random, 3) ? random_number(random) : 0;
        outcome->root_family_count += family->is_root;
    }
}

static void make_suspicions(struct evd_outcome *outcome, struct random *random)
{
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        family->has_suspicion = true;
        family->suspicion = (struct evd_suspicion){.pair = family->first_pair, .divergence = family->first_divergence};
        for (int j = 0; j < EVD_EVIDENCES; j++) {
            const unsigned most = random_below(random, 2) ? 64 : 20 * EVD_POINT;
            family->suspicion.points[j] =
                random_below(random, 3) ? 0 : (int32_t)random_below(random, most) - (int32_t)most / 2;
            family->suspicion.total += family->suspicion.points[j];
        }
    }
}

static struct evd_event_quotation *make_events(struct random_outcome *made, struct random *random, size_t count)
{
    struct evd_event_quotation *events = random_items(made, count + 1, sizeof *events);
    for (size_t i = 0; i < count; i++)
        events[i] = (struct evd_event_quotation){
            .tid_event_idx = random_signed(random),
            .source_line = random_below(random, 3),
            .source_event = random_below(random, 3),
            .kind = random_text(random),
            .call = random_text(random),
            .payload = {"", 0}};
    return events;
}

/* Around a place, the other side's events are often the same. */
static void make_quotation(struct random_outcome *made, struct random *random, struct evd_quotation *quotation)
{
    const struct evd_divergence *told = &made->outcome.pairs[quotation->pair].divergences[quotation->divergence];
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t count = evd_run_of(told, side).count, most = EVD_QUOTATION_RUN_MAX;
        quotation->source_thread[side] = random_below(random, 2) > 0 ? random_text(random) : (struct evd_text){"", 0};
        quotation->before[side] = random_below(random, EVD_QUOTATION_AROUND + 1);
        quotation->inside[side] = count < most ? count : most;
        quotation->behind[side] = random_below(random, EVD_QUOTATION_AROUND + 1);
        quotation->events[side] =
            make_events(made, random, quotation->before[side] + quotation->inside[side] + quotation->behind[side]);
    }
    size_t c = quotation->before[EVD_CANARY], o = quotation->before[EVD_OURS];
    for (; c > 0 && o > 0 && random_below(random, 5) > 0; c--, o--)
        quotation->events[EVD_OURS][o - 1] = quotation->events[EVD_CANARY][c - 1];
    c = quotation->before[EVD_CANARY] + quotation->inside[EVD_CANARY];
    o = quotation->before[EVD_OURS] + quotation->inside[EVD_OURS];
    for (size_t i = 0; i < quotation->behind[EVD_CANARY] && i < quotation->behind[EVD_OURS] && random_below(random, 5);
         i++)
        quotation->events[EVD_OURS][o + i] = quotation->events[EVD_CANARY][c + i];
    if (random_below(random, 3) > 0)
        quotation->arguments = random_text(random);
    quotation->field_count = told->class_ == EVD_CLASS_VALUE ? 1 + random_below(random, 3) : 0;
    quotation->fields = random_items(made, quotation->field_count + 1, sizeof *quotation->fields);
    for (size_t i = 0; i < quotation->field_count; i++) {
        const struct evd_field_value *values = random_values(made, random);
        quotation->fields[i] = (struct evd_differing_field){
            .path = random_text(random),
            .shown_as = (enum evd_shown_as)random_below(random, EVD_SHOWN_FORMS),
            .value = {values[EVD_CANARY], values[EVD_OURS]}};
    }
}

/* Most of the time of all looks. */
static void make_quotations(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->quotation_count = random_below(random, 4) ? outcome->look_count : random_below(random, EVD_LOOKS_MAX);
    if (outcome->quotation_count > outcome->look_count)
        outcome->quotation_count = outcome->look_count;
    outcome->quotations = random_items(made, outcome->quotation_count + 1, sizeof *outcome->quotations);
    for (size_t i = 0; i < outcome->quotation_count; i++) {
        const struct evd_suspicion *suspicion = &outcome->families[outcome->looks[i].family].suspicion;
        outcome->quotations[i] = (struct evd_quotation){.pair = suspicion->pair, .divergence = suspicion->divergence};
        make_quotation(made, random, &outcome->quotations[i]);
    }
}

void random_resync(struct random_outcome *made, struct random *random, unsigned divergences)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->has_resync = true;
    make_families(made, random);
    outcome->causes = random_items(made, outcome->pair_count * divergences, sizeof *outcome->causes);
    outcome->roots = random_items(made, outcome->pair_count * divergences, sizeof *outcome->roots);
    for (size_t i = 0; i < outcome->pair_count; i++)
        make_divergences(made, random, i, divergences);
    drop_empty_families(outcome);
    choose_root_families(outcome, random);
    make_suspicions(outcome, random);
    while (outcome->look_count < EVD_LOOKS_MAX && outcome->look_count < outcome->family_count) {
        outcome->looks[outcome->look_count] = (struct evd_look){outcome->look_count};
        outcome->look_count++;
    }
    make_quotations(made, random);
}
