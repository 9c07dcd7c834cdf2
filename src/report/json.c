/* json: all that an outcome holds, for programs. docs/outcome.schema.json says what it looks like,
 * docs/reports.md what it means. Only two things are left out: what the diff cost, because the output must not
 * depend on the machine or the number of threads, and the absorbed events, which have an output of their own. */
#include <string.h>

#include "base/json_writer.h"
#include "report/report.h"

static void write_sides(struct evd_json_writer *json, const char *key, const uint64_t numbers[EVD_SIDES])
{
    evd_json_begin(json, key, '{');
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_unsigned(json, evd_side_name(side), numbers[side]);
    evd_json_end(json, '}');
}

static void write_tids(struct evd_json_writer *json, const int64_t tid[EVD_SIDES])
{
    evd_json_begin(json, "tid", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_signed(json, evd_side_name(side), tid[side]);
    evd_json_end(json, '}');
}

/* As text: many a reader of JSON keeps only 53 bits of a number. */
static void write_hash(struct evd_json_writer *json, const char *key, uint64_t hash)
{
    char digits[16];
    for (int i = 0; i < 16; i++)
        digits[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
    evd_json_text(json, key, (struct evd_text){digits, 16});
}

static void write_value(struct evd_json_writer *json, const char *key, const struct evd_field_value *value)
{
    evd_json_begin(json, key, '{');
    evd_json_string(json, "type", evd_value_type_name(value->type));
    if (value->form != EVD_NUMBER_NONE) {
        evd_json_string(json, "form", evd_number_form_name(value->form));
        evd_json_signed(json, "number", value->number);
    }
    write_hash(json, "hash", value->hash);
    evd_json_unsigned(json, "length", value->length);
    evd_json_text(json, "shown", value->shown);
    evd_json_unsigned(json, "shown_from", value->shown_from);
    evd_json_bool(json, "begins_in_string", value->begins_in_string);
    evd_json_end(json, '}');
}

static void write_values(struct evd_json_writer *json, const struct evd_field_value value[EVD_SIDES])
{
    evd_json_begin(json, "values", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        write_value(json, evd_side_name(side), &value[side]);
    evd_json_end(json, '}');
}

static void write_breaks(struct evd_json_writer *json, const struct evd_broken_renaming *breaks)
{
    if (breaks == NULL)
        return;
    evd_json_begin(json, "breaks", '{');
    evd_json_text(json, "name_class", breaks->name_class);
    write_sides(json, "value", breaks->value);
    write_sides(json, "size", breaks->size);
    evd_json_signed(json, "tid", breaks->tid);
    evd_json_signed(json, "tid_event_idx", breaks->tid_event_idx);
    evd_json_end(json, '}');
}

static void write_null(struct evd_json_writer *json, const struct evd_marked_null *null)
{
    if (null == NULL)
        return;
    evd_json_begin(json, "marked_null", '{');
    evd_json_string(json, "side", evd_side_name(null->side));
    evd_json_text(json, "field", null->field);
    evd_json_end(json, '}');
}

static void write_counts(struct evd_json_writer *json, const char *key, const struct evd_event_counts *counts)
{
    evd_json_begin(json, key, '{');
    evd_json_unsigned(json, "matched", counts->matched);
    evd_json_unsigned(json, "differing", counts->differing);
    evd_json_unsigned(json, "absorbed", counts->absorbed);
    evd_json_unsigned(json, "engine_local", counts->engine_local);
    evd_json_unsigned(json, "left_over", counts->left_over);
    evd_json_end(json, '}');
}

static void write_absorbed(struct evd_json_writer *json, const struct evd_outcome *outcome,
                           const uint64_t *const absorbed[EVD_SIDES])
{
    evd_json_begin(json, "absorbed", '[');
    for (size_t i = 0; i < outcome->absorber_count; i++) {
        evd_json_begin(json, NULL, '{');
        evd_json_text(json, "absorber", outcome->absorbers[i].name);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_json_unsigned(json, evd_side_name(side), absorbed[side][i]);
        evd_json_end(json, '}');
    }
    evd_json_end(json, ']');
}

static void write_skipped(struct evd_json_writer *json, const struct evd_outcome *outcome, int side)
{
    if (outcome->skipped_line_count[side] == 0)
        return;
    evd_json_begin(json, "skipped_lines", '{');
    evd_json_unsigned(json, "count", outcome->skipped_line_count[side]);
    evd_json_begin(json, "listed", '[');
    for (size_t i = 0; i < outcome->listed_skipped_line_count[side]; i++) {
        const struct evd_skipped_line *line = &outcome->skipped_lines[side][i];
        evd_json_begin(json, NULL, '{');
        evd_json_unsigned(json, "line", line->line);
        evd_json_unsigned(json, "column", line->column);
        evd_json_text(json, "message", line->reason);
        evd_json_end(json, '}');
    }
    evd_json_end(json, ']');
    evd_json_end(json, '}');
}

/* The indexes of those that have something, which are the bits of a number. */
static void write_control_bits(struct evd_json_writer *json, uint64_t bits)
{
    evd_json_begin(json, "controls", '[');
    for (unsigned i = 0; i < EVD_CONTROLS_MAX; i++)
        if (bits >> i & 1)
            evd_json_unsigned(json, NULL, i);
    evd_json_end(json, ']');
}

static void write_controls(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "controls", '[');
    for (size_t i = 0; i < outcome->control_count; i++) {
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_string(json, "side", evd_side_name(outcome->controls[i].side));
        evd_json_text(json, "path", outcome->controls[i].path);
        evd_json_unsigned(json, "events", outcome->controls[i].event_count);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

static void write_logs(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "logs", '{');
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_json_line(json);
        evd_json_begin(json, evd_side_name(side), '{');
        evd_json_text(json, "path", outcome->path[side]);
        evd_json_unsigned(json, "events", outcome->event_count[side]);
        write_counts(json, "counts", &outcome->counts[side]);
        evd_json_unsigned(json, "unpaired_events", outcome->unpaired_events[side]);
        write_skipped(json, outcome, side);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, '}');
}

/* A demand of whole pairs is one of threads and names the first; the others are of canary's events. */
static void write_hints(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    if (outcome->hint_count == 0)
        return;
    evd_json_line(json);
    evd_json_begin_lines(json, "hints", '[');
    for (size_t i = 0; i < outcome->hint_count; i++) {
        const struct evd_hint *hint = &outcome->hints[i];
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_string(json, "hint", evd_hint_name(hint->kind));
        evd_json_unsigned(json, "part", hint->part);
        evd_json_unsigned(json, "whole", hint->whole);
        if (hint->kind == EVD_HINT_RULES)
            evd_json_text(json, "name", hint->rules);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

static void write_unmet(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "unmet", '[');
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        const struct evd_unmet_demand *unmet = &outcome->unmet[i];
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_string(json, "demand", evd_demand_name(unmet->demand));
        if (unmet->demand == EVD_DEMAND_NO_TRUNCATED)
            write_tids(json, unmet->tid);
        else if (unmet->amount.is_share)
            evd_json_real(json, "share", unmet->amount.share);
        else
            evd_json_unsigned(json, "count", unmet->amount.count);
        evd_json_unsigned(json, "part", unmet->part);
        evd_json_unsigned(json, "whole", unmet->whole);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

static void write_missing_tids(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "missing_tids", '[');
    for (size_t i = 0; i < outcome->missing_tid_count; i++) {
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_string(json, "side", evd_side_name(outcome->missing_tids[i].side));
        evd_json_signed(json, "tid", outcome->missing_tids[i].tid);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

static void write_absorbers(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "absorbers", '[');
    for (size_t i = 0; i < outcome->absorber_count; i++) {
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_text(json, "name", outcome->absorbers[i].name);
        evd_json_string(json, "column", evd_absorbed_column_name(outcome->absorbers[i].column));
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

static void write_looks(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "looks", '[');
    for (size_t i = 0; i < outcome->look_count; i++) {
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_unsigned(json, "family", outcome->looks[i].family);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

/* Where a divergence is: indexes in "pairs" and in its "divergences". */
static void write_place(struct evd_json_writer *json, const char *key, size_t pair, size_t divergence)
{
    evd_json_begin(json, key, '{');
    evd_json_unsigned(json, "pair", pair);
    evd_json_unsigned(json, "divergence", divergence);
    evd_json_end(json, '}');
}

static void write_suspicion(struct evd_json_writer *json, const struct evd_suspicion *suspicion)
{
    evd_json_begin(json, "suspicion", '{');
    evd_json_signed(json, "total", suspicion->total);
    for (int i = 0; i < EVD_EVIDENCES; i++)
        if (suspicion->points[i] != 0)
            evd_json_signed(json, evd_evidence_name((enum evd_evidence)i), suspicion->points[i]);
    write_place(json, "place", suspicion->pair, suspicion->divergence);
    evd_json_end(json, '}');
}

static void write_family(struct evd_json_writer *json, const struct evd_outcome *outcome,
                         const struct evd_family *family)
{
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "id", family->id);
    write_hash(json, "signature", family->signature);
    evd_json_string(json, "class", evd_class_name(family->class_));
    evd_json_text(json, "kind", family->kind);
    evd_json_text(json, "call", family->call);
    evd_json_text(json, "field", family->field);
    evd_json_joined(json, "before", family->before, family->before_count, ", ");
    evd_json_unsigned(json, "count", family->count);
    if (outcome->control_count > 0) {
        evd_json_bool(json, "noise", family->news_count == 0);
        evd_json_unsigned(json, "news", family->news_count);
        write_control_bits(json, family->controls);
    }
    evd_json_unsigned(json, "consequence_count", family->consequence_count);
    evd_json_unsigned(json, "follower_count", family->follower_count);
    if (!family->is_root)
        evd_json_unsigned(json, "follows", family->follows);
    write_sides(json, "events", family->events);
    evd_json_begin(json, "pairs", '[');
    for (size_t i = 0; i < family->pair_count; i++) {
        evd_json_unsigned(json, NULL, family->pairs[i]);
        evd_output_flush_some(json->out);
    }
    evd_json_end(json, ']');
    write_place(json, "first", family->first_pair, family->first_divergence);
    evd_json_unsigned(json, "weight", family->weight);
    if (family->has_suspicion)
        write_suspicion(json, &family->suspicion);
    evd_json_string(json, "relation", evd_relation_name(family->relation));
    if (family->relation == EVD_RELATION_CONSTANT_OFFSET)
        evd_json_signed(json, "offset", family->offset);
    evd_json_begin(json, "samples", '[');
    for (size_t i = 0; i < family->sample_count; i++)
        write_place(json, NULL, family->sample_pair[i], family->sample_divergence[i]);
    evd_json_end(json, ']');
    evd_json_end(json, '}');
}

static void write_families(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "families", '[');
    for (size_t i = 0; i < outcome->family_count; i++) {
        evd_json_line(json);
        write_family(json, outcome, &outcome->families[i]);
    }
    evd_json_end_lines(json, ']');
}

static void write_pairing(struct evd_json_writer *json, const struct evd_pairing_evidence *pairing)
{
    if (!pairing->is_measured) {
        evd_json_null(json, "pairing");
        return;
    }
    evd_json_begin(json, "pairing", '{');
    evd_json_real(json, "similarity", pairing->similarity);
    evd_json_real(json, "confidence", pairing->confidence);
    if (pairing->has_runner_up) {
        evd_json_begin(json, "runner_up", '{');
        evd_json_signed(json, "tid", pairing->runner_up_tid);
        evd_json_real(json, "similarity", pairing->runner_up_similarity);
        evd_json_end(json, '}');
    } else {
        evd_json_null(json, "runner_up");
    }
    evd_json_end(json, '}');
}

static void write_event(struct evd_json_writer *json, const char *key, const struct evd_quoted_event *event,
                        bool has_json)
{
    evd_json_begin(json, key, '{');
    evd_json_signed(json, "tid_event_idx", event->tid_event_idx);
    evd_json_text(json, "kind", event->kind);
    if (event->has_label)
        evd_json_text(json, "label", event->label);
    evd_json_text(json, "value", event->value);
    if (has_json)
        evd_json_text(json, "json", event->json);
    evd_json_end(json, '}');
}

/* Members of an object that is open. */
static void write_difference(struct evd_json_writer *json, const struct evd_first_divergence *first)
{
    evd_json_string(json, "form", evd_difference_form_name(first->form));
    evd_json_text(json, "path", first->path);
    evd_json_text(json, "kind", first->kind);
    evd_json_text(json, "name_field", first->name_field);
    evd_json_text(json, "name", first->name);
    write_values(json, first->value);
    write_breaks(json, first->breaks);
    evd_json_begin(json, "events", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        write_event(json, evd_side_name(side), &first->event[side], true);
    evd_json_end(json, '}');
    evd_json_begin(json, "next", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        if (first->has_next[side])
            write_event(json, evd_side_name(side), &first->next[side], false);
        else
            evd_json_null(json, evd_side_name(side));
    evd_json_end(json, '}');
    evd_json_begin(json, "context", '[');
    for (size_t i = 0; i < first->context_count; i++) {
        evd_json_begin(json, NULL, '{');
        for (int side = 0; side < EVD_SIDES; side++)
            write_event(json, evd_side_name(side), &first->context[i][side], false);
        evd_json_end(json, '}');
    }
    evd_json_end(json, ']');
}

/* The reference's, then the null before it, if there is one. */
static void write_first_divergence(struct evd_json_writer *json, const struct evd_pair_outcome *pair)
{
    evd_json_line(json);
    if (pair->is_diverged) {
        evd_json_begin(json, "first_divergence", '{');
        write_difference(json, pair->divergence);
        evd_json_end(json, '}');
    } else {
        evd_json_null(json, "first_divergence");
    }
    evd_json_unsigned(json, "marked_nulls", pair->marked_null_count);
    if (pair->first_null == NULL)
        return;
    evd_json_line(json);
    evd_json_begin(json, "first_null", '{');
    evd_json_unsigned(json, "matched", pair->first_null->matched);
    evd_json_begin(json, "divergence", '{');
    write_difference(json, &pair->first_null->divergence);
    evd_json_end(json, '}');
    evd_json_end(json, '}');
}

/* The counts up to the first divergence, which are the ones of the Markdown report. */
static void write_first_part(struct evd_json_writer *json, const struct evd_outcome *outcome,
                             const struct evd_pair_outcome *pair)
{
    evd_json_line(json);
    evd_json_begin(json, "to_first_divergence", '{');
    evd_json_unsigned(json, "matched", pair->matched);
    write_sides(json, "engine_local", pair->engine_local);
    write_sides(json, "left_over", pair->left_over);
    write_absorbed(json, outcome, pair->absorbed);
    evd_json_unsigned(json, "exact_comparisons", pair->exact_comparisons);
    evd_json_end(json, '}');
}

static void write_run(struct evd_json_writer *json, const char *key, const struct evd_run *run)
{
    evd_json_begin(json, key, '{');
    evd_json_unsigned(json, "position", run->position);
    evd_json_unsigned(json, "count", run->count);
    evd_json_signed(json, "tid_event_idx", run->first_idx);
    evd_json_unsigned(json, "offset", run->offset);
    evd_json_end(json, '}');
}

static void write_cause(struct evd_json_writer *json, enum evd_cause cause, size_t pair, size_t divergence)
{
    if (cause == EVD_CAUSE_NONE)
        return;
    evd_json_begin(json, "cause", '{');
    evd_json_string(json, "kind", evd_cause_name(cause));
    evd_json_unsigned(json, "pair", pair);
    evd_json_unsigned(json, "divergence", divergence);
    evd_json_end(json, '}');
}

static void write_divergence(struct evd_json_writer *json, const struct evd_outcome *outcome,
                             const struct evd_divergence *divergence)
{
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "class", evd_class_name(divergence->class_));
    evd_json_unsigned(json, "family", divergence->family);
    for (int side = 0; side < EVD_SIDES; side++)
        write_run(json, evd_side_name(side), &divergence->run[side]);
    evd_json_unsigned(json, "matched_after", divergence->matched_after);
    if (divergence->value != NULL)
        write_values(json, divergence->value);
    if (divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS]) {
        evd_json_begin(json, "fails", '{');
        for (int side = 0; side < EVD_SIDES; side++)
            evd_json_bool(json, evd_side_name((enum evd_side)side), divergence->fails[side]);
        evd_json_end(json, '}');
    }
    write_breaks(json, divergence->breaks);
    write_null(json, divergence->marked_null);
    write_cause(json, divergence->cause, divergence->cause_pair, divergence->cause_divergence);
    if (outcome->control_count > 0) {
        evd_json_bool(json, "noise", divergence->news == EVD_NEWS_NONE);
        if (divergence->news != EVD_NEWS_NONE)
            evd_json_string(json, "news", evd_news_name(divergence->news));
        write_control_bits(json, divergence->controls);
    }
    evd_json_end(json, '}');
}

static void write_pair(struct evd_json_writer *json, const struct evd_outcome *outcome,
                       const struct evd_pair_outcome *pair)
{
    evd_json_begin_lines(json, NULL, '{');
    evd_json_line(json);
    write_tids(json, pair->tid);
    write_pairing(json, &pair->pairing);
    write_sides(json, "total", pair->total);
    evd_json_line(json);
    evd_json_begin(json, "counts", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        write_counts(json, evd_side_name(side), &pair->counts[side]);
    evd_json_end(json, '}');
    evd_json_line(json);
    write_absorbed(json, outcome, pair->absorbed_in_all);
    evd_json_unsigned(json, "searches_cut_short", pair->searches_cut_short);
    write_first_part(json, outcome, pair);
    write_first_divergence(json, pair);
    evd_json_line(json);
    evd_json_begin_lines(json, "divergences", '[');
    for (size_t i = 0; i < pair->divergence_count; i++) {
        evd_json_line(json);
        write_divergence(json, outcome, &pair->divergences[i]);
    }
    evd_json_end_lines(json, ']');
    evd_json_end_lines(json, '}');
}

static void write_pairs(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "pairs", '[');
    for (size_t i = 0; i < outcome->pair_count; i++) {
        evd_json_line(json);
        write_pair(json, outcome, &outcome->pairs[i]);
    }
    evd_json_end_lines(json, ']');
}

static void write_unpaired(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin(json, "unpaired", '{');
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_json_begin_lines(json, evd_side_name(side), '[');
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++) {
            const struct evd_unpaired *thread = &outcome->unpaired[side][i];
            evd_json_line(json);
            evd_json_begin(json, NULL, '{');
            evd_json_signed(json, "tid", thread->tid);
            evd_json_unsigned(json, "total", thread->total);
            if (thread->is_never_created)
                evd_json_bool(json, "never_created", true);
            if (thread->is_cause_creation)
                evd_json_bool(json, "lost_in_cause", true);
            write_cause(json, thread->cause, thread->cause_pair, thread->cause_divergence);
            if (outcome->control_count > 0)
                evd_json_bool(json, "noise", !thread->is_new);
            evd_json_end(json, '}');
        }
        evd_json_end_lines(json, ']');
    }
    evd_json_end(json, '}');
}

static void write_counted(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "counted", '[');
    for (size_t i = 0; i < outcome->counted_count; i++) {
        const struct evd_counted_kind *kind = &outcome->counted[i];
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_text(json, "kind", kind->kind);
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_json_begin(json, evd_side_name(side), '[');
            for (size_t j = 0; j < kind->tid_count[side]; j++) {
                evd_json_begin(json, NULL, '{');
                evd_json_signed(json, "tid", kind->tids[side][j].tid);
                evd_json_unsigned(json, "count", kind->tids[side][j].count);
                evd_json_end(json, '}');
                evd_output_flush_some(json->out);
            }
            evd_json_end(json, ']');
        }
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

/* In the words of the other reports. */
static void write_rule(struct evd_json_writer *json, const char *key, const struct evd_rule_use *use)
{
    const char *summary = evd_rule_subject_summary(use->subject);
    const struct evd_text words[] = {{summary, strlen(summary)}, use->of};
    evd_json_joined(json, key, words, use->of.length > 0 ? 2 : 1, " ");
}

static void write_unfired(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "unfired_rules", '[');
    for (size_t i = 0; i < outcome->unfired_rule_count; i++) {
        evd_json_line(json);
        write_rule(json, NULL, &outcome->rule_uses[outcome->unfired_rules[i]]);
    }
    evd_json_end_lines(json, ']');
}

static void write_rule_uses(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "rule_uses", '[');
    for (size_t i = 0; i < outcome->rule_use_count; i++) {
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        write_rule(json, "rule", &outcome->rule_uses[i]);
        evd_json_bool(json, "is_off", outcome->rule_uses[i].is_off);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_json_unsigned(json, evd_side_name(side), outcome->rule_uses[i].count[side]);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    (void)options;
    struct evd_json_writer json = {.out = out};
    evd_json_begin_lines(&json, NULL, '{');
    evd_json_line(&json);
    evd_json_string(&json, "schema", "evdiff.outcome/2");
    evd_json_line(&json);
    evd_json_unsigned(&json, "minor", 3);
    evd_json_line(&json);
    evd_json_string(&json, "verdict", evd_verdict_name(outcome->verdict));
    evd_json_line(&json);
    evd_json_bool(&json, "has_resync", outcome->has_resync);
    write_logs(&json, outcome);
    write_controls(&json, outcome);
    write_unmet(&json, outcome);
    write_hints(&json, outcome);
    write_missing_tids(&json, outcome);
    write_looks(&json, outcome);
    evd_json_line(&json);
    evd_json_unsigned(&json, "signature_recipe", outcome->signature_recipe);
    write_families(&json, outcome);
    write_pairs(&json, outcome);
    write_unpaired(&json, outcome);
    write_counted(&json, outcome);
    write_absorbers(&json, outcome);
    write_rule_uses(&json, outcome);
    write_unfired(&json, outcome);
    evd_json_end_lines(&json, '}');
    evd_buffer_byte(&out->buffer, '\n');
}

const struct evd_report_format evd_format_json = {
    "json", "all of it for programs (docs/outcome.schema.json)", true, false, ".json", render};
