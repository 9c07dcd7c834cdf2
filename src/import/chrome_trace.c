/* Traces of Chrome and Perfetto in JSON: the trace event format.
 *
 *     {"traceEvents":[{"ph":"X","pid":1,"tid":7,"ts":100.5,"dur":20,"name":"draw","cat":"gpu","args":{"frame":3}}]}
 *
 * A file is in no order, so all of it is held, and written in the order of time at the end. At one time come the ends, those
 * of the shorter spans first, then the beginnings, those of the longer ones first, then the rest as in the file. */
#include <stdlib.h>

#include "base/fail.h"
#include "base/grow.h"
#include "import/chrome_pieces.h"
#include "import/json_line.h"

enum kind { BEGIN, END, INSTANT, COUNTER, FLOW, ASYNC };
static const char *const KINDS[] = {"begin", "end", "instant", "counter", "flow", "async", NULL};

static const char METADATA[] = "metadata";
static const char OBJECTS[] = "objects, samples, marks and memory dumps";
static const char NO_PHASE[] = "events without a phase that is known";
static const char DAMAGED_EVENT[] = "damaged events";

enum { NS_PER_US = 1000, DIGITS_MAX = 24 };

enum rank { RANK_END, RANK_BEGIN, RANK_OTHER };

struct event {
    int64_t ns, order;
    uint64_t line;
    uint64_t start; /* in `store`: what its thread is called, and its payload behind it */
    uint32_t label_length, length;
    uint32_t sequence;
    uint8_t kind, rank, part;
};

struct chrome {
    struct evd_chrome_pieces pieces;
    struct evd_json_parser *parser;
    struct evd_arena arena;
    struct evd_buffer label;
    struct evd_scratch store;
    struct event *events;
    size_t count, capacity;
};

/* The members that mean something; each is a token of its value, or 0. */
struct members {
    uint32_t phase, pid, tid, time, duration, name, category, id, id2, scope, arguments;
};

/* ── Places ── */

/* Refuses what is at an offset of the event that is under way. */
static enum evd_status fault_at(struct evd_importer *importer, size_t offset, const char *what)
{
    const struct chrome *chrome = importer->state;
    const struct evd_chrome_pieces *pieces = &chrome->pieces;
    uint64_t line, column;
    evd_text_place(pieces->piece.data, offset, &line, &column);
    importer->summary.lines = pieces->begin_line + line;
    return evd_import_fault(importer, column + (line == 1 ? pieces->begin_column : 0), "%s", what);
}

static enum evd_status fault_token(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token,
                                   const char *what)
{
    return fault_at(importer, tape->tokens[token].start, what);
}

/* ── Reading ── */

static struct members find_members(const struct evd_json_tape *tape)
{
    struct members members = {0};
    /* By their lengths, which are at hand. */
    for (uint32_t key = 1; key < tape->count; key = tape->tokens[key + 1].next) {
        const char *name = tape->text + tape->tokens[key].start;
        uint32_t *token = NULL;
        switch (tape->tokens[key].length) {
        case 2:
            token = memcmp(name, "ph", 2) == 0   ? &members.phase
                    : memcmp(name, "ts", 2) == 0 ? &members.time
                    : memcmp(name, "id", 2) == 0 ? &members.id
                                                 : NULL;
            break;
        case 3:
            token = memcmp(name, "pid", 3) == 0   ? &members.pid
                    : memcmp(name, "tid", 3) == 0 ? &members.tid
                    : memcmp(name, "dur", 3) == 0 ? &members.duration
                    : memcmp(name, "cat", 3) == 0 ? &members.category
                    : memcmp(name, "id2", 3) == 0 ? &members.id2
                                                  : NULL;
            break;
        case 4:
            token = memcmp(name, "name", 4) == 0   ? &members.name
                    : memcmp(name, "args", 4) == 0 ? &members.arguments
                                                   : NULL;
            break;
        case 5: token = memcmp(name, "scope", 5) == 0 ? &members.scope : NULL; break;
        default: break;
        }
        if (token != NULL)
            *token = key + 1;
    }
    return members;
}

/* What an event of a phase becomes: an index of KINDS, or -1 and why it is skipped. */
static int kind_of(const struct evd_json_tape *tape, uint32_t phase, const char **skip)
{
    *skip = NO_PHASE;
    if (phase == 0 || tape->tokens[phase].type != EVD_JSON_STRING || tape->tokens[phase].length != 1)
        return -1;
    switch (tape->text[tape->tokens[phase].start]) {
    case 'B':
    case 'X': return BEGIN;
    case 'E': return END;
    case 'i':
    case 'I': return INSTANT;
    case 'C': return COUNTER;
    case 's':
    case 't':
    case 'f': return FLOW;
    case 'b':
    case 'n':
    case 'e':
    case 'S':
    case 'T':
    case 'p':
    case 'F': return ASYNC;
    case 'M': *skip = METADATA; return -1;
    case 'N':
    case 'O':
    case 'D':
    case 'P':
    case 'R':
    case 'c':
    case 'v':
    case 'V':
    case '(':
    case ')': *skip = OBJECTS; return -1;
    default: return -1;
    }
}

/* ── Payloads ── */

/* Puts a member under its own name; a token of 0 is none. */
static enum evd_status put_member(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token)
{
    struct chrome *chrome = importer->state;
    struct evd_import_sink *sink = &chrome->store.sink;
    if (token == 0)
        return EVD_OK;
    if (evd_json_line_put_key(sink, tape, token - 1) != EVD_OK)
        return evd_import_no_memory(importer);
    const enum evd_status status = evd_json_line_put(importer, sink, tape, token);
    return status == EVD_E_INPUT ? fault_at(importer, importer->error->column - 1, "is nested too deep") : status;
}

/* An id as text of 0x and the least digits, where it is a number; else as it is. */
static enum evd_status put_id(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token)
{
    struct chrome *chrome = importer->state;
    struct evd_import_sink *sink = &chrome->store.sink;
    uint64_t number;
    if (token == 0 || !evd_json_token_unsigned(tape, token, &number))
        return put_member(importer, tape, token);
    if (evd_json_line_put_key(sink, tape, token - 1) != EVD_OK || evd_room(sink, DIGITS_MAX) != EVD_OK)
        return evd_import_no_memory(importer);
    EVD_PUT(sink, "\"0x");
    evd_put_hex(sink, number, 1);
    evd_put_byte(sink, '"');
    return EVD_OK;
}

static enum evd_status put_payload(struct evd_importer *importer, const struct evd_json_tape *tape,
                                   const struct members *members, bool has_phase, bool has_arguments)
{
    static const char PHASE[] = "\"phase\":\"";
    struct chrome *chrome = importer->state;
    struct evd_import_sink *sink = &chrome->store.sink;
    if (evd_room(sink, sizeof PHASE + DIGITS_MAX) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put_byte(sink, '{');
    if (has_phase) {
        EVD_PUT(sink, PHASE);
        evd_put_byte(sink, tape->text[tape->tokens[members->phase].start]);
        evd_put_byte(sink, '"');
    }
    enum evd_status status = put_member(importer, tape, members->name);
    if (status == EVD_OK)
        status = put_member(importer, tape, members->category);
    if (status == EVD_OK)
        status = put_id(importer, tape, members->id);
    if (status == EVD_OK)
        status = put_member(importer, tape, members->id2);
    if (status == EVD_OK)
        status = put_member(importer, tape, members->scope);
    if (status == EVD_OK && has_arguments)
        status = put_member(importer, tape, members->arguments);
    if (status == EVD_OK && evd_room(sink, 1) != EVD_OK)
        status = evd_import_no_memory(importer);
    if (status == EVD_OK)
        evd_put_byte(sink, '}');
    return status;
}

/* ── Events ── */

/* Keeps an event, whose members but for those of the payload are in `event`. */
static enum evd_status keep_event(struct evd_importer *importer, const struct evd_json_tape *tape,
                                  const struct members *members, bool has_arguments, struct event event)
{
    struct chrome *chrome = importer->state;
    event.start = evd_scratch_length(&chrome->store);
    event.label_length = (uint32_t)chrome->label.length;
    event.line = chrome->pieces.begin_line + 1;
    if (evd_room(&chrome->store.sink, chrome->label.length + 1) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put(&chrome->store.sink, chrome->label.data, chrome->label.length);
    const enum evd_status status =
        put_payload(importer, tape, members, event.kind == FLOW || event.kind == ASYNC, has_arguments);
    if (status != EVD_OK)
        return status;
    event.length = (uint32_t)(evd_scratch_length(&chrome->store) - event.start - event.label_length);
    void *events = evd_grow(chrome->events, chrome->count, &chrome->capacity, sizeof *chrome->events);
    if (events == NULL || chrome->count >= UINT32_MAX)
        return evd_import_no_memory(importer);
    chrome->events = events;
    event.sequence = (uint32_t)chrome->count;
    chrome->events[chrome->count++] = event;
    return EVD_OK;
}

/* A span with its end, which is an event of its own. */
static enum evd_status keep_span(struct evd_importer *importer, const struct evd_json_tape *tape,
                                 const struct members *members, int64_t ns)
{
    int64_t duration, end;
    if (members->duration == 0 || !evd_json_token_time(tape, members->duration, NS_PER_US, &duration) || duration < 0 ||
        __builtin_add_overflow(ns, duration, &end))
        return fault_token(importer, tape, members->duration == 0 ? members->phase : members->duration,
                           "is an event of phase X without a duration");
    /* One of no duration begins and ends among the rest. */
    const bool is_span = duration > 0;
    struct event begin = {
        .ns = ns, .order = is_span ? -duration : 0, .kind = BEGIN, .rank = is_span ? RANK_BEGIN : RANK_OTHER};
    struct event finish = {
        .ns = end, .order = duration, .kind = END, .rank = is_span ? RANK_END : RANK_OTHER, .part = 1};
    const enum evd_status status = keep_event(importer, tape, members, true, begin);
    return status == EVD_OK ? keep_event(importer, tape, members, false, finish) : status;
}

static enum evd_status read_label(struct evd_importer *importer, const struct evd_json_tape *tape,
                                  const struct members *members)
{
    struct chrome *chrome = importer->state;
    const uint32_t tokens[2] = {members->pid, members->tid};
    evd_buffer_clear(&chrome->label);
    evd_arena_reset(&chrome->arena);
    for (int part = 0; part < 2; part++) {
        if (tokens[part] == 0) {
            evd_buffer_string(&chrome->label, part == 0 ? "" : ":");
            continue;
        }
        const enum evd_status status =
            evd_json_line_append_name(importer, &chrome->arena, tape, tokens[part], part, &chrome->label);
        if (status != EVD_OK)
            return status == EVD_E_INPUT
                       ? fault_token(importer, tape, tokens[part],
                                     "names no process and no thread: a number or a text would")
                       : status;
    }
    return chrome->label.failed ? evd_import_no_memory(importer) : EVD_OK;
}

static enum evd_status read_event(struct evd_importer *importer)
{
    struct chrome *chrome = importer->state;
    struct evd_buffer *piece = &chrome->pieces.piece;
    struct evd_json_fault fault;
    const char *skip;
    int64_t ns;
    importer->summary.lines = chrome->pieces.begin_line + 1;
    if (!evd_buffer_reserve(piece, EVD_JSON_PADDING))
        return evd_import_no_memory(importer);
    memset(piece->data + piece->length, 0, EVD_JSON_PADDING);
    const struct evd_json_tape *tape = evd_json_parse(chrome->parser, piece->data, piece->length, &fault);
    if (tape == NULL)
        return fault.reason == NULL ? evd_import_no_memory(importer) : fault_at(importer, fault.offset, fault.reason);
    const struct members members = find_members(tape);
    const int kind = kind_of(tape, members.phase, &skip);
    if (kind < 0)
        return evd_import_skip(importer, skip);
    if (members.time == 0 || !evd_json_token_time(tape, members.time, NS_PER_US, &ns))
        return fault_token(importer, tape, members.time == 0 ? members.phase : members.time,
                           "is an event without a time in microseconds");
    enum evd_status status = read_label(importer, tape, &members);
    if (status != EVD_OK)
        return status;
    if (tape->text[tape->tokens[members.phase].start] == 'X')
        return keep_span(importer, tape, &members, ns);
    const enum rank rank = kind == END ? RANK_END : kind == BEGIN ? RANK_BEGIN : RANK_OTHER;
    const int64_t order = kind == BEGIN ? INT64_MIN : 0;
    return keep_event(importer, tape, &members, true,
                      (struct event){.ns = ns, .order = order, .kind = (uint8_t)kind, .rank = (uint8_t)rank});
}

/* The same; what is damaged leaves nothing behind, and is skipped where that is wanted. */
static enum evd_status take_event(struct evd_importer *importer)
{
    struct chrome *chrome = importer->state;
    const size_t length = evd_scratch_length(&chrome->store), count = chrome->count;
    const enum evd_status status = read_event(importer);
    if (status != EVD_E_INPUT)
        return status;
    evd_scratch_cut(&chrome->store, length);
    chrome->count = count;
    return evd_import_damaged(importer, DAMAGED_EVENT);
}

static enum evd_status take_bytes(struct evd_importer *importer, const char *bytes, size_t length)
{
    struct chrome *chrome = importer->state;
    struct evd_chrome_pieces *pieces = &chrome->pieces;
    for (;;) {
        const enum evd_chrome_step step = evd_chrome_next(pieces, &bytes, &length);
        if (step == EVD_CHROME_NO_MEMORY)
            return evd_import_no_memory(importer);
        importer->summary.lines = pieces->line + 1;
        if (step == EVD_CHROME_WRONG)
            return evd_import_fault(
                importer, pieces->column + 1, "is no trace of events: an object or a list of them is needed here");
        if (pieces->piece.length > EVD_IMPORT_LINE_MAX)
            return evd_import_fault(importer, pieces->column + 1, "an event has more than %d bytes, which is the limit",
                                    EVD_IMPORT_LINE_MAX);
        if (step == EVD_CHROME_MORE) {
            /* A line that has not begun is none. */
            importer->summary.lines = pieces->line + (pieces->column > 0);
            return EVD_OK;
        }
        const enum evd_status status = take_event(importer);
        if (status != EVD_OK)
            return status;
    }
}

/* ── The end ── */

/* Most events differ in their times, so these alone are moved when they are put in order. */
struct moment {
    int64_t ns;
    const struct event *event;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *earlier = a, *later = b;
    if (earlier->ns != later->ns)
        return earlier->ns < later->ns ? -1 : 1;
    const struct event *left = earlier->event, *right = later->event;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    /* Among the rest only the file's order counts. */
    if (left->rank != RANK_OTHER && left->order != right->order)
        return left->order < right->order ? -1 : 1;
    return left->sequence < right->sequence ? -1 : 1;
}

static enum evd_status write_event(struct evd_importer *importer, const struct event *event)
{
    struct chrome *chrome = importer->state;
    const char *label = chrome->store.buffer.data + event->start;
    struct evd_import_thread *thread = evd_import_thread_named(importer, label, event->label_length);
    if (thread == NULL)
        return evd_import_no_memory(importer);
    importer->summary.lines = event->line;
    evd_import_clock(importer, event->ns);
    const enum evd_status status = evd_event_begin(importer, event->kind, thread, event->length);
    if (status != EVD_OK)
        return status;
    evd_put(importer->sink, label + event->label_length, event->length);
    evd_event_end(importer);
    return EVD_OK;
}

static enum evd_status finish(struct evd_importer *importer)
{
    struct chrome *chrome = importer->state;
    const struct evd_chrome_pieces *pieces = &chrome->pieces;
    const uint64_t lines = pieces->line + (pieces->column > 0);
    /* The format lets writers leave out the list's end. */
    const bool is_whole = pieces->state == EVD_CHROME_BEFORE || pieces->state == EVD_CHROME_BEHIND ||
                          (pieces->state == EVD_CHROME_EVENTS && !pieces->is_object);
    importer->summary.lines = pieces->line + 1;
    if (!is_whole) {
        (void)evd_import_fault(importer, pieces->column + 1, "the trace ends within %s",
                               pieces->state == EVD_CHROME_EVENT ? "an event" : "its outer object");
        if (evd_import_damaged(importer, DAMAGED_EVENT) != EVD_OK)
            return EVD_E_INPUT;
    }
    struct moment *moments = calloc(chrome->count + 1, sizeof *moments);
    if (moments == NULL)
        return evd_import_no_memory(importer);
    bool is_in_order = true;
    for (size_t i = 0; i < chrome->count; i++) {
        moments[i] = (struct moment){chrome->events[i].ns, &chrome->events[i]};
        is_in_order = is_in_order && (i == 0 || by_time(&moments[i - 1], &moments[i]) < 0);
    }
    if (!is_in_order)
        qsort(moments, chrome->count, sizeof *moments, by_time);
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < chrome->count; i++)
        status = write_event(importer, moments[i].event);
    free(moments);
    importer->summary.lines = lines;
    return status;
}

static bool has(const char *line, size_t length, const char *text)
{
    return memmem(line, length, text, strlen(text)) != NULL;
}

static bool is_like(const char *line, size_t length)
{
    return has(line, length, "\"traceEvents\"") ||
           ((has(line, length, "\"ph\":\"") || has(line, length, "\"ph\": \"")) && has(line, length, "\"ts\":") &&
            has(line, length, "\"pid\":"));
}

static enum evd_status open_chrome(struct evd_importer *importer)
{
    struct chrome *chrome = calloc(1, sizeof *chrome);
    if (chrome == NULL)
        return EVD_E_NO_MEMORY;
    importer->state = chrome;
    evd_scratch_init(&chrome->store);
    chrome->parser = evd_json_parser_create();
    return chrome->parser == NULL ? EVD_E_NO_MEMORY : EVD_OK;
}

static void close_chrome(struct evd_importer *importer)
{
    struct chrome *chrome = importer->state;
    if (chrome == NULL)
        return;
    evd_json_parser_destroy(chrome->parser);
    evd_chrome_pieces_release(&chrome->pieces);
    evd_arena_release(&chrome->arena);
    evd_buffer_release(&chrome->label);
    evd_buffer_release(&chrome->store.buffer);
    free(chrome->events);
    free(chrome);
}

const struct evd_import_format evd_format_chrome_trace = {
    .name = "chrome-trace",
    .summary = "Chrome's and Perfetto's trace events in JSON",
    .rules = "chrome-trace",
    .kinds = KINDS,
    .version = 1,
    .is_like = is_like,
    .open = open_chrome,
    .take_bytes = take_bytes,
    .finish = finish,
    .close = close_chrome,
};
