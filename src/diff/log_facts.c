#include "diff/log_facts.h"

#include <stdlib.h>
#include <string.h>

#include "evdiff/import.h"
#include "outcome/outcome.h"
#include "outcome/text.h"

/* All that one call works on. */
struct facts {
    const struct evd_log *const *log;
    const struct evd_rules *rules;
    const uint64_t *name_uses;
    const struct evd_chosen_pairs *chosen;
    struct evd_outcome *outcome;
    struct evd_arena *arena;
};

static bool copy_string(struct evd_arena *arena, struct evd_string string, struct evd_text *text)
{
    return evd_copy_text(arena, (struct evd_text){string.bytes, string.length}, text);
}

static bool list_counted(struct facts *facts)
{
    struct evd_outcome *outcome = facts->outcome;
    struct evd_arena *arena = facts->arena;
    const struct evd_rules *rules = facts->rules;
    outcome->counted = evd_arena_array(arena, rules->counted_count, sizeof *outcome->counted);
    if (outcome->counted == NULL)
        return false;
    outcome->counted_count = rules->counted_count;
    for (size_t i = 0; i < rules->counted_count; i++) {
        struct evd_counted_kind *kind = &outcome->counted[i];
        *kind = (struct evd_counted_kind){0};
        if (!copy_string(arena, rules->counted_kinds[i], &kind->kind))
            return false;
        for (int side = 0; side < EVD_SIDES; side++) {
            const struct evd_log *log = facts->log[side];
            size_t count = 0;
            for (size_t j = 0; j < log->stream_count; j++)
                count += log->streams[j].counted[i] > 0;
            kind->tids[side] = evd_arena_array(arena, count, sizeof **kind->tids);
            if (kind->tids[side] == NULL)
                return false;
            for (size_t j = 0; j < log->stream_count; j++)
                if (log->streams[j].counted[i] > 0)
                    kind->tids[side][kind->tid_count[side]++] =
                        (struct evd_counted_tid){log->streams[j].tid, log->streams[j].counted[i]};
        }
    }
    return true;
}

static int by_tid(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Which streams of a log no pair has though they should be in one; NULL when memory runs out. The caller frees it. */
static bool *find_unpaired(const struct facts *facts, int side, size_t *count)
{
    const struct evd_outcome *outcome = facts->outcome;
    const struct evd_log *log = facts->log[side];
    const bool *may_be_missing = facts->chosen->may_be_missing[side];
    int64_t *paired = malloc((outcome->pair_count + 1) * sizeof *paired);
    bool *is_unpaired = calloc(log->stream_count + 1, sizeof *is_unpaired);
    for (size_t i = 0; paired != NULL && i < outcome->pair_count; i++)
        paired[i] = outcome->pairs[i].tid[side];
    if (paired != NULL && is_unpaired != NULL) {
        qsort(paired, outcome->pair_count, sizeof *paired, by_tid);
        *count = 0;
        for (size_t i = 0, next = 0; i < log->stream_count; i++) {
            while (next < outcome->pair_count && paired[next] < log->streams[i].tid)
                next++;
            is_unpaired[i] = (next == outcome->pair_count || paired[next] != log->streams[i].tid) &&
                             (may_be_missing == NULL || !may_be_missing[i]);
            *count += is_unpaired[i];
        }
    } else {
        free(is_unpaired);
        is_unpaired = NULL;
    }
    free(paired);
    return is_unpaired;
}

static bool list_unpaired(struct facts *facts, int side)
{
    struct evd_outcome *outcome = facts->outcome;
    const struct evd_log *log = facts->log[side];
    const bool *is_lost = facts->chosen->is_lost[side];
    size_t count = 0;
    bool *is_unpaired = find_unpaired(facts, side, &count);
    outcome->unpaired[side] = evd_arena_array(facts->arena, count, sizeof *outcome->unpaired[side]);
    if (is_unpaired == NULL || outcome->unpaired[side] == NULL) {
        free(is_unpaired);
        return false;
    }
    for (size_t i = 0; i < log->stream_count; i++)
        if (is_unpaired[i])
            outcome->unpaired[side][outcome->unpaired_count[side]++] = (struct evd_unpaired){
                .tid = log->streams[i].tid,
                .total = log->streams[i].count,
                .is_never_created = is_lost != NULL && is_lost[i]};
    free(is_unpaired);
    return true;
}

static bool list_rule_use(struct facts *facts, enum evd_rule_subject subject, struct evd_string of, uint64_t canary,
                          uint64_t ours)
{
    struct evd_outcome *outcome = facts->outcome;
    struct evd_rule_use *use = &outcome->rule_uses[outcome->rule_use_count++];
    *use = (struct evd_rule_use){.subject = subject, .count = {canary, ours}};
    return copy_string(facts->arena, of, &use->of);
}

static bool list_kind_uses(struct facts *facts)
{
    const struct evd_rules *rules = facts->rules;
    for (size_t i = 0; i < rules->kind_count; i++) {
        const struct evd_kind_rule *rule = &rules->kinds[i];
        const struct evd_kind_use *c = &facts->log[EVD_CANARY]->kind_uses[i];
        const struct evd_kind_use *o = &facts->log[EVD_OURS]->kind_uses[i];
        bool has_skipped = false;
        for (size_t j = 0; j < rule->field_count; j++)
            has_skipped |= (rule->fields[j].roles & EVD_FIELD_SKIPPED) != 0;
        if ((rule->engine_local && !list_rule_use(facts, EVD_RULE_ENGINE_LOCAL, rule->kind, c->events, o->events)) ||
            (has_skipped &&
             !list_rule_use(facts, EVD_RULE_SKIPPED, rule->kind, c->skipped_fields, o->skipped_fields)) ||
            (rule->allocator != NULL &&
             !list_rule_use(facts, EVD_RULE_ALLOCATOR, rule->kind, c->canonical, o->canonical)) ||
            (rule->heap_field_count > 0 &&
             !list_rule_use(facts, EVD_RULE_HOST_HEAP, rule->kind, c->canonical, o->canonical)))
            return false;
    }
    return true;
}

static bool list_compare_uses(struct facts *facts)
{
    const struct evd_rules *rules = facts->rules;
    for (size_t i = 0; i < rules->compare_count; i++) {
        const struct evd_compare_rule *rule = &rules->compare[i];
        const size_t use = rules->kind_count + i;
        if (!list_rule_use(facts, rule->is_passed_over ? EVD_RULE_PASSED_OVER : EVD_RULE_COMPARE, rule->name,
                           facts->log[EVD_CANARY]->kind_uses[use].events, facts->log[EVD_OURS]->kind_uses[use].events))
            return false;
    }
    return true;
}

static bool list_thread_uses(struct facts *facts)
{
    const struct evd_rules *rules = facts->rules;
    const struct evd_chosen_pairs *chosen = facts->chosen;
    for (size_t i = 0; i < rules->thread_count; i++) {
        const struct evd_thread_rule *rule = &rules->threads[i];
        const bool is_known = chosen->rule_pairs != NULL;
        const uint64_t pairs = is_known ? chosen->rule_pairs[i] : 0;
        const uint64_t canary = is_known ? chosen->rule_missing[EVD_CANARY][i] : 0;
        const uint64_t ours = is_known ? chosen->rule_missing[EVD_OURS][i] : 0;
        if (!list_rule_use(facts, EVD_RULE_THREADS, rule->name, pairs, pairs) ||
            (rule->may_be_missing && !list_rule_use(facts, EVD_RULE_MISSING_THREADS, rule->name, canary, ours)))
            return false;
    }
    return true;
}

static bool has_sids(const struct evd_rules *rules)
{
    bool is_any = false;
    for (size_t i = 0; i < rules->kind_count; i++)
        is_any |= rules->kinds[i].sid != NULL;
    return is_any;
}

static bool list_rule_uses(struct facts *facts)
{
    struct evd_outcome *outcome = facts->outcome;
    const struct evd_rules *rules = facts->rules;
    struct evd_arena *arena = facts->arena;
    const size_t most = rules->kind_count * 4 + rules->compare_count + rules->thread_count * 2 + rules->absorber_count +
                        rules->name_class_count + 1;
    outcome->rule_uses = evd_arena_array(arena, most, sizeof *outcome->rule_uses);
    outcome->absorbers = evd_arena_array(arena, rules->absorber_count, sizeof *outcome->absorbers);
    if (outcome->rule_uses == NULL || outcome->absorbers == NULL || !list_kind_uses(facts) || !list_compare_uses(facts))
        return false;
    if (has_sids(rules) && !list_rule_use(facts, EVD_RULE_SHARED_GLOBALS, (struct evd_string){"", 0},
                                          facts->log[EVD_CANARY]->floating.count, facts->log[EVD_OURS]->floating.count))
        return false;
    for (size_t i = 0; i < rules->name_class_count; i++)
        if (!list_rule_use(facts, EVD_RULE_NAMES, rules->name_classes[i].name, facts->name_uses[i],
                           facts->name_uses[i]))
            return false;
    outcome->absorber_count = rules->absorber_count;
    for (size_t i = 0; i < rules->absorber_count; i++) {
        uint64_t count[EVD_SIDES] = {0, 0};
        for (size_t j = 0; j < outcome->pair_count; j++)
            for (int side = 0; side < EVD_SIDES; side++) {
                const uint64_t *moved = outcome->pairs[j].moved;
                count[side] += outcome->pairs[j].absorbed_in_all[side][i] +
                               (moved != NULL ? moved[(size_t)side * rules->absorber_count + i] : 0);
            }
        if (!copy_string(arena, rules->absorbers[i].name, &outcome->absorbers[i].name) ||
            !list_rule_use(facts, EVD_RULE_ABSORBER, rules->absorbers[i].name, count[EVD_CANARY], count[EVD_OURS]))
            return false;
        outcome->absorbers[i].column = rules->absorbers[i].column;
        outcome->rule_uses[outcome->rule_use_count - 1].is_off = rules->absorbers[i].disabled;
    }
    return list_thread_uses(facts) && evd_list_unfired(facts->outcome, facts->arena);
}

static bool list_skipped(const struct evd_log *log, struct evd_arena *arena, struct evd_skipped_lines *skipped)
{
    struct evd_skipped_line line;
    const char *reason;
    skipped->count = evd_log_skipped_count(log);
    skipped->listed = evd_arena_array(arena, EVD_SKIPPED_LISTED_MAX, sizeof *skipped->listed);
    if (skipped->listed == NULL)
        return false;
    for (size_t i = 0; (reason = evd_log_skipped_line(log, i, &line.line, &line.column)) != NULL; i++) {
        if (!copy_string(arena, evd_string_of(reason), &line.reason))
            return false;
        skipped->listed[skipped->listed_count++] = line;
    }
    return true;
}

static bool describe_logs(struct facts *facts)
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_log *log = facts->log[side];
        if (!copy_string(facts->arena, evd_string_of(log->path), &facts->outcome->path[side]))
            return false;
        if (log->source.import != NULL &&
            !copy_string(facts->arena, evd_string_of(evd_import_format(log->source.import)),
                         &facts->outcome->format[side]))
            return false;
        facts->outcome->event_count[side] = log->event_count;
        if (!list_skipped(log, facts->arena, &facts->outcome->skipped[side]))
            return false;
    }
    return true;
}

static bool describe_rules(struct facts *facts)
{
    char digits[EVD_RULES_HASH_BYTES];
    evd_rules_hash(facts->rules, digits);
    return copy_string(facts->arena, facts->rules->name, &facts->outcome->rules) &&
           copy_string(facts->arena, evd_string_of(digits), &facts->outcome->rules_hash);
}

bool evd_tell_asked(struct evd_outcome *outcome, const struct evd_asked_option *asked, size_t count,
                    struct evd_arena *arena)
{
    outcome->asked = evd_arena_array(arena, count, sizeof *outcome->asked);
    for (size_t i = 0; outcome->asked != NULL && i < count; i++) {
        outcome->asked[i] = asked[i];
        if (!evd_copy_text(arena, asked[i].option, &outcome->asked[i].option) ||
            !evd_copy_text(arena, asked[i].argument, &outcome->asked[i].argument))
            return false;
    }
    outcome->asked_count = count;
    return outcome->asked != NULL;
}

bool evd_tell_log_facts(struct evd_outcome *outcome, const struct evd_log *const log[EVD_SIDES],
                        const struct evd_chosen_pairs *chosen, const uint64_t *name_uses, struct evd_arena *arena)
{
    struct facts facts = {log, log[EVD_CANARY]->rules, name_uses, chosen, outcome, arena};
    outcome->signature_recipe = EVD_SIGNATURE_RECIPE;
    return describe_rules(&facts) && list_counted(&facts) && list_unpaired(&facts, EVD_CANARY) &&
           list_unpaired(&facts, EVD_OURS) && list_rule_uses(&facts) && describe_logs(&facts);
}

bool evd_tell_controls(struct evd_outcome *outcome, const struct evd_control *controls, size_t count,
                       const uint64_t *unmatched, struct evd_arena *arena)
{
    outcome->controls = evd_arena_array(arena, count, sizeof *outcome->controls);
    if (outcome->controls == NULL)
        return false;
    outcome->control_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct evd_log *log = controls[i].log;
        struct evd_control_run *run = &outcome->controls[i];
        *run = (struct evd_control_run){
            .side = controls[i].side, .event_count = log->event_count, .unmatched = unmatched[i]};
        if (!evd_copy_text(arena, (struct evd_text){log->path, strlen(log->path)}, &run->path) ||
            !list_skipped(log, arena, &run->skipped))
            return false;
    }
    return true;
}
