/* text: to be read at a glance on a terminal. One verdict line; with resync where to look first, with the change itself
 * (text_change.c); then a table of threads, worst first (text_threads.c); the threads without a counterpart; how the
 * events came out (text_counts.c); and the verdict again, where a terminal's last line is. Nothing is wider than the
 * terminal: tables and events are cut, all else is wrapped. */
#include "report/text.h"

#include <inttypes.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/filter.h"
#include "report/known.h"
#include "report/root.h"
#include "report/values.h"

enum {
    UNPAIRED_SHOWN = 8,
    LOOK_INDENT = 3,               /* columns before what is said of a place to look at */
    WRAP_INDENT = LOOK_INDENT + 2, /* of its lines that are wrapped */
};

/* A family, at a place that it is told by. */
struct told_family {
    size_t family;
    struct evd_place place;
};

static const struct evd_divergence *divergence_of(const struct evd_outcome *outcome, const struct told_family *told)
{
    return &outcome->pairs[told->place.pair].divergences[told->place.divergence];
}

/* Behind what has so many columns, in the same line where it fits; returns how many the line has then. */
static size_t append_verdict_part(struct evd_buffer *out, const struct evd_report_options *options, size_t columns,
                                  struct evd_text part)
{
    const size_t wanted = evd_columns(part);
    const bool fits = options->width == 0 || columns + 2 + wanted <= options->width;
    evd_buffer_string(out, fits ? "; " : "\n");
    evd_append_text(out, part);
    return fits ? columns + 2 + wanted : wanted;
}

/* One line; where it is too long, how much matched has a line of its own. */
static void render_verdict(const struct evd_outcome *outcome, const struct evd_report_options *options,
                           struct evd_buffer *line, struct evd_buffer *out)
{
    enum evd_pair_state worst = EVD_STATE_EQUAL;
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (evd_pair_state(&outcome->pairs[i]) < worst)
            worst = evd_pair_state(&outcome->pairs[i]);
    if (outcome->control_count > 0 && outcome->verdict == EVD_VERDICT_NOTHING_NEW)
        worst = EVD_STATE_EQUAL;
    if ((outcome->control_count > 0 &&
         (outcome->verdict == EVD_VERDICT_UNPAIRED ||
          (outcome->verdict == EVD_VERDICT_ENDS_EARLY && outcome->root_family_count > 0))) ||
        outcome->verdict == EVD_VERDICT_INCONCLUSIVE || outcome->verdict == EVD_VERDICT_NOTHING ||
        (outcome->verdict == EVD_VERDICT_UNPAIRED && worst == EVD_STATE_EQUAL))
        worst = EVD_STATE_ENDS_EARLY;
    evd_buffer_clear(line);
    evd_describe_verdict(line, outcome);
    const size_t verdict = line->length;
    evd_describe_matched(line, outcome);
    const size_t matched = line->length;
    if (options->known != NULL)
        evd_describe_told(line, options->known);
    if (line->failed) {
        out->failed = true;
        return;
    }
    evd_buffer_string(out, evd_text_color(options, evd_color_of(worst)));
    evd_buffer_append(out, line->data, verdict);
    evd_buffer_string(out, evd_text_color(options, EVD_COLOR_NONE));
    size_t columns = evd_columns((struct evd_text){line->data, verdict});
    columns = append_verdict_part(out, options, columns, (struct evd_text){line->data + verdict, matched - verdict});
    if (options->known != NULL)
        append_verdict_part(out, options, columns, (struct evd_text){line->data + matched, line->length - matched});
    evd_buffer_byte(out, '\n');
}

static void render_unmet(const struct evd_outcome *outcome, const struct evd_report_options *options,
                         struct evd_buffer *line, struct evd_output *out)
{
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        evd_buffer_clear(line);
        evd_buffer_string(line, "  ");
        evd_buffer_string(line, evd_unmet_sentence(&outcome->unmet[i]).text);
        evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 4);
    }
}

static void render_hints(const struct evd_outcome *outcome, const struct evd_report_options *options,
                         struct evd_buffer *line, struct evd_output *out)
{
    for (size_t i = 0; i < outcome->hint_count; i++) {
        evd_buffer_clear(line);
        evd_buffer_string(line, "Hint: ");
        evd_describe_hint(line, &outcome->hints[i]);
        evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
    }
}

static void render_skipped(const struct evd_outcome *outcome, size_t log, const struct evd_report_options *options,
                           struct evd_buffer *line, struct evd_output *out)
{
    const struct evd_skipped_lines *all = evd_skipped_in(outcome, log);
    if (all->count == 0)
        return;
    evd_buffer_clear(line);
    evd_describe_skipped(line, outcome, log);
    evd_buffer_byte(line, ':');
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
    for (size_t i = 0; i < all->listed_count; i++) {
        const struct evd_skipped_line *skipped = &all->listed[i];
        evd_buffer_clear(line);
        evd_buffer_format(line, "  %" PRIu64 ":%" PRIu64 ": ", skipped->line, skipped->column);
        evd_append_line(line, skipped->reason);
        evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 4);
    }
    if (all->count > all->listed_count)
        evd_buffer_format(&out->buffer, "  and %s more\n", evd_grouped(all->count - all->listed_count).text);
}

/* "value kernel.return NtReadFile return_value", "missing import.call CloseHandle: 9 events" */
static void render_look_title(const struct evd_outcome *outcome, const struct told_family *told, size_t number,
                              const struct evd_report_options *options, struct evd_buffer *line, struct evd_output *out)
{
    const struct evd_family *family = &outcome->families[told->family];
    evd_buffer_clear(line);
    evd_buffer_format(line, "%zu. %s ", number, evd_class_name(family->class_));
    evd_describe_subject(line, family);
    if (family->class_ != EVD_CLASS_VALUE) {
        evd_buffer_string(line, ": ");
        evd_describe_extent(line, divergence_of(outcome, told));
    }
    evd_text_put_wrapped(out, options, EVD_COLOR_STRONG, line, WRAP_INDENT);
}

/* NULL where the place is not quoted. */
static const struct evd_quotation *quotation_of(const struct evd_outcome *outcome, const struct told_family *told)
{
    const struct evd_quotation *quotation =
        told->family < outcome->quotation_count ? &outcome->quotations[told->family] : NULL;
    return quotation != NULL && quotation->pair == told->place.pair && quotation->divergence == told->place.divergence
               ? quotation
               : NULL;
}

/* The change, where it is quoted; else its values alone. */
static void render_look_change(const struct evd_outcome *outcome, const struct told_family *told,
                               const struct evd_report_options *options, struct evd_buffer *line,
                               struct evd_output *out)
{
    const struct evd_family *family = &outcome->families[told->family];
    const struct evd_quotation *quotation = quotation_of(outcome, told);
    if (quotation != NULL) {
        evd_text_render_change(outcome, quotation, options, out);
    } else if (family->class_ == EVD_CLASS_VALUE) {
        evd_buffer_clear(line);
        evd_buffer_string(line, "   ");
        evd_append_both_values(line, divergence_of(outcome, told)->value, family->shown_as);
        evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, WRAP_INDENT);
    }
}

static void explain_look(const struct evd_outcome *outcome, const struct told_family *told, struct evd_buffer *line)
{
    const struct evd_family *family = &outcome->families[told->family];
    if (outcome->control_count > 0 && family->news_count < family->count)
        evd_buffer_format(line, "   %s new of %s times", evd_grouped(family->news_count).text,
                          evd_grouped(family->count).text);
    else
        evd_buffer_format(line, "   %s time%s", evd_grouped(family->count).text, evd_plural(family->count));
    evd_buffer_format(line, " in %zu thread%s", family->pair_count, evd_plural(family->pair_count));
    if (family->relation != EVD_RELATION_NONE) {
        evd_buffer_string(line, ", ");
        evd_describe_relation(line, family);
    }
    if (family->consequence_count > 0)
        evd_buffer_format(line, ", %s of them from earlier ones", evd_grouped(family->consequence_count).text);
    if (outcome->control_count == 0)
        return;
    evd_buffer_string(line, "; ");
    evd_describe_novelty(line, divergence_of(outcome, told)->news);
}

static void weigh_look(const struct evd_family *family, struct evd_buffer *line)
{
    evd_buffer_format(line, "   %s more event%s without it", evd_grouped(family->weight).text,
                      family->weight == 1 ? " matches" : "s match");
    if (family->follower_count > 0)
        evd_buffer_format(line, "; %s more divergence%s from it", evd_grouped(family->follower_count).text,
                          family->follower_count == 1 ? " follows" : "s follow");
}

static void place_look(const struct evd_outcome *outcome, const struct told_family *told, struct evd_buffer *line)
{
    evd_buffer_string(line, "   at ");
    evd_describe_place(line, outcome, told->place.pair, told->place.divergence);
    evd_describe_source(line, quotation_of(outcome, told));
    evd_buffer_format(line, "; family %s", outcome->families[told->family].id);
}

static void tell_threads(const struct evd_outcome *outcome, const struct told_family *told,
                         const struct evd_report_options *options, struct evd_buffer *line, struct evd_output *out)
{
    const size_t indent = 3;
    evd_buffer_clear(line);
    evd_buffer_string(line, "   ");
    evd_describe_source_threads(line, quotation_of(outcome, told));
    if (line->length > indent)
        evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, LOOK_INDENT);
}

static void note_look(const struct evd_divergence *divergence, const struct evd_report_options *options,
                      struct evd_buffer *line, struct evd_output *out)
{
    if (!divergence->has_notes)
        return;
    evd_buffer_clear(line);
    evd_buffer_string(line, "   ");
    evd_describe_notes(line, divergence);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, LOOK_INDENT);
}

/* What a ledger says of it. */
static void rate_look(size_t family, const struct evd_report_options *options, struct evd_buffer *line,
                      struct evd_output *out)
{
    const struct evd_listed_family *known = evd_known_of(options->known, family);
    if (known == NULL)
        return;
    evd_buffer_clear(line);
    evd_buffer_string(line, "   by the ledger: ");
    evd_describe_known(line, known);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, LOOK_INDENT);
}

/* Why the family is one to look at, or which other one it follows from. */
static void reason_look(const struct evd_outcome *outcome, const struct evd_family *family, struct evd_buffer *line)
{
    evd_buffer_string(line, "   ");
    if (family->has_suspicion) {
        evd_describe_suspicion(line, &family->suspicion);
    } else if (!family->is_root) {
        const struct evd_family *cause = &outcome->families[family->follows];
        evd_buffer_format(line, "follows from family %s, %s ", cause->id, evd_class_name(cause->class_));
        evd_describe_subject(line, cause);
    } else {
        evd_buffer_string(line, "noise, as in the control runs");
    }
}

static void render_look(const struct evd_outcome *outcome, const struct told_family *told, size_t number,
                        const struct evd_report_options *options, struct evd_buffer *line, struct evd_output *out)
{
    const struct evd_family *family = &outcome->families[told->family];
    if (number > 1)
        evd_buffer_byte(&out->buffer, '\n');
    render_look_title(outcome, told, number, options, line, out);
    evd_buffer_clear(line);
    place_look(outcome, told, line);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, LOOK_INDENT);
    tell_threads(outcome, told, options, line, out);
    rate_look(told->family, options, line, out);
    note_look(divergence_of(outcome, told), options, line, out);
    render_look_change(outcome, told, options, line, out);
    if (quotation_of(outcome, told) != NULL)
        evd_text_put_arguments(quotation_of(outcome, told), options, line, out);
    evd_buffer_clear(line);
    reason_look(outcome, family, line);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, LOOK_INDENT);
    evd_buffer_clear(line);
    explain_look(outcome, told, line);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, LOOK_INDENT);
    evd_buffer_clear(line);
    weigh_look(family, line);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, LOOK_INDENT);
    evd_buffer_clear(line);
    if (!evd_describe_show(line, outcome, told->place.pair, told->place.divergence, NULL))
        return;
    /* Neither cut nor wrapped: it is to be copied. */
    evd_buffer_string(&out->buffer, "   ");
    evd_append_text(&out->buffer, (struct evd_text){line->data, line->length});
    evd_buffer_byte(&out->buffer, '\n');
    out->buffer.failed |= line->failed;
    evd_buffer_clear(line);
}

/* The families that are told, from `from` on the next one; false when there is none. With a filter all may be, else those
 * to look at first, or, with a limit, the first roots; with a ledger those that it leaves to be looked at. */
static bool next_family(const struct evd_outcome *outcome, const struct evd_places *places,
                        const struct evd_report_options *options, size_t *from, struct told_family *told)
{
    const struct evd_report_filter *filter = &options->filter;
    const bool is_filtered = evd_filter_is_set(filter);
    const size_t end = is_filtered                                   ? outcome->family_count
                       : filter->has_limit || options->known != NULL ? evd_told_count(outcome, options->known)
                                                                     : outcome->look_count;
    while (*from < end) {
        told->family = is_filtered ? *from : evd_told_family(options->known, *from);
        ++*from;
        if (evd_filter_place(filter, outcome, places, told->family, &told->place))
            return true;
    }
    return false;
}

static bool has_tid(const struct evd_outcome *outcome, int64_t tid)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].tid[EVD_CANARY] == tid || outcome->pairs[i].tid[EVD_OURS] == tid)
            return true;
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++)
            if (outcome->unpaired[side][i].tid == tid)
                return true;
    return false;
}

static void render_looks(const struct evd_outcome *outcome, const struct evd_report_options *options,
                         struct evd_buffer *line, struct evd_output *out)
{
    const struct evd_report_filter *filter = &options->filter;
    const bool is_filtered = evd_filter_is_set(filter);
    const uint64_t most = !filter->has_limit ? EVD_LOOKS_MAX : filter->limit > 0 ? filter->limit : UINT64_MAX;
    struct told_family told;
    if (outcome->family_count == 0 ||
        (outcome->look_count == 0 && outcome->control_count == 0 && options->known == NULL && !is_filtered))
        return;
    struct evd_places places = {.first = NULL};
    if (is_filtered && !evd_places_find(&places, outcome)) {
        out->buffer.failed = true;
        evd_places_release(&places);
        return;
    }
    size_t fitting = 0;
    for (size_t from = 0; next_family(outcome, &places, options, &from, &told);)
        fitting++;
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
    evd_describe_families(line, outcome);
    if (options->known != NULL) {
        evd_buffer_string(line, "; ");
        evd_describe_known_counts(line, options->known);
    }
    if (is_filtered && fitting == 0 && filter->has_tid && !has_tid(outcome, filter->tid))
        evd_buffer_format(line, ". Neither log has a tid %" PRId64 ".", filter->tid);
    else if (is_filtered)
        evd_buffer_format(line, ". %s famil%s to what is asked for%s", fitting == 0 ? "No" : evd_grouped(fitting).text,
                          fitting <= 1 ? "y fits" : "ies fit", fitting > 0 ? ":" : ".");
    else
        evd_buffer_string(line, fitting > 0 ? ". Look first at:" : ".");
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
    size_t from = 0, number = 0;
    while (number < most && next_family(outcome, &places, options, &from, &told))
        render_look(outcome, &told, ++number, options, line, out);
    if (fitting > number && (is_filtered || filter->has_limit || options->known != NULL))
        evd_buffer_format(&out->buffer, "\n%s more; --limit 0 shows all\n", evd_grouped(fitting - number).text);
    evd_places_release(&places);
}

static void render_unpaired(const struct evd_outcome *outcome, int side, const struct evd_report_options *options,
                            struct evd_buffer *line, struct evd_output *out)
{
    const size_t count = outcome->unpaired_count[side];
    if (count == 0)
        return;
    evd_buffer_byte(&out->buffer, '\n');
    evd_buffer_clear(line);
    evd_buffer_format(line, "No counterpart for %zu thread%s of %s:", count, evd_plural(count), evd_side_name(side));
    for (size_t i = 0; i < count && i < UNPAIRED_SHOWN; i++) {
        const struct evd_unpaired *thread = &outcome->unpaired[side][i];
        evd_buffer_format(line, "%s tid %" PRId64 " (%s event%s", i ? "," : "", thread->tid,
                          evd_grouped(thread->total).text, evd_plural(thread->total));
        if (thread->is_never_created)
            evd_buffer_format(line, "; never created in %s", evd_side_name(!side));
        if (thread->cause != EVD_CAUSE_NONE) {
            evd_buffer_string(line, thread->is_cause_creation ? "; lost in " : "; follows from ");
            evd_describe_place(line, outcome, thread->cause_pair, thread->cause_divergence);
        }
        if (outcome->control_count > 0)
            evd_buffer_string(line, thread->is_new ? "; new" : "; noise");
        evd_buffer_byte(line, ')');
    }
    if (count > UNPAIRED_SHOWN)
        evd_buffer_format(line, " and %zu more", count - UNPAIRED_SHOWN);
    evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
}

static void render_controls(const struct evd_outcome *outcome, const struct evd_report_options *options,
                            struct evd_buffer *line, struct evd_output *out)
{
    if (outcome->control_count > 0)
        evd_buffer_byte(&out->buffer, '\n');
    for (size_t i = 0; i < outcome->control_count; i++) {
        evd_buffer_clear(line);
        evd_buffer_format(line, "Control run %zu, of %s: ", i, evd_side_name(outcome->controls[i].side));
        evd_append_line(line, outcome->controls[i].path);
        evd_text_put_wrapped(out, options, EVD_COLOR_NONE, line, 2);
    }
}

static void render(const struct evd_outcome *outcome, const struct evd_report_options *options, struct evd_output *out)
{
    struct evd_buffer line = {0};
    render_verdict(outcome, options, &line, &out->buffer);
    render_unmet(outcome, options, &line, out);
    render_hints(outcome, options, &line, out);
    for (size_t i = 0; i < evd_log_count(outcome); i++)
        render_skipped(outcome, i, options, &line, out);
    render_looks(outcome, options, &line, out);
    evd_text_render_known(outcome, options, &line, out);
    evd_text_render_threads(outcome, options, &line, out);
    render_unpaired(outcome, EVD_CANARY, options, &line, out);
    render_unpaired(outcome, EVD_OURS, options, &line, out);
    render_controls(outcome, options, &line, out);
    evd_text_render_counts(outcome, options, &line, out);
    evd_buffer_byte(&out->buffer, '\n');
    render_verdict(outcome, options, &line, &out->buffer);
    evd_buffer_release(&line);
}

const struct evd_report_format evd_format_text = {
    "text", "the verdict, where to look first, and the threads, worst first", true, false, ".txt", render};
