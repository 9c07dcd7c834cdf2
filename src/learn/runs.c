#include "learn/runs.h"

#include "base/fail.h"
#include "learn/operators.h"
#include "log/call.h"
#include "walk/event_view.h"
#include "json/key.h"

enum { EVENTS_A_TELL = 1 << 14 }; /* progress is told after so many events */

/* What one call works on. */
struct reading {
    struct evd_book *book;
    const struct evd_log *log[EVD_SIDES];
    struct evd_reader reader[EVD_SIDES];
    struct evd_call_reader calls;
    struct evd_arena scratch;
    struct evd_buffer path; /* of the value at hand, as rules spell it */
    struct evd_call call;
    bool is_canonical; /* values of the event at hand are replaced by marks */
    struct evd_value_place place;
};

static bool open_reading(struct reading *reading)
{
    return evd_reader_init(&reading->reader[EVD_CANARY]) && evd_reader_init(&reading->reader[EVD_OURS]) &&
           evd_call_reader_init(&reading->calls);
}

static void close_reading(struct reading *reading)
{
    for (int side = 0; side < EVD_SIDES; side++)
        evd_reader_release(&reading->reader[side]);
    evd_call_reader_release(&reading->calls);
    evd_arena_release(&reading->scratch);
    evd_buffer_release(&reading->path);
}

/* ---- paths ---- */

/* Goes one member in; back is evd_buffer::length as it was. */
static void append_member(struct evd_buffer *path, struct evd_string key)
{
    if (path->length > 0)
        evd_buffer_byte(path, '.');
    for (size_t i = 0; i < key.length; i++) {
        if (key.bytes[i] == '.' || key.bytes[i] == '*' || key.bytes[i] == '[' || key.bytes[i] == '\\')
            evd_buffer_byte(path, '\\');
        evd_buffer_byte(path, key.bytes[i]);
    }
}

static struct evd_string path_of(const struct reading *reading)
{
    return (struct evd_string){reading->path.data == NULL ? "" : reading->path.data, reading->path.length};
}

/* Where a value is: the field, and the member of the object in it, as families tell them. */
struct spot {
    unsigned depth; /* steps of the path */
    bool is_in_list;
    struct evd_string keys[2]; /* the first two steps */
};

static bool told_member(struct reading *reading, const struct spot *spot, struct evd_string *member)
{
    *member = (struct evd_string){"", 0};
    if (spot->is_in_list || spot->depth > 2 || spot->depth == 0)
        return true;
    const size_t length = spot->keys[0].length + (spot->depth == 2 ? 1 + spot->keys[1].length : 0);
    char *bytes = evd_arena_alloc(&reading->scratch, length + 1);
    if (bytes == NULL)
        return false;
    size_t at = 0;
    for (unsigned i = 0; i < spot->depth; i++) {
        if (i > 0)
            bytes[at++] = '.';
        for (size_t j = 0; j < spot->keys[i].length; j++)
            bytes[at++] = spot->keys[i].bytes[j];
    }
    *member = (struct evd_string){bytes, length};
    return true;
}

static struct spot step_in(const struct spot *spot, const struct evd_string *key)
{
    struct spot inner = *spot;
    inner.is_in_list |= key == NULL;
    if (key != NULL && spot->depth < 2)
        inner.keys[spot->depth] = *key;
    inner.depth++;
    return inner;
}

/* ---- two events ---- */

static bool are_equal(const struct evd_value *a, const struct evd_value *b)
{
    static const struct evd_value NONE = {.type = EVD_JSON_NULL};
    return evd_value_equal(a != NULL ? a : &NONE, b != NULL ? b : &NONE);
}

/* Fields that the rules skip are no difference, nor are those that they make canonical, in an event that has such. */
static bool is_left_to_others(const struct reading *reading, const struct evd_kind_rule *rule, struct evd_string key)
{
    const struct evd_field_rule *field = rule == NULL ? NULL : evd_kind_field(rule, key.bytes, key.length);
    return field != NULL &&
           (field->roles & EVD_FIELD_SKIPPED || (reading->is_canonical && field->roles & EVD_LEARN_MARKED));
}

static bool add_difference(struct reading *reading, const struct spot *spot,
                           const struct evd_value *const value[EVD_SIDES])
{
    struct evd_string member;
    if (reading->path.failed || !told_member(reading, spot, &member))
        return false;
    struct evd_field_facts *field =
        evd_book_field(reading->book, reading->call.kind, reading->call.name, path_of(reading), member);
    return field != NULL && evd_book_add_values(reading->book, field, &reading->place, value, &reading->scratch);
}

static bool compare_values(struct reading *reading, const struct spot *spot, const struct evd_kind_rule *rule,
                           const struct evd_value *const value[EVD_SIDES]);

static bool compare_member(struct reading *reading, const struct spot *spot, struct evd_string key,
                           const struct evd_value *a, const struct evd_value *b)
{
    const size_t before = reading->path.length;
    const struct spot inner = step_in(spot, &key);
    append_member(&reading->path, key);
    const bool is_done = compare_values(reading, &inner, NULL, (const struct evd_value *const[EVD_SIDES]){a, b});
    reading->path.length = before;
    return is_done;
}

static bool compare_objects(struct reading *reading, const struct spot *spot, const struct evd_kind_rule *rule,
                            const struct evd_value *const value[EVD_SIDES])
{
    bool is_done = true;
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; is_done && i < value[side]->object.count; i++) {
            const struct evd_member *member = &value[side]->object.members[i];
            const struct evd_value *other = evd_value_get(value[!side], member->key);
            /* What both have was compared from canary's side. */
            if (is_left_to_others(reading, rule, member->key) || (side == EVD_OURS && other != NULL))
                continue;
            is_done = compare_member(reading, spot, member->key, side == EVD_CANARY ? &member->value : NULL,
                                     side == EVD_CANARY ? other : &member->value);
        }
    return is_done;
}

/* Goes through two values down to what differs. */
static bool compare_values(struct reading *reading, const struct spot *spot, const struct evd_kind_rule *rule,
                           const struct evd_value *const value[EVD_SIDES])
{
    const struct evd_value *a = value[EVD_CANARY], *b = value[EVD_OURS];
    if (are_equal(a, b))
        return true;
    const bool has_both = a != NULL && b != NULL && a->name == 0 && b->name == 0 && a->type == b->type;
    if (has_both && a->type == EVD_JSON_OBJECT && spot->depth < EVD_LEARN_PATH_STEPS)
        return compare_objects(reading, spot, rule, value);
    if (!has_both || a->type != EVD_JSON_ARRAY || a->array.count != b->array.count ||
        spot->depth >= EVD_LEARN_PATH_STEPS)
        return add_difference(reading, spot, value);
    /* A list that has the same items in another order is one difference. */
    unsigned fitting;
    if (!evd_operators_that_fit(&reading->scratch, a, b, &fitting))
        return false;
    if (fitting != 0)
        return add_difference(reading, spot, value);
    const size_t before = reading->path.length;
    const struct spot inner = step_in(spot, NULL);
    evd_buffer_string(&reading->path, "[]");
    bool is_done = true;
    for (size_t i = 0; is_done && i < a->array.count; i++)
        is_done = compare_values(
            reading, &inner, NULL, (const struct evd_value *const[EVD_SIDES]){&a->array.items[i], &b->array.items[i]});
    reading->path.length = before;
    return is_done;
}

/* Two events of one call: all that differs in them. */
static enum evd_status compare_events(struct reading *reading, const struct evd_event *const event[EVD_SIDES],
                                      struct evd_error *error)
{
    struct evd_event_view view[EVD_SIDES];
    enum evd_status status =
        evd_call_read(&reading->calls, reading->log[EVD_CANARY], event[EVD_CANARY], &reading->call, NULL, error);
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = evd_reader_read(&reading->reader[side], reading->log[side], event[side], NULL, &view[side], error);
    if (status != EVD_OK)
        return status;
    reading->is_canonical = view[EVD_CANARY].summary.tag >= EVD_TAG_ORDINALS;
    evd_arena_reset(&reading->scratch);
    evd_buffer_clear(&reading->path);
    const struct spot root = {.depth = 0};
    const struct evd_value *const value[EVD_SIDES] = {view[EVD_CANARY].counted, view[EVD_OURS].counted};
    return compare_values(reading, &root, view[EVD_CANARY].fields.rule, value) ? EVD_OK : evd_fail_memory(error);
}

/* ---- events without a counterpart ---- */

/* A run of one side's events: noted when all are of one call. */
static enum evd_status take_missing(struct reading *reading, int side, const struct evd_stream *stream,
                                    struct evd_run run, struct evd_error *error)
{
    struct evd_string kinds[EVD_LEARN_EVENTS_MAX], name = {"", 0};
    size_t count = 0;
    evd_arena_reset(&reading->scratch);
    for (uint64_t at = run.position; count < run.count && at < stream->count; at++) {
        const struct evd_event *event = evd_stream_event(stream, at);
        if (evd_event_tag(event) == EVD_TAG_ENGINE_LOCAL)
            continue;
        const enum evd_status status =
            evd_call_read(&reading->calls, reading->log[side], event, &reading->call, NULL, error);
        if (status != EVD_OK)
            return status;
        const bool is_same = count == 0 || (evd_string_equal(name, reading->call.name) &&
                                            (name.length > 0 || evd_string_equal(kinds[0], reading->call.kind)));
        if (!is_same)
            return EVD_OK;
        struct evd_string *copies[] = {&kinds[count], &name};
        const struct evd_string texts[] = {reading->call.kind, reading->call.name};
        for (size_t i = 0; i < 2; i++) {
            char *bytes = evd_arena_alloc(&reading->scratch, texts[i].length + 1);
            if (bytes == NULL)
                return evd_fail_memory(error);
            for (size_t j = 0; j < texts[i].length; j++)
                bytes[j] = texts[i].bytes[j];
            *copies[i] = (struct evd_string){bytes, texts[i].length};
        }
        count++;
    }
    if (count == 0 || evd_book_add_missing(reading->book, reading->place.run_pair, name, kinds, count))
        return EVD_OK;
    return evd_fail_memory(error);
}

/* ---- two runs ---- */

static enum evd_status take_divergence(struct reading *reading, const struct evd_divergence *divergence,
                                       const struct evd_stream *const stream[EVD_SIDES], struct evd_error *error)
{
    const int side = divergence->class_ == EVD_CLASS_MISSING ? EVD_CANARY : EVD_OURS;
    switch (divergence->class_) {
    case EVD_CLASS_VALUE:
        /* That names break a renaming, or a mark hides a null, is told of equal values: no rule would see past it. */
        if (divergence->has_notes)
            return EVD_OK;
        return compare_events(reading,
                              (const struct evd_event *const[EVD_SIDES]){
                                  evd_stream_event(stream[EVD_CANARY], evd_run_of(divergence, EVD_CANARY).position),
                                  evd_stream_event(stream[EVD_OURS], evd_run_of(divergence, EVD_OURS).position)},
                              error);
    case EVD_CLASS_MISSING:
    case EVD_CLASS_EXTRA:
        return evd_run_of(divergence, side).count > EVD_LEARN_EVENTS_MAX
                   ? EVD_OK
                   : take_missing(reading, side, stream[side], evd_run_of(divergence, side), error);
    default: return EVD_OK;
    }
}

static enum evd_status take_outcome(struct reading *reading, const struct evd_outcome *outcome, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        const struct evd_stream *const stream[EVD_SIDES] = {
            evd_log_stream(reading->log[EVD_CANARY], pair->tid[EVD_CANARY]),
            evd_log_stream(reading->log[EVD_OURS], pair->tid[EVD_OURS])};
        reading->place.threads = i;
        reading->book->divergences += pair->divergence_count;
        for (size_t j = 0; status == EVD_OK && j < pair->divergence_count; j++)
            status = take_divergence(reading, &pair->divergences[j], stream, error);
    }
    return status;
}

enum evd_status evd_learn_pair(struct evd_book *book, struct evd_session *session, const struct evd_log *const *runs,
                               size_t first, size_t second, const struct evd_diff_options *options,
                               struct evd_error *error)
{
    struct reading reading = {.book = book, .log = {runs[first], runs[second]}};
    struct evd_outcome *outcome = NULL;
    reading.place.run_pair = evd_run_pair(book, first, second);
    enum evd_status status = evd_session_diff(session, runs[first], runs[second], options, &outcome, error);
    if (status == EVD_OK && !open_reading(&reading))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        status = take_outcome(&reading, outcome, error);
    close_reading(&reading);
    evd_outcome_free(outcome);
    return status;
}

/* ---- one run ---- */

/* Counts a field, once an event, and notes which of its values the run has. */
static void count_value(struct reading *reading, size_t run, uint64_t event, const struct evd_value *value)
{
    struct evd_book *book = reading->book;
    const uint64_t *known =
        evd_table_get(&book->by_field, evd_book_field_key(reading->call.kind, reading->call.name, path_of(reading)));
    if (known == NULL)
        return;
    struct evd_field_facts *field = &book->fields[*known];
    if (field->last_event != event + 1)
        field->seen[run]++;
    field->last_event = event + 1;
    const uint64_t hash = evd_hash_tree(value);
    for (size_t i = 0; i < field->value_count; i++)
        if (field->values[i].hash == hash)
            field->values[i].runs |= UINT32_C(1) << run;
}

static void count_values(struct reading *reading, size_t run, uint64_t event, const struct evd_value *value,
                         unsigned depth)
{
    const size_t before = reading->path.length;
    if (depth > 0)
        count_value(reading, run, event, value);
    if (depth == EVD_LEARN_PATH_STEPS)
        return;
    for (size_t i = 0; value->type == EVD_JSON_OBJECT && i < value->object.count; i++) {
        append_member(&reading->path, value->object.members[i].key);
        count_values(reading, run, event, &value->object.members[i].value, depth + 1);
        reading->path.length = before;
    }
    for (size_t i = 0; value->type == EVD_JSON_ARRAY && i < value->array.count; i++) {
        evd_buffer_string(&reading->path, "[]");
        count_values(reading, run, event, &value->array.items[i], depth + 1);
        reading->path.length = before;
    }
}

static enum evd_status count_event(struct reading *reading, size_t run, uint64_t number, const struct evd_event *event,
                                   struct evd_error *error)
{
    struct evd_book *book = reading->book;
    struct evd_event_view view;
    enum evd_status status =
        evd_call_read(&reading->calls, reading->log[EVD_CANARY], event, &reading->call, NULL, error);
    if (status != EVD_OK)
        return status;
    const struct evd_string name = reading->call.name, kind = reading->call.kind;
    const uint64_t *call =
        evd_table_get(&book->by_call, evd_book_call_key(name.length > 0 ? (struct evd_string){"", 0} : kind, name));
    for (size_t i = 0; call != NULL && i < book->calls[*call].kind_count; i++)
        book->calls[*call].seen[run] += evd_string_equal(book->calls[*call].kinds[i], kind);
    if (evd_table_get(&book->by_events, evd_book_call_key(kind, name)) == NULL)
        return EVD_OK;
    status = evd_reader_read(&reading->reader[EVD_CANARY], reading->log[EVD_CANARY], event, NULL, &view, error);
    if (status != EVD_OK)
        return status;
    evd_buffer_clear(&reading->path);
    count_values(reading, run, number, view.counted, 0);
    return reading->path.failed ? evd_fail_memory(error) : EVD_OK;
}

enum evd_status evd_learn_count(struct evd_book *book, struct evd_steps *steps, const struct evd_log *log, size_t run,
                                struct evd_error *error)
{
    struct reading reading = {.book = book, .log = {log, log}};
    enum evd_status status = open_reading(&reading) ? EVD_OK : evd_fail_memory(error);
    uint64_t number = 0;
    for (size_t i = 0; i < book->field_count; i++)
        book->fields[i].last_event = 0;
    for (size_t i = 0; i < log->stream_count; i++) {
        const struct evd_stream *stream = &log->streams[i];
        if (status == EVD_OK && !evd_stream_verify(log, stream, 0, stream->count, NULL))
            status = evd_log_check(log, true, error);
        for (uint64_t at = 0; status == EVD_OK && at < stream->count; at++) {
            if (evd_event_tag(evd_stream_event(stream, at)) != EVD_TAG_ENGINE_LOCAL)
                status = count_event(&reading, run, number++, evd_stream_event(stream, at), error);
            if ((at + 1) % EVENTS_A_TELL == 0 || at + 1 == stream->count)
                evd_steps_advance(steps, at % EVENTS_A_TELL + 1);
        }
    }
    close_reading(&reading);
    return status;
}
