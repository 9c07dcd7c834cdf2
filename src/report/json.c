/* json: all that an outcome holds, for programs. docs/outcome.schema.json says what it looks like, docs/reports.md what it
 * means. Only two things are left out: what the diff cost, because the output must not depend on the machine or the
 * number of threads, and the absorbed events, which have an output of their own. Here is what the whole of it has;
 * json_families.c, json_quotations.c and json_pairs.c write the parts. */
#include <string.h>

#include "base/json_writer.h"
#include "report/json_facts.h"
#include "report/json_families.h"
#include "report/json_pairs.h"
#include "report/json_quotations.h"
#include "report/report.h"

static void write_skipped(struct evd_json_writer *json, const struct evd_skipped_lines *skipped)
{
    if (skipped->count == 0)
        return;
    evd_json_begin(json, "skipped_lines", '{');
    evd_json_unsigned(json, "count", skipped->count);
    evd_json_begin(json, "listed", '[');
    for (size_t i = 0; i < skipped->listed_count; i++) {
        const struct evd_skipped_line *line = &skipped->listed[i];
        evd_json_begin(json, NULL, '{');
        evd_json_unsigned(json, "line", line->line);
        evd_json_unsigned(json, "column", line->column);
        evd_json_text(json, "message", line->reason);
        evd_json_end(json, '}');
    }
    evd_json_end(json, ']');
    evd_json_end(json, '}');
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
        evd_json_unsigned(json, "unmatched", outcome->controls[i].unmatched);
        write_skipped(json, &outcome->controls[i].skipped);
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
        if (outcome->format[side].length > 0)
            evd_json_text(json, "format", outcome->format[side]);
        evd_json_unsigned(json, "events", outcome->event_count[side]);
        evd_json_counts(json, "counts", &outcome->counts[side]);
        evd_json_unsigned(json, "unpaired_events", outcome->unpaired_events[side]);
        write_skipped(json, &outcome->skipped[side]);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, '}');
}

static void write_asked(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    if (outcome->rules_hash.length > 0) {
        evd_json_line(json);
        evd_json_text(json, "rules_hash", outcome->rules_hash);
    }
    if (outcome->asked_count == 0)
        return;
    evd_json_line(json);
    evd_json_begin_lines(json, "asked", '[');
    for (size_t i = 0; i < outcome->asked_count; i++) {
        const struct evd_asked_option *asked = &outcome->asked[i];
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_text(json, "option", asked->option);
        if (asked->argument.length > 0)
            evd_json_text(json, "argument", asked->argument);
        if (asked->is_path)
            evd_json_bool(json, "is_path", true);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
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
        if (hint->kind == EVD_HINT_RULES || hint->kind == EVD_HINT_CONTROL || hint->kind == EVD_HINT_THREADS)
            evd_json_text(json, "name", hint->name);
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
            evd_json_tids(json, unmet->tid);
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
    struct evd_json_writer json = {.out = out};
    evd_json_begin_lines(&json, NULL, '{');
    evd_json_line(&json);
    evd_json_string(&json, "schema", "evdiff.outcome/2");
    evd_json_line(&json);
    evd_json_unsigned(&json, "minor", 10);
    evd_json_line(&json);
    evd_json_string(&json, "verdict", evd_verdict_name(outcome->verdict));
    evd_json_line(&json);
    evd_json_bool(&json, "has_resync", outcome->has_resync);
    if (outcome->rules.length > 0) {
        evd_json_line(&json);
        evd_json_text(&json, "rules", outcome->rules);
    }
    write_asked(&json, outcome);
    write_logs(&json, outcome);
    write_controls(&json, outcome);
    write_unmet(&json, outcome);
    write_hints(&json, outcome);
    write_missing_tids(&json, outcome);
    write_looks(&json, outcome);
    evd_json_line(&json);
    evd_json_unsigned(&json, "signature_recipe", outcome->signature_recipe);
    evd_json_families(&json, outcome, options->known);
    evd_json_quotations(&json, outcome);
    evd_json_pairs(&json, outcome, options->threads);
    evd_json_unpaired(&json, outcome);
    write_counted(&json, outcome);
    write_absorbers(&json, outcome);
    write_rule_uses(&json, outcome);
    write_unfired(&json, outcome);
    evd_json_end_lines(&json, '}');
    evd_buffer_byte(&out->buffer, '\n');
}

const struct evd_report_format evd_format_json = {
    "json", "all of it for programs (docs/outcome.schema.json)", true, false, ".json", render};
