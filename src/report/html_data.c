/* What the page's script needs beside the tables: of each family its places and in words why it is one; of each thread the
 * runs of its picture; the events around the families' places. All of it is JSON, packed, in the order of its worth: where
 * the page would become too large, the last of it is left out, and the script says so. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/letters.h"
#include "report/describe.h"
#include "report/html.h"
#include "report/known.h"
#include "report/packed.h"
#include "report/root.h"
#include "report/runs.h"
#include "report/threads.h"

enum {
    PLACES_MAX = 50, /* of one family */
    TEXT_MAX = 400,  /* letters of one text */
    ELEMENT_MAX =
        250 * 1000 /* packed bytes of one element of a list, which is written when there is room for so many */
};

struct data {
    const struct evd_outcome *outcome;
    const struct evd_known *known; /* or NULL */
    struct evd_packed packed;
    struct evd_json_writer json;
    struct evd_buffer text; /* scratch */
    uint64_t most;          /* bytes of all */
};

static void write_text(struct data *data, const char *key)
{
    evd_cut_letters(&data->text, 0, TEXT_MAX);
    data->packed.to->buffer.failed |= data->text.failed;
    evd_json_text(&data->json, key, (struct evd_text){data->text.data, data->text.length});
    evd_buffer_clear(&data->text);
}

/* True while there is room for one more element. */
static bool has_room(struct data *data)
{
    return evd_packed_flush(&data->packed) + ELEMENT_MAX + EVD_PACKED_END_MAX < data->most;
}

/* "places": pair, canary's and our tid_event_idx; the place to look at comes first. */
static void write_place(struct data *data, size_t pair, size_t divergence)
{
    const struct evd_divergence *told = &data->outcome->pairs[pair].divergences[divergence];
    evd_json_begin(&data->json, NULL, '[');
    evd_json_unsigned(&data->json, NULL, pair);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_signed(&data->json, NULL, evd_run_of(told, side).first_idx);
    evd_json_end(&data->json, ']');
}

static void write_places(struct data *data, size_t index)
{
    const struct evd_outcome *outcome = data->outcome;
    const struct evd_family *family = &outcome->families[index];
    size_t pair, divergence, told = 1;
    evd_root_place(outcome, family, &pair, &divergence);
    evd_json_begin(&data->json, "places", '[');
    write_place(data, pair, divergence);
    for (size_t i = 0; i < family->pair_count && told < PLACES_MAX && told < family->count; i++) {
        const struct evd_pair_outcome *threads = &outcome->pairs[family->pairs[i]];
        for (size_t j = 0; j < threads->divergence_count && told < PLACES_MAX && told < family->count; j++)
            if (threads->divergences[j].family == index && !(family->pairs[i] == pair && j == divergence)) {
                write_place(data, family->pairs[i], j);
                told++;
            }
    }
    evd_json_end(&data->json, ']');
}

static void write_known(struct data *data, const struct evd_listed_family *known)
{
    if (known == NULL)
        return;
    evd_json_string(&data->json, "standing", known->summary);
    evd_describe_known(&data->text, known);
    write_text(data, "known");
}

static void write_family(struct data *data, size_t index)
{
    const struct evd_outcome *outcome = data->outcome;
    const struct evd_family *family = &outcome->families[index];
    size_t pair, divergence;
    const struct evd_divergence *told = evd_root_place(outcome, family, &pair, &divergence);
    evd_json_begin(&data->json, NULL, '{');
    evd_json_string(&data->json, "id", family->id);
    evd_json_string(&data->json, "class", evd_class_name(family->class_));
    evd_describe_subject(&data->text, family);
    write_text(data, "what");
    write_known(data, evd_known_of(data->known, index));
    if (!family->is_root)
        evd_json_unsigned(&data->json, "follows", family->follows);
    evd_json_unsigned(&data->json, "count", family->count);
    evd_describe_root_extent(&data->text, family);
    write_text(data, "extent");
    if (family->has_suspicion) {
        evd_describe_suspicion(&data->text, &family->suspicion);
        write_text(data, "why");
    }
    evd_describe_relation(&data->text, family);
    write_text(data, "relation");
    evd_describe_notes(&data->text, told);
    write_text(data, "notes");
    evd_describe_difference(&data->text, told);
    write_text(data, "difference");
    evd_json_begin(&data->json, "show", '[');
    if (evd_describe_show(&data->text, outcome, pair, divergence, NULL))
        write_text(data, NULL);
    evd_json_end(&data->json, ']');
    write_places(data, index);
    evd_json_end(&data->json, '}');
}

/* Times are whatever the log says: the difference may wrap. */
static int64_t time_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

/* What a mark of the picture is. */
enum role { ROLE_CONSEQUENCE, ROLE_ROOT, ROLE_LISTED };

/* Of several divergences the gravest: with a ledger one that it leaves to be looked at, then a root that it lists. */
static enum role role_of(const struct data *data, const struct evd_divergence *divergences, size_t count)
{
    enum role role = ROLE_CONSEQUENCE;
    for (size_t i = 0; i < count; i++) {
        const struct evd_listed_family *known = evd_known_of(data->known, divergences[i].family);
        const bool is_root = divergences[i].cause == EVD_CAUSE_NONE;
        if (data->known == NULL ? is_root : known != NULL && known->is_told)
            return ROLE_ROOT;
        role = is_root ? ROLE_LISTED : role;
    }
    return role;
}

/* A run of the picture: its divergences from `first` on and before `end`. */
static void write_run(struct data *data, const struct evd_pair_outcome *pair, size_t first, size_t end)
{
    const struct evd_divergence *one = &pair->divergences[first], *last = &pair->divergences[end - 1];
    uint64_t count = evd_run_of(last, EVD_CANARY).position + evd_run_of(last, EVD_CANARY).count -
                     evd_run_of(one, EVD_CANARY).position;
    if (end - first == 1)
        count = evd_run_of(one, EVD_CANARY).count;
    const uint64_t numbers[] = {
        (uint64_t)one->class_,
        role_of(data, one, end - first),
        one->family,
        end - first,
        evd_run_of(one, EVD_CANARY).position,
        count,
        evd_run_of(one, EVD_OURS).count,
        evd_run_of(one, EVD_CANARY).offset};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        evd_json_unsigned(&data->json, NULL, numbers[i]);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_signed(&data->json, NULL, evd_run_of(one, side).first_idx);
    evd_json_signed(
        &data->json, NULL,
        data->outcome->has_times
            ? time_between(pair->times->extent[EVD_CANARY].first_ns, pair->times->host_ns[EVD_CANARY][first])
            : 0);
}

static void write_extent(struct data *data, const struct evd_thread_extent *extent)
{
    evd_json_begin(&data->json, "extent", '[');
    evd_json_unsigned(&data->json, NULL, extent->first_offset);
    evd_json_unsigned(&data->json, NULL, extent->last_offset);
    evd_json_signed(&data->json, NULL, data->outcome->has_times ? extent->first_ns : 0);
    evd_json_signed(&data->json, NULL, data->outcome->has_times ? time_between(extent->first_ns, extent->last_ns) : 0);
    evd_json_end(&data->json, ']');
}

static const struct evd_thread_extent NOWHERE;

static void write_lane(struct data *data, const struct evd_thread_row *row)
{
    const struct evd_pair_outcome *pair = row->pair;
    const uint64_t gap = evd_runs_gap(pair, HTML_LANE_RUNS_MAX);
    evd_json_begin(&data->json, NULL, '{');
    evd_json_unsigned(&data->json, "pair", (uint64_t)(pair - data->outcome->pairs));
    evd_json_begin(&data->json, "tid", '[');
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_signed(&data->json, NULL, pair->tid[side]);
    evd_json_end(&data->json, ']');
    evd_json_unsigned(&data->json, "state", row->state);
    evd_json_unsigned(&data->json, "total", pair->total[EVD_CANARY]);
    write_extent(data, pair->times != NULL ? &pair->times->extent[EVD_CANARY] : &NOWHERE);
    evd_json_begin(&data->json, "runs", '[');
    for (size_t first = 0, end; first < pair->divergence_count; first = end) {
        end = evd_run_end(pair, first, gap);
        write_run(data, pair, first, end);
    }
    evd_json_end(&data->json, ']');
    evd_json_end(&data->json, '}');
}

static void write_lanes(struct data *data)
{
    const struct evd_outcome *outcome = data->outcome;
    struct evd_thread_row *rows = evd_threads_worst_first(outcome, data->known);
    size_t told = 0;
    data->packed.to->buffer.failed |= rows == NULL;
    evd_json_begin(&data->json, "lanes", '[');
    for (; rows != NULL && told < outcome->pair_count && has_room(data); told++)
        write_lane(data, &rows[told]);
    evd_json_end(&data->json, ']');
    evd_json_unsigned(&data->json, "lanes_left_out", outcome->pair_count - told);
    free(rows);
}

static void write_alone(struct data *data)
{
    const struct evd_outcome *outcome = data->outcome;
    const size_t count = outcome->unpaired_count[EVD_CANARY];
    evd_json_begin(&data->json, "alone", '[');
    for (size_t i = 0; i < count && i < HTML_ROWS_MAX && has_room(data); i++) {
        const struct evd_unpaired *thread = &outcome->unpaired[EVD_CANARY][i];
        evd_json_begin(&data->json, NULL, '{');
        evd_json_signed(&data->json, "tid", thread->tid);
        evd_json_unsigned(&data->json, "total", thread->total);
        write_extent(data, &thread->extent);
        evd_json_end(&data->json, '}');
    }
    evd_json_end(&data->json, ']');
}

static void write_event(struct data *data, const struct evd_event_quotation *event)
{
    evd_json_begin(&data->json, NULL, '[');
    evd_json_signed(&data->json, NULL, event->tid_event_idx);
    evd_json_text(&data->json, NULL, event->kind);
    evd_json_text(&data->json, NULL, event->payload);
    evd_json_unsigned(&data->json, NULL, event->payload_length - event->payload.length);
    evd_json_end(&data->json, ']');
}

static void write_quotation(struct data *data, const struct evd_quotation *quotation)
{
    evd_json_begin(&data->json, NULL, '[');
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t parts[] = {quotation->before[side], quotation->inside[side], quotation->behind[side]};
        const struct evd_event_quotation *event = quotation->events[side];
        evd_json_begin(&data->json, NULL, '[');
        for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
            evd_json_begin(&data->json, NULL, '[');
            for (size_t i = 0; i < parts[part]; i++)
                write_event(data, event++);
            evd_json_end(&data->json, ']');
        }
        const struct evd_divergence *told = &data->outcome->pairs[quotation->pair].divergences[quotation->divergence];
        evd_json_unsigned(&data->json, NULL, evd_run_of(told, side).count);
        evd_json_end(&data->json, ']');
    }
    evd_json_end(&data->json, ']');
}

static void write_all(struct data *data)
{
    const struct evd_outcome *outcome = data->outcome;
    evd_json_begin(&data->json, NULL, '{');
    evd_json_bool(&data->json, "has_times", outcome->has_times);
    evd_json_bool(&data->json, "has_ledger", data->known != NULL);
    evd_json_unsigned(&data->json, "pairs", outcome->pair_count);
    evd_json_begin(&data->json, "families", '[');
    for (size_t i = 0; i < outcome->family_count && i < HTML_ROWS_MAX && has_room(data); i++)
        write_family(data, i);
    evd_json_end(&data->json, ']');
    write_lanes(data);
    write_alone(data);
    size_t told = 0;
    evd_json_begin(&data->json, "quotations", '[');
    for (; told < outcome->quotation_count && has_room(data); told++)
        write_quotation(data, &outcome->quotations[told]);
    evd_json_end(&data->json, ']');
    evd_json_unsigned(&data->json, "quotations_left_out", outcome->quotation_count - told);
    evd_json_end(&data->json, '}');
}

void evd_html_data(struct evd_html *html, uint64_t most)
{
    struct data data = {.outcome = html->outcome, .known = html->options->known, .most = most};
    if (evd_packed_begin(&data.packed, html->out)) {
        data.json.out = &data.packed.in;
        write_all(&data);
        evd_packed_end(&data.packed);
    }
    evd_packed_release(&data.packed);
    evd_buffer_release(&data.text);
}
