#include "report/describe.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/letters.h"
#include "report/counts.h"
#include "report/python.h"
#include "report/values.h"

enum evd_pair_state evd_pair_state(const struct evd_pair_outcome *pair)
{
    if (pair->is_diverged || pair->first_null != NULL)
        return EVD_STATE_DIVERGED;
    if (pair->left_over[EVD_CANARY] > 0 || pair->left_over[EVD_OURS] > 0)
        return EVD_STATE_ENDS_EARLY;
    return EVD_STATE_EQUAL;
}

static void name_controls(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    if (outcome->control_count == 1)
        evd_buffer_string(out, "the control run does");
    else
        evd_buffer_format(out, "the %zu control runs do", outcome->control_count);
}

/* Ours stops: its stream ends, and canary's goes on. */
static bool stops(const struct evd_family *family)
{
    return family->class_ == EVD_CLASS_TRUNCATED && family->events[EVD_OURS] == 0;
}

/* A root looks like noise when more speaks against it than for it. A thread that is not created never does, nor a call that
 * fails and a stream of ours that stops, unless trusted runs do the same elsewhere or the log ends where the stream does. */
static bool looks_like_noise(const struct evd_family *family)
{
    const int32_t *points = family->suspicion.points;
    const bool stops_amid = stops(family) && points[EVD_EVIDENCE_LOG_END] == 0;
    return family->has_suspicion && family->suspicion.total < 0 && points[EVD_EVIDENCE_LOST_THREAD] == 0 &&
           (points[EVD_EVIDENCE_ORDINARY] != 0 || (points[EVD_EVIDENCE_FAILURE] == 0 && !stops_amid));
}

static size_t count_unlikely(const struct evd_outcome *outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < outcome->root_family_count; i++)
        count += looks_like_noise(&outcome->families[i]);
    return count;
}

/* What is new; false where the control runs do not matter. */
static bool describe_news(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    const size_t roots = outcome->root_family_count, alone = outcome->new_unpaired_count;
    const enum evd_verdict verdict = outcome->verdict;
    if (outcome->control_count == 0)
        return false;
    if (verdict == EVD_VERDICT_NOTHING_NEW) {
        evd_buffer_string(out, "Nothing new: what differs, differs as ");
        name_controls(out, outcome);
        return true;
    }
    if (verdict == EVD_VERDICT_UNPAIRED) {
        evd_buffer_format(out, "Nothing new but %zu thread%s without a counterpart", alone, evd_plural(alone));
        return true;
    }
    if ((verdict != EVD_VERDICT_DIVERGED && verdict != EVD_VERDICT_ENDS_EARLY) || roots == 0)
        return false;
    const size_t unlikely = count_unlikely(outcome), told = unlikely < roots ? roots - unlikely : roots;
    evd_buffer_format(out, "%s: %zu new root%s that ", verdict == EVD_VERDICT_DIVERGED ? "Diverged" : "Ends early",
                      told, evd_plural(told));
    name_controls(out, outcome);
    evd_buffer_string(out, " not explain");
    if (unlikely == roots)
        evd_buffer_format(out, ", but look%s like noise", roots == 1 ? "s" : "");
    else if (unlikely > 0)
        evd_buffer_format(out, ", and %zu more that look%s like noise", unlikely, unlikely == 1 ? "s" : "");
    return true;
}

void evd_describe_verdict(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    const size_t pairs = outcome->pair_count;
    size_t counts[EVD_STATE_EQUAL + 1] = {0};
    if (describe_news(out, outcome))
        return;
    for (size_t i = 0; i < pairs; i++)
        counts[evd_pair_state(&outcome->pairs[i])]++;
    if (outcome->verdict == EVD_VERDICT_INCONCLUSIVE)
        evd_buffer_format(out, "Inconclusive: %zu demand%s not met; %zu of %zu thread pairs diverged",
                          outcome->unmet_count, evd_plural(outcome->unmet_count), counts[EVD_STATE_DIVERGED], pairs);
    else if (outcome->verdict == EVD_VERDICT_NOTHING)
        evd_buffer_string(out, "Nothing compared: no mapped thread is in both logs");
    else if (counts[EVD_STATE_DIVERGED] > 0)
        evd_buffer_format(out, "Diverged: %zu of %zu thread pairs", counts[EVD_STATE_DIVERGED], pairs);
    else if (counts[EVD_STATE_ENDS_EARLY] > 0)
        evd_buffer_format(out, "No divergence, but %zu of %zu thread pairs end early on one side",
                          counts[EVD_STATE_ENDS_EARLY], pairs);
    else if (outcome->verdict == EVD_VERDICT_UNPAIRED) {
        const size_t unpaired = outcome->unpaired_count[EVD_CANARY] + outcome->unpaired_count[EVD_OURS];
        evd_buffer_format(out, "No divergence, but %zu thread%s no counterpart", unpaired,
                          unpaired == 1 ? " has" : "s have");
    } else if (pairs == 1)
        evd_buffer_string(out, "Equal: the one thread pair");
    else
        evd_buffer_format(out, "Equal: all %zu thread pairs", pairs);
}

static uint64_t matched_events(const struct evd_outcome *outcome, unsigned side)
{
    uint64_t matched = 0;
    if (outcome->has_resync)
        return outcome->counts[side].matched;
    for (size_t i = 0; i < outcome->pair_count; i++)
        matched += outcome->pairs[i].matched;
    return matched;
}

/* A share below 100 % would read like a loss where nothing differs: what the rules account for is said instead. */
static void describe_all_matched(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    const uint64_t matched[EVD_SIDES] = {matched_events(outcome, EVD_CANARY), matched_events(outcome, EVD_OURS)};
    bool is_first = true;
    evd_buffer_format(out, "%s event%s matched", evd_grouped(matched[EVD_CANARY]).text,
                      evd_plural(matched[EVD_CANARY]));
    for (unsigned side = EVD_CANARY; side < EVD_SIDES; side++) {
        const uint64_t total = outcome->event_count[side];
        if (total <= matched[side])
            continue;
        evd_buffer_format(out, "%s%s of %s", is_first ? ", the rules see past " : " and ",
                          evd_grouped(total - matched[side]).text, side == EVD_CANARY ? "canary's" : "ours");
        is_first = false;
    }
}

void evd_describe_matched(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    const uint64_t total = outcome->event_count[EVD_CANARY], matched = matched_events(outcome, EVD_CANARY);
    if (outcome->verdict == EVD_VERDICT_EQUAL) {
        describe_all_matched(out, outcome);
        return;
    }
    evd_buffer_format(out, "%s of canary's %s events matched (%.1f %%)", evd_grouped(matched).text,
                      evd_grouped(total).text, evd_percent(matched, total));
}

size_t evd_log_count(const struct evd_outcome *outcome)
{
    return EVD_SIDES + outcome->control_count;
}

const struct evd_skipped_lines *evd_skipped_in(const struct evd_outcome *outcome, size_t log)
{
    return log < EVD_SIDES ? &outcome->skipped[log] : &outcome->controls[log - EVD_SIDES].skipped;
}

void evd_describe_skipped(struct evd_buffer *out, const struct evd_outcome *outcome, size_t log)
{
    const uint64_t count = evd_skipped_in(outcome, log)->count;
    evd_buffer_format(out, "%s line%s of ", evd_grouped(count).text, evd_plural(count));
    if (log < EVD_SIDES)
        evd_buffer_string(out, evd_side_name((enum evd_side)log));
    else
        evd_buffer_format(out, "control run %zu", log - EVD_SIDES);
    evd_buffer_string(out, count == 1 ? " is no event and was skipped" : " are no events and were skipped");
}

void evd_describe_end(struct evd_buffer *out, const struct evd_pair_outcome *pair)
{
    const int longer = pair->left_over[EVD_CANARY] > 0 ? EVD_CANARY : EVD_OURS;
    const uint64_t count = pair->left_over[longer];
    evd_buffer_format(out, "%s ends early: %s goes on for %s event%s", evd_side_name(!longer), evd_side_name(longer),
                      evd_grouped(count).text, evd_plural(count));
}

void evd_describe_families(struct evd_buffer *out, const struct evd_outcome *outcome)
{
    const uint64_t count = evd_divergence_count(outcome);
    const size_t families = outcome->family_count, roots = outcome->root_family_count;
    evd_buffer_format(out, "%s divergence%s", evd_grouped(count).text, evd_plural(count));
    if (families < count)
        evd_buffer_format(out, " are %s famil%s", evd_grouped(families).text, families == 1 ? "y" : "ies");
    const size_t told = outcome->control_count > 0 ? outcome->news_family_count : families;
    if (outcome->control_count > 0)
        evd_buffer_format(out, ": %s noise, %s new", evd_grouped(families - told).text, evd_grouped(told).text);
    if (told > roots)
        evd_buffer_format(out, "; %s of %s follow%s from the other %s", evd_grouped(told - roots).text,
                          told < families ? "those" : "them", told - roots == 1 ? "s" : "",
                          roots == 1 ? "one" : evd_grouped(roots).text);
}

static void describe_points(struct evd_buffer *out, int32_t points, bool is_signed)
{
    const int32_t tenths = (abs(points) * 10 + EVD_POINT / 2) / EVD_POINT;
    const char *sign = points < 0 ? "-" : is_signed ? "+" : "";
    evd_buffer_format(out, "%s%d.%d", tenths == 0 ? "" : sign, tenths / 10, tenths % 10);
}

void evd_describe_suspicion(struct evd_buffer *out, const struct evd_suspicion *suspicion)
{
    const char *separator = ": ";
    evd_buffer_string(out, "suspicion ");
    describe_points(out, suspicion->total, false);
    for (int i = 0; i < EVD_EVIDENCES; i++) {
        if (suspicion->points[i] == 0)
            continue;
        evd_buffer_string(out, separator);
        describe_points(out, suspicion->points[i], true);
        evd_buffer_format(out, " %s", evd_evidence_summary((enum evd_evidence)i));
        separator = ", ";
    }
}

void evd_describe_subject(struct evd_buffer *out, const struct evd_family *family)
{
    const struct evd_text parts[] = {family->kind, family->call, family->field};
    const char *separator = "";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].length == 0)
            continue;
        evd_buffer_string(out, separator);
        evd_append_line(out, parts[i]);
        separator = " ";
    }
}

void evd_describe_breaks(struct evd_buffer *out, const struct evd_broken_renaming *breaks)
{
    evd_buffer_string(out, "breaks ");
    evd_append_line(out, breaks->name_class);
    evd_buffer_format(out, " 0x%" PRIx64 " = 0x%" PRIx64, breaks->value[EVD_CANARY], breaks->value[EVD_OURS]);
    if (breaks->size[EVD_CANARY] > 1 || breaks->size[EVD_OURS] > 1)
        evd_buffer_format(out, " (%" PRIu64 " and %" PRIu64 " bytes)", breaks->size[EVD_CANARY],
                          breaks->size[EVD_OURS]);
    evd_buffer_format(out, " learnt at canary tid %" PRId64 " idx %" PRId64, breaks->tid, breaks->tid_event_idx);
}

void evd_describe_null(struct evd_buffer *out, const struct evd_marked_null *null)
{
    evd_append_line(out, null->field);
    evd_buffer_format(out, " is null in %s only, under its mark", evd_side_name(null->side));
}

void evd_describe_novelty(struct evd_buffer *out, enum evd_news news)
{
    evd_buffer_string(out, news == EVD_NEWS_NONE ? "noise" : "new: ");
    evd_buffer_string(out, evd_news_summary(news));
}

void evd_describe_notes(struct evd_buffer *out, const struct evd_divergence *divergence)
{
    if (evd_breaks_of(divergence) != NULL)
        evd_describe_breaks(out, evd_breaks_of(divergence));
    if (evd_breaks_of(divergence) != NULL && evd_marked_null_of(divergence) != NULL)
        evd_buffer_string(out, "; ");
    if (evd_marked_null_of(divergence) != NULL)
        evd_describe_null(out, evd_marked_null_of(divergence));
}

const struct evd_first_divergence *evd_told_first(const struct evd_pair_outcome *pair, uint64_t *matched)
{
    const struct evd_first_null *null = pair->first_null;
    *matched = null != NULL ? null->matched : pair->matched;
    if (null != NULL)
        return &null->divergence;
    return pair->divergence;
}

static bool is_of_call(enum evd_difference_form form)
{
    return form == EVD_DIFFERENCE_PRIORITY || form == EVD_DIFFERENCE_NAME || form == EVD_DIFFERENCE_NULL;
}

void evd_describe_first(struct evd_buffer *out, const struct evd_first_divergence *first)
{
    if (is_of_call(first->form)) {
        evd_buffer_byte(out, '[');
        evd_append_text(out, first->path);
        evd_buffer_string(out, first->form == EVD_DIFFERENCE_NAME   ? " renamed] "
                               : first->form == EVD_DIFFERENCE_NULL ? " null] "
                                                                    : " mismatch] ");
        evd_append_text(out, first->kind);
        if (first->name.length > 0) {
            evd_buffer_byte(out, ' ');
            evd_append_text(out, first->name_field);
            evd_buffer_byte(out, '=');
            evd_append_python_str(out, first->name);
        }
    } else {
        evd_buffer_string(out, first->form == EVD_DIFFERENCE_KIND ? "" : "payload.");
        evd_append_text(out, first->path);
    }
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_format(out, "%s%s=", side ? " " : ": ", evd_side_name(side));
        /* The reference takes a field that ours lacks for None. */
        if (first->value[side].type != EVD_TYPE_ABSENT)
            evd_append_python_repr(out, first->value[side].shown);
        else
            evd_buffer_string(out, first->form == EVD_DIFFERENCE_ADDED ? "<missing>" : "None");
    }
    if (first->breaks != NULL) {
        evd_buffer_string(out, ", which ");
        evd_describe_breaks(out, first->breaks);
    }
    if (first->form == EVD_DIFFERENCE_NULL)
        evd_buffer_string(out, ", which its mark hides");
}

void evd_describe_extent(struct evd_buffer *out, const struct evd_divergence *divergence)
{
    const uint64_t c = evd_run_of(divergence, EVD_CANARY).count, o = evd_run_of(divergence, EVD_OURS).count;
    const uint64_t told = c > 0 ? c : o;
    if (divergence->class_ == EVD_CLASS_TRUNCATED)
        evd_buffer_format(out, "%s goes on for ", evd_side_name(c > 0 ? EVD_CANARY : EVD_OURS));
    evd_buffer_format(out, "%s event%s", evd_grouped(told).text, evd_plural(told));
    if (divergence->class_ == EVD_CLASS_REPLACED)
        evd_buffer_format(out, " by %s", evd_grouped(o).text);
}

void evd_describe_difference(struct evd_buffer *out, const struct evd_divergence *divergence)
{
    if (divergence->class_ != EVD_CLASS_VALUE)
        evd_describe_extent(out, divergence);
    for (int side = 0; divergence->class_ == EVD_CLASS_VALUE && side < EVD_SIDES; side++) {
        evd_buffer_format(out, "%s%s=", side ? " " : "", evd_side_name(side));
        evd_append_python(out, &divergence->value[side]);
    }
    if (divergence->has_notes)
        evd_buffer_string(out, "; ");
    evd_describe_notes(out, divergence);
}

void evd_describe_shown_difference(struct evd_buffer *out, const struct evd_divergence *divergence,
                                   enum evd_shown_as shown_as)
{
    if (divergence->class_ != EVD_CLASS_VALUE || divergence->value == NULL) {
        evd_describe_difference(out, divergence);
        return;
    }
    evd_append_both_values(out, divergence->value, shown_as);
    if (divergence->has_notes)
        evd_buffer_string(out, "; ");
    evd_describe_notes(out, divergence);
}

void evd_describe_place(struct evd_buffer *out, const struct evd_outcome *outcome, size_t pair, size_t divergence)
{
    const struct evd_pair_outcome *threads = &outcome->pairs[pair];
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_format(out, "%s%s %" PRId64 " [%" PRId64 "]", side ? ", " : "", evd_side_name(side),
                          threads->tid[side], evd_run_of(&threads->divergences[divergence], side).first_idx);
}

void evd_describe_relation(struct evd_buffer *out, const struct evd_family *family)
{
    if (family->relation == EVD_RELATION_CONSTANT_OFFSET)
        evd_buffer_format(
            out, "ours is canary's %s %s", family->offset < 0 ? "minus" : "plus",
            evd_grouped(family->offset < 0 ? 0 - (uint64_t)family->offset : (uint64_t)family->offset).text);
    else if (family->relation != EVD_RELATION_NONE)
        evd_buffer_string(out, evd_relation_summary(family->relation));
}

uint64_t evd_divergence_count(const struct evd_outcome *outcome)
{
    uint64_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        count += outcome->pairs[i].divergence_count;
    return count;
}

void evd_describe_rule(struct evd_buffer *out, const struct evd_rule_use *use)
{
    evd_buffer_string(out, evd_rule_subject_summary(use->subject));
    if (use->of.length > 0)
        evd_buffer_byte(out, ' ');
    evd_append_text(out, use->of);
}

size_t evd_off_rule_count(const struct evd_outcome *outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < outcome->rule_use_count; i++)
        count += outcome->rule_uses[i].is_off;
    return count;
}

void evd_describe_hint(struct evd_buffer *out, const struct evd_hint *hint)
{
    evd_buffer_format(out, "%s of %s ", evd_grouped(hint->part).text, evd_grouped(hint->whole).text);
    if (hint->kind == EVD_HINT_SIMILARITY) {
        evd_buffer_string(out,
                          "pairs of threads part within their first 4 events; --pair similarity pairs threads by what "
                          "they do");
        return;
    }
    if (hint->kind == EVD_HINT_UNPAIRED) {
        evd_buffer_string(out, "events are in threads without a counterpart; --pair similarity pairs threads "
                               "by what they do");
        return;
    }
    if (hint->kind == EVD_HINT_KINDS) {
        evd_buffer_string(out, "events are of a kind that the rules know; --rules takes others, "
                               "docs/rules.md says how they are written");
        return;
    }
    if (hint->kind == EVD_HINT_CONTROL) {
        evd_buffer_string(out, "events have no equal in the control run ");
        evd_append_line(out, hint->name);
        evd_buffer_string(out,
                          ", far more than in the other log: it may be of another program or in another state, and "
                          "explains almost anything; leave it out, or pair threads another way (--pair)");
        return;
    }
    if (hint->kind == EVD_HINT_THREADS) {
        evd_buffer_string(out, "rules of \"threads\" find nothing in a log that they know threads by: ");
        evd_append_line(out, hint->name);
        if (hint->part > 1)
            evd_buffer_string(out, " first");
        evd_buffer_string(out, "; its kind and fields must be spelled as the log has them");
        return;
    }
    evd_buffer_string(out, "divergences of value are in fields that other rules see past; try --rules ");
    evd_append_line(out, hint->name);
}

const struct evd_quotation *evd_quotation_at(const struct evd_outcome *outcome, size_t family, size_t pair,
                                             size_t divergence)
{
    const struct evd_quotation *quotation =
        family < outcome->look_count && family < outcome->quotation_count ? &outcome->quotations[family] : NULL;
    return quotation != NULL && quotation->pair == pair && quotation->divergence == divergence ? quotation : NULL;
}

struct evd_text evd_arguments_at(const struct evd_outcome *outcome, size_t family, size_t pair, size_t divergence)
{
    const struct evd_quotation *quotation = evd_quotation_at(outcome, family, pair, divergence);
    return quotation != NULL ? quotation->arguments : (struct evd_text){"", 0};
}

/* The first event of a side, of its run or behind it; NULL: there is none. */
static const struct evd_event_quotation *event_of(const struct evd_quotation *quotation, int side)
{
    const size_t first = quotation->before[side], count = quotation->inside[side] + quotation->behind[side];
    return count == 0 ? NULL : &quotation->events[side][first];
}

/* Which of them it is told of. */
static void tell_traces(struct evd_buffer *out, bool is_canary, bool is_ours)
{
    evd_buffer_string(out, is_canary && is_ours ? " of the traces"
                           : is_canary          ? " of canary's trace"
                                                : " of our trace");
}

void evd_describe_source(struct evd_buffer *out, const struct evd_quotation *quotation)
{
    const size_t begin = out->length;
    uint64_t places[2][EVD_SIDES] = {{0}};
    static const char *const WHAT[2] = {"event", "line"};
    for (int side = 0; quotation != NULL && side < EVD_SIDES; side++) {
        const struct evd_event_quotation *event = event_of(quotation, side);
        places[0][side] = event == NULL ? 0 : event->source_event;
        places[1][side] = event == NULL ? 0 : event->source_line;
    }
    /* A list of events may be one line. */
    if (places[0][EVD_CANARY] + places[0][EVD_OURS] > 0 && places[1][EVD_CANARY] <= 1 && places[1][EVD_OURS] <= 1)
        memset(places[1], 0, sizeof places[1]);
    for (int what = 0; what < 2; what++) {
        const uint64_t canary = places[what][EVD_CANARY], ours = places[what][EVD_OURS];
        if (canary + ours > 0)
            evd_buffer_string(out, out->length == begin ? "; " : ", ");
        if (canary > 0 && ours > 0)
            evd_buffer_format(out, "%ss %" PRIu64 " and %" PRIu64, WHAT[what], canary, ours);
        else if (canary > 0 || ours > 0)
            evd_buffer_format(out, "%s %" PRIu64, WHAT[what], canary > 0 ? canary : ours);
    }
    if (out->length > begin)
        tell_traces(out, places[0][EVD_CANARY] + places[1][EVD_CANARY] > 0,
                    places[0][EVD_OURS] + places[1][EVD_OURS] > 0);
}

void evd_describe_source_threads(struct evd_buffer *out, const struct evd_quotation *quotation)
{
    if (quotation == NULL)
        return;
    const struct evd_text canary = quotation->source_thread[EVD_CANARY], ours = quotation->source_thread[EVD_OURS];
    if (canary.length + ours.length == 0)
        return;
    evd_buffer_string(out, canary.length > 0 && ours.length > 0 ? "threads " : "thread ");
    if (canary.length > 0)
        evd_append_line(out, canary);
    if (canary.length > 0 && ours.length > 0)
        evd_buffer_string(out, " and ");
    if (ours.length > 0)
        evd_append_line(out, ours);
    tell_traces(out, canary.length > 0, ours.length > 0);
}
