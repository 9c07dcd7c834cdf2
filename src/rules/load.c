#define XXH_INLINE_ALL
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/seed.h"
#include "rules/build.h"

/* schema-v1.json, as scripts/embed writes it. */
extern const char evd_builtin_rules[];
extern const size_t evd_builtin_rules_length;

static const char BUILTIN_PATH[] = "schema-v1.json (built in)";
static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

enum { TEXT_BYTES_MAX = 16 << 20 };

/* Keeps the text, with padding, as long as the rules. */
static bool keep_text(struct evd_rules *rules, const char *text, size_t length)
{
    char *copy = evd_arena_alloc(&rules->arena, length + EVD_JSON_PADDING);
    if (copy == NULL)
        return false;
    if (length > 0)
        memcpy(copy, text, length);
    memset(copy + length, 0, EVD_JSON_PADDING);
    rules->text = (struct evd_string){copy, length};
    return true;
}

static uint64_t hash_rules(const struct evd_rules *rules, const struct evd_rules_options *options)
{
    const unsigned char bytes[2] = {options->keep_allocator_returns, options->keep_host_heap_fields};
    const uint64_t text = XXH3_64bits(rules->text.bytes, rules->text.length);
    return XXH3_64bits_withSeed(bytes, sizeof bytes, text);
}

static bool read_rules(struct evd_rules_reader *reader)
{
    struct evd_builder *builder = reader->context;
    struct evd_rules_top top = {0};
    uint64_t format;
    /* The version tag comes first: a file of another version has other faults that mean nothing. */
    if (!evd_read_choice_of(reader, 0, "rules", evd_rules_formats, &format))
        return false;
    reader->is_second = format > 0;
    if (!evd_read_object(reader, 0, &evd_rules_shapes[format], &top) || !evd_build_check(reader) ||
        !evd_build_finish(reader))
        return false;
    builder->rules->name = top.name.string;
    builder->rules->pairs_only_threads = reader->is_second && !builder->is_pairing_strict;
    builder->rules->hash = hash_rules(builder->rules, &builder->options);
    return true;
}

static enum evd_status parse_rules(struct evd_rules_reader *reader, struct evd_json_parser *parser,
                                   struct evd_string text)
{
    const size_t mark = sizeof BYTE_ORDER_MARK - 1;
    if (text.length >= mark && memcmp(text.bytes, BYTE_ORDER_MARK, mark) == 0)
        text = (struct evd_string){text.bytes + mark, text.length - mark};
    struct evd_json_fault fault;
    reader->tape = evd_json_parse(parser, text.bytes, text.length, &fault);
    if (reader->tape != NULL)
        return read_rules(reader) ? EVD_OK : reader->status;
    if (fault.reason == NULL)
        return evd_fail_memory(reader->error);
    uint64_t line, column;
    evd_text_place(text.bytes, fault.offset, &line, &column);
    return evd_fail_at(reader->error, EVD_E_RULES, reader->path, line, column, "%s", fault.reason);
}

enum evd_status evd_rules_load_text(const char *path, const char *text, size_t length,
                                    const struct evd_rules_options *options, struct evd_rules **rules,
                                    struct evd_error *error)
{
    enum evd_status status;
    struct evd_json_parser *parser = NULL;
    struct evd_builder *builder = NULL;
    *rules = NULL;
    struct evd_rules *loaded = calloc(1, sizeof *loaded);
    if (length > TEXT_BYTES_MAX) {
        status = evd_fail_at(error, EVD_E_RULES, path, 0, 0, "is larger than %d MiB", TEXT_BYTES_MAX >> 20);
        goto out;
    }
    if (loaded == NULL || !keep_text(loaded, text, length) || (parser = evd_json_parser_create()) == NULL ||
        (builder = calloc(1, sizeof *builder)) == NULL) {
        status = evd_fail_memory(error);
        goto out;
    }
    loaded->table_seed = evd_seed_of_process().factor;
    builder->rules = loaded;
    if (options != NULL)
        builder->options = *options;
    struct evd_rules_reader reader = {.arena = &loaded->arena, .path = path, .error = error, .context = builder};
    status = parse_rules(&reader, parser, loaded->text);
    if (status == EVD_OK) {
        *rules = loaded;
        loaded = NULL;
    }
out:
    if (builder != NULL)
        evd_build_release(builder);
    free(builder);
    evd_json_parser_destroy(parser);
    evd_rules_free(loaded);
    return status;
}

enum evd_status evd_rules_load(const char *path, const struct evd_rules_options *options, struct evd_rules **rules,
                               struct evd_error *error)
{
    if (path == NULL)
        return evd_rules_load_text(BUILTIN_PATH, evd_builtin_rules, evd_builtin_rules_length, options, rules, error);
    struct evd_buffer text = {0};
    *rules = NULL;
    enum evd_status status = evd_file_read_text(path, "rules file", TEXT_BYTES_MAX, &text, error);
    if (status == EVD_OK)
        status = evd_rules_load_text(path, text.data, text.length, options, rules, error);
    evd_buffer_release(&text);
    return status;
}

void evd_rules_free(struct evd_rules *rules)
{
    if (rules == NULL)
        return;
    struct evd_arena arena = rules->arena;
    evd_arena_release(&arena);
    free(rules);
}

const char *evd_rules_text(const struct evd_rules *rules, size_t *length)
{
    *length = rules->text.length;
    return rules->text.bytes;
}

void evd_rules_hash(const struct evd_rules *rules, char digits[EVD_RULES_HASH_BYTES])
{
    snprintf(digits, EVD_RULES_HASH_BYTES, "%016" PRIx64, (uint64_t)XXH3_64bits(rules->text.bytes, rules->text.length));
}

size_t evd_rules_absorber_count(const struct evd_rules *rules)
{
    return rules->absorber_count;
}

const char *evd_rules_absorber_name(const struct evd_rules *rules, size_t index)
{
    return rules->absorbers[index].name_text;
}
