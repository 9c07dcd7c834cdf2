#include "import/chrome_record.h"

/* ── Layout ── */

enum {
    DURATION_BYTES = 8,
    PLACES_BYTES = 16,
    IDENTITY_BYTES = 8,
    LENGTHS_BYTES = 8,
    PHASE_BYTES = 11,   /* "phase":"X" */
    IDENTITY_ROOM = 26, /* "id":"0x0123456789abcdef", and a comma */
};

static void copy_word(void *to, const void *from)
{
    memcpy(to, from, sizeof(uint64_t));
}

static size_t before_places(const struct evd_chrome_record *record)
{
    return sizeof *record + (record->is_long ? DURATION_BYTES : 0);
}

static size_t before_identity(const struct evd_chrome_record *record)
{
    return before_places(record) + (record->has_places ? PLACES_BYTES : 0);
}

static size_t before_payload(const struct evd_chrome_record *record)
{
    return before_identity(record) + (record->has_identity ? IDENTITY_BYTES : 0);
}

static size_t aligned(size_t size)
{
    return (size + EVD_CHROME_RECORD_ALIGNMENT - 1) / EVD_CHROME_RECORD_ALIGNMENT * EVD_CHROME_RECORD_ALIGNMENT;
}

static const char *at(const struct evd_chrome_record *record, size_t offset)
{
    return (const char *)record + offset;
}

static uint32_t length_of(const struct evd_chrome_record *record, bool is_end)
{
    uint32_t lengths[2];
    memcpy(lengths, at(record, before_payload(record)), sizeof lengths);
    return lengths[is_end];
}

size_t evd_chrome_record_room(const struct evd_chrome_event *event)
{
    const size_t most = sizeof(struct evd_chrome_record) + DURATION_BYTES + PLACES_BYTES + IDENTITY_BYTES;
    return most + (event->is_in_text ? sizeof event->ranges : LENGTHS_BYTES + aligned(event->length));
}

size_t evd_chrome_record_size(const struct evd_chrome_record *record)
{
    const size_t payload = record->is_in_text ? record->range_count * sizeof(struct evd_chrome_range)
                                              : LENGTHS_BYTES + aligned(length_of(record, false));
    return before_payload(record) + payload;
}

size_t evd_chrome_record_write(char *place, const struct evd_chrome_event *event, bool has_places)
{
    const bool is_long = event->is_span && event->duration > UINT32_MAX;
    struct evd_chrome_record *record = (struct evd_chrome_record *)(void *)place;
    *record = (struct evd_chrome_record){
        .ns = event->ns,
        .offset = event->is_in_text ? event->offset : 0,
        .phase = (unsigned char)event->phase,
        .kind = event->kind,
        .range_count = event->is_in_text ? event->range_count : 0,
        .end_range_count = event->is_in_text ? event->end_range_count : 0,
        .is_in_text = event->is_in_text,
        .is_span = event->is_span,
        .is_long = is_long,
        .has_places = has_places,
        .has_identity = event->is_in_text && event->has_identity,
        .label = event->label,
        .duration = event->is_span && !is_long ? (uint32_t)event->duration : 0,
    };
    if (is_long)
        copy_word(place + sizeof *record, &event->duration);
    if (has_places) {
        copy_word(place + before_places(record), &event->line);
        copy_word(place + before_places(record) + sizeof event->line, &event->number);
    }
    if (record->has_identity)
        copy_word(place + before_identity(record), &event->identity);
    char *payload = place + before_payload(record);
    if (event->is_in_text) {
        memcpy(payload, event->ranges, sizeof event->ranges);
        return (size_t)(payload - place) + event->range_count * sizeof *event->ranges;
    }
    const uint32_t lengths[2] = {event->length, event->end_length};
    memcpy(payload, lengths, sizeof lengths);
    memcpy(payload + sizeof lengths, event->payload, event->length);
    /* What a file has is the same each time. */
    memset(payload + sizeof lengths + event->length, 0, aligned(event->length) - event->length);
    return (size_t)(payload - place) + sizeof lengths + aligned(event->length);
}

int64_t evd_chrome_duration(const struct evd_chrome_record *record)
{
    int64_t duration = record->duration;
    if (record->is_long)
        copy_word(&duration, at(record, sizeof *record));
    return duration;
}

void evd_chrome_places(const struct evd_chrome_record *record, uint64_t *line, uint64_t *number)
{
    *line = *number = 0;
    if (!record->has_places)
        return;
    copy_word(line, at(record, before_places(record)));
    copy_word(number, at(record, before_places(record) + sizeof *line));
}

/* ── Payloads ── */

size_t evd_chrome_payload_room(const struct evd_chrome_record *record, bool is_end)
{
    if (!record->is_in_text)
        return length_of(record, is_end);
    const char *ranges = at(record, before_payload(record));
    const unsigned count = is_end ? record->end_range_count : record->range_count;
    size_t room = 1 + PHASE_BYTES + IDENTITY_ROOM;
    for (unsigned i = 0; i < count; i++) {
        struct evd_chrome_range range;
        memcpy(&range, ranges + i * sizeof range, sizeof range);
        room += range.length + 1;
    }
    return room;
}

static void put_identity(struct evd_import_sink *sink, const struct evd_chrome_record *record)
{
    uint64_t identity;
    copy_word(&identity, at(record, before_identity(record)));
    EVD_PUT(sink, "\"id\":\"0x");
    evd_put_hex(sink, identity, 1);
    evd_put_byte(sink, '"');
}

void evd_chrome_payload_put(struct evd_import_sink *sink, const struct evd_chrome_record *record, bool is_end,
                            const char *text)
{
    const char *payload = at(record, before_payload(record));
    if (!record->is_in_text) {
        evd_put(sink, payload + LENGTHS_BYTES, length_of(record, is_end));
        return;
    }
    const unsigned count = is_end ? record->end_range_count : record->range_count;
    const char *event = text + record->offset;
    evd_put_byte(sink, '{');
    if (record->phase != 0) {
        EVD_PUT(sink, "\"phase\":\"");
        evd_put_byte(sink, (char)record->phase);
        evd_put_byte(sink, '"');
    }
    for (unsigned i = 0; i < count; i++) {
        struct evd_chrome_range range;
        memcpy(&range, payload + i * sizeof range, sizeof range);
        if (i > 0 || record->phase != 0)
            evd_put_byte(sink, ',');
        if (range.length == 0)
            put_identity(sink, record);
        else
            evd_put(sink, event + range.start, range.length);
    }
}

/* ── Order ── */

enum rank { RANK_END, RANK_BEGIN, RANK_OTHER };

/* A span of no duration begins and ends among the rest. */
static enum rank rank_of(const struct evd_chrome_record *record, bool is_end)
{
    if (record->is_span)
        return evd_chrome_duration(record) == 0 ? RANK_OTHER : is_end ? RANK_END : RANK_BEGIN;
    return record->kind == EVD_CHROME_END ? RANK_END : record->kind == EVD_CHROME_BEGIN ? RANK_BEGIN : RANK_OTHER;
}

/* Among ends and beginnings of one time. */
static int64_t order_of(const struct evd_chrome_record *record, bool is_end)
{
    if (record->is_span)
        return is_end ? evd_chrome_duration(record) : -evd_chrome_duration(record);
    return record->kind == EVD_CHROME_BEGIN ? INT64_MIN : 0;
}

int evd_chrome_compare_at_one_time(const struct evd_chrome_record *a, bool a_is_end, const struct evd_chrome_record *b,
                                   bool b_is_end)
{
    const enum rank a_rank = rank_of(a, a_is_end), b_rank = rank_of(b, b_is_end);
    if (a_rank != b_rank)
        return a_rank < b_rank ? -1 : 1;
    const int64_t a_order = order_of(a, a_is_end), b_order = order_of(b, b_is_end);
    /* Among the rest only the file's order counts. */
    return a_rank == RANK_OTHER || a_order == b_order ? 0 : a_order < b_order ? -1 : 1;
}
