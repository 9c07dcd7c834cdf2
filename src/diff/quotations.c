#include "diff/quotations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "diff/call_arguments.h"
#include "diff/differing_fields.h"
#include "outcome/text.h"
#include "json/value.h"

#define NO_TIME INT64_MIN

enum { LOOK_BACK_MAX = 1000 }; /* events that are looked at before a divergence for those that take part */

/* What reads events, and where what is kept of them goes. */
struct quoter {
    struct evd_reader *reader;
    struct evd_buffer *scratch;
    struct evd_arena *arena;
    const struct evd_log *log; /* of the side at work */
    const struct evd_stream *stream;
    struct evd_error *error;
};

static enum evd_status read_event(const struct quoter *quoter, uint64_t position, struct evd_event_view *view)
{
    if (!evd_stream_verify(quoter->log, quoter->stream, position, position + 1, NULL))
        return evd_log_check(quoter->log, true, quoter->error);
    return evd_reader_read(
        quoter->reader, quoter->log, evd_stream_event(quoter->stream, position), NULL, view, quoter->error);
}

/* NO_TIME where there is none that fits. */
static int64_t time_of(const struct evd_event_view *view)
{
    int64_t number;
    const uint32_t token = view->fields.host_ns;
    return token != 0 && evd_event_integer(view->tape, token, &number) ? number : NO_TIME;
}

static enum evd_status read_time(const struct quoter *quoter, uint64_t position, int64_t *time)
{
    struct evd_event_view view;
    const enum evd_status status = read_event(quoter, position, &view);
    if (status == EVD_OK)
        *time = time_of(&view);
    return status;
}

/* The extent of a thread, which has events. */
static enum evd_status read_extent(const struct quoter *quoter, struct evd_thread_extent *extent)
{
    const struct evd_stream *stream = quoter->stream;
    *extent = (struct evd_thread_extent){.first_ns = NO_TIME, .last_ns = NO_TIME};
    if (stream->count == 0)
        return EVD_OK;
    extent->first_offset = evd_event_offset(evd_stream_event(stream, 0));
    extent->last_offset = evd_event_offset(evd_stream_event(stream, stream->count - 1));
    const enum evd_status status = read_time(quoter, 0, &extent->first_ns);
    return status == EVD_OK ? read_time(quoter, stream->count - 1, &extent->last_ns) : status;
}

static enum evd_status read_times(const struct quoter *quoter, const struct evd_pair_outcome *pair, int side,
                                  struct evd_pair_times *times)
{
    const struct evd_stream *stream = quoter->stream;
    enum evd_status status = read_extent(quoter, &times->extent[side]);
    times->host_ns[side] = evd_arena_array(quoter->arena, pair->divergence_count, sizeof *times->host_ns[side]);
    if (times->host_ns[side] == NULL)
        return evd_fail_memory(quoter->error);
    for (size_t i = 0; status == EVD_OK && i < pair->divergence_count; i++) {
        const uint64_t position = evd_run_of(&pair->divergences[i], side).position;
        times->host_ns[side][i] = NO_TIME;
        if (stream->count > 0)
            status =
                read_time(quoter, position < stream->count ? position : stream->count - 1, &times->host_ns[side][i]);
    }
    return status;
}

enum evd_status evd_quote_times(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                const struct evd_pair_plan *plan, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    struct evd_pair_times *times = evd_arena_alloc(&worker->arena, sizeof *times);
    if (times == NULL)
        return evd_fail_memory(error);
    work->outcome->times = times;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        const struct quoter quoter = {
            .reader = &worker->walker.block_reader,
            .arena = &worker->arena,
            .log = plan->log[side],
            .stream = work->stream[side],
            .error = error};
        status = read_times(&quoter, work->outcome, side, times);
    }
    return status;
}

static bool takes_part(const struct evd_stream *stream, uint64_t position)
{
    return evd_event_tag(evd_stream_event(stream, position)) != EVD_TAG_ENGINE_LOCAL;
}

/* Bytes of a text that are at most `most` and end with a whole letter. */
static size_t whole_letters(const struct evd_buffer *text, size_t most)
{
    if (text->length <= most)
        return text->length;
    while (most > 0 && ((unsigned char)text->data[most] & 0xc0) == 0x80)
        most--;
    return most;
}

struct evd_text evd_call_of_view(const struct evd_event_view *view)
{
    const struct evd_kind_rule *rule = view->fields.rule;
    const struct evd_value *name = NULL;
    if (rule != NULL && rule->priority_name.length > 0)
        name = evd_value_get(view->payload, rule->priority_name);
    for (size_t i = 0; rule != NULL && rule->summary_form == EVD_SUMMARY_FIRST_OF && i < rule->summary_count; i++)
        if (!evd_value_is_true(name))
            name = evd_value_get(view->payload, rule->summary_fields[i]);
    if (name != NULL && name->type == EVD_JSON_STRING)
        return (struct evd_text){name->string.bytes, name->string.length};
    if (name != NULL && name->type == EVD_JSON_INTEGER)
        return (struct evd_text){name->integer.bytes, name->integer.length};
    return (struct evd_text){"", 0};
}

/* A member that tells a place in the trace; 0 where the event has none that does. */
static uint64_t source_number_of(const struct evd_event_view *view, const char *name)
{
    const uint32_t token = evd_event_view_member(view, evd_string_of(name));
    const struct evd_json_token *value = &view->tape->tokens[token];
    uint64_t line = 0;
    if (token == 0 || value->type != EVD_JSON_INTEGER)
        return 0;
    for (size_t i = 0; i < value->length; i++) {
        const char digit = view->tape->text[value->start + i];
        if (digit < '0' || digit > '9' || __builtin_mul_overflow(line, (uint64_t)10, &line) ||
            __builtin_add_overflow(line, (uint64_t)(digit - '0'), &line))
            return 0;
    }
    return line;
}

bool evd_quote_view(const struct evd_event_view *view, struct evd_buffer *scratch, struct evd_arena *arena,
                    struct evd_event_quotation *event)
{
    const struct evd_text kind = {view->fields.kind.bytes, view->fields.kind.length};
    evd_buffer_clear(scratch);
    evd_value_json(scratch, view->payload);
    *event = (struct evd_event_quotation){
        .tid_event_idx = view->fields.tid_event_idx,
        .source_line = source_number_of(view, "source_line"),
        .source_event = source_number_of(view, "source_event"),
        .payload_length = scratch->length};
    scratch->length = whole_letters(scratch, EVD_QUOTATION_BYTES_MAX);
    return evd_keep_text(arena, scratch, &event->payload) && evd_copy_text(arena, kind, &event->kind) &&
           evd_copy_text(arena, evd_call_of_view(view), &event->call);
}

static enum evd_status quote_event(const struct quoter *quoter, uint64_t position, struct evd_event_quotation *event)
{
    struct evd_event_view view;
    const enum evd_status status = read_event(quoter, position, &view);
    if (status != EVD_OK)
        return status;
    return evd_quote_view(&view, quoter->scratch, quoter->arena, event) ? EVD_OK : evd_fail_memory(quoter->error);
}

/* The events of one side around a divergence, by position. */
struct around {
    uint64_t positions[EVD_QUOTATION_AROUND + EVD_QUOTATION_RUN_MAX + EVD_QUOTATION_AROUND];
    size_t before, inside, behind;
};

static void find_around(const struct evd_stream *stream, const struct evd_run *run, struct around *around)
{
    uint64_t position = run->position < stream->count ? run->position : stream->count, left = run->count;
    *around = (struct around){.before = 0};
    for (uint64_t at = position; at > 0 && position - at < LOOK_BACK_MAX && around->before < EVD_QUOTATION_AROUND; at--)
        if (takes_part(stream, at - 1))
            around->positions[EVD_QUOTATION_AROUND - ++around->before] = at - 1;
    const size_t skipped = EVD_QUOTATION_AROUND - around->before;
    memmove(around->positions, around->positions + skipped, around->before * sizeof *around->positions);
    size_t count = around->before;
    for (; position < stream->count && (left > 0 || around->behind < EVD_QUOTATION_AROUND); position++) {
        if (!takes_part(stream, position))
            continue;
        if (left > 0) {
            left--;
            if (around->inside == EVD_QUOTATION_RUN_MAX)
                continue;
            around->inside++;
        } else {
            around->behind++;
        }
        around->positions[count++] = position;
    }
}

/* What the trace calls the thread; nothing where the thread's events do not tell. */
static enum evd_status quote_source_thread(const struct quoter *quoter, uint64_t position, struct evd_text *name)
{
    struct evd_event_view view;
    struct evd_arena scratch = {0};
    struct evd_string text;
    enum evd_status status = read_event(quoter, position, &view);
    if (status != EVD_OK)
        return status;
    const uint32_t token = evd_event_view_member(&view, evd_string_of("source_thread"));
    evd_buffer_clear(quoter->scratch);
    if (token != 0 && view.tape->tokens[token].type == EVD_JSON_STRING) {
        if (!evd_value_string(&scratch, view.tape, token, &text))
            status = evd_fail_memory(quoter->error);
        else
            evd_buffer_append(quoter->scratch, text.bytes, text.length);
    }
    quoter->scratch->length = whole_letters(quoter->scratch, EVD_SOURCE_THREAD_BYTES_MAX);
    if (status == EVD_OK && !evd_keep_text(quoter->arena, quoter->scratch, name))
        status = evd_fail_memory(quoter->error);
    evd_arena_release(&scratch);
    return status;
}

static enum evd_status quote_side(const struct quoter *quoter, struct evd_quotation *quotation, int side,
                                  const struct evd_run *run)
{
    struct around around;
    enum evd_status status = EVD_OK;
    /* From the first divergence on, resync has made sure of the events. */
    const uint64_t to = run->position < quoter->stream->count ? run->position : quoter->stream->count;
    if (!evd_stream_verify(quoter->log, quoter->stream, to > LOOK_BACK_MAX ? to - LOOK_BACK_MAX : 0, to, NULL))
        return evd_log_check(quoter->log, true, quoter->error);
    find_around(quoter->stream, run, &around);
    const size_t count = around.before + around.inside + around.behind;
    quotation->before[side] = around.before;
    quotation->inside[side] = around.inside;
    quotation->behind[side] = around.behind;
    quotation->events[side] = evd_arena_array(quoter->arena, count, sizeof *quotation->events[side]);
    if (quotation->events[side] == NULL)
        return evd_fail_memory(quoter->error);
    quotation->source_thread[side] = (struct evd_text){"", 0};
    if (count > 0)
        status = quote_source_thread(quoter, around.positions[0], &quotation->source_thread[side]);
    for (size_t i = 0; status == EVD_OK && i < count; i++)
        status = quote_event(quoter, around.positions[i], &quotation->events[side][i]);
    return status;
}

static bool has_times(const struct evd_thread_extent *extent)
{
    return extent->first_ns != NO_TIME && extent->last_ns != NO_TIME;
}

static bool pair_has_times(const struct evd_pair_outcome *pair)
{
    bool is_so = true;
    for (int side = 0; side < EVD_SIDES; side++) {
        is_so = is_so && has_times(&pair->times->extent[side]);
        for (size_t i = 0; is_so && i < pair->divergence_count; i++)
            is_so = pair->times->host_ns[side][i] != NO_TIME;
    }
    return is_so;
}

static bool all_have_times(const struct evd_outcome *outcome)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (!pair_has_times(&outcome->pairs[i]))
            return false;
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++)
            if (!has_times(&outcome->unpaired[side][i].extent))
                return false;
    return true;
}

static enum evd_status read_unpaired(struct quoter *quoter, struct evd_outcome *outcome, int side)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < outcome->unpaired_count[side]; i++) {
        struct evd_unpaired *thread = &outcome->unpaired[side][i];
        quoter->stream = evd_log_stream(quoter->log, thread->tid);
        if (quoter->stream != NULL)
            status = read_extent(quoter, &thread->extent);
    }
    return status;
}

/* All fields in which the two events of a divergence of value differ. */
static enum evd_status quote_fields(const struct quoter *quoter, struct evd_reader *other_reader,
                                    const struct evd_pair_work *work, const struct evd_log *const log[EVD_SIDES],
                                    const struct evd_family *family, struct evd_quotation *quotation)
{
    const struct evd_divergence *divergence = &work->outcome->divergences[quotation->divergence];
    struct evd_event_view views[EVD_SIDES];
    struct quoter sides[EVD_SIDES] = {*quoter, *quoter};
    sides[EVD_OURS].reader = other_reader;
    for (int side = 0; side < EVD_SIDES; side++) {
        sides[side].log = log[side];
        sides[side].stream = work->stream[side];
        if (evd_run_of(divergence, side).position >= work->stream[side]->count)
            return EVD_OK;
        const enum evd_status status = read_event(&sides[side], evd_run_of(divergence, side).position, &views[side]);
        if (status != EVD_OK)
            return status;
    }
    struct evd_field_list list;
    const struct evd_differing_field first = {.path = family->field,
                                              .shown_as = family->shown_as,
                                              .value = {divergence->value[EVD_CANARY], divergence->value[EVD_OURS]}};
    if (!evd_field_list_begin(&list, EVD_QUOTATION_FIELDS_MAX, first, quoter->arena) ||
        !evd_find_differing_fields(views, family->call, log[EVD_CANARY]->rules, quoter->scratch, quoter->arena, &list))
        return evd_fail_memory(quoter->error);
    quotation->fields = list.fields;
    quotation->field_count = list.count;
    return EVD_OK;
}

static enum evd_status quote_arguments(const struct quoter *quoter, const struct evd_pair_work *work,
                                       const struct evd_log *const log[EVD_SIDES], struct evd_quotation *quotation)
{
    const struct evd_divergence *divergence = &work->outcome->divergences[quotation->divergence];
    const int side = evd_run_of(divergence, EVD_CANARY).count > 0 ? EVD_CANARY : EVD_OURS;
    struct evd_buffer arguments = {0};
    enum evd_status status =
        evd_call_arguments(quoter->reader, log[side], work->stream[side], evd_run_of(divergence, side).position,
                           evd_run_of(divergence, side).count, quoter->scratch, &arguments, quoter->error);
    arguments.length = whole_letters(&arguments, EVD_ARGUMENTS_BYTES_MAX);
    if (status == EVD_OK && !evd_keep_text(quoter->arena, &arguments, &quotation->arguments))
        status = evd_fail_memory(quoter->error);
    evd_buffer_release(&arguments);
    return status;
}

enum evd_status evd_take_quotations(struct evd_outcome *outcome, const struct evd_pair_work *works,
                                    const struct evd_log *const log[EVD_SIDES], struct evd_pair_worker *worker,
                                    struct evd_arena *arena, size_t most, struct evd_error *error)
{
    struct quoter quoter = {
        .reader = &worker->walker.block_reader, .scratch = &worker->text, .arena = arena, .error = error};
    const size_t count = outcome->family_count < most ? outcome->family_count : most;
    enum evd_status status = EVD_OK;
    outcome->quotations = evd_arena_array(arena, count, sizeof *outcome->quotations);
    if (outcome->quotations == NULL)
        return evd_fail_memory(error);
    for (size_t i = 0; status == EVD_OK && i < count; i++) {
        const struct evd_family *family = &outcome->families[i];
        struct evd_quotation *quotation = &outcome->quotations[i];
        *quotation = (struct evd_quotation){
            .pair = family->has_suspicion ? family->suspicion.pair : family->first_pair,
            .divergence = family->has_suspicion ? family->suspicion.divergence : family->first_divergence};
        const struct evd_divergence *divergence = &outcome->pairs[quotation->pair].divergences[quotation->divergence];
        for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
            quoter.log = log[side];
            quoter.stream = works[quotation->pair].stream[side];
            const struct evd_run run = evd_run_of(divergence, side);
            status = quote_side(&quoter, quotation, side, &run);
        }
        if (status == EVD_OK)
            status = quote_arguments(&quoter, &works[quotation->pair], log, quotation);
        if (status == EVD_OK && divergence->class_ == EVD_CLASS_VALUE)
            status = quote_fields(&quoter, &worker->walker.side[EVD_OURS].reader, &works[quotation->pair], log, family,
                                  quotation);
    }
    outcome->quotation_count = status == EVD_OK ? count : 0;
    return status;
}

enum evd_status evd_take_times(struct evd_outcome *outcome, const struct evd_log *const log[EVD_SIDES],
                               struct evd_pair_worker *worker, struct evd_arena *arena, struct evd_error *error)
{
    struct quoter quoter = {
        .reader = &worker->walker.block_reader, .scratch = &worker->text, .arena = arena, .error = error};
    enum evd_status status = EVD_OK;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        quoter.log = log[side];
        status = read_unpaired(&quoter, outcome, side);
    }
    outcome->has_times = status == EVD_OK && all_have_times(outcome);
    return status;
}
