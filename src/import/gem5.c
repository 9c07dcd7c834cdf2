/* gem5 with the debug flag Exec.
 *
 *     77000: system.cpu: A0 T0 : 0x10000 @_start    : addi a0, zero, 5 : IntAlu :  D=0x0000000000000005  flags=(IsInteger)
 *     77500: system.cpu: A0 T0 : 0x401020 @main+4. 0 : CALL_NEAR_I : limm t1, 0x1a : IntAlu :  D=0x000000000000001a
 *
 * An instruction is an event, a processor with a thread number a thread. What the flags of gem5 add is left out: the address
 * space, sequence numbers, and flags, which say nothing that the instruction does not. */
#include <stdlib.h>

#include "import/importer.h"
#include "import/text_cursor.h"

static const char *const KINDS[] = {"insn", NULL};

static const char OTHER[] = "messages that are no instructions";
static const char NO_MESSAGE[] = "lines that are no messages of gem5";

enum { PART_BYTES = 128 }; /* that a payload has beside what the line holds */

struct instruction {
    uint64_t tick;
    struct evd_line_part processor, thread; /* `system.cpu0` and the digits behind T */
    struct evd_line_part pc;                /* digits; none where there is only a symbol */
    struct evd_line_part symbol, micro_pc, text, operation;
    struct evd_line_part data, address; /* behind D= and A=; none where they are not there */
    bool is_predicated_false;
};

struct gem5 {
    struct evd_buffer name;
};

/* ── Reading ── */

static struct evd_line_part trim(const char *begin, const char *end)
{
    while (begin < end && (*begin == ' ' || *begin == '\t'))
        begin++;
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct evd_line_part){begin, (size_t)(end - begin)};
}

/* `77000: system.cpu: A0 T0 : `, older ones without the second colon. False when it is another message; *is_message tells
 * whether it is one at all. */
static bool take_beginning(struct evd_text_cursor *cursor, struct instruction *instruction, bool *is_message)
{
    uint64_t number;
    evd_cursor_spaces(cursor);
    *is_message = evd_cursor_decimal(cursor, &instruction->tick) && instruction->tick <= INT64_MAX &&
                  evd_cursor_take(cursor, ": ");
    if (!*is_message)
        return false;
    struct evd_line_part processor = evd_cursor_word(cursor);
    if (processor.length > 0 && processor.bytes[processor.length - 1] == ':')
        processor.length--;
    instruction->processor = processor;
    evd_cursor_spaces(cursor);
    if (evd_cursor_take(cursor, "A") && !evd_cursor_decimal(cursor, &number))
        return false;
    evd_cursor_spaces(cursor);
    if (processor.length == 0 || !evd_cursor_take(cursor, "T"))
        return false;
    const char *digits = cursor->at;
    if (!evd_cursor_decimal(cursor, &number))
        return false;
    instruction->thread = (struct evd_line_part){digits, (size_t)(cursor->at - digits)};
    return evd_cursor_take(cursor, " : ") && cursor->at < cursor->end && (*cursor->at == '0' || *cursor->at == '@');
}

/* `0x401020 @main+4. 0`: the micro-operation's number has two digits or a space and one; others have three spaces there. */
static bool read_place(struct evd_line_part place, struct instruction *instruction)
{
    struct evd_text_cursor cursor = {place.bytes, place.bytes, place.bytes + place.length};
    const char *end = cursor.end, *digits = end;
    while (digits > cursor.begin && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    const char *point = digits;
    while (point > cursor.begin && point[-1] == ' ')
        point--;
    if (digits < end && end - point >= 2 && point > cursor.begin && point[-1] == '.') {
        instruction->micro_pc = evd_least_digits((struct evd_line_part){digits, (size_t)(end - digits)});
        cursor.end = point - 1;
    }
    if (evd_cursor_hex(&cursor, &instruction->pc))
        instruction->pc = evd_least_digits(instruction->pc);
    evd_cursor_spaces(&cursor);
    if (evd_cursor_take(&cursor, "@"))
        instruction->symbol = trim(cursor.at, cursor.end);
    else if (trim(cursor.at, cursor.end).length > 0)
        return false;
    return instruction->pc.length + instruction->symbol.length > 0;
}

static bool begins_with(struct evd_line_part text, const char *words)
{
    const size_t length = strlen(words);
    return text.length >= length && memcmp(text.bytes, words, length) == 0;
}

/* What an instruction came to is nothing or begins with one of these. */
static bool is_result(struct evd_line_part text)
{
    static const char *const WORDS[] = {"D=", "A=", "FetchSeq=", "CPSeq=", "flags=(", "Predicated False"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (begins_with(text, WORDS[i]))
            return true;
    return text.length == 0;
}

static void read_result(struct evd_line_part text, struct instruction *instruction)
{
    struct evd_text_cursor cursor = {text.bytes, text.bytes, text.bytes + text.length};
    while (cursor.at < cursor.end) {
        evd_cursor_spaces(&cursor);
        if (evd_cursor_take(&cursor, "D="))
            instruction->data = evd_cursor_word(&cursor);
        else if (evd_cursor_take(&cursor, "A="))
            instruction->address = evd_cursor_word(&cursor);
        else if (evd_cursor_take(&cursor, "Predicated False"))
            instruction->is_predicated_false = true;
        else
            evd_cursor_word(&cursor);
    }
}

static bool is_operation(struct evd_line_part text)
{
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.bytes[i];
        if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !(c >= '0' && c <= '9' && i > 0) && c != '_')
            return false;
    }
    return text.length > 0;
}

/* Where the last ` : ` of a text begins, also where its second space is the line's end; NULL when there is none. */
static const char *last_colon(const char *begin, const char *end)
{
    for (const char *at = end; at - begin >= 2; at--)
        if (at[-1] == ':' && at[-2] == ' ' && (at == end || *at == ' '))
            return at - 2;
    return NULL;
}

/* What is behind the place, from its end: the result, the class of the operation, and the text, which has colons too. */
static void read_rest(const char *begin, const char *end, struct instruction *instruction)
{
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char *colon = last_colon(begin, end);
    if (colon != NULL && is_result(trim(colon + 2, end))) {
        read_result(trim(colon + 2, end), instruction);
        end = colon;
        colon = last_colon(begin, end);
        if (colon != NULL && is_operation(trim(colon + 2, end))) {
            instruction->operation = trim(colon + 2, end);
            end = colon;
        }
    }
    instruction->text = trim(begin, end);
}

static const char *find_colon(const char *begin, const char *end)
{
    for (const char *at = begin; end - at >= 3; at++) {
        at = memchr(at, ':', (size_t)(end - at));
        if (at == NULL)
            return NULL;
        if (at > begin && at[-1] == ' ' && at + 1 < end && at[1] == ' ')
            return at - 1;
    }
    return NULL;
}

static bool is_like(const char *line, size_t length)
{
    struct evd_text_cursor cursor = {line, line, line + length};
    struct instruction instruction = {0};
    bool is_message;
    return take_beginning(&cursor, &instruction, &is_message) && find_colon(cursor.at, cursor.end) != NULL;
}

/* ── Writing ── */

static void put_text(struct evd_import_sink *sink, const char *member, struct evd_line_part text)
{
    if (text.length == 0)
        return;
    if (sink->at[-1] != '{')
        evd_put_byte(sink, ',');
    evd_put_byte(sink, '"');
    evd_put(sink, member, strlen(member));
    EVD_PUT(sink, "\":\"");
    evd_put_utf8(sink, text.bytes, text.length);
    evd_put_byte(sink, '"');
}

static void put_clock(struct evd_importer *importer, uint64_t tick)
{
    struct evd_import_sink clock = {.at = importer->clock, .end = importer->clock + sizeof importer->clock};
    EVD_PUT(&clock, ",\"guest_cycle\":");
    evd_put_unsigned(&clock, tick);
    importer->clock_length = (size_t)(clock.at - importer->clock);
}

static enum evd_status write_instruction(struct evd_importer *importer, const struct instruction *instruction,
                                         size_t length)
{
    struct gem5 *gem5 = importer->state;
    evd_buffer_clear(&gem5->name);
    evd_buffer_append(&gem5->name, instruction->processor.bytes, instruction->processor.length);
    evd_buffer_string(&gem5->name, " T");
    evd_buffer_append(&gem5->name, instruction->thread.bytes, instruction->thread.length);
    struct evd_import_thread *thread =
        gem5->name.failed ? NULL : evd_import_thread_named(importer, gem5->name.data, gem5->name.length);
    if (thread == NULL)
        return evd_import_no_memory(importer);
    put_clock(importer, instruction->tick);
    const enum evd_status status = evd_event_begin(importer, 0, thread, PART_BYTES + length * EVD_ESCAPED_MAX);
    if (status != EVD_OK)
        return status;
    struct evd_import_sink *sink = importer->sink;
    evd_put_byte(sink, '{');
    if (instruction->pc.length > 0) {
        EVD_PUT(sink, "\"pc\":\"0x");
        evd_put(sink, instruction->pc.bytes, instruction->pc.length);
        evd_put_byte(sink, '"');
    }
    put_text(sink, "symbol", instruction->symbol);
    if (instruction->micro_pc.length > 0) {
        EVD_PUT(sink, ",\"micro_pc\":");
        evd_put(sink, instruction->micro_pc.bytes, instruction->micro_pc.length);
    }
    put_text(sink, "text", instruction->text);
    put_text(sink, "class", instruction->operation);
    put_text(sink, "D", instruction->data);
    put_text(sink, "A", instruction->address);
    if (instruction->is_predicated_false)
        EVD_PUT(sink, ",\"predicated\":false");
    evd_put_byte(sink, '}');
    evd_event_end(importer);
    return EVD_OK;
}

static enum evd_status take_line(struct evd_importer *importer, const char *line, size_t length)
{
    struct evd_text_cursor cursor = {line, line, line + length};
    struct instruction instruction = {0};
    bool is_message;
    if (!take_beginning(&cursor, &instruction, &is_message))
        return evd_import_skip(importer, is_message ? OTHER : NO_MESSAGE);
    const char *colon = find_colon(cursor.at, cursor.end);
    if (colon == NULL)
        return evd_import_fault(importer, evd_cursor_column(&cursor), "the line ends before its instruction");
    const size_t good = evd_utf8_length(line, length);
    if (good < length)
        return evd_import_fault(importer, good + 1, "is no UTF-8");
    if (!read_place((struct evd_line_part){cursor.at, (size_t)(colon - cursor.at)}, &instruction))
        return evd_import_fault(importer, evd_cursor_column(&cursor), "is no address and no symbol");
    read_rest(colon + 2, cursor.end, &instruction);
    return write_instruction(importer, &instruction, length);
}

static enum evd_status open_gem5(struct evd_importer *importer)
{
    importer->state = calloc(1, sizeof(struct gem5));
    return importer->state == NULL ? EVD_E_NO_MEMORY : EVD_OK;
}

static void close_gem5(struct evd_importer *importer)
{
    struct gem5 *gem5 = importer->state;
    if (gem5 == NULL)
        return;
    evd_buffer_release(&gem5->name);
    free(gem5);
}

const struct evd_import_format evd_format_gem5 = {
    .name = "gem5",
    .summary = "gem5 with the debug flag Exec",
    .rules = "gem5",
    .kinds = KINDS,
    .version = 1,
    .is_like = is_like,
    .open = open_gem5,
    .take_line = take_line,
    .close = close_gem5,
};
