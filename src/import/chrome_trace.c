/* Traces of Chrome and Perfetto in JSON: the trace event format.
 *
 *     {"traceEvents":[{"ph":"X","pid":1,"tid":7,"ts":100.5,"dur":20,"name":"draw","cat":"gpu","args":{"frame":3}}]}
 *
 * A file is in no order, so of each event something is held until its end, and they are written in the order of time then. At
 * one time come the ends, those of the shorter spans first, then the beginnings, those of the longer ones first, then the
 * rest as in the file. */
#include <stdlib.h>

#include "base/fail.h"
#include "import/chrome_event.h"
#include "import/chrome_merge.h"
#include "import/chrome_pieces.h"
#include "import/chrome_ranges.h"
#include "import/chrome_thread.h"
#include "import/json_line.h"

/* By enum evd_chrome_kind. */
static const char *const KINDS[] = {"begin", "end", "instant", "counter", "flow", "async", NULL};

static const char DAMAGED_EVENT[] = "damaged events";
static const char DAMAGED_LIST[] = "commas that are too many or not there";

/* In microseconds: so many nanoseconds fit in 64 bits. */
#define TIME_MAX "9223372036854775.807"

enum {
    NS_PER_US = 1000,
    DIGITS_MAX = 24,
    BLOCK_BYTES = 32 << 10, /* that are looked over at a time */
};

struct chrome {
    struct evd_chrome_pieces pieces;
    struct evd_json_parser *parser;
    struct evd_chrome_threads threads;
    struct evd_chrome_labels labels;
    struct evd_chrome_held held;
    struct evd_chrome_merge merge;
    const char *counted;        /* of a block: places are counted up to here; else NULL */
    struct evd_scratch payload; /* of the event that is under way, where it is not taken from the text */
};

/* ── Places ── */

/* Counts lines and columns of a block on. Most events need no place, so this is not done for each. */
static void count_to(struct chrome *chrome, const char *to)
{
    evd_chrome_move(&chrome->pieces, chrome->counted, (size_t)(to - chrome->counted));
    chrome->counted = to;
}

/* The line that the event begins in. */
static uint64_t line_of(struct chrome *chrome, const struct evd_json_tape *tape)
{
    if (chrome->counted == NULL)
        return chrome->pieces.begin_line + 1;
    count_to(chrome, tape->text + tape->tokens[0].start);
    return chrome->pieces.line + 1;
}

/* Refuses what is at an offset of the text of the event that is under way. */
static enum evd_status fault_at(struct evd_importer *importer, const char *text, size_t offset, const char *what)
{
    const struct chrome *chrome = importer->state;
    const struct evd_chrome_pieces *pieces = &chrome->pieces;
    uint64_t line, column;
    evd_text_place(text, offset, &line, &column);
    importer->summary.lines = pieces->begin_line + line;
    return evd_import_fault(importer, column + (line == 1 ? pieces->begin_column : 0), "%s", what);
}

static enum evd_status fault_token(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token,
                                   const char *what)
{
    return fault_at(importer, tape->text, tape->tokens[token].start, what);
}

/* ── Payloads ── */

/* Puts a member under its own name; a token of 0 is none. */
static enum evd_status put_member(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token)
{
    struct chrome *chrome = importer->state;
    struct evd_import_sink *sink = &chrome->payload.sink;
    if (token == 0)
        return EVD_OK;
    const enum evd_status status = evd_json_line_put_member(importer, sink, tape, token - 1);
    return status == EVD_E_INPUT ? fault_at(importer, tape->text, importer->error->column - 1, "is nested too deep")
                                 : status;
}

/* An id as text of 0x and the least digits, where it is a number; else as it is. */
static enum evd_status put_id(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token)
{
    struct chrome *chrome = importer->state;
    struct evd_import_sink *sink = &chrome->payload.sink;
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

/* Puts the payload of an event but for its last brace; its end's is the same without arguments. */
static enum evd_status put_payload(struct evd_importer *importer, const struct evd_json_tape *tape,
                                   const struct evd_chrome_members *members, struct evd_chrome_event *event)
{
    static const char PHASE[] = "\"phase\":\"";
    struct chrome *chrome = importer->state;
    struct evd_import_sink *sink = &chrome->payload.sink;
    evd_scratch_cut(&chrome->payload, 0);
    if (evd_room(sink, sizeof PHASE + DIGITS_MAX) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put_byte(sink, '{');
    if (event->phase != 0) {
        EVD_PUT(sink, PHASE);
        evd_put_byte(sink, event->phase);
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
    event->end_length = (uint32_t)evd_scratch_length(&chrome->payload);
    if (status == EVD_OK)
        status = put_member(importer, tape, members->arguments);
    event->length = (uint32_t)evd_scratch_length(&chrome->payload);
    event->payload = chrome->payload.buffer.data;
    return status;
}

/* Says where in the trace's text the payload is, where that stays and spells it as a log does; `behind` is the event's end. */
static bool find_payload(const struct evd_importer *importer, const struct evd_json_tape *tape,
                         const struct evd_chrome_members *members, const char *behind, struct evd_chrome_event *event)
{
    const struct evd_import_memory *memory = &importer->memory;
    const char *begin = tape->text + tape->tokens[0].start;
    if (memory->text == NULL || begin < memory->text || behind > memory->text + memory->text_length)
        return false;
    event->offset = (uint64_t)(begin - memory->text);
    event->is_in_text = event->offset < EVD_CHROME_TEXT_MAX && evd_chrome_find_ranges(tape, members, behind, event);
    return event->is_in_text;
}

/* ── Events ── */

static enum evd_status read_duration(struct evd_importer *importer, const struct evd_json_tape *tape,
                                     const struct evd_chrome_members *members, struct evd_chrome_event *event)
{
    int64_t end;
    if (members->duration == 0)
        return fault_token(importer, tape, members->phase, "is an event of phase X without a duration");
    if (!evd_json_token_time(tape, members->duration, NS_PER_US, &event->duration) || event->duration < 0)
        return fault_token(
            importer, tape, members->duration,
            "is no duration in microseconds: digits, with a fraction or without, would be, up to " TIME_MAX);
    if (__builtin_add_overflow(event->ns, event->duration, &end))
        return fault_token(importer, tape, members->duration,
                           "ends the span beyond " TIME_MAX
                           " microseconds, the last time that there is: ts and dur are in microseconds");
    event->is_span = true;
    return EVD_OK;
}

static enum evd_status find_thread(struct evd_importer *importer, const struct evd_json_tape *tape,
                                   const struct evd_chrome_members *members, uint32_t *label)
{
    struct chrome *chrome = importer->state;
    uint32_t wrong;
    const enum evd_status status =
        evd_chrome_thread_of(importer, &chrome->threads, &chrome->labels, tape, &members->owner, label, &wrong);
    return status == EVD_E_INPUT
               ? fault_token(importer, tape, wrong, "names no process and no thread: a number or a text would")
               : status;
}

/* Skips an event, but for the name that it may give a thread or a process. */
static enum evd_status skip_event(struct evd_importer *importer, const struct evd_json_tape *tape,
                                  const struct evd_chrome_members *members, const char *what)
{
    struct chrome *chrome = importer->state;
    importer->summary.lines = line_of(chrome, tape);
    if (what == evd_chrome_metadata &&
        evd_chrome_thread_name(importer, &chrome->threads, &chrome->labels, tape, &members->owner, members->name,
                               members->arguments) != EVD_OK)
        return EVD_E_NO_MEMORY;
    return evd_import_skip(importer, what);
}

/* Holds the event that a tape is of; `behind` is its end. */
static enum evd_status hold_event(struct evd_importer *importer, const struct evd_json_tape *tape, const char *behind)
{
    struct chrome *chrome = importer->state;
    const char *skip;
    const struct evd_chrome_members members = evd_chrome_find_members(tape);
    const int kind = evd_chrome_kind_of(tape, members.phase, &skip);
    if (kind < 0)
        return skip_event(importer, tape, &members, skip);
    const char phase = tape->text[tape->tokens[members.phase].start];
    struct evd_chrome_event event = {
        .kind = (uint8_t)kind,
        .phase = kind == EVD_CHROME_FLOW || kind == EVD_CHROME_ASYNC ? phase : '\0',
        .line = importer->import->has_places ? line_of(chrome, tape) : 0,
        .number = importer->event_number,
    };
    if (members.time == 0)
        return fault_token(importer, tape, members.phase, "is an event without a time, ts");
    if (!evd_json_token_time(tape, members.time, NS_PER_US, &event.ns))
        return fault_token(importer, tape, members.time,
                           "is no time in microseconds: digits, with a fraction or without, would be, up to " TIME_MAX);
    enum evd_status status = find_thread(importer, tape, &members, &event.label);
    if (status == EVD_OK && phase == 'X')
        status = read_duration(importer, tape, &members, &event);
    if (status == EVD_OK && !find_payload(importer, tape, &members, behind, &event))
        status = put_payload(importer, tape, &members, &event);
    if (status != EVD_OK)
        return status;
    return evd_chrome_hold(&chrome->held, &event) ? EVD_OK : evd_import_no_memory(importer);
}

static enum evd_status read_piece(struct evd_importer *importer)
{
    struct chrome *chrome = importer->state;
    struct evd_buffer *piece = &chrome->pieces.piece;
    struct evd_json_fault fault;
    importer->summary.lines = chrome->pieces.begin_line + 1;
    if (!evd_buffer_reserve(piece, EVD_JSON_PADDING))
        return evd_import_no_memory(importer);
    memset(piece->data + piece->length, 0, EVD_JSON_PADDING);
    const struct evd_json_tape *tape = evd_json_parse(chrome->parser, piece->data, piece->length, &fault);
    if (tape != NULL)
        return hold_event(importer, tape, piece->data + piece->length);
    return fault.reason == NULL ? evd_import_no_memory(importer)
                                : fault_at(importer, piece->data, fault.offset, fault.reason);
}

/* Takes the event that is in a piece; what is damaged is skipped where that is wanted. */
static enum evd_status take_piece(struct evd_importer *importer)
{
    importer->event_number++;
    const enum evd_status status = read_piece(importer);
    return status == EVD_E_INPUT ? evd_import_damaged(importer, DAMAGED_EVENT) : status;
}

/* Takes whole events from bytes between two of them, as many as are at hand, without looking for their ends first: the
 * parser finds these. Stops at whatever is not as it should be, which the way by pieces tells of. */
static enum evd_status take_block(struct evd_importer *importer, const char **bytes, size_t *length)
{
    struct chrome *chrome = importer->state;
    const size_t most = *length < BLOCK_BYTES ? *length : BLOCK_BYTES;
    /* Readable bytes are to follow. */
    const char *last = *length - most >= EVD_JSON_PADDING ? memrchr(*bytes, '}', most)
                       : most > EVD_JSON_PADDING          ? memrchr(*bytes, '}', most - EVD_JSON_PADDING)
                                                          : NULL;
    enum evd_status status = EVD_OK;
    if (last == NULL || !evd_json_open(chrome->parser, *bytes, (size_t)(last + 1 - *bytes)))
        return EVD_OK;
    const char *done = *bytes;
    chrome->counted = *bytes;
    for (const char *at; status == EVD_OK && (at = evd_json_at(chrome->parser)) != NULL;) {
        if ((*at != ',' && *at != '{') || !evd_chrome_is_due(&chrome->pieces, *at))
            break;
        if (*at == ',') {
            evd_json_step(chrome->parser);
            done = at + 1;
            chrome->pieces.before = EVD_CHROME_BEHIND_COMMA;
            continue;
        }
        /* Places may be counted up to here. */
        done = at;
        const struct evd_json_tape *tape = evd_json_object(chrome->parser);
        if (tape == NULL)
            break;
        importer->event_number++;
        status = hold_event(importer, tape, evd_json_behind(chrome->parser));
        if (status == EVD_E_INPUT) {
            importer->event_number--;
            status = EVD_OK;
            break;
        }
        chrome->pieces.before = EVD_CHROME_BEHIND_EVENT;
        done = evd_json_behind(chrome->parser);
    }
    count_to(chrome, done);
    chrome->counted = NULL;
    *length -= (size_t)(done - *bytes);
    *bytes = done;
    return status;
}

static const char *words_of_wrong(const struct evd_chrome_pieces *pieces)
{
    if (pieces->state == EVD_CHROME_BEHIND && !pieces->has_events)
        return "stands behind an object without traceEvents, which is no trace of events";
    return pieces->state == EVD_CHROME_BEHIND  ? "stands behind the end of the trace: a file holds one"
           : pieces->state == EVD_CHROME_VALUE ? "is a second traceEvents: a trace has one list of events"
                                               : "is no trace of events: an object or a list of them is needed here";
}

static enum evd_status refuse_undue(struct evd_importer *importer, char byte)
{
    const struct chrome *chrome = importer->state;
    (void)evd_import_fault(
        importer, chrome->pieces.column + 1, "%s",
        byte == ',' ? "is a comma without an event before it" : "is an event without a comma before it");
    return evd_import_damaged(importer, DAMAGED_LIST);
}

static enum evd_status take_bytes(struct evd_importer *importer, const char *bytes, size_t length)
{
    struct chrome *chrome = importer->state;
    struct evd_chrome_pieces *pieces = &chrome->pieces;
    for (;;) {
        if (pieces->state == EVD_CHROME_EVENTS) {
            const enum evd_status status = take_block(importer, &bytes, &length);
            if (status != EVD_OK)
                return status;
        }
        const enum evd_chrome_step step = evd_chrome_next(pieces, &bytes, &length);
        if (step == EVD_CHROME_NO_MEMORY)
            return evd_import_no_memory(importer);
        importer->summary.lines = pieces->line + 1;
        if (step == EVD_CHROME_WRONG)
            return evd_import_fault(importer, pieces->column + 1, "%s", words_of_wrong(pieces));
        if (step == EVD_CHROME_UNDUE) {
            const enum evd_status status = refuse_undue(importer, *bytes);
            if (status != EVD_OK)
                return status;
            continue;
        }
        if (pieces->piece.length > EVD_IMPORT_LINE_MAX)
            return evd_import_fault(importer, pieces->column + 1, "an event has more than %d bytes, which is the limit",
                                    EVD_IMPORT_LINE_MAX);
        if (step == EVD_CHROME_MORE) {
            /* A line that has not begun is none. */
            importer->summary.lines = pieces->line + (pieces->column > 0);
            return EVD_OK;
        }
        const enum evd_status status = take_piece(importer);
        if (status != EVD_OK)
            return status;
    }
}

/* ── The end ── */

static enum evd_status write_event(struct evd_importer *importer, const struct evd_chrome_moment *moment)
{
    const struct chrome *chrome = importer->state;
    const struct evd_chrome_record *record = moment->record;
    const struct evd_chrome_label *label = &chrome->labels.list[record->label];
    struct evd_import_thread *thread =
        evd_import_thread(importer, record->label, -1, chrome->labels.names.data + label->start, label->length);
    if (thread == NULL)
        return evd_import_no_memory(importer);
    evd_chrome_places(record, &importer->summary.lines, &importer->event_number);
    evd_import_clock(importer, moment->ns);
    const enum evd_status status = evd_event_begin(importer, moment->is_end ? EVD_CHROME_END : record->kind, thread,
                                                   evd_chrome_payload_room(record, moment->is_end) + 1);
    if (status != EVD_OK)
        return status;
    evd_chrome_payload_put(importer->sink, record, moment->is_end, importer->memory.text);
    evd_put_byte(importer->sink, '}');
    evd_event_end(importer);
    return EVD_OK;
}

static enum evd_status write_events(struct evd_importer *importer)
{
    struct chrome *chrome = importer->state;
    struct evd_chrome_merge *merge = &chrome->merge;
    enum evd_status status = EVD_OK;
    struct evd_chrome_moment moment;
    bool has_room = evd_chrome_threads_finish(&chrome->labels) && evd_chrome_held_finish(&chrome->held) &&
                    evd_chrome_merge_begin(merge, &chrome->held);
    while (status == EVD_OK && has_room && (has_room = evd_chrome_merge_take(merge, &moment)) && moment.record != NULL)
        status = write_event(importer, &moment);
    return status == EVD_OK && !has_room ? evd_import_no_memory(importer) : status;
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
    const enum evd_status status = write_events(importer);
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
    evd_scratch_init(&chrome->payload);
    chrome->held.spill = importer->memory.spill;
    chrome->held.has_places = importer->import->has_places;
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
    evd_chrome_threads_release(&chrome->threads);
    evd_chrome_labels_release(&chrome->labels);
    evd_chrome_merge_release(&chrome->merge);
    evd_chrome_held_release(&chrome->held);
    evd_buffer_release(&chrome->payload.buffer);
    free(chrome);
}

const struct evd_import_format evd_format_chrome_trace = {
    .name = "chrome-trace",
    .summary = "Chrome's and Perfetto's trace events in JSON",
    .rules = "chrome-trace",
    .kinds = KINDS,
    .version = 2,
    .writes_from_text = true,
    .is_like = is_like,
    .open = open_chrome,
    .take_bytes = take_bytes,
    .finish = finish,
    .close = close_chrome,
};
