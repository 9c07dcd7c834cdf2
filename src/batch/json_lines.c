#include "batch/json_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "json/value.h"

struct reader {
    struct evd_arena *arena;
    struct evd_setting_fault *fault;
    const struct evd_json_tape *tape;
    uint64_t line;
};

static bool refuse(struct reader *reader, size_t offset, const char *message)
{
    reader->fault->line = reader->line;
    reader->fault->column = offset + 1;
    snprintf(reader->fault->message, sizeof reader->fault->message, "%s", message);
    return false;
}

static bool read_text(struct reader *reader, uint32_t token, const char **text, size_t *length)
{
    struct evd_string string;
    if (!evd_value_string(reader->arena, reader->tape, token, &string))
        return false;
    char *copy = evd_arena_alloc(reader->arena, string.length + 1);
    if (copy == NULL)
        return false;
    if (string.length > 0)
        memcpy(copy, string.bytes, string.length);
    copy[string.length] = '\0';
    if (strlen(copy) != string.length)
        return refuse(reader, reader->tape->tokens[token].start, "a text holds a zero byte");
    *text = copy;
    *length = string.length;
    return true;
}

/* Numbers that are no 64-bit integers are of no use in a manifest. */
static void read_integer(const char *digits, size_t length, struct evd_setting *setting)
{
    const bool is_negative = digits[0] == '-';
    int64_t value = 0;
    setting->type = EVD_SETTING_OTHER;
    for (size_t i = is_negative; i < length; i++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digits[i] - '0', &value))
            return;
    if (!is_negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return;
    setting->type = EVD_SETTING_INTEGER;
    setting->integer = value;
}

/* Deep nesting is refused: no manifest has any, and each level is a call. */
enum { DEPTH_MAX = 8 };

static bool read_value(struct reader *reader, uint32_t token, int depth, struct evd_setting *setting);

static size_t count_children(const struct evd_json_tape *tape, uint32_t token)
{
    size_t count = 0;
    for (uint32_t child = token + 1; child < tape->tokens[token].next; child = tape->tokens[child].next)
        count++;
    return count;
}

static bool read_array(struct reader *reader, uint32_t token, int depth, struct evd_setting *setting)
{
    const struct evd_json_token *tokens = reader->tape->tokens;
    setting->type = EVD_SETTING_ARRAY;
    setting->array.items =
        evd_arena_array(reader->arena, count_children(reader->tape, token), sizeof *setting->array.items);
    if (setting->array.items == NULL)
        return false;
    for (uint32_t child = token + 1; child < tokens[token].next; child = tokens[child].next)
        if (!read_value(reader, child, depth + 1, &setting->array.items[setting->array.count++]))
            return false;
    return true;
}

static bool has_key(const struct evd_setting *table, const char *key)
{
    for (size_t i = 0; i < table->table.count; i++)
        if (strcmp(table->table.members[i].key, key) == 0)
            return true;
    return false;
}

/* As in TOML, a key may be there once. The keys of a manifest are few: an object with many is refused before they are
 * compared with each other. */
enum { MEMBERS_MAX = 64 };

static bool read_table(struct reader *reader, uint32_t token, int depth, struct evd_setting *setting)
{
    const struct evd_json_token *tokens = reader->tape->tokens;
    const size_t count = count_children(reader->tape, token) / 2;
    setting->type = EVD_SETTING_TABLE;
    setting->table.members = evd_arena_array(reader->arena, count, sizeof *setting->table.members);
    if (setting->table.members == NULL)
        return false;
    if (count > MEMBERS_MAX)
        return refuse(reader, tokens[token].start, "an object has more members than a job has keys");
    for (uint32_t key = token + 1; key < tokens[token].next; key = tokens[key + 1].next) {
        struct evd_setting_member member = {.line = reader->line, .column = tokens[key].start};
        size_t length;
        if (!read_text(reader, key, &member.key, &length) || !read_value(reader, key + 1, depth + 1, &member.value))
            return false;
        if (has_key(setting, member.key))
            return refuse(reader, tokens[key].start - 1, "a key is there twice");
        setting->table.members[setting->table.count++] = member;
    }
    return true;
}

static bool read_value(struct reader *reader, uint32_t token, int depth, struct evd_setting *setting)
{
    const struct evd_json_token *place = &reader->tape->tokens[token];
    const bool is_string = place->type == EVD_JSON_STRING;
    *setting = (struct evd_setting){.line = reader->line, .column = (uint64_t)place->start + !is_string};
    if (depth > DEPTH_MAX)
        return refuse(reader, place->start, "values nest too deep");
    switch (place->type) {
    case EVD_JSON_TRUE:
    case EVD_JSON_FALSE:
        setting->type = EVD_SETTING_BOOLEAN;
        setting->boolean = place->type == EVD_JSON_TRUE;
        return true;
    case EVD_JSON_INTEGER: read_integer(reader->tape->text + place->start, place->length, setting); return true;
    case EVD_JSON_STRING:
        setting->type = EVD_SETTING_STRING;
        return read_text(reader, token, &setting->string.text, &setting->string.length);
    case EVD_JSON_ARRAY: return read_array(reader, token, depth, setting);
    case EVD_JSON_OBJECT: return read_table(reader, token, depth, setting);
    default: setting->type = EVD_SETTING_OTHER; return true;
    }
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

/* The items of an array that grows; in the arena once it is whole. */
struct list {
    struct evd_setting *items;
    size_t count, capacity;
};

static bool read_line(struct reader *reader, struct evd_json_parser *parser, const char *text, size_t length,
                      struct list *list)
{
    struct evd_json_fault fault;
    struct evd_setting *items = evd_grow(list->items, list->count, &list->capacity, sizeof *items);
    if (items == NULL)
        return false;
    list->items = items;
    reader->tape = evd_json_parse(parser, text, length, &fault);
    if (reader->tape == NULL)
        return fault.reason != NULL && refuse(reader, fault.offset, fault.reason);
    return read_value(reader, 0, 0, &list->items[list->count++]);
}

static bool read_lines(struct reader *reader, struct evd_json_parser *parser, const char *text, size_t length,
                       struct list *list)
{
    const char *const end = text + length;
    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        const size_t line_length = (size_t)((line_end != NULL ? line_end : end) - text);
        reader->line++;
        if (!is_blank(text, line_length) && !read_line(reader, parser, text, line_length, list))
            return false;
        text += line_length + (line_end != NULL);
    }
    return true;
}

bool evd_json_lines_read(const char *text, size_t length, struct evd_arena *arena, struct evd_setting *root,
                         struct evd_setting_fault *fault)
{
    struct reader reader = {.arena = arena, .fault = fault};
    struct list list = {0};
    struct evd_json_parser *parser = evd_json_parser_create();
    *fault = (struct evd_setting_fault){0};
    bool is_read = parser != NULL && read_lines(&reader, parser, text, length, &list);
    struct evd_setting_member *member = is_read ? evd_arena_alloc(arena, sizeof *member) : NULL;
    struct evd_setting *items = is_read ? evd_arena_array(arena, list.count, sizeof *items) : NULL;
    is_read = member != NULL && items != NULL;
    if (is_read) {
        if (list.count > 0)
            memcpy(items, list.items, list.count * sizeof *items);
        *member = (struct evd_setting_member){.key = "job", .line = 1, .column = 1};
        member->value = (struct evd_setting){.type = EVD_SETTING_ARRAY, .line = 1, .column = 1};
        member->value.array.items = items;
        member->value.array.count = list.count;
        *root = (struct evd_setting){.type = EVD_SETTING_TABLE, .line = 1, .column = 1};
        root->table.members = member;
        root->table.count = 1;
    }
    free(list.items);
    evd_json_parser_destroy(parser);
    return is_read;
}
