#include "align/recorder.h"

#include <string.h>

#include "base/fail.h"
#include "outcome/run.h"
#include "outcome/text.h"
#include "walk/failed_call.h"
#include "walk/tell_value.h"

void evd_recorder_tell(struct evd_recorder *recorder, uint64_t events)
{
    if (recorder->steps == NULL || events <= recorder->told)
        return;
    evd_steps_advance(recorder->steps, events - recorder->told);
    recorder->told = events;
}

bool evd_recorder_init(struct evd_recorder *recorder)
{
    *recorder = (struct evd_recorder){0};
    return evd_call_reader_init(&recorder->reader);
}

void evd_recorder_release(struct evd_recorder *recorder)
{
    evd_call_reader_release(&recorder->reader);
    evd_buffer_release(&recorder->text);
    evd_value_memo_release(&recorder->value_memo);
}

void evd_recorder_aim(struct evd_recorder *recorder, struct evd_walker *walker, struct evd_arena *arena,
                      struct evd_divergence_list *list)
{
    recorder->walker = walker;
    recorder->arena = arena;
    recorder->list = list;
    recorder->matched = 0;
    recorder->aim++;
    memset(recorder->recent, 0, sizeof recorder->recent);
    memset(recorder->fields, 0, sizeof recorder->fields);
    evd_value_pairs_forget(&recorder->values);
}

/* Keeps a string as reports write it. */
static bool keep_string(struct evd_recorder *recorder, struct evd_string string, struct evd_text *text)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    evd_buffer_clear(&recorder->text);
    evd_value_str(&recorder->text, &value);
    return evd_keep_text(recorder->arena, &recorder->text, text);
}

/* The index of a call in the list. */
static bool number_call(struct evd_recorder *recorder, const struct evd_call *call, uint32_t *index)
{
    bool is_new;
    struct evd_call_text *text = evd_divergences_call(recorder->list, call->hash, index, &is_new);
    if (text == NULL || !is_new)
        return text != NULL;
    text->kind_hash = evd_stable_hash_string(call->kind);
    return keep_string(recorder, call->kind, &text->kind) && keep_string(recorder, call->name, &text->name);
}

static struct evd_recent_call *recent_at(struct evd_recorder *recorder, int side, uint64_t position)
{
    return &recorder->recent[side][position % EVD_RECENT_CALLS];
}

static struct evd_call_memo *memo_of(struct evd_recorder *recorder, uint64_t key)
{
    return &recorder->memos[(key ^ key >> 32) % EVD_CALL_MEMOS];
}

/* Keeps what the event at a position is. */
static enum evd_status keep_call(struct evd_recorder *recorder, int side, uint64_t position,
                                 const struct evd_call *call, bool is_told_by_key, struct evd_error *error)
{
    const uint64_t key = evd_stream_event(recorder->walker->side[side].stream, position)->key;
    struct evd_recent_call *recent = recent_at(recorder, side, position);
    recent->position = 0;
    if (!number_call(recorder, call, &recent->call))
        return evd_fail_memory(error);
    recent->position = position + 1;
    recent->tid_event_idx = call->tid_event_idx;
    if (is_told_by_key)
        *memo_of(recorder, key) = (struct evd_call_memo){key, recorder->aim, recent->call};
    return EVD_OK;
}

enum evd_status evd_recorder_note(struct evd_recorder *recorder, int side, uint64_t position, struct evd_error *error)
{
    const struct evd_event_view *view = &recorder->walker->side[side].view;
    struct evd_call call;
    bool is_told_by_key;
    struct evd_recent_call *recent = recent_at(recorder, side, position);
    if (recent->position == position + 1)
        return EVD_OK;
    const uint64_t key = evd_stream_event(recorder->walker->side[side].stream, position)->key;
    const struct evd_call_memo *memo = memo_of(recorder, key);
    if (memo->key == key && memo->aim == recorder->aim && !recorder->walker->is_plain) {
        *recent = (struct evd_recent_call){position + 1, memo->call, view->fields.tid_event_idx};
        return EVD_OK;
    }
    if (!evd_call_of(&view->reader->reread.hasher, view->tape, &view->fields, &call, &is_told_by_key))
        return evd_fail_memory(error);
    return keep_call(recorder, side, position, &call, is_told_by_key, error);
}

enum evd_status evd_recorder_call(struct evd_recorder *recorder, int side, uint64_t position,
                                  const struct evd_recent_call **call, struct evd_error *error)
{
    const struct evd_cursor *cursor = &recorder->walker->side[side];
    struct evd_call read;
    bool is_told_by_key;
    *call = recent_at(recorder, side, position);
    if ((*call)->position == position + 1)
        return EVD_OK;
    if (evd_cursor_has_read(cursor, position) && !recorder->walker->is_plain)
        return evd_recorder_note(recorder, side, position, error);
    const enum evd_status status = evd_call_read(
        &recorder->reader, cursor->log, evd_stream_event(cursor->stream, position), &read, &is_told_by_key, error);
    return status == EVD_OK ? keep_call(recorder, side, position, &read, is_told_by_key, error) : status;
}

/* The same, of the call alone. */
static enum evd_status find_call(struct evd_recorder *recorder, int side, uint64_t position, uint32_t *index,
                                 struct evd_error *error)
{
    const struct evd_walker *walker = recorder->walker;
    const struct evd_recent_call *call = recent_at(recorder, side, position);
    const uint64_t key = evd_stream_event(walker->side[side].stream, position)->key;
    const struct evd_call_memo *memo = memo_of(recorder, key);
    if (call->position != position + 1 && memo->key == key && memo->aim == recorder->aim && !walker->is_plain) {
        *index = memo->call;
        return EVD_OK;
    }
    const enum evd_status status = evd_recorder_call(recorder, side, position, &call, error);
    if (status == EVD_OK)
        *index = call->call;
    return status;
}

/* The last event before *position that takes part in alignment; false in *is_there when there is none. */
static enum evd_status find_before(struct evd_cursor *cursor, uint64_t *position, bool *is_there,
                                   struct evd_error *error)
{
    *is_there = false;
    while (!*is_there && *position > 0) {
        const struct evd_event *event = evd_cursor_event(cursor, --*position);
        if (event == NULL)
            return evd_cursor_fail(cursor, error);
        *is_there = evd_event_tag(event) != EVD_TAG_ENGINE_LOCAL;
    }
    return EVD_OK;
}

/* The events that take part just before a position. */
static enum evd_status read_before(struct evd_recorder *recorder, int side, uint64_t position,
                                   uint32_t before[EVD_FAMILY_BEFORE_MAX], struct evd_error *error)
{
    struct evd_cursor *cursor = &recorder->walker->side[side];
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++) {
        bool is_there;
        before[i] = EVD_NO_CALL;
        enum evd_status status = find_before(cursor, &position, &is_there, error);
        if (status == EVD_OK && is_there)
            status = find_call(recorder, side, position, &before[i], error);
        if (status != EVD_OK)
            return status;
    }
    return EVD_OK;
}

/* Where the last of `count` events is that take part, from a position on where the first of them is. */
static enum evd_status find_last(struct evd_cursor *cursor, struct evd_extent extent, uint64_t *last,
                                 struct evd_error *error)
{
    *last = extent.position;
    for (uint64_t i = extent.position, left = extent.count; left > 0 && i < cursor->stream->count; i++) {
        const struct evd_event *event = evd_cursor_event(cursor, i);
        if (event == NULL)
            return evd_cursor_fail(cursor, error);
        if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
            continue;
        *last = i;
        left--;
    }
    return EVD_OK;
}

/* Tells of a run of events; with nothing in it, of the place where it would be. */
static enum evd_status make_run(struct evd_recorder *recorder, int side, struct evd_extent extent, struct evd_run *run,
                                uint32_t *call_index, struct evd_error *error)
{
    struct evd_cursor *cursor = &recorder->walker->side[side];
    const struct evd_stream *stream = cursor->stream;
    const uint64_t told = extent.position == stream->count ? stream->count - 1 : extent.position;
    const struct evd_recent_call *call;
    if (evd_cursor_event(cursor, told) == NULL)
        return evd_cursor_fail(cursor, error);
    enum evd_status status = evd_recorder_call(recorder, side, told, &call, error);
    if (status != EVD_OK)
        return status;
    *call_index = call->call;
    *run = (struct evd_run){
        .position = extent.position,
        .count = extent.count,
        .first_idx = call->tid_event_idx,
        .last_idx = call->tid_event_idx,
        .offset = evd_event_offset(evd_stream_event(stream, told))};
    if (extent.count < 2)
        return EVD_OK;
    uint64_t last;
    status = find_last(cursor, extent, &last, error);
    if (status == EVD_OK && last != told)
        status = evd_recorder_call(recorder, side, last, &call, error);
    if (status == EVD_OK)
        run->last_idx = call->tid_event_idx;
    return status;
}

/* Adds a divergence to the list; `divergence` and `nature` have what is known of it beside its place. */
static enum evd_status add(struct evd_recorder *recorder, const struct evd_extent extent[EVD_SIDES], bool is_pair,
                           struct evd_divergence *divergence, struct evd_divergence_nature *nature,
                           struct evd_error *error)
{
    const struct evd_divergence_rank rank = {.matched = recorder->matched, .is_pair = is_pair};
    enum evd_status status = EVD_OK;
    uint32_t calls[EVD_SIDES];
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++) {
        struct evd_run run;
        status = make_run(recorder, side, extent[side], &run, &calls[side], error);
        if (status == EVD_OK && !evd_run_keep(divergence, side, run, recorder->arena))
            status = evd_fail_memory(error);
    }
    if (status != EVD_OK)
        return status;
    const int told = extent[EVD_CANARY].count > 0 ? EVD_CANARY : EVD_OURS;
    nature->call = calls[told];
    status = read_before(recorder, told, extent[told].position, nature->before, error);
    nature->swapped.call = nature->call;
    memcpy(nature->swapped.before, nature->before, sizeof nature->before);
    if (status == EVD_OK && recorder->has_mirrored && told == EVD_CANARY && extent[EVD_OURS].count > 0) {
        /* With sides swapped its first event is that of ours. */
        nature->swapped.call = calls[EVD_OURS];
        status = read_before(recorder, EVD_OURS, extent[EVD_OURS].position, nature->swapped.before, error);
    }
    if (status != EVD_OK)
        return status;
    return evd_divergences_add(recorder->list, divergence, nature, rank) ? EVD_OK : evd_fail_memory(error);
}

static struct evd_divergence new_divergence(enum evd_divergence_class class_)
{
    return (struct evd_divergence){.class_ = class_};
}

enum evd_status evd_record(struct evd_recorder *recorder, enum evd_divergence_class class_,
                           const struct evd_extent extent[EVD_SIDES], uint64_t run_hash, struct evd_error *error)
{
    struct evd_divergence divergence = new_divergence(class_);
    struct evd_divergence_nature nature = {.field = {"", 0}, .run_hash = run_hash};
    return add(recorder, extent, false, &divergence, &nature, error);
}

/* Keeps the path of what differs. There are few, however many divergences there are. */
static bool keep_field(struct evd_recorder *recorder, const struct evd_difference *difference, struct evd_text *field)
{
    evd_buffer_clear(&recorder->text);
    evd_difference_path(difference, &recorder->text);
    const struct evd_buffer *text = &recorder->text;
    if (text->failed || text->length == 0)
        return evd_keep_text(recorder->arena, text, field);
    const unsigned char last = (unsigned char)text->data[text->length - 1];
    struct evd_text *kept = &recorder->fields[(text->length + last) % EVD_RECENT_FIELDS];
    if (kept->length != text->length || memcmp(kept->bytes, text->data, text->length) != 0) {
        *kept = (struct evd_text){"", 0};
        if (!evd_keep_text(recorder->arena, text, kept))
            return false;
    }
    *field = *kept;
    return true;
}

/* The events at two positions, which the cursors' views have. */
static void list_events(const struct evd_recorder *recorder, const uint64_t position[EVD_SIDES],
                        struct evd_memo_event event[EVD_SIDES])
{
    for (int side = 0; side < EVD_SIDES; side++) {
        const struct evd_cursor *cursor = &recorder->walker->side[side];
        event[side] = (struct evd_memo_event){cursor->log, cursor->view.tape, &cursor->view.fields,
                                              evd_stream_event(cursor->stream, position[side])->key};
    }
}

/* Whether what is told of the events depends on their texts alone. */
static bool is_told_by_texts(const struct evd_recorder *recorder, const uint64_t position[EVD_SIDES])
{
    const struct evd_walker *walker = recorder->walker;
    for (int side = 0; side < EVD_SIDES; side++)
        if (evd_event_tag(evd_stream_event(walker->side[side].stream, position[side])) >= EVD_TAG_ORDINALS)
            return false;
    return !walker->is_plain;
}

enum evd_status evd_record_value_again(struct evd_recorder *recorder, const uint64_t position[EVD_SIDES],
                                       bool *is_added, struct evd_error *error)
{
    struct evd_memo_event event[EVD_SIDES];
    const struct evd_extent extent[EVD_SIDES] = {{position[EVD_CANARY], 1}, {position[EVD_OURS], 1}};
    *is_added = false;
    if (!is_told_by_texts(recorder, position))
        return EVD_OK;
    list_events(recorder, position, event);
    const struct evd_told_values *told = evd_value_memo_find(&recorder->value_memo, recorder->aim, event);
    if (told == NULL)
        return EVD_OK;
    struct evd_divergence divergence = new_divergence(EVD_CLASS_VALUE);
    struct evd_divergence_nature nature = {.field = told->field};
    divergence.value = told->values;
    *is_added = true;
    return add(recorder, extent, false, &divergence, &nature, error);
}

enum evd_status evd_record_value(struct evd_recorder *recorder, const uint64_t position[EVD_SIDES], bool is_pair,
                                 const struct evd_broken_renaming *breaks, const struct evd_marked_null *marked_null,
                                 bool is_renamed_anew, struct evd_error *error)
{
    const struct evd_walker *walker = recorder->walker;
    struct evd_difference difference = walker->difference;
    const struct evd_extent extent[EVD_SIDES] = {{position[EVD_CANARY], 1}, {position[EVD_OURS], 1}};
    struct evd_divergence divergence = new_divergence(EVD_CLASS_VALUE);
    divergence.is_renamed_anew = is_renamed_anew;
    struct evd_divergence_nature nature = {0};
    struct evd_field_value value[EVD_SIDES];
    if (breaks == NULL && marked_null == NULL &&
        !evd_tell_failed_call(walker->rules, &walker->side[EVD_CANARY].view, &walker->side[EVD_OURS].view,
                              &recorder->text, &difference))
        return evd_fail_memory(error);
    if (!evd_view_values(difference.value, EVD_EXTENT_DIFFERENCE, &recorder->text, value))
        return evd_fail_memory(error);
    const struct evd_field_value *kept = evd_value_pairs_keep(&recorder->values, recorder->arena, value);
    if (kept == NULL || !evd_values_note(&divergence, kept, breaks, marked_null, recorder->arena) ||
        !keep_field(recorder, &difference, &nature.field))
        return evd_fail_memory(error);
    if (!is_pair && !is_renamed_anew && breaks == NULL && marked_null == NULL && is_told_by_texts(recorder, position)) {
        struct evd_memo_event event[EVD_SIDES];
        list_events(recorder, position, event);
        evd_value_memo_put(&recorder->value_memo, recorder->aim, event, &(struct evd_told_values){kept, nature.field});
    }
    return add(recorder, extent, is_pair, &divergence, &nature, error);
}
