#include "evdiff/saved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/decompress.h"
#include "base/fail.h"
#include "outcome/outcome.h"
#include "saved/check.h"
#include "saved/read.h"

enum { READ_BYTES = 1 << 16 };

static const char SCHEMA[] = "evdiff.outcome/2";
static const char FAMILY_OF_SCHEMAS[] = "evdiff.outcome/";

/* Says whether this is an outcome, and of a schema that is known. */
static bool check_schema(struct evd_saved_reader *reader)
{
    static const struct evd_saved_member MEMBER = {.key = "schema"};
    struct evd_text schema;
    uint32_t token;
    if (!evd_saved_find(reader, 0, "schema", &token))
        return false;
    if (token == 0)
        return evd_saved_refuse(
            reader, 0, "is no outcome of a diff: those are made by 'evdiff diff --report json=FILE'");
    if (!evd_saved_text(reader, token, &MEMBER, &schema))
        return false;
    if (schema.length == strlen(SCHEMA) && memcmp(schema.bytes, SCHEMA, schema.length) == 0)
        return true;
    if (schema.length < strlen(FAMILY_OF_SCHEMAS) ||
        memcmp(schema.bytes, FAMILY_OF_SCHEMAS, strlen(FAMILY_OF_SCHEMAS)) != 0)
        return evd_saved_refuse(
            reader, token, "is no outcome of a diff: those are made by 'evdiff diff --report json=FILE'");
    return evd_saved_refuse(
        reader, token, "this evdiff reads %s, and the outcome is of another schema; make it again by 'evdiff diff'",
        SCHEMA);
}

/* Reads a text that EVD_JSON_PADDING readable bytes follow. */
static enum evd_status read_padded(const char *path, const char *text, size_t length, struct evd_outcome **outcome,
                                   struct evd_error *error)
{
    struct evd_json_parser *parser = evd_json_parser_create();
    struct evd_owned_outcome *owned = evd_outcome_new();
    struct evd_json_fault fault;
    enum evd_status status = EVD_OK;
    if (parser == NULL || owned == NULL) {
        status = evd_fail_memory(error);
        goto out;
    }
    struct evd_saved_reader reader = {.arena = &owned->arena, .path = path, .error = error, .outcome = &owned->outcome};
    reader.tape = evd_json_parse(parser, text, length, &fault);
    if (reader.tape == NULL && fault.reason == NULL) {
        status = evd_fail_memory(error);
    } else if (reader.tape == NULL) {
        uint64_t line, column;
        evd_text_place(text, fault.offset, &line, &column);
        status = evd_fail_at(error, EVD_E_INPUT, path, line, column, "is no outcome of a diff: %s", fault.reason);
    } else if (!check_schema(&reader) || !evd_saved_fill(&reader) || !evd_saved_check(&reader)) {
        status = reader.status;
    }
out:
    evd_json_parser_destroy(parser);
    if (status == EVD_OK)
        *outcome = &owned->outcome;
    else if (owned != NULL)
        evd_outcome_free(&owned->outcome);
    return status;
}

static enum evd_status refuse_length(const char *path, struct evd_error *error)
{
    return evd_fail_at(error, EVD_E_LIMIT, path, 0, 0, "has more than %zu bytes of text, which no outcome may have",
                       EVD_SAVED_BYTES_MAX);
}

static enum evd_status read_bytes(const char *path, int fd, struct evd_text_memory *memory, struct evd_error *error)
{
    for (;;) {
        if (!evd_text_memory_reserve(memory, READ_BYTES))
            return evd_fail_memory(error);
        const ssize_t count = read(fd, memory->pages + memory->length, READ_BYTES);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return evd_fail_errno(error, path);
        if (count == 0)
            return EVD_OK;
        memory->length += (size_t)count;
        if (memory->length > EVD_SAVED_BYTES_MAX)
            return refuse_length(path, error);
    }
}

/* Unpacks what was read, if it is packed, in its place. */
static enum evd_status unpack(const char *path, struct evd_text_memory *memory, struct evd_error *error)
{
    struct evd_text_limit limit = {.most = EVD_SAVED_BYTES_MAX};
    struct evd_text_memory text = {.limit = &limit};
    struct evd_error fault;
    const char *stored = memory->length > 0 ? memory->pages : "";
    const enum evd_compression compression = evd_compression_of(stored, memory->length);
    const struct evd_foreign_compression *foreign = evd_foreign_compression(stored, memory->length);
    if (foreign != NULL)
        return evd_refuse_compression(path, foreign, error);
    if (compression == EVD_COMPRESSION_NONE)
        return EVD_OK;
    enum evd_status status = evd_decompress(compression, stored, memory->length, 1, &text, &fault);
    if (status == EVD_E_LIMIT || (status == EVD_OK && text.added != text.length))
        status = refuse_length(path, error);
    else if (status == EVD_E_NO_MEMORY)
        evd_fail_memory(error);
    else if (status != EVD_OK)
        status = evd_fail_at(error, status, path, 0, 0, "%s", fault.message);
    evd_text_memory_release(memory);
    text.limit = NULL;
    *memory = text;
    return status;
}

enum evd_status evd_saved_read(const char *path, struct evd_outcome **outcome, struct evd_error *error)
{
    struct evd_text_memory memory = {0};
    int fd;
    *outcome = NULL;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return evd_fail_errno(error, path);
    enum evd_status status = read_bytes(path, fd, &memory, error);
    close(fd);
    if (status == EVD_OK)
        status = unpack(path, &memory, error);
    if (status == EVD_OK && !evd_text_memory_finish(&memory, EVD_JSON_PADDING))
        status = evd_fail_memory(error);
    if (status == EVD_OK)
        status = read_padded(path, memory.pages, memory.length, outcome, error);
    evd_text_memory_release(&memory);
    return status;
}

bool evd_saved_is_outcome(const char *path)
{
    char begin[256];
    struct stat file;
    ssize_t length = 0;
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode))
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read(fd, begin, sizeof begin);
        close(fd);
    }
    size_t at = 0;
    const size_t count = length > 0 ? (size_t)length : 0;
    while (at < count && strchr(" \t\r\n", begin[at]) != NULL && begin[at] != '\0')
        at++;
    return at < count && begin[at] == '{' && memmem(begin, count, "\"schema\"", 8) != NULL &&
           memmem(begin, count, FAMILY_OF_SCHEMAS, strlen(FAMILY_OF_SCHEMAS)) != NULL;
}

enum evd_status evd_saved_read_text(const char *path, const char *text, size_t length, struct evd_outcome **outcome,
                                    struct evd_error *error)
{
    *outcome = NULL;
    if (length > EVD_SAVED_BYTES_MAX)
        return refuse_length(path, error);
    char *padded = calloc(1, length + EVD_JSON_PADDING);
    if (padded == NULL)
        return evd_fail_memory(error);
    if (length > 0)
        memcpy(padded, text, length);
    const enum evd_status status = read_padded(path, padded, length, outcome, error);
    free(padded);
    return status;
}
