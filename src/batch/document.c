#include "batch/document.h"

#include <string.h>

#include "base/fail.h"
#include "base/hash_digits.h"
#include "batch/files.h"

static enum evd_status refuse(const char *path, const struct evd_buffer *text, const struct evd_json_fault *fault,
                              struct evd_error *error)
{
    uint64_t line, column;
    if (fault->reason == NULL)
        return evd_fail_memory(error);
    evd_text_place(text->data, fault->offset < text->length ? fault->offset : text->length, &line, &column);
    return evd_fail_at(error, EVD_E_IO, path, line, column, "%s", fault->reason);
}

enum evd_status evd_document_read(struct evd_document *document, const char *path, bool *is_absent,
                                  struct evd_error *error)
{
    struct evd_buffer text = {0};
    struct evd_json_fault fault = {0};
    *document = (struct evd_document){0};
    enum evd_status status = evd_read_file(path, EVD_DOCUMENT_BYTES_MAX, EVD_JSON_PADDING, &text, is_absent, error);
    if (status == EVD_OK && (is_absent == NULL || !*is_absent)) {
        struct evd_json_parser *parser = evd_json_parser_create();
        const struct evd_json_tape *tape =
            parser == NULL ? NULL : evd_json_parse(parser, text.data, text.length, &fault);
        if (tape == NULL)
            status = refuse(path, &text, &fault, error);
        else if (!evd_value_build(&document->arena, tape, 0, &document->root))
            status = evd_fail_memory(error);
        evd_json_parser_destroy(parser);
    }
    evd_buffer_release(&text);
    return status;
}

/* A file that is left alone keeps its times. */
static bool is_there(const char *path, const struct evd_buffer *bytes)
{
    struct evd_buffer present = {0};
    const bool is_same = evd_read_file(path, EVD_DOCUMENT_BYTES_MAX, 0, &present, NULL, NULL) == EVD_OK &&
                         present.length == bytes->length && memcmp(present.data, bytes->data, bytes->length) == 0;
    evd_buffer_release(&present);
    return is_same;
}

enum evd_status evd_document_write(const char *path, evd_render *render, const void *what, struct evd_error *error)
{
    struct evd_buffer all = {0};
    struct evd_output out = {.write = evd_buffer_take, .context = &all};
    render(what, &out);
    evd_output_flush(&out);
    enum evd_status status = out.buffer.failed || all.failed ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK && !is_there(path, &all))
        status = evd_write_file(path, all.data, all.length, error);
    evd_buffer_release(&out.buffer);
    evd_buffer_release(&all);
    return status;
}

void evd_document_release(struct evd_document *document)
{
    evd_arena_release(&document->arena);
    *document = (struct evd_document){0};
}

static const struct evd_value *get(const struct evd_value *object, const char *key)
{
    return evd_value_get(object, evd_string_of(key));
}

const char *evd_value_c_string(struct evd_arena *arena, const struct evd_value *value)
{
    if (value == NULL || value->type != EVD_JSON_STRING ||
        (value->string.length > 0 && memchr(value->string.bytes, 0, value->string.length) != NULL))
        return NULL;
    char *copy = evd_arena_alloc(arena, value->string.length + 1);
    if (copy == NULL)
        return NULL;
    if (value->string.length > 0)
        memcpy(copy, value->string.bytes, value->string.length);
    copy[value->string.length] = '\0';
    return copy;
}

bool evd_member_text(struct evd_arena *arena, const struct evd_value *object, const char *key, const char **text)
{
    const char *found = evd_value_c_string(arena, get(object, key));
    if (found != NULL)
        *text = found;
    return found != NULL;
}

bool evd_member_unsigned(const struct evd_value *object, const char *key, uint64_t *number)
{
    const struct evd_value *value = get(object, key);
    uint64_t result = 0;
    if (value == NULL || value->type != EVD_JSON_INTEGER || value->integer.length == 0)
        return false;
    for (size_t i = 0; i < value->integer.length; i++) {
        const char c = value->integer.bytes[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(result, 10u, &result) ||
            __builtin_add_overflow(result, (uint64_t)(c - '0'), &result))
            return false;
    }
    *number = result;
    return true;
}

bool evd_value_hash(const struct evd_value *value, uint64_t *hash)
{
    return value->type == EVD_JSON_STRING && evd_hash_digits_read(value->string.bytes, value->string.length, hash);
}

bool evd_member_hash(const struct evd_value *object, const char *key, uint64_t *hash)
{
    const struct evd_value *value = evd_value_get(object, evd_string_of(key));
    return value != NULL && evd_value_hash(value, hash);
}

bool evd_member_signed(const struct evd_value *object, const char *key, int64_t *number)
{
    const struct evd_value *value = get(object, key);
    int64_t result = 0;
    if (value == NULL || value->type != EVD_JSON_INTEGER || value->integer.length == 0)
        return false;
    const bool is_negative = value->integer.bytes[0] == '-';
    for (size_t i = is_negative; i < value->integer.length; i++)
        if (__builtin_mul_overflow(result, 10, &result) ||
            __builtin_sub_overflow(result, value->integer.bytes[i] - '0', &result))
            return false;
    if (!is_negative && __builtin_sub_overflow((int64_t)0, result, &result))
        return false;
    *number = result;
    return true;
}

bool evd_member_real(const struct evd_value *object, const char *key, double *number)
{
    const struct evd_value *value = get(object, key);
    uint64_t whole;
    if (evd_member_unsigned(object, key, &whole)) {
        *number = (double)whole;
        return true;
    }
    if (value == NULL || value->type != EVD_JSON_REAL)
        return false;
    *number = value->real;
    return true;
}

bool evd_member_bool(const struct evd_value *object, const char *key, bool *value)
{
    const struct evd_value *found = get(object, key);
    if (found == NULL || (found->type != EVD_JSON_TRUE && found->type != EVD_JSON_FALSE))
        return false;
    *value = found->type == EVD_JSON_TRUE;
    return true;
}

const struct evd_value *evd_member_array(const struct evd_value *object, const char *key)
{
    const struct evd_value *value = get(object, key);
    return value != NULL && value->type == EVD_JSON_ARRAY ? value : NULL;
}

const struct evd_value *evd_member_object(const struct evd_value *object, const char *key)
{
    const struct evd_value *value = get(object, key);
    return value != NULL && value->type == EVD_JSON_OBJECT ? value : NULL;
}
