#include "import/importer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/encoding.h"
#include "base/fail.h"
#include "base/grow.h"
#include "base/seed.h"
#include "json/json.h"

static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

/* The most that an event's line has beside its payload, its kind and its thread's name. */
enum { ENVELOPE_BYTES = 256, READ_AHEAD = EVD_JSON_PADDING };

static const char SOURCE_THREAD[] = ",\"source_thread\":\"";
static const char BEHIND_KIND[] = "\",\"tid\":";
static const char TOO_LONG[] = "the line has more than %d bytes, which is the limit";
static const char DAMAGED[] = "damaged lines";

/* ── Errors ── */

enum evd_status evd_import_fault(struct evd_importer *importer, uint64_t column, const char *format, ...)
{
    char message[EVD_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    importer->fault = (struct evd_import_damage){importer->summary.lines, column, ""};
    snprintf(importer->fault.reason, sizeof importer->fault.reason, "%.*s", EVD_IMPORT_REASON_MAX - 1, message);
    return evd_fail_at(importer->error, EVD_E_INPUT, importer->path, importer->summary.lines, column, "%s", message);
}

enum evd_status evd_import_no_memory(struct evd_importer *importer)
{
    return evd_fail_memory(importer->error);
}

enum evd_status evd_import_skip(struct evd_importer *importer, const char *what)
{
    struct evd_import_summary *summary = &importer->summary;
    size_t i = 0;
    while (i < summary->skip_count && summary->skips[i].what != what)
        i++;
    if (i == summary->skip_count) {
        if (i == EVD_IMPORT_SKIPS_MAX)
            i--;
        else
            summary->skips[summary->skip_count++] =
                (struct evd_import_skip){what, 0, summary->lines, importer->event_number};
    }
    summary->skips[i].count++;
    return EVD_OK;
}

enum evd_status evd_import_damaged(struct evd_importer *importer, const char *what)
{
    struct evd_import_summary *summary = &importer->summary;
    if (!importer->import->is_tolerant) {
        summary->is_stopped_by_damage = true;
        return EVD_E_INPUT;
    }
    summary->damage_count++;
    if (summary->listed_damage_count < EVD_IMPORT_DAMAGES_MAX)
        summary->damages[summary->listed_damage_count++] = importer->fault;
    return evd_import_skip(importer, what);
}

/* ── Threads and events ── */

static void name_thread(struct evd_importer *importer, struct evd_import_thread *thread, const char *name,
                        size_t length)
{
    struct evd_buffer *names = &importer->threads.names;
    thread->name_start = names->length;
    /* An empty name is somewhere, too. */
    evd_buffer_reserve(names, length + 1);
    evd_buffer_append(names, name, length);
    thread->name_length = length;
    thread->member_start = names->length;
    if (length == 0 || !evd_buffer_reserve(names, sizeof SOURCE_THREAD + length * EVD_ESCAPED_MAX))
        return;
    struct evd_import_sink member = {.at = names->data + names->length};
    EVD_PUT(&member, SOURCE_THREAD);
    evd_put_utf8(&member, name, length);
    evd_put_byte(&member, '"');
    names->length = (size_t)(member.at - names->data);
    thread->member_length = names->length - thread->member_start;
}

void evd_import_thread_init(struct evd_import_thread *thread, int64_t tid)
{
    *thread = (struct evd_import_thread){.tid = tid};
    struct evd_import_sink digits = {.at = thread->digits, .end = thread->digits + sizeof thread->digits};
    evd_put_signed(&digits, tid);
    thread->digit_count = (unsigned)(digits.at - thread->digits);
}

struct evd_import_thread *evd_import_thread(struct evd_importer *importer, uint64_t key, int64_t tid, const char *name,
                                            size_t name_length)
{
    struct evd_import_threads *threads = &importer->threads;
    if (threads->count > 0 && threads->last_key == key)
        return &threads->list[threads->last];
    bool is_new;
    const uint64_t *place = evd_table_put(&threads->by_key, key, threads->count, &is_new);
    if (place == NULL)
        return NULL;
    if (is_new) {
        void *list = evd_grow(threads->list, threads->count, &threads->capacity, sizeof *threads->list);
        if (list == NULL)
            return NULL;
        threads->list = list;
        struct evd_import_thread *thread = &threads->list[threads->count];
        evd_import_thread_init(thread, tid < 0 ? (int64_t)threads->count + 1 : tid);
        if (name != NULL)
            name_thread(importer, thread, name, name_length);
        if (threads->names.failed)
            return NULL;
        threads->count++;
    }
    threads->last_key = key;
    threads->last = *place;
    return &threads->list[threads->last];
}

struct evd_import_thread *evd_import_thread_named(struct evd_importer *importer, const char *name, size_t length)
{
    const struct evd_import_threads *threads = &importer->threads;
    const struct evd_import_thread *last = threads->count > 0 ? &threads->list[threads->last] : NULL;
    if (last != NULL && last->name_length == length &&
        memcmp(threads->names.data + last->name_start, name, length) == 0)
        return &importer->threads.list[threads->last];
    /* Another name may have the same hash. */
    for (uint64_t key = XXH3_64bits_withSeed(name, length, evd_seed_of_process().factor);; key++) {
        struct evd_import_thread *thread = evd_import_thread(importer, key, -1, name, length);
        if (thread == NULL || (thread->name_length == length &&
                               memcmp(importer->threads.names.data + thread->name_start, name, length) == 0))
            return thread;
    }
}

void evd_import_clock(struct evd_importer *importer, int64_t host_ns)
{
    enum { LAST_DIGITS = 8 };
    /* Most times differ from the one before in their last digits only. */
    const uint64_t upper = (uint64_t)host_ns / EVD_EIGHT_DIGITS;
    if (importer->clock_length > 0 && importer->clock_upper > 0 && upper == importer->clock_upper) {
        evd_digits_write(importer->clock + importer->clock_length - LAST_DIGITS,
                         evd_digits_spread((uint32_t)((uint64_t)host_ns % EVD_EIGHT_DIGITS)));
        return;
    }
    struct evd_import_sink clock = {.at = importer->clock, .end = importer->clock + sizeof importer->clock};
    EVD_PUT(&clock, ",\"host_ns\":");
    evd_put_signed(&clock, host_ns);
    importer->clock_length = (size_t)(clock.at - importer->clock);
    importer->clock_upper = host_ns < 0 ? 0 : upper;
}

void evd_import_clock_digits(struct evd_importer *importer, const char *whole, size_t whole_length,
                             const char *fraction, size_t fraction_length)
{
    /* As many as are copied at a time. */
    static const char ZEROS[] = "0000000000000000";
    struct evd_import_sink clock = {.at = importer->clock, .end = importer->clock + sizeof importer->clock};
    EVD_PUT(&clock, ",\"host_ns\":");
    evd_put(&clock, whole, whole_length);
    evd_put(&clock, fraction, fraction_length);
    evd_put(&clock, ZEROS, EVD_CLOCK_FRACTION_MAX - fraction_length);
    importer->clock_upper = 0;
    importer->clock_length = (size_t)(clock.at - importer->clock);
}

static enum evd_status make_event_room(struct evd_importer *importer, const struct evd_import_thread *thread,
                                       size_t size)
{
    const enum evd_status status = evd_room(importer->sink, ENVELOPE_BYTES + (size_t)thread->member_length + size);
    return status == EVD_E_NO_MEMORY ? evd_import_no_memory(importer) : status;
}

/* What stands between the kind and the payload. */
static void put_envelope(struct evd_importer *importer, struct evd_import_thread *thread)
{
    struct evd_import_sink *sink = importer->sink;
    evd_put(sink, thread->digits, thread->digit_count);
    EVD_PUT(sink, ",\"tid_event_idx\":");
    evd_put_signed(sink, thread->next_idx++);
    evd_put(sink, importer->clock, importer->clock_length);
    if (thread->member_length > 0)
        evd_put(sink, importer->threads.names.data + thread->member_start, thread->member_length);
    if (importer->import->has_places) {
        EVD_PUT(sink, ",\"source_line\":");
        evd_put_unsigned(sink, importer->summary.lines);
        if (importer->event_number > 0) {
            EVD_PUT(sink, ",\"source_event\":");
            evd_put_unsigned(sink, importer->event_number);
        }
    }
    EVD_PUT(sink, ",\"payload\":");
}

enum evd_status evd_event_begin(struct evd_importer *importer, unsigned kind, struct evd_import_thread *thread,
                                size_t size)
{
    const size_t from = kind == 0 ? 0 : importer->before_ends[kind - 1], to = importer->before_ends[kind];
    const enum evd_status status = make_event_room(importer, thread, to - from + size);
    if (status != EVD_OK)
        return status;
    evd_put(importer->sink, importer->before.data + from, to - from);
    put_envelope(importer, thread);
    return EVD_OK;
}

enum evd_status evd_event_begin_as(struct evd_importer *importer, const char *kind, size_t kind_length,
                                   struct evd_import_thread *thread, size_t size)
{
    /* All of what the first kind's lines begin with but for that kind. */
    const size_t behind = sizeof BEHIND_KIND - 1;
    const size_t length = importer->before_ends[0] - behind - strlen(importer->import->format->kinds[0]);
    const enum evd_status status = make_event_room(importer, thread, length + kind_length + behind + size);
    if (status != EVD_OK)
        return status;
    evd_put(importer->sink, importer->before.data, length);
    evd_put(importer->sink, kind, kind_length);
    EVD_PUT(importer->sink, BEHIND_KIND);
    put_envelope(importer, thread);
    return EVD_OK;
}

/* ── The beginning ── */

static enum evd_status write_header(struct evd_importer *importer)
{
    struct evd_import_sink *sink = importer->sink;
    const size_t length = strlen(importer->import->engine);
    const enum evd_status status = evd_room(sink, ENVELOPE_BYTES + length * EVD_ESCAPED_MAX);
    if (status != EVD_OK)
        return status == EVD_E_NO_MEMORY ? evd_import_no_memory(importer) : status;
    EVD_PUT(sink, "{\"kind\":\"schema_version\",\"schema_version\":1,\"engine\":\"");
    evd_put_utf8(sink, importer->import->engine, length);
    EVD_PUT(sink, "\"}\n");
    return EVD_OK;
}

/* What each kind's lines begin with. */
static bool prepare_kinds(struct evd_importer *importer)
{
    const struct evd_import *import = importer->import;
    const size_t engine_length = strlen(import->engine);
    struct evd_buffer *before = &importer->before;
    size_t count = 0;
    while (import->format->kinds[count] != NULL)
        count++;
    importer->before_ends = calloc(count + 1, sizeof *importer->before_ends);
    if (importer->before_ends == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        evd_buffer_string(before, "{\"schema_version\":1,\"engine\":\"");
        if (!evd_buffer_reserve(before, engine_length * EVD_ESCAPED_MAX))
            return false;
        struct evd_import_sink engine = {.at = before->data + before->length};
        evd_put_utf8(&engine, import->engine, engine_length);
        before->length = (size_t)(engine.at - before->data);
        evd_buffer_format(before, "\",\"kind\":\"%s%s", import->format->kinds[i], BEHIND_KIND);
        importer->before_ends[i] = before->length;
    }
    return !before->failed;
}

enum evd_status evd_importer_create(const struct evd_import *import, const char *path, struct evd_import_sink *sink,
                                    const struct evd_import_memory *memory, struct evd_importer **importer,
                                    struct evd_error *error)
{
    struct evd_importer *created = calloc(1, sizeof *created);
    enum evd_status status = EVD_E_NO_MEMORY;
    *importer = NULL;
    if (created != NULL) {
        created->import = import;
        created->sink = sink != NULL ? sink : &created->own_sink;
        created->memory = *memory;
        created->own_spill.most = import->memory_bytes;
        if (sink == NULL)
            created->memory.spill = &created->own_spill;
        created->error = error;
        created->path = strdup(path);
        if (created->path != NULL && prepare_kinds(created))
            status = import->format->open == NULL ? EVD_OK : import->format->open(created);
    }
    if (status == EVD_OK)
        *importer = created;
    else
        evd_importer_free(created);
    return status == EVD_E_NO_MEMORY ? evd_fail_memory(error) : status;
}

void evd_importer_free(struct evd_importer *importer)
{
    if (importer == NULL)
        return;
    if (importer->import->format->close != NULL)
        importer->import->format->close(importer);
    evd_table_release(&importer->threads.by_key);
    free(importer->threads.list);
    evd_buffer_release(&importer->threads.names);
    evd_buffer_release(&importer->carry);
    evd_buffer_release(&importer->before);
    evd_buffer_release(&importer->room);
    free(importer->before_ends);
    free(importer->path);
    free(importer);
}

const struct evd_import_summary *evd_importer_summary(const struct evd_importer *importer)
{
    return &importer->summary;
}

/* ── Lines ── */

/* A log's header by what it begins with: other members may be before its kind, but few. */
static bool is_header(const char *line, size_t length)
{
    static const char KIND[] = "\"schema_version\"";
    enum { LOOKED_AT = 256 };
    return length > 0 && line[0] == '{' &&
           memmem(line, length < LOOKED_AT ? length : LOOKED_AT, KIND, sizeof KIND - 1) != NULL;
}

/* Takes a line that READ_AHEAD readable bytes follow; up to `ahead` there are more lines that they follow, too. */
static enum evd_status take_line(struct evd_importer *importer, const char *line, size_t length, const char *ahead)
{
    enum evd_status status = EVD_OK;
    importer->summary.lines++;
    importer->line = line;
    importer->ahead = ahead;
    if (importer->summary.lines == 1)
        importer->is_log = is_header(line, length);
    if (length > EVD_IMPORT_LINE_MAX)
        return evd_import_fault(importer, EVD_IMPORT_LINE_MAX + 1, TOO_LONG, EVD_IMPORT_LINE_MAX);
    length -= length > 0 && line[length - 1] == '\r';
    if (length > 0)
        status = importer->import->format->take_line(importer, line, length);
    return status == EVD_E_INPUT ? evd_import_damaged(importer, DAMAGED) : status;
}

/* The same, copied, because what follows it is not at hand. */
static enum evd_status take_carried(struct evd_importer *importer)
{
    struct evd_buffer *carry = &importer->carry;
    if (!evd_buffer_reserve(carry, READ_AHEAD))
        return evd_import_no_memory(importer);
    memset(carry->data + carry->length, 0, READ_AHEAD);
    const enum evd_status status = take_line(importer, carry->data, carry->length, carry->data + carry->length);
    evd_buffer_clear(carry);
    return status;
}

static enum evd_status carry(struct evd_importer *importer, const char *bytes, size_t length)
{
    if (length > EVD_IMPORT_LINE_MAX || importer->carry.length + length > EVD_IMPORT_LINE_MAX + 1) {
        importer->summary.lines++;
        return evd_import_fault(importer, EVD_IMPORT_LINE_MAX + 1, TOO_LONG, EVD_IMPORT_LINE_MAX);
    }
    evd_buffer_append(&importer->carry, bytes, length);
    return importer->carry.failed ? evd_import_no_memory(importer) : EVD_OK;
}

static enum evd_status push_lines(struct evd_importer *importer, const char *bytes, size_t length)
{
    enum evd_status status = EVD_OK;
    const char *end = bytes + length;
    importer->push_number++;
    while (status == EVD_OK && bytes < end) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        const size_t size = (size_t)((stop != NULL ? stop : end) - bytes);
        if (stop != NULL && importer->carry.length == 0 && end - stop >= READ_AHEAD) {
            status = take_line(importer, bytes, size, end - READ_AHEAD);
        } else {
            status = carry(importer, bytes, size);
            if (status == EVD_OK && stop != NULL)
                status = take_carried(importer);
        }
        bytes += size + 1;
    }
    return status;
}

/* ── Bytes ── */

static enum evd_status push_bytes(struct evd_importer *importer, const char *bytes, size_t length)
{
    const struct evd_import_format *format = importer->import->format;
    return length == 0                  ? EVD_OK
           : format->take_bytes != NULL ? format->take_bytes(importer, bytes, length)
                                        : push_lines(importer, bytes, length);
}

/* The first bytes may be a byte-order mark or another encoding, cut anywhere: they wait until they tell. */
static enum evd_status begin(struct evd_importer *importer, const char **bytes, size_t *length, bool is_end)
{
    struct evd_buffer *first = &importer->carry;
    const size_t mark = sizeof BYTE_ORDER_MARK - 1;
    while (first->length<EVD_ENCODING_BYTES && * length> 0) {
        evd_buffer_byte(first, **bytes);
        ++*bytes;
        --*length;
    }
    if (first->failed)
        return evd_import_no_memory(importer);
    if (first->length < EVD_ENCODING_BYTES && !is_end)
        return EVD_OK;
    importer->has_begun = true;
    importer->summary.lines = 1;
    char kept[EVD_ENCODING_BYTES];
    const size_t count = first->length;
    memcpy(kept, count > 0 ? first->data : "", count);
    evd_buffer_clear(first);
    const char *encoding = evd_wide_encoding(kept, count);
    if (encoding != NULL)
        return evd_import_fault(
            importer, 1, "is %s, not UTF-8; pipe what 'iconv -f %s -t UTF-8' prints", encoding, encoding);
    importer->summary.lines = 0;
    const size_t skipped = count >= mark && memcmp(kept, BYTE_ORDER_MARK, mark) == 0 ? mark : 0;
    const enum evd_status status = write_header(importer);
    return status != EVD_OK ? status : push_bytes(importer, kept + skipped, count - skipped);
}

/* What a sink refuses has no words yet. */
static enum evd_status tell(struct evd_importer *importer, enum evd_status status)
{
    if (status == EVD_E_IO)
        return evd_fail_at(importer->error, EVD_E_IO, importer->path, 0, 0, "what it becomes could not be written");
    if (status == EVD_E_LIMIT)
        return evd_fail_at(importer->error, EVD_E_LIMIT, importer->path, 0, 0, "becomes a log that is too large");
    return evd_spill_tell(&importer->own_spill, status, importer->error);
}

enum evd_status evd_importer_push(struct evd_importer *importer, const char *bytes, size_t length,
                                  struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    importer->error = error;
    if (!importer->has_begun)
        status = begin(importer, &bytes, &length, false);
    if (status == EVD_OK && importer->has_begun)
        status = push_bytes(importer, bytes, length);
    return tell(importer, status);
}

/* A trace of another format, or of nothing, is not an empty log. */
static enum evd_status refuse_empty(struct evd_importer *importer)
{
    const struct evd_import_summary *summary = &importer->summary;
    const char *name = importer->import->format->name;
    if (importer->is_log)
        return evd_fail_at(importer->error, EVD_E_INPUT, importer->path, 1, 1,
                           "has no event of the format %s: it is a log already, which is read without --from", name);
    if (summary->skip_count > 0)
        return evd_fail_at(importer->error, EVD_E_INPUT, importer->path, summary->skips[0].first_line, 1,
                           "has no event of the format %s: what it has is skipped as '%s'; --from names another format",
                           name, summary->skips[0].what);
    return evd_fail_at(importer->error, EVD_E_INPUT, importer->path, 0, 0,
                       "has no event of the format %s; --from names another format", name);
}

enum evd_status evd_importer_finish(struct evd_importer *importer, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    importer->error = error;
    if (!importer->has_begun) {
        const char *none = "";
        size_t length = 0;
        status = begin(importer, &none, &length, true);
    }
    if (status == EVD_OK && importer->carry.length > 0)
        status = take_carried(importer);
    if (status == EVD_OK && importer->import->format->finish != NULL)
        status = importer->import->format->finish(importer);
    if (status == EVD_OK && importer->summary.events == 0)
        status = refuse_empty(importer);
    if (status == EVD_OK)
        status = importer->sink->make_room(importer->sink, 0);
    return tell(importer, status == EVD_E_NO_MEMORY ? evd_import_no_memory(importer) : status);
}
