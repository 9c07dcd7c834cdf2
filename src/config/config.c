#include "evdiff/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/file.h"
#include "toml/toml.h"

struct config {
    struct evd_config public_; /* first, so that one is the other */
    struct evd_arena arena;
};

struct reader {
    struct config *config;
    struct evd_config_value *values;
    size_t count, capacity;
    enum evd_status status;
    struct evd_error *error;
};

static bool refuse(struct reader *reader, const struct evd_setting *setting, const char *key, const char *what)
{
    reader->status = evd_fail_at(reader->error, EVD_E_ARGUMENT, reader->config->public_.path, setting->line,
                                 setting->column, "\"%s\" %s", key, what);
    return false;
}

static bool refuse_memory(struct reader *reader)
{
    reader->status = evd_fail_memory(reader->error);
    return false;
}

/* How many values a tree has at most. */
static size_t count_values(const struct evd_setting *setting)
{
    size_t count = 0;
    if (setting->type == EVD_SETTING_ARRAY)
        return setting->array.count;
    for (size_t i = 0; setting->type == EVD_SETTING_TABLE && i < setting->table.count; i++)
        count += count_values(&setting->table.members[i].value);
    return setting->type == EVD_SETTING_TABLE ? count : 1;
}

static bool add(struct reader *reader, const char *section, const char *key, const struct evd_setting *setting,
                bool is_item)
{
    struct evd_config_value value = {
        .section = section, .key = key, .is_item = is_item, .line = setting->line, .column = setting->column};
    if (setting->type == EVD_SETTING_STRING) {
        value.text = setting->string.text;
    } else if (setting->type == EVD_SETTING_INTEGER) {
        char *digits = evd_arena_alloc(&reader->config->arena, 32);
        if (digits == NULL)
            return refuse_memory(reader);
        snprintf(digits, 32, "%" PRId64, setting->integer);
        value.text = digits;
    } else if (setting->type == EVD_SETTING_BOOLEAN && !is_item) {
        value.is_on = setting->boolean;
    } else {
        return refuse(reader, setting, key,
                      is_item ? "holds what is neither a text nor a whole number"
                              : "is to be a text, a whole number, true, false or an array of texts");
    }
    reader->values[reader->count++] = value;
    return true;
}

static bool read_value(struct reader *reader, const char *section, const char *key, const struct evd_setting *setting)
{
    if (setting->type != EVD_SETTING_ARRAY)
        return add(reader, section, key, setting, false);
    if (setting->array.count == 0)
        return refuse(reader, setting, key, "is empty");
    for (size_t i = 0; i < setting->array.count; i++)
        if (!add(reader, section, key, &setting->array.items[i], true))
            return false;
    return true;
}

static bool read_tables(struct reader *reader, const struct evd_setting *root)
{
    for (size_t i = 0; i < root->table.count; i++) {
        const struct evd_setting_member *member = &root->table.members[i];
        if (member->value.type != EVD_SETTING_TABLE) {
            if (!read_value(reader, "", member->key, &member->value))
                return false;
            continue;
        }
        for (size_t j = 0; j < member->value.table.count; j++) {
            const struct evd_setting_member *inner = &member->value.table.members[j];
            if (inner->value.type == EVD_SETTING_TABLE)
                return refuse(reader, &inner->value, inner->key, "is a table in a table");
            if (!read_value(reader, member->key, inner->key, &inner->value))
                return false;
        }
    }
    return true;
}

static enum evd_status read_text(const char *path, struct evd_buffer *text, struct evd_error *error)
{
    struct stat state;
    if (stat(path, &state) != 0)
        return evd_fail_errno(error, path);
    if (!S_ISREG(state.st_mode))
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "is no plain file, as a configuration has to be");
    const enum evd_status status = evd_file_read_text(path, "a configuration", EVD_CONFIG_BYTES_MAX, text, error);
    if (status == EVD_OK && text->length > EVD_CONFIG_BYTES_MAX)
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "has more than %d bytes", EVD_CONFIG_BYTES_MAX);
    return status;
}

static enum evd_status build(struct config *config, const struct evd_buffer *text, struct evd_error *error)
{
    struct evd_setting root;
    struct evd_setting_fault fault;
    struct reader reader = {.config = config, .status = EVD_OK, .error = error};
    const char *bytes = text->length > 0 ? text->data : "";
    if (!evd_toml_read(bytes, text->length, &config->arena, &root, &fault))
        return fault.message[0] == '\0'
                   ? evd_fail_memory(error)
                   : evd_fail_at(error, EVD_E_ARGUMENT, config->public_.path, fault.line, fault.column, "%s",
                                 fault.message);
    reader.values = evd_arena_array(&config->arena, count_values(&root) + 1, sizeof *reader.values);
    if (reader.values == NULL)
        return evd_fail_memory(error);
    read_tables(&reader, &root);
    config->public_.values = reader.values;
    config->public_.count = reader.count;
    return reader.status;
}

enum evd_status evd_config_read(const char *path, struct evd_config **made, struct evd_error *error)
{
    struct config *config = calloc(1, sizeof *config);
    struct evd_buffer text = {0};
    enum evd_status status = EVD_OK;
    *made = NULL;
    if (config == NULL)
        return evd_fail_memory(error);
    char *copy = evd_arena_alloc(&config->arena, strlen(path) + 1);
    if (copy == NULL) {
        status = evd_fail_memory(error);
        goto out;
    }
    config->public_.path = strcpy(copy, path);
    status = read_text(path, &text, error);
    if (status == EVD_OK)
        status = build(config, &text, error);
out:
    evd_buffer_release(&text);
    if (status == EVD_OK)
        *made = &config->public_;
    else
        evd_config_free(&config->public_);
    return status;
}

void evd_config_free(struct evd_config *config)
{
    if (config == NULL)
        return;
    struct config *whole = (struct config *)config;
    evd_arena_release(&whole->arena);
    free(whole);
}
