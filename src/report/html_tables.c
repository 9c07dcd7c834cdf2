/* The page's tables, which are all there is without script. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/html.h"
#include "report/known.h"
#include "report/root.h"
#include "report/tally.h"
#include "report/threads.h"

static void put_rest(struct evd_html *html, size_t count, const char *one, const char *many)
{
    if (count == 0)
        return;
    evd_buffer_format(
        &html->piece,
        "<p class=\"rest\">%s more %s left out, so that the page stays small; the report in JSON has %s.</p>\n",
        evd_grouped(count).text, count == 1 ? one : many, count == 1 ? "it" : "all of them");
    evd_html_put(html);
}

static void begin_section(struct evd_html *html, const char *id, const char *title)
{
    evd_buffer_format(&html->piece, "<section id=\"%s\" aria-labelledby=\"%s-head\"><h2 id=\"%s-head\">%s</h2>\n", id,
                      id, id, title);
}

static void add_class(struct evd_html *html, enum evd_divergence_class class_)
{
    evd_buffer_format(&html->piece, "<span class=\"c %s\">%s</span>", evd_class_name(class_), evd_class_name(class_));
}

static void add_family(struct evd_html *html, size_t index)
{
    const struct evd_outcome *outcome = html->outcome;
    const struct evd_family *family = &outcome->families[index];
    size_t pair, divergence;
    const struct evd_divergence *told = evd_root_place(outcome, family, &pair, &divergence);
    evd_buffer_format(&html->piece, "<tr id=\"f%zu\" class=\"%s\"><th scope=\"row\"><a href=\"#f=%s\">%s</a></th>",
                      index, family->is_root ? "root" : "follower", family->id, family->id);
    evd_html_known_cell(html, index);
    evd_buffer_string(&html->piece, "<td>");
    add_class(html, family->class_);
    evd_buffer_string(&html->piece, "</td><td class=\"what\"><code>");
    evd_describe_subject(&html->text[0], family);
    evd_html_text(html, HTML_NAME_MAX);
    evd_buffer_string(&html->piece, "</code></td><td class=\"sides\">");
    evd_html_difference(html, told, HTML_VALUE_MAX);
    evd_buffer_format(&html->piece, "</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td>",
                      evd_grouped(family->count).text, evd_grouped(family->pair_count).text,
                      evd_grouped(family->weight).text);
    evd_buffer_format(
        &html->piece,
        "<a class=\"id\" href=\"#f=%s&amp;t=%" PRId64 "&amp;i=%" PRId64 "\">%" PRId64 " [%" PRId64 "]</a></td><td>",
        family->id, outcome->pairs[pair].tid[EVD_CANARY], evd_run_of(told, EVD_CANARY).first_idx,
        outcome->pairs[pair].tid[EVD_CANARY], evd_run_of(told, EVD_CANARY).first_idx);
    if (!family->is_root)
        evd_buffer_format(&html->piece, "<a class=\"id\" href=\"#f=%s\">%s</a>", outcome->families[family->follows].id,
                          outcome->families[family->follows].id);
    evd_buffer_string(&html->piece, "</td></tr>\n");
}

/* The rows of the families from `begin` on and before `end` of the order, in a table of their own; returns how many there was room
 * for. */
static size_t put_family_rows(struct evd_html *html, const size_t *order, const char *class_, size_t begin, size_t end)
{
    size_t told = begin;
    evd_buffer_format(
        &html->piece,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
        "<table class=\"%s\"><thead><tr><th scope=\"col\">family</th>%s"
        "<th scope=\"col\">class</th><th scope=\"col\">what</th><th scope=\"col\">canary, ours</th>"
        "<th scope=\"col\" class=\"n\">times</th><th scope=\"col\" class=\"n\">threads</th>"
        "<th scope=\"col\" class=\"n\">weight</th><th scope=\"col\">at</th>"
        "<th scope=\"col\">follows from</th></tr></thead><tbody>\n",
        class_[0] == 'n' ? "Families that are noise" : "Families", class_,
        html->options->known != NULL ? "<th scope=\"col\">ledger</th>" : "");
    evd_html_put(html);
    for (; told < end; told++) {
        add_family(html, order[told]);
        if (!evd_html_put_row(html))
            break;
    }
    evd_buffer_string(&html->piece, "</tbody></table></div>\n");
    evd_html_put(html);
    return told - begin;
}

/* With control runs those that are noise come last, and folded. */
static void put_families(struct evd_html *html, const size_t *order)
{
    const struct evd_outcome *outcome = html->outcome;
    const size_t count = outcome->family_count, most = count < HTML_ROWS_MAX ? count : HTML_ROWS_MAX;
    const size_t news = outcome->control_count > 0 ? outcome->news_family_count : count;
    const size_t first = news < most ? news : most;
    size_t told = 0;
    begin_section(html, "families", "Families");
    evd_buffer_string(&html->piece, "<p>");
    evd_describe_families(&html->text[0], outcome);
    if (html->options->known != NULL) {
        evd_buffer_string(&html->text[0], "; ");
        evd_describe_known_counts(&html->text[0], html->options->known);
    }
    evd_html_text(html, 0);
    evd_buffer_string(
        &html->piece,
        ". <em>Weight</em> is how many more events match in a row when this family, and what follows from "
        "it, is forgiven.</p>\n");
    evd_html_put(html);
    if (first > 0)
        told = put_family_rows(html, order, "families", 0, first);
    if (told == first && first < most) {
        evd_buffer_format(&html->piece, "<details><summary>%s famil%s noise, as in the control runs</summary>\n",
                          evd_grouped(count - news).text, count - news == 1 ? "y is" : "ies are");
        told += put_family_rows(html, order, "noise", first, most);
        evd_buffer_string(&html->piece, "</details>\n");
        evd_html_put(html);
    }
    put_rest(html, count - told, "family is", "families are");
    evd_buffer_string(&html->piece, "</section>\n");
    evd_html_put(html);
}

void evd_html_families(struct evd_html *html)
{
    size_t *order = html->outcome->family_count > 0 ? evd_html_family_order(html) : NULL;
    if (order != NULL)
        put_families(html, order);
    else
        html->out->buffer.failed |= html->outcome->family_count > 0;
    free(order);
}

static const char *state_name(enum evd_pair_state state)
{
    return state == EVD_STATE_DIVERGED ? "diverged" : state == EVD_STATE_ENDS_EARLY ? "early" : "equal";
}

static void add_thread(struct evd_html *html, const struct evd_thread_row *row, size_t index)
{
    const struct evd_pair_outcome *pair = row->pair;
    evd_buffer_format(
        &html->piece,
        "<tr id=\"t%zu\" class=\"%s\"><th scope=\"row\"><a href=\"#t=%" PRId64 "\">%" PRId64 "</a></th>"
        "<td>%" PRId64 "</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
        "<td class=\"n\">%.1f %%</td><td class=\"what\"><code>",
        index, state_name(row->state), pair->tid[EVD_CANARY], pair->tid[EVD_CANARY], pair->tid[EVD_OURS],
        evd_grouped(pair->total[EVD_CANARY]).text, evd_grouped(pair->total[EVD_OURS]).text,
        evd_grouped(row->matched).text, evd_percent(row->matched, pair->total[EVD_CANARY]));
    evd_describe_thread(&html->text[0], html->outcome, row);
    evd_html_text(html, 2 * HTML_NAME_MAX);
    evd_buffer_string(&html->piece, "</code></td></tr>\n");
}

static void add_unpaired(struct evd_html *html, int side)
{
    const struct evd_outcome *outcome = html->outcome;
    const size_t count = outcome->unpaired_count[side], most = count < HTML_ROWS_MAX ? count : HTML_ROWS_MAX;
    size_t told = 0;
    if (count == 0)
        return;
    evd_buffer_format(&html->piece,
                      "<h3>Threads of %s without a counterpart</h3>\n<table class=\"small\"><thead><tr>"
                      "<th scope=\"col\">tid</th><th scope=\"col\" class=\"n\">events</th>"
                      "<th scope=\"col\">follows from</th></tr></thead><tbody>\n",
                      evd_side_name(side));
    evd_html_put(html);
    for (; told < most; told++) {
        const struct evd_unpaired *thread = &outcome->unpaired[side][told];
        evd_buffer_format(&html->piece, "<tr><th scope=\"row\">%" PRId64 "</th><td class=\"n\">%s</td><td>",
                          thread->tid, evd_grouped(thread->total).text);
        if (thread->cause != EVD_CAUSE_NONE)
            evd_describe_place(&html->piece, outcome, thread->cause_pair, thread->cause_divergence);
        evd_buffer_string(&html->piece, "</td></tr>\n");
        if (!evd_html_put_row(html))
            break;
    }
    evd_buffer_string(&html->piece, "</tbody></table>\n");
    evd_html_put(html);
    put_rest(html, count - told, "thread is", "threads are");
}

static void add_threads(struct evd_html *html, const struct evd_thread_row *rows)
{
    const size_t count = html->outcome->pair_count, most = count < HTML_ROWS_MAX ? count : HTML_ROWS_MAX;
    size_t told = 0;
    evd_buffer_string(&html->piece,
                      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"threads-head\">"
                      "<table class=\"threads\"><thead><tr><th scope=\"col\">canary</th><th scope=\"col\">ours</th>"
                      "<th scope=\"col\" class=\"n\">canary’s events</th><th scope=\"col\" class=\"n\">ours</th>"
                      "<th scope=\"col\" class=\"n\">matched</th><th scope=\"col\" class=\"n\">of canary’s</th>"
                      "<th scope=\"col\">first difference</th></tr></thead><tbody>\n");
    evd_html_put(html);
    for (; told < most; told++) {
        add_thread(html, &rows[told], told);
        if (!evd_html_put_row(html))
            break;
    }
    evd_buffer_string(&html->piece, "</tbody></table></div>\n");
    evd_html_put(html);
    put_rest(html, count - told, "thread is", "threads are");
}

void evd_html_threads(struct evd_html *html)
{
    struct evd_thread_row *rows = evd_threads_worst_first(html->outcome, html->options->known);
    html->out->buffer.failed |= rows == NULL;
    if (rows == NULL)
        return;
    begin_section(html, "threads", "Threads");
    evd_buffer_format(&html->piece, "<p>%s first. <code>[295]</code> is a <code>tid_event_idx</code>.</p>\n",
                      html->options->known != NULL ? "Those with something to look at" : "The worst");
    evd_html_put(html);
    if (html->outcome->pair_count > 0)
        add_threads(html, rows);
    for (int side = 0; side < EVD_SIDES; side++)
        add_unpaired(html, side);
    evd_buffer_string(&html->piece, "</section>\n");
    evd_html_put(html);
    free(rows);
}

static void add_skipped(struct evd_html *html)
{
    for (size_t log = 0; log < evd_log_count(html->outcome); log++) {
        const struct evd_skipped_lines *skipped = evd_skipped_in(html->outcome, log);
        if (skipped->count == 0)
            continue;
        evd_buffer_string(&html->piece, "<p>");
        evd_describe_skipped(&html->text[0], html->outcome, log);
        evd_html_text(html, 0);
        evd_buffer_string(&html->piece, ":</p>\n<ul>\n");
        for (size_t i = 0; i < skipped->listed_count; i++) {
            const struct evd_skipped_line *line = &skipped->listed[i];
            evd_buffer_format(&html->piece, "<li><code>%" PRIu64 ":%" PRIu64 "</code> ", line->line, line->column);
            evd_append_line(&html->text[0], line->reason);
            evd_html_text(html, HTML_NAME_MAX);
            evd_buffer_string(&html->piece, "</li>\n");
        }
        if (skipped->count > skipped->listed_count)
            evd_buffer_format(&html->piece, "<li>and %s more</li>\n",
                              evd_grouped(skipped->count - skipped->listed_count).text);
        evd_buffer_string(&html->piece, "</ul>\n");
    }
    evd_html_put(html);
}

static void add_unfired(struct evd_html *html)
{
    const struct evd_outcome *outcome = html->outcome;
    size_t told = 0;
    if (outcome->unfired_rule_count == 0)
        return;
    evd_buffer_format(&html->piece, "<details><summary>%zu of %zu rules never fired</summary><ul>\n",
                      outcome->unfired_rule_count, outcome->rule_use_count);
    evd_html_put(html);
    for (; told < outcome->unfired_rule_count; told++) {
        evd_buffer_string(&html->piece, "<li><code>");
        evd_describe_rule(&html->text[0], &outcome->rule_uses[outcome->unfired_rules[told]]);
        evd_html_text(html, HTML_NAME_MAX);
        evd_buffer_string(&html->piece, "</code></li>\n");
        if (!evd_html_put_row(html))
            break;
    }
    evd_buffer_string(&html->piece, "</ul></details>\n");
    evd_html_put(html);
    put_rest(html, outcome->unfired_rule_count - told, "rule is", "rules are");
}

void evd_html_rest(struct evd_html *html)
{
    const struct evd_outcome *outcome = html->outcome;
    struct evd_tally_row row;
    begin_section(html, "counts", "How all events came out");
    evd_buffer_string(
        &html->piece,
        "<table class=\"small\"><thead><tr><th scope=\"col\">events</th><th scope=\"col\" class=\"n\">canary</th>"
        "<th scope=\"col\" class=\"n\">ours</th></tr></thead><tbody>\n");
    evd_html_put(html);
    for (size_t i = 0; evd_tally_row(outcome, i, &row); i++) {
        if (i > 0 && row.count[EVD_CANARY] == 0 && row.count[EVD_OURS] == 0)
            continue;
        evd_buffer_format(&html->piece, "<tr><th scope=\"row\"%s>%s ", row.is_part ? " class=\"part\"" : "", row.what);
        evd_append_line(&html->text[0], row.absorber);
        evd_html_text(html, HTML_NAME_MAX);
        evd_buffer_format(&html->piece, "</th><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n",
                          evd_grouped(row.count[EVD_CANARY]).text, evd_grouped(row.count[EVD_OURS]).text);
        if (!evd_html_put_row(html))
            break;
    }
    evd_buffer_string(&html->piece, "</tbody></table>\n");
    evd_html_put(html);
    add_skipped(html);
    add_unfired(html);
    evd_buffer_string(&html->piece, "</section>\n");
    evd_html_put(html);
}
