#include "report/json_pairs.h"

#include "report/json_divergences.h"
#include "report/json_facts.h"

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

static void write_pairing(struct evd_json_writer *json, const struct evd_pairing_evidence *pairing)
{
    if (pairing == NULL) {
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
    evd_json_values(json, first->value);
    evd_json_breaks(json, first->breaks);
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
    evd_json_sides(json, "engine_local", pair->engine_local);
    evd_json_sides(json, "left_over", pair->left_over);
    write_absorbed(json, outcome, pair->absorbed);
    evd_json_unsigned(json, "exact_comparisons", pair->exact_comparisons);
    evd_json_end(json, '}');
}

static void write_pair(struct evd_json_writer *json, const struct evd_outcome *outcome,
                       const struct evd_pair_outcome *pair, unsigned threads)
{
    evd_json_begin_lines(json, NULL, '{');
    evd_json_line(json);
    evd_json_tids(json, pair->tid);
    write_pairing(json, pair->pairing);
    evd_json_sides(json, "total", pair->total);
    evd_json_line(json);
    evd_json_begin(json, "counts", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_counts(json, evd_side_name(side), &pair->counts[side]);
    evd_json_end(json, '}');
    evd_json_line(json);
    write_absorbed(json, outcome, pair->absorbed_in_all);
    evd_json_unsigned(json, "searches_cut_short", pair->searches_cut_short);
    write_first_part(json, outcome, pair);
    write_first_divergence(json, pair);
    evd_json_line(json);
    evd_json_divergences(json, outcome, pair, threads);
    evd_json_end_lines(json, '}');
}

void evd_json_pairs(struct evd_json_writer *json, const struct evd_outcome *outcome, unsigned threads)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "pairs", '[');
    for (size_t i = 0; i < outcome->pair_count; i++) {
        evd_json_line(json);
        write_pair(json, outcome, &outcome->pairs[i], threads);
    }
    evd_json_end_lines(json, ']');
}

void evd_json_unpaired(struct evd_json_writer *json, const struct evd_outcome *outcome)
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
            evd_json_cause(json, thread->cause, thread->cause_pair, thread->cause_divergence);
            if (outcome->control_count > 0)
                evd_json_bool(json, "noise", !thread->is_new);
            evd_json_end(json, '}');
        }
        evd_json_end_lines(json, ']');
    }
    evd_json_end(json, '}');
}
