#include "import/mapping.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/suggest.h"

static const char FORMAT[] = "evdiff.mapping/1";
enum { TEXT_BYTES_MAX = 1 << 20 };

struct reader {
    struct evd_mapping *mapping;
    const char *path;
    const struct evd_json_tape *tape;
    struct evd_error *error;
    size_t path_count;
    uint32_t seen; /* a bit a key of the file */
};

static bool is_string(const struct reader *reader, uint32_t token)
{
    return reader->tape->tokens[token].type == EVD_JSON_STRING;
}

static enum evd_status refuse(struct reader *reader, uint32_t token, const char *what, const char *name)
{
    uint64_t line, column;
    evd_text_place(reader->tape->text, reader->tape->tokens[token].start - is_string(reader, token), &line, &column);
    return evd_fail_at(reader->error, EVD_E_RULES, reader->path, line, column, what, name);
}

/* ── Paths ── */

const struct evd_mapping_node *evd_mapping_find(const struct evd_mapping_node *node, const char *name, size_t length)
{
    for (const struct evd_mapping_node *child = node->children; child != NULL; child = child->next)
        if (child->name.length == length && memcmp(child->name.bytes, name, length) == 0)
            return child;
    return NULL;
}

static struct evd_mapping_node *put_child(struct evd_arena *arena, struct evd_mapping_node *node,
                                          struct evd_string name)
{
    for (struct evd_mapping_node *child = node->children; child != NULL; child = child->next)
        if (evd_string_equal(child->name, name))
            return child;
    struct evd_mapping_node *child = evd_arena_alloc(arena, sizeof *child);
    if (child == NULL)
        return NULL;
    *child = (struct evd_mapping_node){.name = name, .next = node->children};
    node->children = child;
    return child;
}

/* The next name of a path, without its backslashes, into `name`, which has room; false where a backslash is before
 * something that needs none. Moves behind it and its dot. */
static bool take_name(struct evd_string *rest, char *name, size_t *length)
{
    size_t at = 0;
    *length = 0;
    while (at < rest->length && rest->bytes[at] != '.') {
        if (rest->bytes[at] == '\\' && (++at == rest->length || (rest->bytes[at] != '.' && rest->bytes[at] != '\\')))
            return false;
        name[(*length)++] = rest->bytes[at++];
    }
    *rest = (struct evd_string){rest->bytes + at, rest->length - at};
    return true;
}

static enum evd_status read_path(struct reader *reader, uint32_t token, unsigned use)
{
    struct evd_mapping *mapping = reader->mapping;
    struct evd_mapping_node *nodes[EVD_MAPPING_STEPS_MAX + 1] = {&mapping->root};
    struct evd_string path;
    size_t depth = 0;
    if (!is_string(reader, token) || reader->tape->tokens[token].length == 0)
        return refuse(reader, token, "a path is needed, such as \"%s\"", "args.size");
    if (reader->path_count++ == EVD_MAPPING_PATHS_MAX)
        return refuse(reader, token, "there are more than %s paths", "256");
    char *names;
    if (!evd_value_string(&mapping->arena, reader->tape, token, &path) ||
        (names = evd_arena_alloc(&mapping->arena, path.length + 1)) == NULL)
        return evd_fail_memory(reader->error);
    memcpy(names, path.bytes, path.length);
    names[path.length] = '\0';
    mapping->paths[use] = (struct evd_string){names, path.length};
    for (struct evd_string rest = path;; rest.bytes++, rest.length--) {
        struct evd_string name;
        char *room = evd_arena_alloc(&mapping->arena, rest.length + 1);
        if (room == NULL)
            return evd_fail_memory(reader->error);
        if (!take_name(&rest, room, &name.length))
            return refuse(reader, token, "a backslash is for %s behind it", "a dot or a backslash");
        if (name.length == 0)
            return refuse(reader, token, "an empty name is in a path%s", "");
        if (depth == EVD_MAPPING_STEPS_MAX)
            return refuse(reader, token, "a path has more than %s names", "32");
        name.bytes = room;
        nodes[depth + 1] = put_child(&mapping->arena, nodes[depth], name);
        if (nodes[++depth] == NULL)
            return evd_fail_memory(reader->error);
        if (rest.length == 0)
            break;
    }
    if (nodes[depth]->use != EVD_MAPPING_OTHER)
        return refuse(reader, token, "\"%s\" has a meaning already", names);
    nodes[depth]->use = use;
    for (size_t i = 0; use == EVD_MAPPING_KEPT && i <= depth; i++)
        nodes[i]->leads_to_kept = true;
    return EVD_OK;
}

static enum evd_status read_paths(struct reader *reader, uint32_t token, unsigned use, unsigned step, unsigned max,
                                  unsigned *count)
{
    const struct evd_json_token *list = &reader->tape->tokens[token];
    enum evd_status status = EVD_OK;
    *count = 0;
    if (list->type != EVD_JSON_ARRAY) {
        *count = 1;
        return read_path(reader, token, use);
    }
    for (uint32_t item = token + 1; status == EVD_OK && item < list->next; item = reader->tape->tokens[item].next) {
        if (*count == max)
            return refuse(reader, item, "the list is too long%s", "");
        status = read_path(reader, item, use + step * (*count)++);
    }
    return status == EVD_OK && *count == 0 ? refuse(reader, token, "an empty list names nothing%s", "") : status;
}

/* ── The file ── */

static const char *const KEYS[] = {
    "mapping", "why", "thread", "index", "kind", "name", "time", "unit", "left_out", "kept", NULL};
enum key { MAPPING, WHY, THREAD, INDEX, KIND, NAME, TIME, UNIT, LEFT_OUT, KEPT, KEY_COUNT };

static bool spells(const struct reader *reader, uint32_t token, const char *text)
{
    const struct evd_json_token *string = &reader->tape->tokens[token];
    return string->type == EVD_JSON_STRING && string->length == strlen(text) &&
           memcmp(reader->tape->text + string->start, text, string->length) == 0;
}

static enum evd_status read_unit(struct reader *reader, uint32_t token)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } UNITS[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (spells(reader, token, UNITS[i].name)) {
            reader->mapping->time_unit_ns = UNITS[i].ns;
            return EVD_OK;
        }
    return refuse(reader, token, "a unit of time is needed: %s", "\"ns\", \"us\", \"ms\" or \"s\"");
}

static enum evd_status read_key(struct reader *reader, enum key key, uint32_t value)
{
    struct evd_mapping *mapping = reader->mapping;
    unsigned count;
    switch (key) {
    case MAPPING:
        return spells(reader, value, FORMAT) ? EVD_OK : refuse(reader, value, "the format is to be \"%s\"", FORMAT);
    case WHY: return is_string(reader, value) ? EVD_OK : refuse(reader, value, "a text is needed%s", "");
    case THREAD: return read_paths(reader, value, EVD_MAPPING_THREAD, 1, EVD_MAPPING_PARTS_MAX, &mapping->part_count);
    case INDEX: mapping->has_index = true; return read_path(reader, value, EVD_MAPPING_INDEX);
    case KIND: mapping->has_kind = true; return read_path(reader, value, EVD_MAPPING_KIND);
    case NAME: return read_path(reader, value, EVD_MAPPING_NAME);
    case TIME: return read_path(reader, value, EVD_MAPPING_TIME);
    case UNIT: return read_unit(reader, value);
    case KEPT: mapping->is_kept_only = true; __attribute__((fallthrough));
    default:
        return read_paths(reader, value, key == KEPT ? EVD_MAPPING_KEPT : EVD_MAPPING_LEFT_OUT, 0,
                          EVD_MAPPING_PATHS_MAX, &count);
    }
}

static enum evd_status refuse_key(struct reader *reader, uint32_t token)
{
    const struct evd_json_token *key = &reader->tape->tokens[token];
    const char *meant = evd_suggest_name(reader->tape->text + key->start, key->length, KEYS, KEY_COUNT);
    if (meant != NULL)
        return refuse(reader, token, "unknown key; did you mean \"%s\"?", meant);
    char list[256];
    evd_suggest_list(list, sizeof list, KEYS, KEY_COUNT);
    return refuse(reader, token, "unknown key; there are %s", list);
}

static enum evd_status read_file(struct reader *reader)
{
    const struct evd_json_tape *tape = reader->tape;
    for (uint32_t token = 1; token < tape->count; token = tape->tokens[token + 1].next) {
        unsigned key = 0;
        while (key < KEY_COUNT && !spells(reader, token, KEYS[key]))
            key++;
        if (key == KEY_COUNT)
            return refuse_key(reader, token);
        if (reader->seen >> key & 1)
            return refuse(reader, token, "\"%s\" is given twice", KEYS[key]);
        reader->seen |= 1u << key;
        const enum evd_status status = read_key(reader, (enum key)key, token + 1);
        if (status != EVD_OK)
            return status;
    }
    if (!(reader->seen >> MAPPING & 1))
        return refuse(reader, 0, "\"mapping\": \"%s\" is missing, the format", FORMAT);
    if ((reader->seen >> UNIT & 1) && !(reader->seen >> TIME & 1))
        return refuse(reader, 0, "\"unit\" without \"%s\"", "time");
    return EVD_OK;
}

static enum evd_status parse(const char *path, const struct evd_buffer *text, struct evd_mapping *mapping,
                             struct evd_error *error)
{
    struct evd_json_parser *parser = evd_json_parser_create();
    struct evd_json_fault fault;
    enum evd_status status;
    if (parser == NULL)
        return evd_fail_memory(error);
    struct reader reader = {.mapping = mapping, .path = path, .error = error};
    reader.tape = evd_json_parse(parser, text->data, text->length - EVD_JSON_PADDING, &fault);
    if (reader.tape != NULL) {
        status = read_file(&reader);
    } else if (fault.reason == NULL) {
        status = evd_fail_memory(error);
    } else {
        uint64_t line, column;
        evd_text_place(text->data, fault.offset, &line, &column);
        status = evd_fail_at(error, EVD_E_RULES, path, line, column, "%s", fault.reason);
    }
    evd_json_parser_destroy(parser);
    return status;
}

enum evd_status evd_mapping_load(const char *path, struct evd_mapping **mapping, struct evd_error *error)
{
    static const char PADDING[EVD_JSON_PADDING] = {0};
    struct evd_buffer text = {0};
    struct evd_mapping *read = calloc(1, sizeof *read);
    enum evd_status status = read == NULL ? evd_fail_memory(error) : EVD_OK;
    *mapping = NULL;
    if (status == EVD_OK)
        status = evd_file_read_text(path, "mapping", TEXT_BYTES_MAX, &text, error);
    if (status == EVD_OK && text.length > TEXT_BYTES_MAX)
        status = evd_fail_at(error, EVD_E_RULES, path, 0, 0, "is larger than %d MiB", TEXT_BYTES_MAX >> 20);
    if (status == EVD_OK) {
        read->time_unit_ns = 1;
        read->hash = XXH3_64bits(text.data, text.length);
        evd_buffer_append(&text, PADDING, sizeof PADDING);
        status = text.failed ? evd_fail_memory(error) : parse(path, &text, read, error);
    }
    evd_buffer_release(&text);
    if (status == EVD_OK)
        *mapping = read;
    else
        evd_mapping_free(read);
    return status;
}

void evd_mapping_free(struct evd_mapping *mapping)
{
    if (mapping == NULL)
        return;
    evd_arena_release(&mapping->arena);
    free(mapping);
}
