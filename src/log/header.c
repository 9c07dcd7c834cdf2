#include "log/header.h"

#include <string.h>

#include "base/decompress.h"
#include "base/encoding.h"
#include "base/fail.h"
#include "log/log.h"
#include "json/value.h"

static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

enum { SCHEMA_VERSION = 1 };

/* Writes the value's Python spelling, cut to a length that fits a message. */
static void spell(const struct evd_value *value, char *text, size_t size)
{
    struct evd_buffer buffer = {0};
    evd_value_repr(&buffer, value);
    size_t length = buffer.failed ? 0 : buffer.length;
    if (length >= size) {
        length = size - 4;
        while (length > 0 && ((unsigned char)buffer.data[length] & 0xc0) == 0x80)
            length--;
        memcpy(text, buffer.data, length);
        memcpy(text + length, "...", 3);
        length += 3;
    } else if (length > 0) {
        memcpy(text, buffer.data, length);
    }
    text[length] = '\0';
    evd_buffer_release(&buffer);
}

static enum evd_status check_header(const struct evd_value *header, struct evd_error *error)
{
    char spelling[128];
    const struct evd_value *kind = evd_value_get(header, evd_string_of("kind"));
    if (kind == NULL || kind->type != EVD_JSON_STRING ||
        !evd_string_equal(kind->string, evd_string_of("schema_version"))) {
        spell(kind, spelling, sizeof spelling);
        /* A line that says its kind is of a log without its header; one that does not, of something else. */
        return evd_fail(error, EVD_E_INPUT, "the first line must be the header, of kind 'schema_version', not %s%s",
                        spelling, kind == NULL ? "; --from ndjson reads JSON Lines of another kind" : "");
    }
    const struct evd_value expected = {.type = EVD_JSON_INTEGER, .integer = {"1", 1}};
    const struct evd_value *version = evd_value_get(header, evd_string_of("schema_version"));
    if (version == NULL || !evd_value_equal(version, &expected)) {
        spell(version, spelling, sizeof spelling);
        return evd_fail(error, EVD_E_INPUT, "schema_version must be %d, not %s", SCHEMA_VERSION, spelling);
    }
    return EVD_OK;
}

/* What is no JSON at all and is known by how it begins. */
static enum evd_status refuse_foreign(const char *text, size_t length, struct evd_error *error)
{
    const char *encoding = evd_wide_encoding(text, length);
    if (encoding != NULL)
        return evd_fail(error, EVD_E_INPUT, "is %s, not UTF-8; 'iconv -f %s -t UTF-8' makes a log of it", encoding,
                        encoding);
    if (evd_compression_of(text, length) != EVD_COMPRESSION_NONE || evd_foreign_compression(text, length) != NULL)
        return evd_fail(error, EVD_E_INPUT, "is compressed twice; unpack it once");
    return EVD_OK;
}

/* Where the text begins, behind a byte-order mark. */
static uint64_t text_start(const struct evd_source *source)
{
    const size_t mark = sizeof BYTE_ORDER_MARK - 1;
    return source->length >= mark && memcmp(source->bytes, BYTE_ORDER_MARK, mark) == 0 ? mark : 0;
}

/* The line at an offset, without its end; *next is where the next one begins. */
static struct evd_string line_at(const struct evd_source *source, uint64_t offset, uint64_t *next)
{
    const char *text = source->bytes + offset;
    const char *end = memchr(text, '\n', source->length - offset);
    const size_t length = end == NULL ? source->length - offset : (size_t)(end - text);
    *next = offset + length + (end != NULL);
    return evd_line_cut(text, length);
}

enum evd_status evd_header_read(struct evd_json_parser *parser, const struct evd_source *source, uint64_t *offset,
                                struct evd_error *error)
{
    const uint64_t start = *offset > 0 ? *offset : text_start(source);
    *offset = start;
    if (source->length == start)
        return evd_fail(error, EVD_E_INPUT, "the file is empty; a log begins with a header line");
    if (refuse_foreign(source->bytes + start, source->length - start, error) != EVD_OK)
        return error->status;

    uint64_t next;
    const struct evd_string line = line_at(source, start, &next);
    struct evd_json_fault fault;
    const struct evd_json_tape *tape = evd_json_parse(parser, line.bytes, line.length, &fault);
    if (tape == NULL) {
        *offset = start + fault.offset;
        return fault.reason == NULL ? evd_fail_memory(error) : evd_fail(error, EVD_E_INPUT, "%s", fault.reason);
    }
    struct evd_arena arena = {0};
    struct evd_value header;
    const enum evd_status status =
        evd_value_build(&arena, tape, 0, &header) ? check_header(&header, error) : evd_fail_memory(error);
    evd_arena_release(&arena);
    if (status == EVD_OK)
        *offset = next;
    return status;
}

bool evd_header_is_no_object(const struct evd_source *source)
{
    struct evd_error ignored;
    uint64_t at = text_start(source);
    if (refuse_foreign(source->bytes + at, source->length - at, &ignored) != EVD_OK)
        return false;
    while (at < source->length && (source->bytes[at] == ' ' || source->bytes[at] == '\t'))
        at++;
    return at < source->length && source->bytes[at] != '{';
}

enum line_kind { LINE_STRAY, LINE_HEADER, LINE_EVENT, LINE_NO_MEMORY };

/* What has the members of an event is taken for one, whatever their types: then what is before the header may not be skipped. */
static enum line_kind kind_of(struct evd_json_parser *parser, struct evd_string line)
{
    struct evd_json_fault fault;
    const struct evd_json_tape *tape = evd_json_parse(parser, line.bytes, line.length, &fault);
    if (tape == NULL)
        return fault.reason == NULL ? LINE_NO_MEMORY : LINE_STRAY;
    struct evd_arena arena = {0};
    struct evd_value root;
    enum line_kind found = LINE_NO_MEMORY;
    if (evd_value_build(&arena, tape, 0, &root)) {
        const struct evd_value *kind = evd_value_get(&root, evd_string_of("kind"));
        found = LINE_STRAY;
        if (kind != NULL && kind->type == EVD_JSON_STRING &&
            evd_string_equal(kind->string, evd_string_of("schema_version")))
            found = LINE_HEADER;
        else if (kind != NULL && evd_value_get(&root, evd_string_of("tid")) != NULL &&
                 evd_value_get(&root, evd_string_of("tid_event_idx")) != NULL)
            found = LINE_EVENT;
    }
    evd_arena_release(&arena);
    return found;
}

bool evd_header_find(struct evd_json_parser *parser, const struct evd_source *source, uint64_t most, uint64_t *begin)
{
    const uint64_t start = text_start(source), end = most < source->length ? most : source->length;
    enum line_kind found = LINE_STRAY;
    struct evd_error why;
    *begin = 0;
    if (refuse_foreign(source->bytes + start, source->length - start, &why) != EVD_OK)
        return true;
    for (uint64_t offset = start, next; found == LINE_STRAY && offset < end; offset = next) {
        const struct evd_string line = line_at(source, offset, &next);
        found = line.length == 0 ? LINE_STRAY : kind_of(parser, line);
        if (found == LINE_HEADER)
            *begin = offset;
    }
    return found != LINE_NO_MEMORY;
}
