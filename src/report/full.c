/* full: every divergence, in Markdown, for reading in a terminal or on a forge. The verdict and where to look
 * first; the families; then thread by thread (full_pairs.c). Long lists are cut, with how much is left out and
 * where the JSON report has it. */
#include "report/full.h"

#include <inttypes.h>

#include "report/counts.h"
#include "report/describe.h"
#include "report/python.h"
#include "report/sentences.h"
#include "report/tally.h"

static struct evd_buffer *buffer_of(const struct evd_full *full)
{
    return &full->out->buffer;
}

static void append_text(struct evd_full *full, bool is_cell, size_t most)
{
    buffer_of(full)->failed |= full->text.failed;
    const struct evd_text text = {full->text.data, full->text.length};
    if (is_cell)
        evd_append_cell(&full->spans, buffer_of(full), text, most);
    else
        evd_append_span(&full->spans, buffer_of(full), text, 0);
}

void evd_full_subject(struct evd_full *full, const struct evd_family *family, bool is_cell)
{
    evd_buffer_clear(&full->text);
    evd_describe_subject(&full->text, family);
    append_text(full, is_cell, FULL_SUBJECT_MAX);
}

void evd_full_value(struct evd_full *full, const struct evd_field_value *value, bool is_cell)
{
    evd_buffer_clear(&full->text);
    evd_append_python(&full->text, value);
    append_text(full, is_cell, 0);
}

void evd_full_notes(struct evd_full *full, const struct evd_divergence *divergence, bool is_cell)
{
    evd_buffer_clear(&full->text);
    evd_describe_notes(&full->text, divergence);
    append_text(full, is_cell, 0);
}

void evd_full_first(struct evd_full *full, const struct evd_first_divergence *first)
{
    evd_buffer_clear(&full->text);
    evd_describe_first(&full->text, first);
    append_text(full, false, 0);
}

void evd_full_rest(struct evd_full *full, size_t count, const char *one, const char *many, const char *jq_path)
{
    if (count > 0)
        evd_buffer_format(buffer_of(full), "\n*%s more %s: `%s` of the report in JSON.*\n", evd_grouped(count).text,
                          count == 1 ? one : many, jq_path);
}

static void render_item(struct evd_full *full, struct evd_text text)
{
    evd_buffer_string(buffer_of(full), "- ");
    evd_append_span(&full->spans, buffer_of(full), text, 0);
    evd_buffer_byte(buffer_of(full), '\n');
    evd_output_flush_some(full->out);
}

static void render_skipped(struct evd_full *full, int side)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *out = buffer_of(full);
    const size_t listed = outcome->listed_skipped_line_count[side];
    if (outcome->skipped_line_count[side] == 0)
        return;
    evd_buffer_byte(out, '\n');
    evd_describe_skipped(out, outcome, side);
    evd_buffer_string(out, ":\n\n");
    for (size_t i = 0; i < listed; i++) {
        const struct evd_skipped_line *line = &outcome->skipped_lines[side][i];
        evd_buffer_format(out, "- %" PRIu64 ":%" PRIu64 ": ", line->line, line->column);
        evd_append_span(&full->spans, out, line->reason, 0);
        evd_buffer_byte(out, '\n');
    }
    if (outcome->skipped_line_count[side] > listed)
        evd_buffer_format(out, "- and %s more\n", evd_grouped(outcome->skipped_line_count[side] - listed).text);
}

static void render_head(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *out = buffer_of(full);
    evd_buffer_format(out, "# evdiff: %s\n\n**", evd_verdict_summary(outcome->verdict));
    evd_describe_verdict(out, outcome);
    evd_buffer_string(out, "**; ");
    evd_describe_matched(out, outcome);
    evd_buffer_string(out,
                      outcome->has_resync ? ".\n" : ".\n\nOnly the first divergence of each thread was looked for.\n");
    if (outcome->unmet_count > 0)
        evd_buffer_string(out, "\nDemands that are not met:\n\n");
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        const struct evd_sentence sentence = evd_unmet_sentence(&outcome->unmet[i]);
        render_item(full, evd_sentence_text(&sentence));
    }
    for (size_t i = 0; i < outcome->hint_count; i++) {
        struct evd_buffer hint = {0};
        evd_buffer_string(out, i == 0 ? "\nHints:\n\n" : "");
        evd_describe_hint(&hint, &outcome->hints[i]);
        out->failed |= hint.failed;
        render_item(full, (struct evd_text){hint.data, hint.length});
        evd_buffer_release(&hint);
    }
    if (outcome->missing_tid_count > 0)
        evd_buffer_string(out, "\nWarnings:\n\n");
    for (size_t i = 0; i < outcome->missing_tid_count; i++) {
        const struct evd_sentence sentence = evd_missing_tid_sentence(&outcome->missing_tids[i]);
        render_item(full, evd_sentence_text(&sentence));
    }
    for (int side = 0; side < EVD_SIDES; side++)
        render_skipped(full, side);
    if (outcome->control_count > 0)
        evd_buffer_string(out, "\nControl runs:\n\n");
    for (size_t i = 0; i < outcome->control_count; i++) {
        evd_buffer_format(out, "- %zu, of %s: ", i, evd_side_name(outcome->controls[i].side));
        evd_append_span(&full->spans, out, outcome->controls[i].path, 0);
        evd_buffer_byte(out, '\n');
    }
}

static void render_counts(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *out = buffer_of(full);
    struct evd_tally_row row;
    evd_buffer_string(out, "\n| events | canary | ours |\n|---|---:|---:|\n| log |");
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_byte(out, ' ');
        evd_append_cell(&full->spans, out, outcome->path[side], 0);
        evd_buffer_string(out, " |");
    }
    evd_buffer_byte(out, '\n');
    for (size_t i = 0; evd_tally_row(outcome, i, &row); i++) {
        evd_buffer_format(out, "| %s%s%s", row.is_part ? "– " : "", row.what, row.absorber.length > 0 ? " " : "");
        evd_append_cell(&full->spans, out, row.absorber, 0);
        evd_buffer_format(out, " | %s | %s |\n", evd_grouped(row.count[EVD_CANARY]).text,
                          evd_grouped(row.count[EVD_OURS]).text);
    }
}

static void render_look(struct evd_full *full, size_t index)
{
    const struct evd_outcome *outcome = full->outcome;
    const struct evd_family *family = &outcome->families[outcome->looks[index].family];
    const struct evd_suspicion *suspicion = &family->suspicion;
    const struct evd_divergence *told = &outcome->pairs[suspicion->pair].divergences[suspicion->divergence];
    struct evd_buffer *out = buffer_of(full);
    evd_buffer_format(out, "%zu. **%s** ", index + 1, evd_class_name(family->class_));
    evd_full_subject(full, family, false);
    evd_buffer_string(out, ".\n");
    if (family->class_ == EVD_CLASS_VALUE) {
        for (int side = 0; side < EVD_SIDES; side++) {
            evd_buffer_format(out, "%s%s ", side ? ", " : "   ", evd_side_name(side));
            evd_full_value(full, &told->value[side], false);
        }
    } else {
        evd_buffer_string(out, "   ");
        evd_describe_extent(out, told);
    }
    if (told->breaks != NULL || told->marked_null != NULL) {
        evd_buffer_string(out, "; ");
        evd_full_notes(full, told, false);
    }
    evd_buffer_string(out, "; at ");
    evd_describe_place(out, outcome, suspicion->pair, suspicion->divergence);
    evd_buffer_string(out, ".\n   ");
    evd_describe_suspicion(out, suspicion);
    if (outcome->control_count > 0) {
        evd_buffer_string(out, ".\n   ");
        evd_describe_novelty(out, told->news);
    }
    evd_buffer_format(out, ".\n   %s time%s in %zu thread%s; ", evd_grouped(family->count).text,
                      evd_plural(family->count), family->pair_count, evd_plural(family->pair_count));
    if (family->relation != EVD_RELATION_NONE) {
        evd_describe_relation(out, family);
        evd_buffer_string(out, "; ");
    }
    evd_buffer_format(out, "weight %s; family %s.\n", evd_grouped(family->weight).text, family->id);
}

static void render_looks(struct evd_full *full)
{
    if (full->outcome->look_count == 0)
        return;
    evd_buffer_string(buffer_of(full), "\n## Where to look first\n\n");
    for (size_t i = 0; i < full->outcome->look_count; i++)
        render_look(full, i);
}

/* The sample values of one side, one after the other. */
static void sample_cell(struct evd_full *full, const struct evd_family *family, int side)
{
    struct evd_buffer *out = buffer_of(full);
    evd_buffer_string(out, " | ");
    for (size_t i = 0; family->class_ == EVD_CLASS_VALUE && i < family->sample_count; i++) {
        const struct evd_divergence *sample =
            &full->outcome->pairs[family->sample_pair[i]].divergences[family->sample_divergence[i]];
        evd_buffer_string(out, i ? ", " : "");
        evd_full_value(full, &sample->value[side], true);
    }
}

/* How many are new, and which control runs have the family. */
static void novelty_cells(struct evd_full *full, const struct evd_family *family)
{
    const char *separator = "";
    evd_buffer_format(buffer_of(full), " %s | ", evd_grouped(family->news_count).text);
    for (unsigned i = 0; i < EVD_CONTROLS_MAX; i++)
        if (family->controls >> i & 1) {
            evd_buffer_format(buffer_of(full), "%s%u", separator, i);
            separator = ", ";
        }
    evd_buffer_string(buffer_of(full), " |");
}

static void render_family(struct evd_full *full, const struct evd_family *family)
{
    struct evd_buffer *out = buffer_of(full);
    evd_buffer_format(out, "| %s | %s | ", family->id, evd_class_name(family->class_));
    evd_full_subject(full, family, true);
    evd_buffer_format(out, " | %s | %s | %s | %zu | %s | ", evd_grouped(family->count).text,
                      evd_grouped(family->consequence_count).text, evd_grouped(family->follower_count).text,
                      family->pair_count, evd_grouped(family->weight).text);
    evd_describe_relation(out, family);
    for (int side = 0; side < EVD_SIDES; side++)
        sample_cell(full, family, side);
    evd_buffer_string(out, " | ");
    evd_describe_place(out, full->outcome, family->first_pair, family->first_divergence);
    evd_buffer_format(out, " | %s |", family->is_root ? "" : full->outcome->families[family->follows].id);
    if (full->outcome->control_count > 0)
        novelty_cells(full, family);
    evd_buffer_byte(out, '\n');
    evd_output_flush_some(full->out);
}

static void render_families(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    const size_t count = outcome->family_count;
    const size_t told = count < FULL_FAMILIES_MAX ? count : FULL_FAMILIES_MAX;
    if (count == 0)
        return;
    evd_buffer_string(buffer_of(full), "\n## Families\n\n");
    evd_describe_families(buffer_of(full), outcome);
    evd_buffer_format(buffer_of(full),
                      ". `weight` is how many more events match before a thread's first divergence when this "
                      "family, and what follows from it, is forgiven. Of a value of more than %d bytes the part "
                      "around the first difference is shown, with `…` where it is cut; `evdiff show LOG --tid T --idx "
                      "N` prints the whole event.\n\n",
                      EVD_VALUE_MAX);
    evd_buffer_string(buffer_of(full),
                      "| family | class | what | count | consequences | followers | threads | weight | values "
                      "| canary's | ours | first at | follows from |");
    const bool has_controls = outcome->control_count > 0;
    evd_buffer_string(buffer_of(full), has_controls ? " new | in control runs |\n" : "\n");
    evd_buffer_string(buffer_of(full), "|---|---|---|---:|---:|---:|---:|---:|---|---|---|---|---|");
    evd_buffer_string(buffer_of(full), has_controls ? "---:|---|\n" : "\n");
    for (size_t i = 0; i < told; i++)
        render_family(full, &outcome->families[i]);
    evd_full_rest(full, count - told, "family", "families", ".families");
}

static void render_unpaired(struct evd_full *full, int side)
{
    const struct evd_outcome *outcome = full->outcome;
    const size_t count = outcome->unpaired_count[side];
    const size_t told = count < FULL_UNPAIRED_MAX ? count : FULL_UNPAIRED_MAX;
    struct evd_buffer *out = buffer_of(full);
    if (count == 0)
        return;
    evd_buffer_format(out,
                      "\n## Threads of %s without a counterpart\n\n"
                      "| tid | events | follows from |\n|---:|---:|---|\n",
                      evd_side_name(side));
    for (size_t i = 0; i < told; i++) {
        const struct evd_unpaired *thread = &outcome->unpaired[side][i];
        evd_buffer_format(out, "| %" PRId64 " | %s | ", thread->tid, evd_grouped(thread->total).text);
        if (thread->is_never_created)
            evd_buffer_format(out, "never created in %s%s", evd_side_name(!side),
                              thread->cause == EVD_CAUSE_NONE ? ""
                              : thread->is_cause_creation     ? "; lost in "
                                                              : "; follows from ");
        if (thread->cause != EVD_CAUSE_NONE)
            evd_describe_place(out, outcome, thread->cause_pair, thread->cause_divergence);
        if (outcome->control_count > 0)
            evd_buffer_format(out, "%s%s", thread->is_never_created || thread->cause != EVD_CAUSE_NONE ? "; " : "",
                              thread->is_new ? "new" : "noise");
        evd_buffer_string(out, " |\n");
        evd_output_flush_some(full->out);
    }
    evd_full_rest(full, count - told, "thread", "threads", side == EVD_CANARY ? ".unpaired.canary" : ".unpaired.ours");
}

static uint64_t count_all(const struct evd_counted_kind *kind, int side)
{
    uint64_t total = 0;
    for (size_t i = 0; i < kind->tid_count[side]; i++)
        total += kind->tids[side][i].count;
    return total;
}

/* Good until the next one. */
static struct evd_text rule_text(struct evd_full *full, const struct evd_rule_use *use)
{
    evd_buffer_clear(&full->text);
    evd_describe_rule(&full->text, use);
    return (struct evd_text){full->text.data, full->text.length};
}

/* What fired; what never did is listed below the table, and what is off apart from it. */
static void render_rule_uses(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *out = buffer_of(full);
    evd_buffer_string(out, "\n## Rules\n\n| | canary | ours |\n|---|---:|---:|\n");
    for (size_t i = 0; i < outcome->rule_use_count; i++) {
        const struct evd_rule_use *use = &outcome->rule_uses[i];
        if (use->is_off || (use->count[EVD_CANARY] == 0 && use->count[EVD_OURS] == 0))
            continue;
        evd_buffer_string(out, "| ");
        evd_append_cell(&full->spans, out, rule_text(full, use), 0);
        evd_buffer_format(out, " | %s | %s |\n", evd_grouped(use->count[EVD_CANARY]).text,
                          evd_grouped(use->count[EVD_OURS]).text);
        evd_output_flush_some(full->out);
    }
    for (size_t i = 0; i < outcome->counted_count; i++) {
        evd_buffer_string(out, "| counted ");
        evd_append_cell(&full->spans, out, outcome->counted[i].kind, 0);
        evd_buffer_format(out, " | %s | %s |\n", evd_grouped(count_all(&outcome->counted[i], EVD_CANARY)).text,
                          evd_grouped(count_all(&outcome->counted[i], EVD_OURS)).text);
    }
}

static void render_rules(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    if (outcome->rule_use_count > 0 || outcome->counted_count > 0)
        render_rule_uses(full);
    if (outcome->unfired_rule_count > 0)
        evd_buffer_string(buffer_of(full), "\nRules that never fired:\n\n");
    for (size_t i = 0; i < outcome->unfired_rule_count; i++)
        render_item(full, rule_text(full, &outcome->rule_uses[outcome->unfired_rules[i]]));
    if (evd_off_rule_count(outcome) > 0)
        evd_buffer_string(buffer_of(full), "\nSwitched off in this run:\n\n");
    for (size_t i = 0; i < outcome->rule_use_count; i++)
        if (outcome->rule_uses[i].is_off)
            render_item(full, rule_text(full, &outcome->rule_uses[i]));
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    (void)options;
    struct evd_full full = {.outcome = outcome, .out = out};
    render_head(&full);
    render_looks(&full);
    render_counts(&full);
    render_families(&full);
    evd_full_render_pairs(&full);
    render_unpaired(&full, EVD_CANARY);
    render_unpaired(&full, EVD_OURS);
    render_rules(&full);
    evd_span_writer_release(&full.spans);
    evd_buffer_release(&full.text);
}

const struct evd_report_format evd_format_full = {
    "full", "every divergence, by family and by thread, in Markdown", true, false, NULL, render};
