#include "log/header.h"

#include <string.h>

#include "base/decompress.h"
#include "base/fail.h"
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
        return evd_fail(error, EVD_E_INPUT, "the first line must be the header, of kind 'schema_version', not %s",
                        spelling);
    }
    const struct evd_value expected = {.type = EVD_JSON_INTEGER, .integer = {"1", 1}};
    const struct evd_value *version = evd_value_get(header, evd_string_of("schema_version"));
    if (version == NULL || !evd_value_equal(version, &expected)) {
        spell(version, spelling, sizeof spelling);
        return evd_fail(error, EVD_E_INPUT, "schema_version must be %d, not %s", SCHEMA_VERSION, spelling);
    }
    return EVD_OK;
}

/* Why a text that is no JSON at all begins as it does; NULL: nobody knows. */
static const char *foreign_text(const char *text, size_t length)
{
    static const char UTF_16[] = "is UTF-16, not UTF-8; 'iconv -f UTF-16 -t UTF-8' makes a log of it";
    if (length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return UTF_16;
    if (evd_compression_of(text, length) != EVD_COMPRESSION_NONE || evd_foreign_compression(text, length) != NULL)
        return "is compressed twice; unpack it once";
    return NULL;
}

enum evd_status evd_header_read(struct evd_json_parser *parser, const struct evd_source *source, uint64_t *offset,
                                struct evd_error *error)
{
    const size_t mark = sizeof BYTE_ORDER_MARK - 1;
    const bool has_mark = source->length >= mark && memcmp(source->bytes, BYTE_ORDER_MARK, mark) == 0;
    const uint64_t start = has_mark ? mark : 0;
    *offset = start;
    if (source->length == start)
        return evd_fail(error, EVD_E_INPUT, "the file is empty; a log begins with a header line");
    const char *foreign = foreign_text(source->bytes + start, source->length - start);
    if (foreign != NULL)
        return evd_fail(error, EVD_E_INPUT, "%s", foreign);

    const char *text = source->bytes + start;
    const char *end = memchr(text, '\n', source->length - start);
    size_t length = end == NULL ? source->length - start : (size_t)(end - text);
    const uint64_t next = start + length + (end != NULL);
    if (length > 0 && text[length - 1] == '\r')
        length--;
    struct evd_json_fault fault;
    const struct evd_json_tape *tape = evd_json_parse(parser, text, length, &fault);
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
