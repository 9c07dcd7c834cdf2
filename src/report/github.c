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
#include "report/spans.h"
#include "report/tally.h"
#include "report/threads.h"
#include "report/values.h"

enum {
    SUMMARY_MAX = 900 * 1024, /* bytes */
    FRAME_MAX = 16 * 1024,    /* of them, kept for heads, totals and what says that something is left out */
    NAME_MAX = 200,           /* letters of a job, a path, what a family is about, a reason */
};

struct summary {
    const struct evd_outcome *outcome;
    const struct evd_known *known; /* or NULL */
    struct evd_output *out;
    struct evd_buffer piece; /* a row or a paragraph, which is written whole or not at all */
    struct evd_buffer text;  /* what is about to be a code span */
    struct evd_span_writer spans;
    struct evd_section_writer sections;
    uint64_t written; /* bytes */
};

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->data, buffer->length};
}

/* Writes the piece, for which room is kept. */
static void put_frame(struct summary *s)
{
    s->out->buffer.failed |= s->piece.failed || s->text.failed;
    evd_append_text(&s->out->buffer, text_of(&s->piece));
    s->written += s->piece.length;
    evd_buffer_clear(&s->piece);
    evd_output_flush_some(s->out);
}

/* Writes the piece if there is room for it. */
static bool put(struct summary *s)
{
    const bool has_room = s->written + s->piece.length <= SUMMARY_MAX - FRAME_MAX;
    if (has_room)
        put_frame(s);
    else
        evd_buffer_clear(&s->piece);
    return has_room;
}

static void put_rest(struct summary *s, size_t count, const char *one, const char *many)
{
    if (count == 0)
        return;
    evd_buffer_format(&s->piece, "\n*%s more %s left out here; `--report full=PATH` has %s.*\n",
                      evd_grouped(count).text, count == 1 ? one : many, count == 1 ? "it" : "them");
    put_frame(s);
}

/* Adds what is in `text` as a code span. */
static void add_span(struct summary *s, bool is_cell, size_t most)
{
    s->piece.failed |= s->text.failed;
    if (is_cell)
        evd_append_cell(&s->spans, &s->piece, text_of(&s->text), most);
    else
        evd_append_span(&s->spans, &s->piece, text_of(&s->text), most);
    evd_buffer_clear(&s->text);
}

static void add_subject(struct summary *s, const struct evd_family *family)
{
    evd_describe_subject(&s->text, family);
    add_span(s, true, NAME_MAX);
}

static void put_head(struct summary *s, const struct evd_report_options *options)
{
    const struct evd_outcome *outcome = s->outcome;
    evd_buffer_string(&s->piece, "## evdiff: ");
    evd_append_span(&s->spans, &s->piece, evd_report_job(outcome, options), NAME_MAX);
    evd_buffer_format(&s->piece, " %s\n\n**", evd_verdict_summary(outcome->verdict));
    evd_describe_verdict(&s->piece, outcome);
    evd_buffer_string(&s->piece, "**; ");
    evd_describe_matched(&s->piece, outcome);
    evd_buffer_string(&s->piece, ".\n");
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        const struct evd_sentence sentence = evd_unmet_sentence(&outcome->unmet[i]);
        evd_buffer_string(&s->piece, i ? "- " : "\n- ");
        evd_append_span(&s->spans, &s->piece, evd_sentence_text(&sentence), 0);
        evd_buffer_byte(&s->piece, '\n');
    }
    for (int side = 0; side < EVD_SIDES; side++)
        if (outcome->skipped_line_count[side] > 0) {
            evd_buffer_byte(&s->piece, '\n');
            evd_describe_skipped(&s->piece, outcome, side);
            evd_buffer_string(&s->piece, ".\n");
        }
    put_frame(s);
}

static void add_look(struct summary *s, size_t number, size_t place)
{
    const struct evd_family *family = &s->outcome->families[place];
    size_t pair, index;
    evd_root_place(s->outcome, family, &pair, &index);
    evd_section_family(&s->sections, &s->piece, s->outcome, number + 1, family, pair, index);
    evd_section_known(&s->sections, &s->piece, evd_known_of(s->known, place));
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
    evd_buffer_byte(&s->piece, '\n');
    evd_describe_families(&s->piece, outcome);
    if (s->known != NULL) {
        evd_buffer_string(&s->piece, "; ");
        evd_describe_known_counts(&s->piece, s->known);
    }
    evd_buffer_string(&s->piece, looks > 0 ? ". Look first at:\n" : ".\n");
    put_frame(s);
    for (; told < looks; told++) {
        add_look(s, told, s->known != NULL ? s->known->told[told] : outcome->looks[told].family);
        if (!put(s))
            break;
    }
    put_rest(s, looks - told, "place to look at is", "places to look at are");
}

static void add_family(struct summary *s, const struct evd_family *family, bool is_root)
{
    const struct evd_outcome *outcome = s->outcome;
    size_t pair, index;
    const struct evd_divergence *divergence = evd_root_place(outcome, family, &pair, &index);
    evd_buffer_format(&s->piece, "| %s | %s | ", family->id, evd_class_name(family->class_));
    add_subject(s, family);
    struct evd_buffer values[EVD_SIDES] = {{0}, {0}};
    if (divergence->value != NULL)
        evd_append_values(values, divergence->value, family->shown_as);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(&s->piece, " | ");
        s->piece.failed |= values[side].failed;
        evd_append_cell(&s->spans, &s->piece, text_of(&values[side]), 0);
        evd_buffer_release(&values[side]);
    }
    evd_buffer_format(&s->piece, " | %s | %zu | %s | ", evd_grouped(family->count).text, family->pair_count,
                      evd_grouped(family->weight).text);
    evd_describe_place(&s->piece, outcome, pair, index);
    if (!is_root)
        evd_buffer_format(&s->piece, " | %s", outcome->families[family->follows].id);
    evd_buffer_string(&s->piece, " |\n");
}

/* The families from `begin` on and before `end`, all of them roots or none, in a table; with a ledger of those that it leaves to be
 * looked at. */
static void put_families(struct summary *s, const struct evd_known *known, size_t begin, size_t end, bool are_roots)
{
    size_t told = begin;
    evd_buffer_format(&s->piece,
                      "\n| family | class | what | canary's | ours | times | threads | weight | at |%s\n"
                      "|---|---|---|---|---|---:|---:|---:|---|%s\n",
                      are_roots ? "" : " follows from |", are_roots ? "" : "---|");
    put_frame(s);
    for (; told < end; told++) {
        add_family(s, &s->outcome->families[evd_told_family(known, told)], are_roots);
        if (!put(s))
            break;
    }
    put_rest(s, end - told, "family is", "families are");
}

/* Looks are the first of the roots. */
static void put_roots(struct summary *s)
{
    const size_t looks = count_looks(s), roots = evd_told_count(s->outcome, s->known);
    if (roots <= looks)
        return;
    if (s->known != NULL)
        evd_buffer_format(&s->piece, "\n### %s more to look at\n", evd_grouped(roots - looks).text);
    else
        evd_buffer_format(&s->piece, "\n### %s other famil%s that follow%s from none\n",
                          evd_grouped(roots - looks).text, roots - looks == 1 ? "y" : "ies",
                          roots - looks == 1 ? "s" : "");
    put_frame(s);
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
    evd_buffer_format(&s->piece,
                      "\n<details><summary>%s famil%s known</summary>\n\n| family | class | what | times | known as |\n"
                      "|---|---|---|---:|---|\n",
                      evd_grouped(count).text, count == 1 ? "y is" : "ies are");
    put_frame(s);
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        if (!evd_is_known_bug(s->known, i))
            continue;
        evd_buffer_format(&s->piece, "| %s | %s | ", family->id, evd_class_name(family->class_));
        add_subject(s, family);
        evd_buffer_format(&s->piece, " | %s | ", evd_grouped(family->count).text);
        evd_describe_known_line(&s->text, &s->known->families[i]);
        add_span(s, true, 2 * NAME_MAX);
        evd_buffer_string(&s->piece, " |\n");
        if (!put(s))
            break;
        told++;
    }
    put_rest(s, count - told, "family is", "families are");
    evd_buffer_string(&s->piece, "\n</details>\n");
    put_frame(s);
}

static void put_followers(struct summary *s)
{
    const size_t roots = s->outcome->root_family_count;
    const size_t end = s->outcome->control_count > 0 ? s->outcome->news_family_count : s->outcome->family_count;
    const size_t count = end - roots;
    if (count == 0)
        return;
    evd_buffer_format(&s->piece, "\n<details><summary>%s famil%s from these</summary>\n", evd_grouped(count).text,
                      count == 1 ? "y follows" : "ies follow");
    put_frame(s);
    put_families(s, NULL, roots, end, false);
    evd_buffer_string(&s->piece, "\n</details>\n");
    put_frame(s);
}

static void add_thread(struct summary *s, const struct evd_thread_row *row)
{
    const struct evd_pair_outcome *pair = row->pair;
    evd_buffer_format(&s->piece, "| %" PRId64 " | %" PRId64 " | %s | %s | %.1f %% | ", pair->tid[EVD_CANARY],
                      pair->tid[EVD_OURS], evd_grouped(row->matched).text, evd_grouped(pair->total[EVD_CANARY]).text,
                      evd_percent(row->matched, pair->total[EVD_CANARY]));
    evd_describe_thread(&s->text, s->outcome, row);
    add_span(s, true, 2 * NAME_MAX);
    evd_buffer_string(&s->piece, " |\n");
}

static void put_threads(struct summary *s)
{
    const size_t count = s->outcome->pair_count;
    struct evd_thread_row *rows = evd_threads_worst_first(s->outcome);
    size_t unequal = 0, told = 0;
    s->out->buffer.failed |= rows == NULL;
    if (rows == NULL || count == 0)
        goto out;
    while (unequal < count && rows[unequal].state != EVD_STATE_EQUAL)
        unequal++;
    evd_buffer_string(&s->piece, "\n### Threads\n");
    if (unequal > 0)
        evd_buffer_string(&s->piece, "\n| canary | ours | matched | of | | first difference [tid_event_idx] |\n"
                                     "|---:|---:|---:|---:|---:|---|\n");
    put_frame(s);
    for (; told < unequal; told++) {
        add_thread(s, &rows[told]);
        if (!put(s))
            break;
    }
    put_rest(s, unequal - told, "thread is", "threads are");
    if (unequal < count)
        evd_buffer_format(&s->piece, "\n%s thread%s equal.\n", evd_grouped(count - unequal).text,
                          count - unequal == 1 ? " is" : "s are");
    put_frame(s);
out:
    free(rows);
}

static void put_unpaired(struct summary *s, int side)
{
    const struct evd_outcome *outcome = s->outcome;
    const size_t count = outcome->unpaired_count[side];
    if (count == 0)
        return;
    evd_buffer_format(&s->piece, "\nNo counterpart for %s thread%s of %s, with %s event%s.\n", evd_grouped(count).text,
                      evd_plural(count), evd_side_name(side), evd_grouped(outcome->unpaired_events[side]).text,
                      evd_plural(outcome->unpaired_events[side]));
    put_frame(s);
}

static void put_counts(struct summary *s)
{
    const struct evd_outcome *outcome = s->outcome;
    struct evd_tally_row row;
    evd_buffer_string(&s->piece, "\n<details><summary>How all events came out</summary>\n\n"
                                 "| events | canary | ours |\n|---|---:|---:|\n| log |");
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_byte(&s->piece, ' ');
        evd_append_cell(&s->spans, &s->piece, outcome->path[side], NAME_MAX);
        evd_buffer_string(&s->piece, " |");
    }
    evd_buffer_byte(&s->piece, '\n');
    put_frame(s);
    for (size_t i = 0; evd_tally_row(outcome, i, &row); i++) {
        if (i > 0 && row.count[EVD_CANARY] == 0 && row.count[EVD_OURS] == 0)
            continue;
        evd_buffer_format(&s->piece, "| %s%s", row.what, row.absorber.length > 0 ? " " : "");
        evd_append_cell(&s->spans, &s->piece, row.absorber, NAME_MAX);
        evd_buffer_format(&s->piece, " | %s | %s |\n", evd_grouped(row.count[EVD_CANARY]).text,
                          evd_grouped(row.count[EVD_OURS]).text);
        put(s);
    }
    if (outcome->rule_use_count > 0)
        evd_buffer_format(&s->piece, "\nOf %zu rule%s %zu never fired.\n", outcome->rule_use_count,
                          evd_plural(outcome->rule_use_count), outcome->unfired_rule_count);
    evd_buffer_string(&s->piece, "\n</details>\n");
    put_frame(s);
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct summary s = {.outcome = outcome, .known = options->known, .out = out};
    put_head(&s, options);
    put_looks(&s);
    put_roots(&s);
    put_known(&s);
    put_threads(&s);
    put_unpaired(&s, EVD_CANARY);
    put_unpaired(&s, EVD_OURS);
    put_followers(&s);
    put_counts(&s);
    evd_span_writer_release(&s.spans);
    evd_section_writer_release(&s.sections);
    evd_buffer_release(&s.piece);
    evd_buffer_release(&s.text);
}

const struct evd_report_format evd_format_github = {
    "github", "a job summary for GitHub, in Markdown, at most 900 KiB", true, false, NULL, render};
