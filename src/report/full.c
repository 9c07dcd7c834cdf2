/* full: everything, in Markdown, for reading in a terminal or on a forge. The verdict; a section a root, the most suspicious
 * first, with what follows from it folded below (full_roots.c); the threads (full_threads.c); how the events came out, and
 * the rules. Lines fit FULL_COLUMNS; long lists are cut, with how much is left out. */
#include "report/full.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/sentences.h"
#include "report/tally.h"

static struct evd_buffer *buffer_of(const struct evd_full *full)
{
    return &full->out->buffer;
}

/* Columns of a row without the tabs that stand for cells. */
static size_t columns_of_row(const struct evd_buffer *row, size_t cells)
{
    return row->failed ? 0 : evd_columns((struct evd_text){row->data, row->length}) - cells;
}

void evd_full_row(struct evd_full *full, const struct evd_buffer *cells, size_t count)
{
    struct evd_buffer *out = buffer_of(full), *row = &full->row;
    size_t taken = columns_of_row(row, count) - (row->failed ? 0 : 1), next = 0; /* the line end takes none */
    out->failed |= row->failed;
    for (size_t i = 0; i < row->length; i++) {
        if (row->data[i] != '\t') {
            evd_buffer_byte(out, row->data[i]);
            continue;
        }
        const size_t left = taken < FULL_COLUMNS ? (FULL_COLUMNS - taken) / (count - next) : 0;
        const size_t begin = out->length;
        evd_buffer_clear(&full->writer.text);
        evd_append_text(&full->writer.text, (struct evd_text){cells[next].data, cells[next].length});
        full->writer.text.failed |= cells[next].failed;
        evd_section_span(&full->writer, out, true, left < FULL_CELL_MIN ? FULL_CELL_MIN : left);
        next++;
        if (!out->failed && out->length > begin)
            taken += evd_columns((struct evd_text){out->data + begin, out->length - begin});
    }
    evd_buffer_clear(row);
    evd_output_flush_some(full->out);
}

void evd_full_rest(struct evd_full *full, uint64_t count, const char *one, const char *many)
{
    if (count > 0)
        evd_buffer_format(buffer_of(full), "\n*%s more %s: `--limit 0` tells %s.*\n", evd_grouped(count).text,
                          count == 1 ? one : many, count == 1 ? "it" : "them all");
}

/* "- ", `lead`, and the text as a code span. */
static void render_item(struct evd_full *full, const char *lead, struct evd_text text)
{
    struct evd_buffer *out = buffer_of(full);
    const size_t begin = out->length;
    evd_buffer_format(out, "- %s", lead);
    const size_t taken = out->length - begin;
    evd_buffer_clear(&full->writer.text);
    evd_append_text(&full->writer.text, text);
    evd_section_span(&full->writer, out, false, FULL_COLUMNS - taken);
    evd_buffer_byte(out, '\n');
    evd_output_flush_some(full->out);
}

static void render_skipped(struct evd_full *full, size_t log)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *out = buffer_of(full);
    const struct evd_skipped_lines *skipped = evd_skipped_in(outcome, log);
    if (skipped->count == 0)
        return;
    evd_buffer_byte(out, '\n');
    evd_describe_skipped(out, outcome, log);
    evd_buffer_string(out, ":\n\n");
    for (size_t i = 0; i < skipped->listed_count; i++) {
        const struct evd_skipped_line *line = &skipped->listed[i];
        char place[64];
        snprintf(place, sizeof place, "%" PRIu64 ":%" PRIu64 ": ", line->line, line->column);
        render_item(full, place, line->reason);
    }
    if (skipped->count > skipped->listed_count)
        evd_buffer_format(out, "- and %s more\n", evd_grouped(skipped->count - skipped->listed_count).text);
}

static void render_paths(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    char lead[64];
    evd_buffer_byte(buffer_of(full), '\n');
    for (int side = 0; side < EVD_SIDES; side++) {
        snprintf(lead, sizeof lead, "%s: ", evd_side_name((enum evd_side)side));
        render_item(full, lead, outcome->path[side]);
    }
    for (size_t i = 0; i < outcome->control_count; i++) {
        snprintf(lead, sizeof lead, "control run %zu, of %s: ", i, evd_side_name(outcome->controls[i].side));
        render_item(full, lead, outcome->controls[i].path);
    }
}

static void render_head(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_buffer *out = buffer_of(full), *text = &full->writer.text;
    evd_buffer_format(out, "# evdiff: %s\n\n", evd_verdict_summary(outcome->verdict));
    evd_buffer_string(text, "**");
    evd_describe_verdict(text, outcome);
    evd_buffer_string(text, "**; ");
    evd_describe_matched(text, outcome);
    evd_buffer_byte(text, '.');
    evd_section_words(&full->writer, out);
    if (!outcome->has_resync)
        evd_buffer_string(out, "\nOnly the first divergence of each thread was looked for.\n");
    render_paths(full);
    if (outcome->unmet_count > 0)
        evd_buffer_string(out, "\nDemands that are not met:\n\n");
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        const struct evd_sentence sentence = evd_unmet_sentence(&outcome->unmet[i]);
        render_item(full, "", evd_sentence_text(&sentence));
    }
    for (size_t i = 0; i < outcome->hint_count; i++) {
        struct evd_buffer hint = {0};
        evd_buffer_string(out, i == 0 ? "\nHints:\n\n" : "");
        evd_describe_hint(&hint, &outcome->hints[i]);
        out->failed |= hint.failed;
        render_item(full, "", (struct evd_text){hint.data, hint.length});
        evd_buffer_release(&hint);
    }
    if (outcome->missing_tid_count > 0)
        evd_buffer_string(out, "\nWarnings:\n\n");
    for (size_t i = 0; i < outcome->missing_tid_count; i++) {
        const struct evd_sentence sentence = evd_missing_tid_sentence(&outcome->missing_tids[i]);
        render_item(full, "", evd_sentence_text(&sentence));
    }
    for (size_t i = 0; i < evd_log_count(outcome); i++)
        render_skipped(full, i);
}

static void render_counts(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    struct evd_tally_row tally;
    evd_buffer_string(buffer_of(full), "\n## Events\n\n| events | canary | ours |\n|---|---:|---:|\n");
    for (size_t i = 0; evd_tally_row(outcome, i, &tally); i++) {
        const bool has_name = tally.absorber.length > 0;
        struct evd_buffer name = {0};
        evd_append_text(&name, tally.absorber);
        evd_buffer_format(&full->row, "| %s%s%s | %s | %s |\n", tally.is_part ? "– " : "", tally.what,
                          has_name ? " \t" : "", evd_grouped(tally.count[EVD_CANARY]).text,
                          evd_grouped(tally.count[EVD_OURS]).text);
        evd_full_row(full, &name, has_name ? 1 : 0);
        evd_buffer_release(&name);
    }
}

static uint64_t count_all(const struct evd_counted_kind *kind, int side)
{
    uint64_t total = 0;
    for (size_t i = 0; i < kind->tid_count[side]; i++)
        total += kind->tids[side][i].count;
    return total;
}

static void put_rule(struct evd_full *full, const char *lead, const struct evd_buffer *name, uint64_t canary,
                     uint64_t ours)
{
    evd_buffer_format(&full->row, "| %s\t | %s | %s |\n", lead, evd_grouped(canary).text, evd_grouped(ours).text);
    evd_full_row(full, name, 1);
}

/* What fired; what never did is listed below the table, and what is off apart from it. */
static void render_rule_uses(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    evd_buffer_string(buffer_of(full), "\n## Rules\n\n| | canary | ours |\n|---|---:|---:|\n");
    for (size_t i = 0; i < outcome->rule_use_count; i++) {
        const struct evd_rule_use *use = &outcome->rule_uses[i];
        struct evd_buffer name = {0};
        if (use->is_off || (use->count[EVD_CANARY] == 0 && use->count[EVD_OURS] == 0))
            continue;
        evd_describe_rule(&name, use);
        put_rule(full, "", &name, use->count[EVD_CANARY], use->count[EVD_OURS]);
        evd_buffer_release(&name);
    }
    for (size_t i = 0; i < outcome->counted_count; i++) {
        const struct evd_counted_kind *kind = &outcome->counted[i];
        struct evd_buffer name = {0};
        evd_append_text(&name, kind->kind);
        put_rule(full, "counted ", &name, count_all(kind, EVD_CANARY), count_all(kind, EVD_OURS));
        evd_buffer_release(&name);
    }
}

static void list_rule(struct evd_full *full, const struct evd_rule_use *use)
{
    struct evd_buffer name = {0};
    evd_describe_rule(&name, use);
    buffer_of(full)->failed |= name.failed;
    render_item(full, "", (struct evd_text){name.data, name.length});
    evd_buffer_release(&name);
}

static void render_rules(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    if (outcome->rule_use_count > 0 || outcome->counted_count > 0)
        render_rule_uses(full);
    if (outcome->unfired_rule_count > 0)
        evd_buffer_string(buffer_of(full), "\nRules that never fired:\n\n");
    for (size_t i = 0; i < outcome->unfired_rule_count; i++)
        list_rule(full, &outcome->rule_uses[outcome->unfired_rules[i]]);
    if (evd_off_rule_count(outcome) > 0)
        evd_buffer_string(buffer_of(full), "\nSwitched off in this run:\n\n");
    for (size_t i = 0; i < outcome->rule_use_count; i++)
        if (outcome->rule_uses[i].is_off)
            list_rule(full, &outcome->rule_uses[i]);
}

static uint64_t limit_of(const struct evd_report_filter *filter, uint64_t most)
{
    return !filter->has_limit ? most : filter->limit > 0 ? filter->limit : UINT64_MAX;
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct evd_full full = {
        .outcome = outcome,
        .out = out,
        .known = options->known,
        .sections = limit_of(&options->filter, FULL_SECTIONS),
        .rows = limit_of(&options->filter, FULL_ROWS),
        .writer = {.columns = FULL_COLUMNS},
    };
    render_head(&full);
    evd_full_render_roots(&full);
    evd_full_render_threads(&full);
    render_counts(&full);
    render_rules(&full);
    evd_section_writer_release(&full.writer);
    evd_buffer_release(&full.row);
}

const struct evd_report_format evd_format_full = {
    "full", "the roots with what follows from each, the threads, and the rules, in Markdown", true, false, NULL,
    render};
