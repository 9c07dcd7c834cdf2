#include "diff/hints.h"

#include <string.h>

#include "base/fail.h"
#include "diff/known_kinds.h"
#include "diff/verdict.h"
#include "outcome/text.h"

static bool parts_at_once(const struct evd_pair_outcome *pair)
{
    const uint64_t matched = pair->first_null != NULL ? pair->first_null->matched : pair->matched;
    return (pair->is_diverged || pair->first_null != NULL) && matched < EVD_HINT_EVENTS;
}

static void hint_at_similarity(struct evd_outcome *outcome, const struct evd_diff_options *options)
{
    uint64_t parting = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        parting += parts_at_once(&outcome->pairs[i]);
    if (options->tid_map == NULL && options->pairing == EVD_PAIR_FIRST_CALL && parting >= EVD_HINT_PAIRS &&
        parting * EVD_HINT_PAIRS_SHARE >= outcome->pair_count)
        outcome->hints[outcome->hint_count++] =
            (struct evd_hint){.kind = EVD_HINT_SIMILARITY, .part = parting, .whole = outcome->pair_count};
}

static void hint_at_unpaired(struct evd_outcome *outcome, const struct evd_diff_options *options)
{
    if (options->tid_map != NULL || options->pairing != EVD_PAIR_FIRST_CALL || !evd_leaves_much_unpaired(outcome))
        return;
    outcome->hints[outcome->hint_count++] =
        (struct evd_hint){.kind = EVD_HINT_UNPAIRED,
                          .part = outcome->unpaired_events[EVD_CANARY] + outcome->unpaired_events[EVD_OURS],
                          .whole = outcome->event_count[EVD_CANARY] + outcome->event_count[EVD_OURS]};
}

/* Where rules tell of the differing field of a family. */
struct told_field {
    bool is_skipped;
    bool names_call; /* a rule says its call by name */
    const struct evd_name_rule *name;
};

static struct evd_string string_of(struct evd_text text)
{
    return (struct evd_string){text.bytes, text.length};
}

/* What rules tell of a family's field. */
static struct told_field tell_field(const struct evd_rules *rules, const struct evd_family *family)
{
    struct told_field told = {.name = NULL};
    const struct evd_kind_rule *kind = evd_rules_kind(rules, family->kind.bytes, family->kind.length);
    if (kind == NULL || family->field.length == 0)
        return told;
    struct evd_string field, member;
    const bool has_member = evd_split_field(string_of(family->field), &field, &member);
    const struct evd_field_rule *rule = evd_kind_field(kind, field.bytes, field.length);
    told.is_skipped = rule != NULL && (rule->roles & EVD_FIELD_SKIPPED) != 0;
    const struct evd_name_call *call = evd_name_call_find(kind, string_of(family->call));
    told.names_call = call != NULL;
    told.name = evd_name_rule_find(kind, call, field, has_member ? &member : NULL);
    if (told.name != NULL && (told.name->form == EVD_NAME_PLAIN || told.name->form == EVD_NAME_SIZE))
        told.name = NULL;
    return told;
}

static bool is_in_class(const struct evd_name_rule *rule, const struct evd_field_value *value)
{
    return (value->form == EVD_NUMBER_INTEGER || value->form == EVD_NUMBER_HEX) &&
           (uint64_t)value->number >= rule->at_least && (uint64_t)value->number <= rule->at_most;
}

/* How many divergences of value rules see past, and whether one of them is in a call that they name. What is told of all
 * divergences of a family is counted by families, of which there are far fewer. */
static bool count_seen(const struct evd_outcome *outcome, const struct evd_rules *rules, struct evd_arena *arena,
                       uint64_t *seen, bool *names_call)
{
    struct told_field *told = evd_arena_array(arena, outcome->family_count, sizeof *told);
    if (told == NULL)
        return false;
    *seen = 0;
    *names_call = false;
    bool is_told_by_values = false;
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        told[i] = tell_field(rules, family);
        if (told[i].is_skipped && family->class_ == EVD_CLASS_VALUE) {
            *seen += family->count;
            *names_call |= told[i].names_call;
        }
        is_told_by_values |= !told[i].is_skipped && told[i].name != NULL;
    }
    for (size_t i = 0; is_told_by_values && i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            const struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
            const struct told_field *field = &told[divergence->family];
            if (field->is_skipped || field->name == NULL || divergence->value == NULL ||
                !is_in_class(field->name, &divergence->value[EVD_CANARY]) ||
                !is_in_class(field->name, &divergence->value[EVD_OURS]))
                continue;
            ++*seen;
            *names_call |= field->names_call;
        }
    return true;
}

/* The control run that differs too much; NULL: none does. */
static const struct evd_control_run *find_unlike(const struct evd_outcome *outcome)
{
    const struct evd_control_run *worst = NULL;
    for (size_t i = 0; i < outcome->control_count; i++) {
        const struct evd_control_run *run = &outcome->controls[i];
        const uint64_t whole = outcome->event_count[run->side];
        if (run->unmatched / EVD_HINT_CONTROL_TIMES < evd_unmatched_events(outcome, run->side) ||
            run->unmatched < whole / EVD_HINT_CONTROL_SHARE + (whole % EVD_HINT_CONTROL_SHARE > 0) ||
            run->unmatched == 0)
            continue;
        if (worst == NULL || (double)run->unmatched / (double)whole >
                                 (double)worst->unmatched / (double)outcome->event_count[worst->side])
            worst = run;
    }
    return worst;
}

static void hint_at_control(struct evd_outcome *outcome)
{
    const struct evd_control_run *run = find_unlike(outcome);
    if (run != NULL)
        outcome->hints[outcome->hint_count++] = (struct evd_hint){
            .kind = EVD_HINT_CONTROL,
            .part = run->unmatched,
            .whole = outcome->event_count[run->side],
            .name = run->path};
}

/* True when a rule of threads finds nothing in one of the logs. */
static bool finds_nothing(const struct evd_log *const log[EVD_SIDES], const struct evd_chosen_pairs *chosen,
                          size_t rule)
{
    const struct evd_thread_rule *about = &log[EVD_CANARY]->rules->threads[rule];
    const bool is_by_creation = about->pairing == EVD_THREADS_BY_CREATION;
    for (int side = 0; side < EVD_SIDES && !about->may_be_missing; side++)
        if (chosen->rule_about[side][rule] == 0 &&
            (is_by_creation ? log[side]->stream_count > 1 : chosen->rule_pairs[rule] == 0))
            return true;
    return false;
}

/* The name is that of the first such rule. */
static bool hint_at_threads(struct evd_outcome *outcome, const struct evd_log *const log[EVD_SIDES],
                            const struct evd_chosen_pairs *chosen, struct evd_arena *arena)
{
    const struct evd_rules *rules = log[EVD_CANARY]->rules;
    struct evd_hint hint = {.kind = EVD_HINT_THREADS, .whole = rules->thread_count};
    size_t first = 0;
    for (size_t i = rules->thread_count; chosen->rule_pairs != NULL && i-- > 0;)
        if (finds_nothing(log, chosen, i)) {
            hint.part++;
            first = i;
        }
    if (hint.part == 0)
        return true;
    const struct evd_string name = rules->threads[first].name;
    if (!evd_copy_text(arena, (struct evd_text){name.bytes, name.length}, &hint.name))
        return false;
    outcome->hints[outcome->hint_count++] = hint;
    return true;
}

static enum evd_status check(const struct evd_other_rules_list *others, struct evd_error *error)
{
    for (size_t i = 0; i < others->count; i++)
        if (others->items[i].name == NULL || others->items[i].rules == NULL)
            return evd_fail(error, EVD_E_ARGUMENT, "other_rules[%zu] has no %s (NULL)", i,
                            others->items[i].rules == NULL ? "rules" : "name");
    return EVD_OK;
}

/* The other rules that see past the most; of equal ones the first. */
static bool hint_at_rules(struct evd_outcome *outcome, const struct evd_other_rules_list *others,
                          const struct evd_rules *rules, uint64_t values, struct evd_arena *arena)
{
    uint64_t most;
    bool names_call;
    if (!count_seen(outcome, rules, arena, &most, &names_call))
        return false;
    const struct evd_other_rules *best = NULL;
    for (size_t i = 0; i < others->count; i++) {
        uint64_t seen;
        if (!count_seen(outcome, others->items[i].rules, arena, &seen, &names_call))
            return false;
        if (!names_call || seen <= most || seen * EVD_HINT_VALUES_SHARE < values)
            continue;
        best = &others->items[i];
        most = seen;
    }
    if (best == NULL)
        return true;
    struct evd_hint *hint = &outcome->hints[outcome->hint_count++];
    *hint = (struct evd_hint){.kind = EVD_HINT_RULES, .part = most, .whole = values};
    return evd_copy_text(arena, (struct evd_text){best->name, strlen(best->name)}, &hint->name);
}

static enum evd_status hint_at_other_rules(struct evd_outcome *outcome, const struct evd_diff_options *options,
                                           const struct evd_rules *rules, uint64_t values, struct evd_arena *arena,
                                           struct evd_error *error)
{
    if (options->other_rules == NULL)
        return EVD_OK;
    const struct evd_other_rules_list others = options->other_rules(options->other_rules_context);
    const enum evd_status status = check(&others, error);
    if (status != EVD_OK || others.count == 0)
        return status;
    return hint_at_rules(outcome, &others, rules, values, arena) ? EVD_OK : evd_fail_memory(error);
}

static uint64_t count_values(const struct evd_outcome *outcome)
{
    uint64_t values = 0;
    for (size_t i = 0; i < outcome->family_count; i++)
        values += outcome->families[i].class_ == EVD_CLASS_VALUE ? outcome->families[i].count : 0;
    return values;
}

enum evd_status evd_find_hints(struct evd_outcome *outcome, const struct evd_log *const log[EVD_SIDES],
                               const struct evd_diff_options *options, const struct evd_rules *rules,
                               const struct evd_chosen_pairs *chosen, struct evd_arena *arena, struct evd_error *error)
{
    const uint64_t values = count_values(outcome);
    outcome->hints = evd_arena_array(arena, EVD_HINTS, sizeof *outcome->hints);
    if (outcome->hints == NULL)
        return evd_fail_memory(error);
    hint_at_similarity(outcome, options);
    hint_at_unpaired(outcome, options);
    if (outcome->verdict != EVD_VERDICT_EQUAL && evd_knows_no_kind(log))
        outcome->hints[outcome->hint_count++] =
            (struct evd_hint){.kind = EVD_HINT_KINDS,
                              .part = 0,
                              .whole = outcome->event_count[EVD_CANARY] + outcome->event_count[EVD_OURS]};
    enum evd_status status = values > 0 ? hint_at_other_rules(outcome, options, rules, values, arena, error) : EVD_OK;
    if (status == EVD_OK && outcome->verdict != EVD_VERDICT_EQUAL)
        hint_at_control(outcome);
    if (status == EVD_OK && outcome->verdict != EVD_VERDICT_EQUAL && !hint_at_threads(outcome, log, chosen, arena))
        status = evd_fail_memory(error);
    return status;
}
