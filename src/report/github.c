/* github: a job summary, in GitHub's Markdown. The verdict, where to look first with both sides as a diff, the other
 * roots, the threads that are not equal; folded below them what follows and what was counted. GitHub refuses a summary of
 * more than 1 MiB as a whole, so that it stops before, the most important first, and says what is left out. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/known.h"
#include "report/report.h"
#include "report/root.h"
#include "report/sections.h"
#include "report/sentences.h"
#include "report/summary.h"
#include "report/tally.h"
#include "report/threads.h"
#include "report/values.h"

enum { NAME_MAX = 200 }; /* letters of a job, a path, what a family is about, a reason */

struct summary {
    const struct evd_outcome *outcome;
    const struct evd_known *known; /* or NULL */
    struct evd_summary all;
    struct evd_section_writer sections;
};

static void add_subject(struct summary *s, const struct evd_family *family)
{
    evd_describe_subject(&s->all.text, family);
    evd_summary_add_span(&s->all, true, NAME_MAX);
}

static void put_skipped(struct summary *s, const struct evd_skipped_lines *skipped)
{
    evd_summary_put_frame(&s->all);
    for (size_t i = 0; i < skipped->listed_count; i++) {
        const struct evd_skipped_line *line = &skipped->listed[i];
        evd_buffer_format(&s->all.piece, "- %" PRIu64 ":%" PRIu64 ": ", line->line, line->column);
        evd_append_span(&s->all.spans, &s->all.piece, line->reason, NAME_MAX);
        evd_buffer_byte(&s->all.piece, '\n');
        evd_summary_put(&s->all);
    }
    if (skipped->count > skipped->listed_count)
        evd_buffer_format(&s->all.piece, "- and %s more\n", evd_grouped(skipped->count - skipped->listed_count).text);
}

static void put_head(struct summary *s, const struct evd_report_options *options)
{
    const struct evd_outcome *outcome = s->outcome;
    evd_buffer_string(&s->all.piece, "## evdiff: ");
    evd_append_span(&s->all.spans, &s->all.piece, evd_report_job(outcome, options), NAME_MAX);
    evd_buffer_format(&s->all.piece, " %s\n\n**", evd_verdict_summary(outcome->verdict));
    evd_describe_verdict(&s->all.piece, outcome);
    evd_buffer_string(&s->all.piece, "**; ");
    evd_describe_matched(&s->all.piece, outcome);
    evd_buffer_string(&s->all.piece, ".\n");
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        const struct evd_sentence sentence = evd_unmet_sentence(&outcome->unmet[i]);
        evd_buffer_string(&s->all.piece, i ? "- " : "\n- ");
        evd_append_span(&s->all.spans, &s->all.piece, evd_sentence_text(&sentence), 0);
        evd_buffer_byte(&s->all.piece, '\n');
    }
    for (size_t i = 0; i < evd_log_count(outcome); i++)
        if (evd_skipped_in(outcome, i)->count > 0) {
            evd_buffer_byte(&s->all.piece, '\n');
            evd_describe_skipped(&s->all.piece, outcome, i);
            evd_buffer_string(&s->all.piece, ":\n\n");
            put_skipped(s, evd_skipped_in(outcome, i));
        }
    evd_summary_put_frame(&s->all);
}

static void add_look(struct summary *s, size_t number, size_t place)
{
    const struct evd_family *family = &s->outcome->families[place];
    size_t pair, index;
    evd_root_place(s->outcome, family, &pair, &index);
    evd_section_family(&s->sections, &s->all.piece, s->outcome, number + 1, family, pair, index);
    evd_section_known(&s->sections, &s->all.piece, evd_known_of(s->known, place));
}

/* With a ledger, the first of those that it leaves to be looked at. */
static size_t count_looks(const struct summary *s)
{
    if (s->known == NULL)
        return s->outcome->look_count;
    return s->known->told_count < EVD_LOOKS_MAX ? s->known->told_count : EVD_LOOKS_MAX;
}

static void put_looks(struct summary *s)
{
    const struct evd_outcome *outcome = s->outcome;
    const size_t looks = count_looks(s);
    size_t told = 0;
    if (outcome->family_count == 0)
        return;
    evd_buffer_byte(&s->all.piece, '\n');
    evd_describe_families(&s->all.piece, outcome);
    if (s->known != NULL) {
        evd_buffer_string(&s->all.piece, "; ");
        evd_describe_known_counts(&s->all.piece, s->known);
    }
    evd_buffer_string(&s->all.piece, looks > 0 ? ". Look first at:\n" : ".\n");
    evd_summary_put_frame(&s->all);
    for (; told < looks; told++) {
        add_look(s, told, s->known != NULL ? s->known->told[told] : outcome->looks[told].family);
        if (!evd_summary_put(&s->all))
            break;
    }
    evd_summary_put_rest(&s->all, looks - told, "place to look at is", "places to look at are", "full=PATH");
}

static void add_family(struct summary *s, const struct evd_family *family, bool is_root)
{
    const struct evd_outcome *outcome = s->outcome;
    size_t pair, index;
    const struct evd_divergence *divergence = evd_root_place(outcome, family, &pair, &index);
    evd_buffer_format(&s->all.piece, "| %s | %s | ", family->id, evd_class_name(family->class_));
    add_subject(s, family);
    struct evd_buffer values[EVD_SIDES] = {{0}, {0}};
    if (divergence->value != NULL)
        evd_append_values(values, divergence->value, family->shown_as);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(&s->all.piece, " | ");
        s->all.piece.failed |= values[side].failed;
        evd_append_cell(&s->all.spans, &s->all.piece, (struct evd_text){values[side].data, values[side].length}, 0);
        evd_buffer_release(&values[side]);
    }
    evd_buffer_format(&s->all.piece, " | %s | %zu | %s | ", evd_grouped(family->count).text, family->pair_count,
                      evd_grouped(family->weight).text);
    evd_describe_place(&s->all.piece, outcome, pair, index);
    if (!is_root)
        evd_buffer_format(&s->all.piece, " | %s", outcome->families[family->follows].id);
    evd_buffer_string(&s->all.piece, " |\n");
}

/* The families from `begin` on and before `end`, all of them roots or none, in a table; with a ledger of those that it leaves to be
 * looked at. */
static void put_families(struct summary *s, const struct evd_known *known, size_t begin, size_t end, bool are_roots)
{
    size_t told = begin;
    evd_buffer_format(&s->all.piece,
                      "\n| family | class | what | canary's | ours | times | threads | weight | at |%s\n"
                      "|---|---|---|---|---|---:|---:|---:|---|%s\n",
                      are_roots ? "" : " follows from |", are_roots ? "" : "---|");
    evd_summary_put_frame(&s->all);
    for (; told < end; told++) {
        add_family(s, &s->outcome->families[evd_told_family(known, told)], are_roots);
        if (!evd_summary_put(&s->all))
            break;
    }
    evd_summary_put_rest(&s->all, end - told, "family is", "families are", "full=PATH");
}

/* Looks are the first of the roots. */
static void put_roots(struct summary *s)
{
    const size_t looks = count_looks(s), roots = evd_told_count(s->outcome, s->known);
    if (roots <= looks)
        return;
    if (s->known != NULL)
        evd_buffer_format(&s->all.piece, "\n### %s more to look at\n", evd_grouped(roots - looks).text);
    else
        evd_buffer_format(&s->all.piece, "\n### %s other famil%s that follow%s from none\n",
                          evd_grouped(roots - looks).text, roots - looks == 1 ? "y" : "ies",
                          roots - looks == 1 ? "s" : "");
    evd_summary_put_frame(&s->all);
    put_families(s, s->known, looks, roots, true);
}

/* What the ledger has as bugs, folded. */
static void put_known(struct summary *s)
{
    const struct evd_outcome *outcome = s->outcome;
    size_t count = 0, told = 0;
    for (size_t i = 0; i < outcome->family_count; i++)
        count += evd_is_known_bug(s->known, i);
    if (count == 0)
        return;
    evd_buffer_format(&s->all.piece,
                      "\n<details><summary>%s famil%s known</summary>\n\n| family | class | what | times | known as |\n"
                      "|---|---|---|---:|---|\n",
                      evd_grouped(count).text, count == 1 ? "y is" : "ies are");
    evd_summary_put_frame(&s->all);
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        if (!evd_is_known_bug(s->known, i))
            continue;
        evd_buffer_format(&s->all.piece, "| %s | %s | ", family->id, evd_class_name(family->class_));
        add_subject(s, family);
        evd_buffer_format(&s->all.piece, " | %s | ", evd_grouped(family->count).text);
        evd_describe_known_line(&s->all.text, &s->known->families[i]);
        evd_summary_add_span(&s->all, true, 2 * NAME_MAX);
        evd_buffer_string(&s->all.piece, " |\n");
        if (!evd_summary_put(&s->all))
            break;
        told++;
    }
    evd_summary_put_rest(&s->all, count - told, "family is", "families are", "full=PATH");
    evd_buffer_string(&s->all.piece, "\n</details>\n");
    evd_summary_put_frame(&s->all);
}

static void put_followers(struct summary *s)
{
    const size_t roots = s->outcome->root_family_count;
    const size_t end = s->outcome->control_count > 0 ? s->outcome->news_family_count : s->outcome->family_count;
    const size_t count = end - roots;
    if (count == 0)
        return;
    evd_buffer_format(&s->all.piece, "\n<details><summary>%s famil%s from these</summary>\n", evd_grouped(count).text,
                      count == 1 ? "y follows" : "ies follow");
    evd_summary_put_frame(&s->all);
    put_families(s, NULL, roots, end, false);
    evd_buffer_string(&s->all.piece, "\n</details>\n");
    evd_summary_put_frame(&s->all);
}

static void add_thread(struct summary *s, const struct evd_thread_row *row)
{
    const struct evd_pair_outcome *pair = row->pair;
    evd_buffer_format(&s->all.piece, "| %" PRId64 " | %" PRId64 " | %s | %s | %.1f %% | ", pair->tid[EVD_CANARY],
                      pair->tid[EVD_OURS], evd_grouped(row->matched).text, evd_grouped(pair->total[EVD_CANARY]).text,
                      evd_percent(row->matched, pair->total[EVD_CANARY]));
    evd_describe_thread(&s->all.text, s->outcome, row);
    evd_summary_add_span(&s->all, true, 2 * NAME_MAX);
    evd_buffer_string(&s->all.piece, " |\n");
}

static void put_threads(struct summary *s)
{
    const size_t count = s->outcome->pair_count;
    struct evd_thread_row *rows = evd_threads_worst_first(s->outcome, s->known);
    size_t unequal = 0, told = 0;
    s->all.out->buffer.failed |= rows == NULL;
    if (rows == NULL || count == 0)
        goto out;
    while (unequal < count && rows[unequal].state != EVD_STATE_EQUAL)
        unequal++;
    evd_buffer_string(&s->all.piece, "\n### Threads\n");
    if (unequal > 0)
        evd_buffer_string(&s->all.piece, "\n| canary | ours | matched | of | | first difference [tid_event_idx] |\n"
                                         "|---:|---:|---:|---:|---:|---|\n");
    evd_summary_put_frame(&s->all);
    for (; told < unequal; told++) {
        add_thread(s, &rows[told]);
        if (!evd_summary_put(&s->all))
            break;
    }
    evd_summary_put_rest(&s->all, unequal - told, "thread is", "threads are", "full=PATH");
    if (unequal < count)
        evd_buffer_format(&s->all.piece, "\n%s thread%s equal.\n", evd_grouped(count - unequal).text,
                          count - unequal == 1 ? " is" : "s are");
    evd_summary_put_frame(&s->all);
out:
    free(rows);
}

static void put_unpaired(struct summary *s, int side)
{
    const struct evd_outcome *outcome = s->outcome;
    const size_t count = outcome->unpaired_count[side];
    if (count == 0)
        return;
    evd_buffer_format(&s->all.piece, "\nNo counterpart for %s thread%s of %s, with %s event%s.\n",
                      evd_grouped(count).text, evd_plural(count), evd_side_name(side),
                      evd_grouped(outcome->unpaired_events[side]).text, evd_plural(outcome->unpaired_events[side]));
    evd_summary_put_frame(&s->all);
}

static void put_counts(struct summary *s)
{
    const struct evd_outcome *outcome = s->outcome;
    struct evd_tally_row row;
    evd_buffer_string(&s->all.piece, "\n<details><summary>How all events came out</summary>\n\n"
                                     "| events | canary | ours |\n|---|---:|---:|\n| log |");
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_byte(&s->all.piece, ' ');
        evd_append_cell(&s->all.spans, &s->all.piece, outcome->path[side], NAME_MAX);
        evd_buffer_string(&s->all.piece, " |");
    }
    evd_buffer_byte(&s->all.piece, '\n');
    evd_summary_put_frame(&s->all);
    for (size_t i = 0; evd_tally_row(outcome, i, &row); i++) {
        if (i > 0 && row.count[EVD_CANARY] == 0 && row.count[EVD_OURS] == 0)
            continue;
        evd_buffer_format(&s->all.piece, "| %s%s", row.what, row.absorber.length > 0 ? " " : "");
        evd_append_cell(&s->all.spans, &s->all.piece, row.absorber, NAME_MAX);
        evd_buffer_format(&s->all.piece, " | %s | %s |\n", evd_grouped(row.count[EVD_CANARY]).text,
                          evd_grouped(row.count[EVD_OURS]).text);
        evd_summary_put(&s->all);
    }
    if (outcome->rule_use_count > 0)
        evd_buffer_format(&s->all.piece, "\nOf %zu rule%s %zu never fired.\n", outcome->rule_use_count,
                          evd_plural(outcome->rule_use_count), outcome->unfired_rule_count);
    evd_buffer_string(&s->all.piece, "\n</details>\n");
    evd_summary_put_frame(&s->all);
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct summary s = {.outcome = outcome, .known = options->known, .all = {.out = out}};
    put_head(&s, options);
    put_looks(&s);
    put_roots(&s);
    put_known(&s);
    put_threads(&s);
    put_unpaired(&s, EVD_CANARY);
    put_unpaired(&s, EVD_OURS);
    put_followers(&s);
    put_counts(&s);
    evd_summary_release(&s.all);
    evd_section_writer_release(&s.sections);
}

const struct evd_report_format evd_format_github = {
    "github", "a job summary for GitHub, in Markdown, at most 900 KiB", true, false, NULL, render};
