/* html: one page that needs nothing else. Verdict, where to look first, families and threads are there without script, as
 * tables; with it come a picture of all threads, filters, and the events of both sides (html/script.js).
 *
 * What comes out of the logs is escaped in the tables; the script takes it from packed data and shows it as text only. The
 * page's policy allows the one script and the one style by their hashes, and no loading. */
#include "report/html.h"

#include <string.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/known.h"
#include "report/root.h"
#include "report/sentences.h"
#include "report/values.h"
#include "report/xml.h"

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->length > 0 ? buffer->data : "", buffer->length};
}

void evd_html_put(struct evd_html *html)
{
    html->out->buffer.failed |= html->piece.failed || html->text[0].failed || html->text[1].failed;
    evd_append_text(&html->out->buffer, text_of(&html->piece));
    html->written += html->piece.length;
    evd_buffer_clear(&html->piece);
    evd_output_flush_some(html->out);
}

bool evd_html_put_row(struct evd_html *html)
{
    const bool has_room = html->written + html->piece.length <= HTML_TABLES_MAX;
    if (has_room)
        evd_html_put(html);
    else
        evd_buffer_clear(&html->piece);
    return has_room;
}

void evd_html_text(struct evd_html *html, size_t most)
{
    struct evd_buffer *text = &html->text[0];
    if (most > 0)
        evd_cut_letters(text, 0, most);
    html->piece.failed |= text->failed;
    evd_append_xml(&html->piece, text_of(text), false);
    evd_buffer_clear(text);
}

static bool continues_letter(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Decimal, or hexadecimal with 0x before. */
static bool is_number(struct evd_text text)
{
    const bool is_hex = text.length > 2 && memcmp(text.bytes, "0x", 2) == 0;
    const char *const digits = is_hex ? "0123456789abcdef" : "0123456789";
    for (size_t i = is_hex ? 2 : 0; i < text.length; i++)
        if (memchr(digits, text.bytes[i], is_hex ? 16 : 10) == NULL)
            return false;
    return text.length > 0;
}

/* How many bytes two texts have in common at the beginning, then at the end, in whole letters. Numbers with more and fewer
 * digits have none: 259 does not begin as 2147483653 does. */
static void find_common(struct evd_text a, struct evd_text b, size_t *begin, size_t *end)
{
    const size_t least = a.length < b.length ? a.length : b.length;
    size_t first = 0, last = 0;
    *begin = *end = 0;
    if (a.length != b.length && is_number(a) && is_number(b))
        return;
    while (first < least && a.bytes[first] == b.bytes[first])
        first++;
    while (first > 0 && ((first < a.length && continues_letter(a.bytes[first])) ||
                         (first < b.length && continues_letter(b.bytes[first]))))
        first--;
    while (last < least - first && a.bytes[a.length - 1 - last] == b.bytes[b.length - 1 - last])
        last++;
    while (last > 0 && continues_letter(a.bytes[a.length - last]))
        last--;
    *begin = first;
    *end = last;
}

void evd_html_append_sides(struct evd_buffer *out, struct evd_buffer text_of_side[EVD_SIDES], size_t most)
{
    size_t begin, end;
    for (int side = 0; side < EVD_SIDES; side++) {
        if (most > 0)
            evd_cut_letters(&text_of_side[side], 0, most);
        out->failed |= text_of_side[side].failed;
    }
    find_common(text_of(&text_of_side[EVD_CANARY]), text_of(&text_of_side[EVD_OURS]), &begin, &end);
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_text text = text_of(&text_of_side[side]);
        evd_buffer_format(out, "<code class=\"%s\">", evd_side_name(side));
        evd_append_xml(out, (struct evd_text){text.bytes, begin}, false);
        if (text.length > begin + end) {
            evd_buffer_string(out, "<mark>");
            evd_append_xml(out, (struct evd_text){text.bytes + begin, text.length - begin - end}, false);
            evd_buffer_string(out, "</mark>");
        }
        evd_append_xml(out, (struct evd_text){text.bytes + text.length - end, end}, false);
        evd_buffer_string(out, "</code>");
    }
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_clear(&text_of_side[side]);
}

void evd_html_sides(struct evd_html *html, size_t most)
{
    evd_html_append_sides(&html->piece, html->text, most);
}

void evd_html_difference(struct evd_html *html, const struct evd_divergence *divergence, size_t most)
{
    if (divergence->value == NULL) {
        const bool is_ours = evd_run_of(divergence, EVD_CANARY).count == 0;
        evd_describe_extent(&html->text[0], divergence);
        evd_buffer_format(&html->piece, "<code class=\"%s\">", evd_side_name(is_ours ? EVD_OURS : EVD_CANARY));
        evd_html_text(html, most);
        evd_buffer_string(&html->piece, "</code>");
        return;
    }
    evd_append_values(html->text, divergence->value, html->outcome->families[divergence->family].shown_as);
    evd_html_sides(html, most);
}

static void put_part(struct evd_html *html, size_t part)
{
    evd_append_text(&html->piece, evd_page_parts[part]);
    evd_html_put(html);
}

static void put_title(struct evd_html *html)
{
    evd_append_line(&html->text[0], evd_report_job(html->outcome, html->options));
    evd_cut_letters(&html->text[0], 0, HTML_NAME_MAX);
    evd_buffer_format(&html->text[0], ": %s", evd_verdict_summary(html->outcome->verdict));
    evd_html_text(html, 0);
    evd_html_put(html);
}

/* How canary's events came out, as a bar; what it shows is in a table too. */
static void put_bar(struct evd_html *html)
{
    enum { WIDTH = 1000 };
    const struct evd_outcome *outcome = html->outcome;
    const struct evd_event_counts *counts = &outcome->counts[EVD_CANARY];
    const struct {
        const char *name;
        uint64_t count;
    } parts[] = {
        {"matched", counts->matched},     {"differing", counts->differing},
        {"left over", counts->left_over}, {"no counterpart", outcome->unpaired_events[EVD_CANARY]},
        {"absorbed", counts->absorbed},   {"engine-local", counts->engine_local},
    };
    double all = 0, before = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        all += (double)parts[i].count;
    if (all == 0 || !outcome->has_resync)
        return;
    evd_buffer_format(&html->piece,
                      "<svg class=\"bar\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" role=\"img\" "
                      "aria-label=\"How the events of canary came out\">",
                      WIDTH);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        double width = WIDTH * (double)parts[i].count / all;
        if (parts[i].count > 0 && width < 2)
            width = 2;
        evd_buffer_format(&html->piece, "<rect class=\"b%zu\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"10\"/>", i,
                          before + width > WIDTH ? WIDTH - width : before, width);
        before += width;
    }
    evd_buffer_string(&html->piece, "</svg>\n<ul class=\"key\">");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].count > 0)
            evd_buffer_format(&html->piece, "<li><span class=\"b%zu\"></span>%s <b>%s</b></li>", i, parts[i].name,
                              evd_grouped(parts[i].count).text);
    evd_buffer_string(&html->piece, "</ul>\n");
}

static const char *mood_of(const struct evd_outcome *outcome)
{
    switch (outcome->verdict) {
    case EVD_VERDICT_EQUAL:
    case EVD_VERDICT_NOTHING_NEW: return "good";
    case EVD_VERDICT_DIVERGED: return "bad";
    default: return "unsure";
    }
}

static void put_head(struct evd_html *html)
{
    const struct evd_outcome *outcome = html->outcome;
    evd_append_line(&html->text[0], evd_report_job(outcome, html->options));
    evd_buffer_string(&html->piece, "<p class=\"job\">");
    evd_html_text(html, HTML_NAME_MAX);
    evd_buffer_format(&html->piece, "</p>\n<h1 class=\"%s\">", mood_of(outcome));
    evd_describe_verdict(&html->text[0], outcome);
    evd_html_text(html, 0);
    evd_buffer_string(&html->piece, "</h1>\n<p class=\"matched\">");
    evd_describe_matched(&html->text[0], outcome);
    if (html->options->known != NULL) {
        evd_buffer_string(&html->text[0], "; ");
        evd_describe_told(&html->text[0], html->options->known);
    }
    evd_html_text(html, 0);
    evd_buffer_string(&html->piece, "</p>\n");
    if (outcome->unmet_count > 0)
        evd_buffer_string(&html->piece, "<ul class=\"unmet\">");
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        evd_buffer_string(&html->piece, "<li>");
        evd_buffer_string(&html->text[0], evd_unmet_sentence(&outcome->unmet[i]).text);
        evd_html_text(html, 0);
        evd_buffer_string(&html->piece, "</li>");
    }
    if (outcome->unmet_count > 0)
        evd_buffer_string(&html->piece, "</ul>\n");
    for (size_t i = 0; i < outcome->hint_count; i++) {
        evd_buffer_string(&html->piece, i == 0 ? "<ul class=\"hints\"><li>" : "<li>");
        evd_describe_hint(&html->text[0], &outcome->hints[i]);
        evd_html_text(html, 0);
        evd_buffer_string(&html->piece, i + 1 < outcome->hint_count ? "</li>" : "</li></ul>\n");
    }
    put_bar(html);
    evd_buffer_string(&html->piece, "<dl class=\"logs\">");
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_format(&html->piece, "<div><dt class=\"%s\">%s</dt><dd><code>", evd_side_name(side),
                          evd_side_name(side));
        evd_append_line(&html->text[0], outcome->path[side]);
        evd_html_text(html, 2 * HTML_NAME_MAX);
        evd_buffer_format(&html->piece, "</code> %s events</dd></div>", evd_grouped(outcome->event_count[side]).text);
    }
    evd_buffer_string(&html->piece, "</dl>\n");
    evd_html_put(html);
}

static void add_evidence(struct evd_html *html, const struct evd_suspicion *suspicion)
{
    evd_buffer_string(&html->piece, "<p class=\"why\">");
    evd_describe_suspicion(&html->text[0], suspicion);
    evd_html_text(html, 0);
    evd_buffer_string(&html->piece, "</p>\n");
}

static void put_look(struct evd_html *html, size_t index)
{
    const struct evd_outcome *outcome = html->outcome;
    const struct evd_family *family = &outcome->families[index];
    size_t pair, divergence;
    const struct evd_divergence *told = evd_root_place(outcome, family, &pair, &divergence);
    evd_buffer_format(&html->piece, "<article><h3><span class=\"c %s\">%s</span> <a href=\"#f=%s\">",
                      evd_class_name(family->class_), evd_class_name(family->class_), family->id);
    evd_describe_subject(&html->text[0], family);
    evd_html_text(html, HTML_NAME_MAX);
    evd_buffer_string(&html->piece, "</a></h3>\n<div class=\"sides\">");
    evd_html_difference(html, told, 0);
    evd_buffer_string(&html->piece, "</div>\n<p>");
    evd_describe_root_extent(&html->text[0], family);
    evd_html_text(html, 0);
    evd_buffer_string(&html->piece, "</p>\n");
    evd_html_known_line(html, index);
    if (told->has_notes) {
        evd_buffer_string(&html->piece, "<p>");
        evd_describe_notes(&html->text[0], told);
        evd_html_text(html, HTML_NAME_MAX);
        evd_buffer_string(&html->piece, "</p>\n");
    }
    if (family->has_suspicion)
        add_evidence(html, &family->suspicion);
    evd_buffer_string(&html->piece, "<p class=\"at\">at ");
    const struct evd_quotation *quotation = evd_quotation_at(outcome, index, pair, divergence);
    evd_describe_place(&html->text[0], outcome, pair, divergence);
    evd_describe_source(&html->text[0], quotation);
    evd_html_text(html, 0);
    evd_describe_source_threads(&html->text[0], quotation);
    if (html->text[0].length > 0) {
        evd_buffer_string(&html->piece, "</p>\n<p class=\"at\">");
        evd_html_text(html, 2 * HTML_NAME_MAX);
    }
    const struct evd_text arguments = evd_arguments_at(outcome, index, pair, divergence);
    if (arguments.length > 0) {
        evd_buffer_string(&html->piece, "</p>\n<p class=\"at\">arguments: ");
        evd_append_line(&html->text[0], arguments);
        evd_html_text(html, 2 * HTML_NAME_MAX);
    }
    evd_buffer_string(&html->piece, "</p>\n");
    if (evd_describe_show(&html->text[0], outcome, pair, divergence, NULL)) {
        evd_buffer_string(&html->piece, "<p class=\"show\"><code>");
        evd_html_text(html, 0);
        evd_buffer_string(&html->piece, "</code></p>");
    }
    evd_buffer_string(&html->piece, "</article>\n");
    evd_html_put(html);
}

/* With a ledger, the first of those that it leaves to be looked at. */
static void put_looks(struct evd_html *html)
{
    const struct evd_outcome *outcome = html->outcome;
    const struct evd_known *known = html->options->known;
    const size_t left = known != NULL ? known->told_count : outcome->look_count;
    const size_t count = left < EVD_LOOKS_MAX ? left : EVD_LOOKS_MAX;
    if (count == 0)
        return;
    evd_buffer_string(&html->piece, "<section aria-labelledby=\"looks-head\"><h2 id=\"looks-head\">Look first at</h2>\n"
                                    "<div class=\"looks\">\n");
    evd_html_put(html);
    for (size_t i = 0; i < count; i++)
        put_look(html, known != NULL ? known->told[i] : outcome->looks[i].family);
    evd_buffer_string(&html->piece, "</div></section>\n");
    evd_html_put(html);
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    static void (*const FILLINGS[])(struct evd_html *) = {
        put_title, put_head, put_looks, evd_html_families, evd_html_threads, evd_html_rest};
    enum { COUNT = sizeof FILLINGS / sizeof FILLINGS[0] };
    struct evd_html html = {.outcome = outcome, .options = options, .out = out};
    for (size_t i = 0; i < COUNT; i++) {
        put_part(&html, i);
        FILLINGS[i](&html);
    }
    put_part(&html, COUNT);
    evd_html_data(&html, HTML_BYTES_MAX - HTML_FRAME_MAX - html.written);
    put_part(&html, COUNT + 1);
    evd_buffer_release(&html.piece);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_release(&html.text[side]);
}

const struct evd_report_format evd_format_html = {
    .name = "html",
    .summary = "a page to look around in, for a browser",
    .needs_resync = true,
    .needs_quotations = true,
    .suffix = ".html",
    .render = render,
};
