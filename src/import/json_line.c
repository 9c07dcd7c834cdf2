#include "import/json_line.h"

#include <assert.h>

#include "base/digits.h"

enum {
    DEPTH_MAX = EVD_JSON_DEPTH_MAX - 2, /* a member of a trace's line lies one deeper in an event */
    BLOCK = 16,                         /* bytes that are copied at a time */
    VALUE_BYTES = 8 + BLOCK,            /* that a value takes beside its text */
    LOOK_OVER_BYTES = 32 << 10,         /* of lines at once: what is found in them stays in a cache */
};

/* Looks over the line in hand and as many behind it as are at hand. */
static void look_over(const struct evd_importer *importer, struct evd_json_lines *lines, const char *line,
                      size_t length)
{
    const size_t most = (size_t)(importer->ahead - line);
    const char *end = memrchr(line, '\n', most < LOOK_OVER_BYTES ? most : LOOK_OVER_BYTES);
    /* A line alone is as well parsed by itself. */
    lines->is_open = end != NULL && end > line + length && evd_json_open(lines->parser, line, (size_t)(end - line));
    lines->end = end != NULL ? end : line + length;
    lines->push_number = importer->push_number;
}

/* The object that is all of the line in hand, from a parser that is in lines up to it; NULL when it is none, or when what the
 * parser takes for one ends in another line. */
static const struct evd_json_tape *take_object(struct evd_json_parser *parser, const char *line, const char *end)
{
    const char *at;
    while ((at = evd_json_at(parser)) != NULL && at < line)
        evd_json_step(parser);
    const struct evd_json_tape *tape = at == NULL ? NULL : evd_json_object(parser);
    if (tape == NULL || evd_json_behind(parser) > end)
        return NULL;
    at = evd_json_at(parser);
    return at == NULL || at >= end ? tape : NULL;
}

enum evd_status evd_json_line_parse(struct evd_importer *importer, struct evd_json_lines *lines, const char *line,
                                    size_t length, const struct evd_json_tape **tape)
{
    struct evd_json_fault fault;
    if (importer->ahead > line + length) {
        if (lines->push_number != importer->push_number || line >= lines->end)
            look_over(importer, lines, line, length);
        *tape = lines->is_open ? take_object(lines->parser, line, line + length) : NULL;
        if (*tape != NULL)
            return EVD_OK;
    }
    /* The parser is in this line alone then, and says what is wrong with it. */
    lines->is_open = false;
    *tape = evd_json_parse(lines->parser, line, length, &fault);
    if (*tape != NULL)
        return EVD_OK;
    return fault.reason == NULL ? evd_import_no_memory(importer)
                                : evd_import_fault(importer, fault.offset + 1, "%s", fault.reason);
}

bool evd_json_line_has(const struct evd_json_tape *tape, const char *name, size_t length)
{
    for (uint32_t key = 1; key < tape->count; key = tape->tokens[key + 1].next) {
        const struct evd_json_token *token = &tape->tokens[key];
        if (token->length == length && memcmp(tape->text + token->start, name, length) == 0)
            return true;
    }
    return false;
}

uint32_t evd_json_line_member(const struct evd_json_tape *tape, const char *name, size_t length)
{
    uint32_t found = 0;
    for (uint32_t key = 1; key < tape->count; key = tape->tokens[key + 1].next) {
        const struct evd_json_token *token = &tape->tokens[key];
        /* Most names differ in their length or their first letter. */
        if (token->length == length && (length == 0 || tape->text[token->start] == name[0]) &&
            memcmp(tape->text + token->start, name, length) == 0)
            found = key + 1;
    }
    return found;
}

/* The most digits that always fit in 64 bits. */
enum { DECIMAL_SAFE = 19, HEX_SAFE = 16 };

/* Digits that EVD_JSON_PADDING readable bytes follow. */
static bool read_decimal(const char *text, size_t length, uint64_t *value)
{
    const size_t head = length < DECIMAL_SAFE ? length : DECIMAL_SAFE;
    if (length == 0 || evd_digits_skip(text, text + length) < text + length)
        return false;
    uint64_t number = evd_digits_read(text, head);
    for (size_t i = head; i < length; i++)
        if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
            return false;
    *value = number;
    return true;
}

static bool read_hex(const char *text, size_t length, uint64_t *value)
{
    /* 0 for what is no digit, else one more than it is worth. */
    static const uint8_t DIGITS[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
        ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
        ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned digit = DIGITS[(unsigned char)text[i]];
        if (digit == 0 || (i >= HEX_SAFE && number >> 60 != 0))
            return false;
        number = number << 4 | (digit - 1);
    }
    *value = number;
    return length > 0;
}

bool evd_json_token_unsigned(const struct evd_json_tape *tape, uint32_t token, uint64_t *value)
{
    const struct evd_json_token *number = &tape->tokens[token];
    const char *text = tape->text + number->start;
    if (number->type == EVD_JSON_INTEGER)
        return read_decimal(text, number->length, value);
    return number->type == EVD_JSON_STRING && number->length > 2 && text[0] == '0' &&
           (text[1] == 'x' || text[1] == 'X') && read_hex(text + 2, number->length - 2, value);
}

bool evd_json_token_signed(const struct evd_json_tape *tape, uint32_t token, int64_t *value)
{
    const struct evd_json_token *number = &tape->tokens[token];
    const char *text = tape->text + number->start;
    uint64_t magnitude;
    if (number->type == EVD_JSON_INTEGER && text[0] == '-') {
        const bool is_good = read_decimal(text + 1, number->length - 1, &magnitude) && magnitude <= (uint64_t)1 << 63;
        *value = is_good ? (int64_t)(0 - magnitude) : 0;
        return is_good;
    }
    const bool is_good = evd_json_token_unsigned(tape, token, &magnitude) && magnitude <= INT64_MAX;
    *value = is_good ? (int64_t)magnitude : 0;
    return is_good;
}

/* What the digits of a fraction are worth, of a unit that is a power of 10; what is less than one is cut. */
static uint64_t read_fraction(const char *text, size_t length, uint64_t unit)
{
    static const uint64_t POWERS[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    enum { FEW = sizeof POWERS / sizeof *POWERS - 1 };
    if (length > 0 && length <= FEW && unit >= POWERS[length])
        return evd_digits_read_few(text, length) * (unit / POWERS[length]);
    uint64_t part = 0;
    for (size_t i = 0; i < length; i++)
        part += (uint64_t)(text[i] - '0') * (unit /= 10);
    return part;
}

bool evd_json_token_time(const struct evd_json_tape *tape, uint32_t token, uint64_t unit_ns, int64_t *ns)
{
    const struct evd_json_token *value = &tape->tokens[token];
    const char *text = tape->text + value->start, *end = text + value->length;
    if (value->type != EVD_JSON_STRING && value->type != EVD_JSON_INTEGER && value->type != EVD_JSON_REAL)
        return false;
    const bool is_negative = text < end && *text == '-';
    text += is_negative;
    /* What follows the value is read, too. */
    const char *point = evd_digits_skip(text, end);
    point = point < end ? point : end;
    uint64_t whole, part = 0;
    const size_t digits = (size_t)(point - text);
    if (digits > 0 && digits <= DECIMAL_SAFE)
        whole = evd_digits_read(text, digits);
    else if (!read_decimal(text, digits, &whole))
        return false;
    if (point < end && *point == '.') {
        const char *fraction = point + 1;
        point = evd_digits_skip(fraction, end);
        point = point < end ? point : end;
        part = read_fraction(fraction, (size_t)(point - fraction), unit_ns);
    }
    if (point != end || __builtin_mul_overflow(whole, unit_ns, &whole) || __builtin_add_overflow(whole, part, &whole) ||
        whole > INT64_MAX)
        return false;
    *ns = is_negative ? -(int64_t)whole : (int64_t)whole;
    return true;
}

/* Puts a part of a line, which EVD_JSON_PADDING readable bytes follow, where there is room for a block more: most parts are
 * short. */
static inline void put_part(struct evd_import_sink *sink, const char *bytes, size_t length)
{
    static_assert((int)BLOCK <= (int)EVD_JSON_PADDING, "blocks are read behind the line");
    if (length > 4 * BLOCK) {
        evd_put(sink, bytes, length);
        return;
    }
    for (size_t i = 0; i < length; i += BLOCK)
        memcpy(sink->at + i, bytes + i, BLOCK);
    sink->at += length;
}

enum evd_status evd_json_line_put_key(struct evd_import_sink *sink, const struct evd_json_tape *tape, uint32_t key)
{
    const struct evd_json_token *token = &tape->tokens[key];
    const enum evd_status status = evd_room(sink, token->length + VALUE_BYTES);
    if (status != EVD_OK)
        return status;
    if (sink->at[-1] != '{')
        evd_put_byte(sink, ',');
    evd_put_byte(sink, '"');
    put_part(sink, tape->text + token->start, token->length);
    EVD_PUT(sink, "\":");
    return EVD_OK;
}

/* Puts a value that is no container and its key, `,` before them unless they are the first: all at once, where nothing but a
 * colon is between them. */
static enum evd_status put_plain_member(struct evd_import_sink *sink, const struct evd_json_tape *tape, uint32_t key)
{
    const struct evd_json_token *name = &tape->tokens[key], *value = name + 1;
    const bool is_text = value->type == EVD_JSON_STRING;
    /* With the quotes. */
    const uint32_t start = name->start - 1, behind_name = name->start + name->length + 1;
    const uint32_t value_start = value->start - is_text, end = value->start + value->length + is_text;
    const enum evd_status status = evd_room(sink, end - start + 2 * VALUE_BYTES);
    if (status != EVD_OK)
        return status;
    if (sink->at[-1] != '{')
        evd_put_byte(sink, ',');
    if (value_start == behind_name + 1) {
        put_part(sink, tape->text + start, end - start);
        return EVD_OK;
    }
    put_part(sink, tape->text + start, behind_name - start);
    evd_put_byte(sink, ':');
    put_part(sink, tape->text + value_start, end - value_start);
    return EVD_OK;
}

static bool is_container(const struct evd_json_token *token)
{
    return token->type == EVD_JSON_ARRAY || token->type == EVD_JSON_OBJECT;
}

static enum evd_status put(struct evd_importer *importer, struct evd_import_sink *sink,
                           const struct evd_json_tape *tape, uint32_t index, unsigned depth);

static enum evd_status put_member(struct evd_importer *importer, struct evd_import_sink *sink,
                                  const struct evd_json_tape *tape, uint32_t key, unsigned depth)
{
    if (!is_container(&tape->tokens[key + 1]))
        return put_plain_member(sink, tape, key);
    const enum evd_status status = evd_json_line_put_key(sink, tape, key);
    return status == EVD_OK ? put(importer, sink, tape, key + 1, depth) : status;
}

static enum evd_status put(struct evd_importer *importer, struct evd_import_sink *sink,
                           const struct evd_json_tape *tape, uint32_t index, unsigned depth)
{
    const struct evd_json_token *token = &tape->tokens[index];
    enum evd_status status = evd_room(sink, token->length + VALUE_BYTES);
    if (status != EVD_OK)
        return status;
    if (!is_container(token)) {
        const uint32_t quote = token->type == EVD_JSON_STRING;
        put_part(sink, tape->text + token->start - quote, token->length + 2 * quote);
        return EVD_OK;
    }
    if (depth >= DEPTH_MAX)
        return evd_json_line_fault(importer, tape, index, "is nested too deep");
    const bool is_object = token->type == EVD_JSON_OBJECT;
    evd_put_byte(sink, is_object ? '{' : '[');
    for (uint32_t child = index + 1; child < token->next; child = tape->tokens[child].next) {
        if (is_object) {
            status = put_member(importer, sink, tape, child++, depth + 1);
        } else {
            status = evd_room(sink, 1);
            if (status == EVD_OK && child > index + 1)
                evd_put_byte(sink, ',');
            if (status == EVD_OK)
                status = put(importer, sink, tape, child, depth + 1);
        }
        if (status != EVD_OK)
            return status;
    }
    status = evd_room(sink, 1);
    if (status == EVD_OK)
        evd_put_byte(sink, is_object ? '}' : ']');
    return status;
}

enum evd_status evd_json_line_put_member(struct evd_importer *importer, struct evd_import_sink *sink,
                                         const struct evd_json_tape *tape, uint32_t key)
{
    const enum evd_status status = put_member(importer, sink, tape, key, 1);
    return status == EVD_E_NO_MEMORY ? evd_import_no_memory(importer) : status;
}

enum evd_status evd_json_line_put(struct evd_importer *importer, struct evd_import_sink *sink,
                                  const struct evd_json_tape *tape, uint32_t token)
{
    return evd_json_line_put_at(importer, sink, tape, token, 1);
}

enum evd_status evd_json_line_put_at(struct evd_importer *importer, struct evd_import_sink *sink,
                                     const struct evd_json_tape *tape, uint32_t token, unsigned depth)
{
    const enum evd_status status = put(importer, sink, tape, token, depth);
    return status == EVD_E_NO_MEMORY ? evd_import_no_memory(importer) : status;
}

enum evd_status evd_json_line_fault(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token,
                                    const char *what)
{
    /* A text may be of several lines. */
    const char *line = importer->line != NULL ? importer->line : tape->text;
    return evd_import_fault(importer, (uint64_t)(tape->text + tape->tokens[token].start - line) + 1, "%s", what);
}

enum evd_status evd_json_line_write(struct evd_importer *importer, unsigned kind, struct evd_import_thread *thread,
                                    const struct evd_scratch *payload)
{
    const size_t length = evd_scratch_length(payload);
    const enum evd_status status = evd_event_begin(importer, kind, thread, length);
    if (status != EVD_OK)
        return status;
    evd_put(importer->sink, payload->buffer.data, length);
    evd_event_end(importer);
    return EVD_OK;
}

enum evd_status evd_json_line_append_name(struct evd_importer *importer, struct evd_arena *arena,
                                          const struct evd_json_tape *tape, uint32_t token, int part,
                                          struct evd_buffer *name)
{
    const struct evd_json_token *value = &tape->tokens[token];
    struct evd_string text = {tape->text + value->start, value->length};
    if (value->type != EVD_JSON_STRING && value->type != EVD_JSON_INTEGER)
        return evd_json_line_fault(importer, tape, token, "names no thread: a whole number or a text would");
    if (value->escaped && !evd_value_string(arena, tape, token, &text))
        return evd_import_no_memory(importer);
    if (value->escaped && evd_utf8_length(text.bytes, text.length) != text.length)
        return evd_json_line_fault(importer, tape, token, "names no thread: it has half a surrogate pair");
    if (part > 0)
        evd_buffer_byte(name, ':');
    const bool is_whole = part < 0 || value->type == EVD_JSON_INTEGER;
    if (is_whole)
        evd_buffer_append(name, text.bytes, text.length);
    for (size_t i = 0; !is_whole && i < text.length; i++) {
        if (text.bytes[i] == ':' || text.bytes[i] == '\\')
            evd_buffer_byte(name, '\\');
        evd_buffer_byte(name, text.bytes[i]);
    }
    return name->failed ? evd_import_no_memory(importer) : EVD_OK;
}
