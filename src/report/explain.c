/* One family explained: what it is, why it is a root or from what it follows, what follows from it, each place, and the
 * change where the outcome has its events. */
#include <inttypes.h>
#include <string.h>

#include "base/fail.h"
#include "base/letters.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/filter.h"
#include "report/known.h"
#include "report/text.h"
#include "report/values.h"

enum { PLACES_MAX = 10, FOLLOWERS_MAX = 5 };

struct explaining {
    const struct evd_outcome *outcome;
    const struct evd_report_options *options;
    size_t index; /* of the family */
    const struct evd_family *family;
    struct evd_buffer *line;
    struct evd_output *out;
};

static void put(const struct explaining *e, enum evd_text_color color, unsigned indent)
{
    evd_text_put_wrapped(e->out, e->options, color, e->line, indent);
    evd_buffer_clear(e->line);
}

/* Which control runs have it, by their numbers and names. */
static void explain_controls(const struct explaining *e)
{
    struct evd_buffer *line = e->line;
    if (e->family->controls == 0) {
        evd_buffer_string(line, "No control run has it");
    } else {
        evd_buffer_string(line, "Control runs that have it:");
        for (size_t i = 0, told = 0; i < e->outcome->control_count; i++)
            if (e->family->controls >> i & 1) {
                evd_buffer_format(line, "%s %zu, ", told++ > 0 ? ";" : "", i);
                evd_append_line(line, e->outcome->controls[i].path);
            }
    }
    put(e, EVD_COLOR_NONE, 2);
}

static void explain_what(const struct explaining *e)
{
    const struct evd_family *family = e->family;
    struct evd_buffer *line = e->line;
    evd_buffer_format(line, "Family %s: %s ", family->id, evd_class_name(family->class_));
    evd_describe_subject(line, family);
    put(e, EVD_COLOR_STRONG, 2);
    const bool has_controls = e->outcome->control_count > 0;
    if (has_controls && family->news_count > 0 && family->news_count < family->count)
        evd_buffer_format(line, "%s new of %s times", evd_grouped(family->news_count).text,
                          evd_grouped(family->count).text);
    else
        evd_buffer_format(line, "%s time%s", evd_grouped(family->count).text, evd_plural(family->count));
    evd_buffer_format(line, " in %zu thread%s", family->pair_count, evd_plural(family->pair_count));
    if (family->relation != EVD_RELATION_NONE) {
        evd_buffer_string(line, ", ");
        evd_describe_relation(line, family);
    }
    if (has_controls)
        evd_buffer_string(line, family->news_count == 0               ? "; noise"
                                : family->news_count == family->count ? "; new"
                                                                      : "");
    put(e, EVD_COLOR_NONE, 2);
    const struct evd_listed_family *known = evd_known_of(e->options->known, e->index);
    if (known != NULL) {
        evd_buffer_string(line, "By the ledger: ");
        evd_describe_known(line, known);
        put(e, EVD_COLOR_NONE, 2);
    }
    if (has_controls)
        explain_controls(e);
    if (family->before_count > 0)
        evd_buffer_string(line, "Just before it: ");
    for (size_t i = 0; i < family->before_count; i++) {
        evd_buffer_string(line, i > 0 ? ", " : "");
        evd_append_line(line, family->before[i]);
    }
    if (family->before_count > 0)
        put(e, EVD_COLOR_NONE, 2);
}

static void explain_why(const struct explaining *e)
{
    const struct evd_family *family = e->family;
    struct evd_buffer *line = e->line;
    if (family->is_root) {
        if (family->consequence_count == 0)
            evd_buffer_format(line, family->count == 1 ? "A root: it follows from no other divergence"
                                                       : "A root: none of them follows from another divergence");
        else
            evd_buffer_format(line, "A root: %s of %s follow from others, fewer than three quarters from one family",
                              evd_grouped(family->consequence_count).text, evd_grouped(family->count).text);
        put(e, EVD_COLOR_NONE, 2);
    } else {
        const struct evd_family *cause = &e->outcome->families[family->follows];
        evd_buffer_format(line, "Follows from family %s, %s ", cause->id, evd_class_name(cause->class_));
        evd_describe_subject(line, cause);
        put(e, EVD_COLOR_NONE, 2);
    }
    if (family->has_suspicion) {
        evd_buffer_string(line, "Its ");
        evd_describe_suspicion(line, &family->suspicion);
        put(e, EVD_COLOR_NONE, 2);
    }
    evd_buffer_format(line, "%s more event%s without it", evd_grouped(family->weight).text,
                      family->weight == 1 ? " matches" : "s match");
    if (family->follower_count > 0)
        evd_buffer_format(line, "; %s more divergence%s from it", evd_grouped(family->follower_count).text,
                          family->follower_count == 1 ? " follows" : "s follow");
    put(e, EVD_COLOR_NONE, 2);
}

/* The families that follow from it. */
static void explain_followers(const struct explaining *e)
{
    size_t count = 0;
    for (size_t i = 0; i < e->outcome->family_count; i++) {
        const struct evd_family *family = &e->outcome->families[i];
        if (family->is_root || family->follows != e->index || i == e->index)
            continue;
        if (count++ == 0) {
            evd_buffer_string(e->line, "From it follow:");
            put(e, EVD_COLOR_NONE, 2);
        }
        if (count > FOLLOWERS_MAX)
            continue;
        evd_buffer_format(e->line, "  %s  %s ", family->id, evd_class_name(family->class_));
        evd_describe_subject(e->line, family);
        evd_buffer_format(e->line, ", %s time%s", evd_grouped(family->count).text, evd_plural(family->count));
        evd_text_put_cut(e->out, e->options, EVD_COLOR_NONE, e->line);
        evd_buffer_clear(e->line);
    }
    if (count > FOLLOWERS_MAX) {
        evd_buffer_format(e->line, "  and %zu more", count - FOLLOWERS_MAX);
        put(e, EVD_COLOR_NONE, 2);
    }
}

/* "canary 84 [295], ours 84 [295]: canary=0x103 … ours=…; follows from canary 80 [2], ours …: values handed on" */
static void tell_place(const struct explaining *e, size_t pair, size_t index)
{
    const struct evd_divergence *divergence = &e->outcome->pairs[pair].divergences[index];
    struct evd_buffer *line = e->line;
    evd_buffer_string(line, "  ");
    evd_describe_place(line, e->outcome, pair, index);
    evd_buffer_string(line, ": ");
    if (divergence->class_ == EVD_CLASS_VALUE)
        evd_append_both_values(line, divergence->value, e->family->shown_as);
    else
        evd_describe_extent(line, divergence);
    if (divergence->has_notes)
        evd_buffer_string(line, "; ");
    evd_describe_notes(line, divergence);
    if (divergence->cause != EVD_CAUSE_NONE) {
        evd_buffer_format(line, "; %s, from ", evd_cause_summary(divergence->cause));
        const struct evd_cause_place cause = evd_cause_of(e->outcome, pair, index);
        evd_describe_place(line, e->outcome, cause.pair, cause.divergence);
    }
    if (e->outcome->control_count > 0) {
        evd_buffer_string(line, "; ");
        evd_describe_novelty(line, divergence->news);
    }
    put(e, EVD_COLOR_NONE, 4);
}

static void explain_places(const struct explaining *e)
{
    const struct evd_report_filter *filter = &e->options->filter;
    const uint64_t most = !filter->has_limit ? PLACES_MAX : filter->limit > 0 ? filter->limit : UINT64_MAX;
    uint64_t told = 0;
    evd_buffer_string(e->line, e->family->count == 1 ? "Its place:" : "Its places:");
    put(e, EVD_COLOR_NONE, 2);
    for (size_t i = 0; i < e->family->pair_count; i++) {
        const struct evd_pair_outcome *pair = &e->outcome->pairs[e->family->pairs[i]];
        for (size_t j = 0; j < pair->divergence_count; j++)
            if (pair->divergences[j].family == e->index && told++ < most)
                tell_place(e, e->family->pairs[i], j);
    }
    if (told > most) {
        evd_buffer_format(e->line, "  and %s more; --limit 0 shows all", evd_grouped(told - most).text);
        put(e, EVD_COLOR_NONE, 4);
    }
}

static void explain_change(const struct explaining *e)
{
    if (e->index >= e->outcome->quotation_count)
        return;
    const struct evd_quotation *quotation = &e->outcome->quotations[e->index];
    evd_buffer_string(e->line, "At ");
    evd_describe_place(e->line, e->outcome, quotation->pair, quotation->divergence);
    evd_describe_source(e->line, quotation);
    const size_t length = e->line->length;
    evd_buffer_string(e->line, "; ");
    evd_describe_source_threads(e->line, quotation);
    if (e->line->length == length + 2)
        e->line->length = length;
    evd_buffer_byte(e->line, ':');
    put(e, EVD_COLOR_NONE, 2);
    evd_text_render_change(e->outcome, quotation, e->options, e->out);
    evd_text_put_arguments(quotation, e->options, e->line, e->out);
}

/* The ids that begin so, the first few of them. */
static enum evd_status tell_candidates(const struct evd_outcome *outcome, const char *id, size_t count,
                                       struct evd_error *error)
{
    enum { LISTED = 8 };
    struct evd_buffer list = {0};
    size_t listed = 0;
    for (size_t i = 0; i < outcome->family_count && listed < LISTED; i++)
        if (evd_begins_family(id, &outcome->families[i]))
            evd_buffer_format(&list, "%s%s", listed++ > 0 ? ", " : "", outcome->families[i].id);
    evd_buffer_byte(&list, '\0');
    const enum evd_status status =
        list.failed ? evd_fail_memory(error)
                    : evd_fail(error, EVD_E_ARGUMENT, "the ids of %zu families begin with '%.16s': %s%s", count, id,
                               list.data, count > LISTED ? ", …" : "");
    evd_buffer_release(&list);
    return status;
}

/* The only family whose id begins so; a message where there is none, or several. */
static enum evd_status find_family(const struct evd_outcome *outcome, const char *id, size_t *index,
                                   struct evd_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < outcome->family_count; i++)
        if (evd_begins_family(id, &outcome->families[i]) && count++ == 0)
            *index = i;
    if (count == 0)
        return evd_fail(error, EVD_E_ARGUMENT, "no family's id begins with '%s'", id);
    if (count > 1)
        return tell_candidates(outcome, id, count, error);
    return EVD_OK;
}

enum evd_status evd_report_explain(const struct evd_outcome *outcome, const char *id,
                                   const struct evd_report_options *options, size_t *family, evd_write *write,
                                   void *context, struct evd_error *error)
{
    static const struct evd_report_options DEFAULTS = {.has_color = false};
    const enum evd_status status = find_family(outcome, id, family, error);
    if (status != EVD_OK)
        return status;
    struct evd_output out = {.write = write, .context = context};
    struct evd_buffer line = {0};
    const struct explaining e = {
        .outcome = outcome,
        .options = options != NULL ? options : &DEFAULTS,
        .index = *family,
        .family = &outcome->families[*family],
        .line = &line,
        .out = &out};
    explain_what(&e);
    explain_why(&e);
    explain_change(&e);
    explain_places(&e);
    explain_followers(&e);
    evd_buffer_release(&line);
    return evd_output_finish(&out, error);
}
