#include "import/chrome_pieces.h"

#include <stdbool.h>
#include <string.h>

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* How many bytes there are up to one that may matter. */
static size_t plain_length(const char *bytes, size_t length, bool is_in_text)
{
    static const bool MATTERS_IN_TEXT[256] = {['"'] = true, ['\\'] = true};
    static const bool MATTERS[256] = {['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true};
    const bool *matters = is_in_text ? MATTERS_IN_TEXT : MATTERS;
    size_t i = 0;
    while (i < length && !matters[(unsigned char)bytes[i]])
        i++;
    return i;
}

/* Counts newlines: a part of the text at a time, so that one byte holds what is found in it. */
static uint64_t count_newlines(const char *bytes, size_t length)
{
    enum { PART_BYTES = 128 };
    uint64_t count = 0;
    for (size_t done = 0; done < length; done += PART_BYTES) {
        const size_t size = length - done < PART_BYTES ? length - done : PART_BYTES;
        unsigned char found = 0;
        for (size_t i = 0; i < size; i++)
            found += bytes[done + i] == '\n';
        count += found;
    }
    return count;
}

void evd_chrome_move(struct evd_chrome_pieces *pieces, const char *bytes, size_t length)
{
    const char *newline = memrchr(bytes, '\n', length);
    if (newline == NULL) {
        pieces->column += length;
        return;
    }
    pieces->line += count_newlines(bytes, (size_t)(newline + 1 - bytes));
    pieces->column = (uint64_t)(bytes + length - (newline + 1));
}

/* Takes a byte of a value or an event that brackets or strings may begin or end with; true at the end of the outermost. */
static bool take_bracket(struct evd_chrome_pieces *pieces, char byte)
{
    if (pieces->is_in_text) {
        pieces->is_escaped = byte == '\\' && !pieces->is_escaped;
        pieces->is_in_text = byte != '"' || pieces->is_escaped;
        return false;
    }
    if (byte == '"')
        pieces->is_in_text = true;
    else if (byte == '{' || byte == '[')
        pieces->depth++;
    else if ((byte == '}' || byte == ']') && pieces->depth > 0)
        return --pieces->depth == 0;
    return false;
}

static bool is_events_key(const struct evd_buffer *key)
{
    static const char EVENTS[] = "\"traceEvents\"";
    return key->length == sizeof EVENTS - 1 && memcmp(key->data, EVENTS, key->length) == 0;
}

/* Takes a byte between values. False when it can't stand there. */
static bool take_between(struct evd_chrome_pieces *pieces, char byte)
{
    switch (pieces->state) {
    case EVD_CHROME_BEFORE:
        pieces->is_object = byte == '{';
        pieces->has_events = byte == '[';
        pieces->state = byte == '{' ? EVD_CHROME_OUTER : EVD_CHROME_EVENTS;
        return byte == '{' || byte == '[';
    case EVD_CHROME_OUTER:
        if (byte == '"')
            pieces->state = EVD_CHROME_KEY;
        else if (byte == '}')
            pieces->state = EVD_CHROME_BEHIND;
        pieces->is_in_text = byte == '"';
        evd_buffer_clear(&pieces->piece);
        return byte == '"' || byte == '}' || byte == ',';
    case EVD_CHROME_EVENTS:
        if (byte == '{')
            pieces->state = EVD_CHROME_EVENT;
        else if (byte == ']')
            pieces->state = pieces->is_object ? EVD_CHROME_OUTER : EVD_CHROME_BEHIND;
        pieces->before = byte == ',' ? EVD_CHROME_BEHIND_COMMA : EVD_CHROME_BEHIND_EVENT;
        pieces->begin_line = pieces->line;
        pieces->begin_column = pieces->column;
        pieces->depth = byte == '{';
        evd_buffer_clear(&pieces->piece);
        return byte == '{' || byte == ']' || byte == ',';
    default: return false;
    }
}

/* Takes a byte behind a key: the list of events, or a value to pass over. False where it is a second list of events. */
static bool take_value_byte(struct evd_chrome_pieces *pieces, char byte)
{
    const bool is_list = byte == '[' && pieces->depth == 0 && !pieces->is_in_text && is_events_key(&pieces->piece);
    if (is_list && pieces->has_events)
        return false;
    if (is_list) {
        pieces->has_events = true;
        pieces->state = EVD_CHROME_EVENTS;
    } else if (pieces->depth == 0 && !pieces->is_in_text && (byte == ',' || byte == '}')) {
        pieces->state = byte == ',' ? EVD_CHROME_OUTER : EVD_CHROME_BEHIND;
    } else if (take_bracket(pieces, byte)) {
        pieces->state = EVD_CHROME_OUTER;
    }
    return true;
}

/* Takes the bytes of an event up to its end. */
static enum evd_chrome_step take_event(struct evd_chrome_pieces *pieces, const char **bytes, size_t *length)
{
    size_t size = 0;
    bool is_end = false;
    while (size < *length && !is_end) {
        if (!pieces->is_escaped)
            size += plain_length(*bytes + size, *length - size, pieces->is_in_text);
        if (size == *length)
            break;
        if (pieces->is_escaped)
            pieces->is_escaped = false;
        else
            is_end = take_bracket(pieces, (*bytes)[size]);
        size++;
    }
    evd_buffer_append(&pieces->piece, *bytes, size);
    evd_chrome_move(pieces, *bytes, size);
    *bytes += size;
    *length -= size;
    if (pieces->piece.failed)
        return EVD_CHROME_NO_MEMORY;
    if (!is_end)
        return EVD_CHROME_MORE;
    pieces->state = EVD_CHROME_EVENTS;
    return EVD_CHROME_FOUND;
}

enum evd_chrome_step evd_chrome_next(struct evd_chrome_pieces *pieces, const char **bytes, size_t *length)
{
    while (*length > 0) {
        const char byte = **bytes;
        if (pieces->state == EVD_CHROME_EVENT) {
            const enum evd_chrome_step step = take_event(pieces, bytes, length);
            if (step != EVD_CHROME_MORE)
                return step;
            continue;
        }
        if (pieces->state == EVD_CHROME_KEY) {
            evd_buffer_byte(&pieces->piece, byte);
            if (pieces->is_escaped)
                pieces->is_escaped = false;
            else if (byte == '\\')
                pieces->is_escaped = true;
            else if (byte == '"')
                pieces->state = EVD_CHROME_VALUE;
            pieces->is_in_text = pieces->state == EVD_CHROME_KEY;
        } else if (pieces->state == EVD_CHROME_VALUE) {
            if (pieces->is_escaped)
                pieces->is_escaped = false;
            else if (!take_value_byte(pieces, byte))
                return EVD_CHROME_WRONG;
        } else if (pieces->state == EVD_CHROME_EVENTS && (byte == ',' || byte == '{') &&
                   !evd_chrome_is_due(pieces, byte)) {
            pieces->before = byte == ',' ? EVD_CHROME_BEHIND_EVENT : EVD_CHROME_BEHIND_COMMA;
            return EVD_CHROME_UNDUE;
        } else if (!is_space(byte) && !take_between(pieces, byte)) {
            return EVD_CHROME_WRONG;
        }
        /* The byte that begins a key or an event is part of it. */
        if (byte == '"' && pieces->state == EVD_CHROME_KEY && pieces->piece.length == 0)
            evd_buffer_byte(&pieces->piece, byte);
        if (byte == '{' && pieces->state == EVD_CHROME_EVENT)
            evd_buffer_byte(&pieces->piece, byte);
        if (pieces->piece.failed)
            return EVD_CHROME_NO_MEMORY;
        evd_chrome_move(pieces, *bytes, 1);
        ++*bytes;
        --*length;
    }
    return EVD_CHROME_MORE;
}

void evd_chrome_pieces_release(struct evd_chrome_pieces *pieces)
{
    evd_buffer_release(&pieces->piece);
}
