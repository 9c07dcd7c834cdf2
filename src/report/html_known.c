/* What a ledger says, in the page: of all families in numbers, of one in words, and in which order they are told. */
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "report/html.h"
#include "report/known.h"
#include "report/xml.h"

static bool is_link(struct evd_text text)
{
    static const char *const BEGINNINGS[] = {"https://", "http://"};
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof BEGINNINGS[0]; i++) {
        const size_t length = strlen(BEGINNINGS[i]);
        if (text.length > length && memcmp(text.bytes, BEGINNINGS[i], length) == 0)
            return true;
    }
    return false;
}

/* Nothing is followed but what says by itself that it is an address of the web. */
static void add_bug(struct evd_html *html, struct evd_text bug)
{
    const bool has_link = is_link(bug);
    if (bug.length == 0)
        return;
    evd_buffer_string(&html->piece, "<br>");
    if (has_link) {
        evd_buffer_string(&html->piece, "<a rel=\"noreferrer\" href=\"");
        evd_append_xml(&html->piece, bug, true);
        evd_buffer_string(&html->piece, "\">");
    }
    evd_append_line(&html->text[0], bug);
    evd_html_text(html, HTML_VALUE_MAX);
    evd_buffer_string(&html->piece, has_link ? "</a>" : "");
}

static void add_part(struct evd_html *html, const char *name, struct evd_text part)
{
    if (part.length == 0)
        return;
    evd_buffer_format(&html->piece, "<br>%s", name);
    evd_append_line(&html->text[0], part);
    evd_html_text(html, HTML_VALUE_MAX);
}

void evd_html_known_cell(struct evd_html *html, size_t family)
{
    const struct evd_listed_family *known = evd_known_of(html->options->known, family);
    char day[EVD_DAY_BYTES];
    if (html->options->known == NULL)
        return;
    evd_buffer_string(&html->piece, "<td class=\"ledger\">");
    if (known != NULL) {
        evd_buffer_format(&html->piece, "<span class=\"s %s\">%s</span>", known->is_told ? "told" : "listed",
                          known->summary);
        if (known->state != NULL && strcmp(known->state, known->summary) != 0)
            evd_buffer_format(&html->piece, "<br>listed as %s", known->state);
        add_part(html, "", (struct evd_text){known->news, strlen(known->news)});
        add_bug(html, known->bug);
        add_part(html, "owner ", known->owner);
        if (known->until != 0) {
            evd_spell_day(known->until, day);
            evd_buffer_format(&html->piece, "<br>until %s", day);
        }
        add_part(html, "", known->reason);
    }
    evd_buffer_string(&html->piece, "</td>");
}

void evd_html_known_line(struct evd_html *html, size_t family)
{
    const struct evd_listed_family *known = evd_known_of(html->options->known, family);
    if (known == NULL)
        return;
    evd_buffer_string(&html->piece, "<p class=\"ledger\">By the ledger: ");
    evd_describe_known(&html->text[0], known);
    evd_html_text(html, 2 * HTML_NAME_MAX);
    evd_buffer_string(&html->piece, "</p>\n");
}

size_t *evd_html_family_order(const struct evd_html *html)
{
    const struct evd_known *known = html->options->known;
    const size_t count = html->outcome->family_count, told = known != NULL ? known->told_count : 0;
    size_t *order = calloc(count + 1, sizeof *order), filled = 0;
    for (size_t i = 0; order != NULL && i < told; i++)
        order[filled++] = known->told[i];
    for (size_t i = 0; order != NULL && i < count; i++) {
        const struct evd_listed_family *found = evd_known_of(known, i);
        if ((found == NULL || !found->is_told) && filled < count)
            order[filled++] = i;
    }
    return order;
}
