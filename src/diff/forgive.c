#include "diff/forgive.h"

#include <string.h>

#include "base/fail.h"
#include "diff/sided_fields.h"
#include "outcome/text.h"
#include "rules/absorber.h"

/* Counts a divergence's events as absorbed. */
static void count_absorbed(struct evd_pair_outcome *pair, const struct evd_divergence *divergence, size_t rule,
                           uint64_t *const absorbed[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t events = evd_run_of(divergence, side).count;
        struct evd_event_counts *counts = &pair->counts[side];
        *(divergence->class_ == EVD_CLASS_TRUNCATED ? &counts->left_over : &counts->differing) -= events;
        counts->absorbed += events;
        absorbed[side][rule] += events;
    }
}

/* The one that is told and those in which events differ besides, other names that break, and one for those that are not told. */
enum { FIELDS_MAX = EVD_QUOTATION_FIELDS_MAX + EVD_BREAK_OTHERS_MAX + 1 };

/* What is known of a divergence while rules are asked about it. */
struct question {
    struct evd_walker *walker;
    const struct evd_name_break_list *breaks; /* of the pair */
    const struct evd_divergence *divergence;
    struct evd_text fields[FIELDS_MAX]; /* in which its events differ, first the one that is told */
    size_t field_count;
    bool has_all;           /* the others are there too */
    struct evd_arena arena; /* of their texts */
    struct evd_buffer scratch;
};

static const struct evd_name_break *find_break(const struct question *question)
{
    const uint64_t position = evd_run_of(question->divergence, EVD_CANARY).position;
    size_t low = 0, high = question->breaks->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (question->breaks->breaks[middle].position[EVD_CANARY] < position)
            low = middle + 1;
        else
            high = middle;
    }
    const struct evd_name_break *found = &question->breaks->breaks[low];
    return low < question->breaks->count && found->position[EVD_CANARY] == position ? found : NULL;
}

/* Adds the field of a name or a value that differs, as families tell it; where it is not found, not all are told. */
static bool add_field(struct question *question, const struct evd_event_view views[EVD_SIDES],
                      const struct evd_name_break *found, bool *are_told)
{
    struct evd_difference difference;
    if (!evd_name_break_find(found, &views[EVD_CANARY], &views[EVD_OURS], &difference)) {
        *are_told = false;
        return true;
    }
    evd_buffer_clear(&question->scratch);
    evd_difference_path(&difference, &question->scratch);
    return evd_keep_text(&question->arena, &question->scratch, &question->fields[question->field_count++]);
}

/* Finds the fields of other names that break in the event: keys take names for equal. True where all are told. */
static enum evd_status find_other_names(struct question *question, const struct evd_event_view views[EVD_SIDES],
                                        bool *are_told, struct evd_error *error)
{
    const struct evd_name_break *break_ = find_break(question);
    const uint32_t count = break_ == NULL ? 0 : break_->other_count;
    for (uint32_t i = 0; i < count && i < EVD_BREAK_OTHERS_MAX; i++) {
        struct evd_name_break other = *break_;
        other.path = break_->other_paths[i];
        if (!add_field(question, views, &other, are_told))
            return evd_fail_memory(error);
    }
    *are_told = *are_told && count <= EVD_BREAK_OTHERS_MAX;
    return EVD_OK;
}

/* Finds the other fields in which two events differ. Where there are more than are looked for, one without letters is among
 * them, which only fits a pattern that any field does. */
static enum evd_status find_fields(struct question *question, struct evd_error *error)
{
    struct evd_event_view views[EVD_SIDES];
    struct evd_walker *walker = question->walker;
    question->has_all = true;
    enum evd_status status = evd_read_differing_events(walker, question->divergence, views, error);
    if (status != EVD_OK)
        return status;
    struct evd_field_list list;
    const struct evd_differing_field first = {.path = question->fields[0]};
    const struct evd_text call = {"", 0};
    if (!evd_field_list_begin(&list, EVD_QUOTATION_FIELDS_MAX, first, &question->arena) ||
        !evd_find_differing_fields(views, call, walker->rules, &question->scratch, &question->arena, &list))
        return evd_fail_memory(error);
    for (size_t i = 1; i < list.count; i++)
        if (!evd_is_field_within(views, question->fields[0], list.fields[i].path))
            question->fields[question->field_count++] = list.fields[i].path;
    bool are_told = list.count < list.capacity;
    struct evd_field_list sided = {list.fields, 0, list.capacity};
    if (!evd_find_sided_fields(views, &question->scratch, &question->arena, &sided, &are_told))
        return evd_fail_memory(error);
    are_told = are_told && question->field_count + sided.count + EVD_BREAK_OTHERS_MAX + 1 < FIELDS_MAX;
    for (size_t i = 0; are_told && i < sided.count; i++)
        question->fields[question->field_count++] = sided.fields[i].path;
    status = find_other_names(question, views, &are_told, error);
    if (!are_told)
        question->fields[question->field_count++] = (struct evd_text){"", 0};
    return status;
}

/* True in *is_forgiven when a rule takes the divergence, by all fields in which its events differ. */
static enum evd_status ask(struct question *question, size_t rule, bool *is_forgiven, struct evd_error *error)
{
    const struct evd_absorber_rule *absorber = &question->walker->rules->absorbers[rule];
    const uint64_t taken = question->walker->counts.times[rule];
    for (;;) {
        const struct evd_differing_texts fields = {question->fields, question->field_count};
        enum evd_status status = absorber->type->forgive(
            question->walker, absorber, question->divergence, &fields, taken, is_forgiven, error);
        if (status != EVD_OK || !*is_forgiven || question->has_all)
            return status;
        status = find_fields(question, error);
        if (status != EVD_OK)
            return status;
    }
}

/* The first rule that forgives a divergence in *rule; their number when none does. */
static enum evd_status find_rule(struct question *question, const struct evd_divergence *divergence,
                                 struct evd_text field, size_t *rule, struct evd_error *error)
{
    const struct evd_rules *rules = question->walker->rules;
    question->divergence = divergence;
    question->fields[0] = field;
    question->field_count = 1;
    question->has_all = divergence->class_ != EVD_CLASS_VALUE;
    for (*rule = 0; *rule < rules->absorber_count; ++*rule) {
        const struct evd_absorber_rule *absorber = &rules->absorbers[*rule];
        bool is_forgiven;
        if (absorber->type->forgive == NULL || absorber->disabled)
            continue;
        const enum evd_status status = ask(question, *rule, &is_forgiven, error);
        if (status != EVD_OK || is_forgiven)
            return status;
    }
    return EVD_OK;
}

enum evd_status evd_forgive(struct evd_walker *walker, const struct evd_name_break_list *breaks,
                            struct evd_divergence_list *list, struct evd_pair_outcome *pair,
                            uint64_t *const absorbed[EVD_SIDES], struct evd_forgiven *forgiven, struct evd_error *error)
{
    struct question question = {.walker = walker, .breaks = breaks};
    enum evd_status status = EVD_OK;
    size_t kept = 0;
    *forgiven = (struct evd_forgiven){0};
    for (size_t i = 0; i < list->count; i++) {
        size_t rule;
        evd_arena_reset(&question.arena);
        status = find_rule(&question, &list->divergences[i], evd_nature_of(&list->natures, i)->field, &rule, error);
        if (status != EVD_OK)
            break;
        if (rule < walker->rules->absorber_count) {
            count_absorbed(pair, &list->divergences[i], rule, absorbed);
            walker->counts.times[rule]++;
            forgiven->count++;
            forgiven->in_step += list->divergences[i].class_ == EVD_CLASS_VALUE && !evd_rank_of(list, i).is_pair;
            continue;
        }
        evd_divergences_move(list, i, kept);
        struct evd_divergence_rank rank = evd_rank_of(list, kept);
        if (kept == 0)
            forgiven->first_matched = rank.matched;
        rank.matched += forgiven->in_step;
        evd_rank_put(list, kept++, rank);
    }
    evd_arena_release(&question.arena);
    evd_buffer_release(&question.scratch);
    if (status == EVD_OK)
        list->count = kept;
    return status;
}
