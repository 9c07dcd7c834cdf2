#include "rules/reader.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/suggest.h"
#include "base/unicode.h"
#include "rules/rules.h"

static const struct evd_json_token *token_at(const struct evd_rules_reader *reader, uint32_t token)
{
    return &reader->tape->tokens[token];
}

static void place_of(const struct evd_rules_reader *reader, uint32_t token, uint64_t *line, uint64_t *column)
{
    const struct evd_json_token *t = token_at(reader, token);
    evd_text_place(reader->tape->text, t->start - (t->type == EVD_JSON_STRING), line, column);
}

unsigned long long evd_line_of(const struct evd_rules_reader *reader, uint32_t token)
{
    uint64_t line, column;
    place_of(reader, token, &line, &column);
    return line;
}

bool evd_refuse(struct evd_rules_reader *reader, uint32_t token, const char *format, ...)
{
    char message[EVD_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    uint64_t line, column;
    place_of(reader, token, &line, &column);
    reader->status = evd_fail_at(reader->error, EVD_E_RULES, reader->path, line, column, "%s", message);
    return false;
}

bool evd_refuse_memory(struct evd_rules_reader *reader)
{
    reader->status = evd_fail_memory(reader->error);
    return false;
}

/* A message is one line of UTF-8: what would break it or a terminal is escaped as in Python's repr, as the command line
 * does it with all other texts: \x1b, and \ud800 for a lone surrogate, which strings may hold (json/value.h). */
struct evd_shown evd_shown(struct evd_string string)
{
    struct evd_shown shown;
    const size_t most = sizeof shown.text - sizeof "...";
    const char *p = string.bytes, *end = string.bytes + string.length;
    size_t length = 0;
    bool is_cut = false;
    while (p < end && !is_cut) {
        char escape[sizeof "\\ud800"];
        const char *letter = p;
        const uint32_t code = evd_code_point_next(&p);
        size_t put = (size_t)(p - letter);
        const bool is_control = code < ' ' || (code >= 0x7f && code < 0xa0);
        if (is_control || (code >= 0xd800 && code < 0xe000)) {
            put = (size_t)snprintf(escape, sizeof escape, is_control ? "\\x%02x" : "\\u%04x", (unsigned)code);
            letter = escape;
        }
        is_cut = length + put > most;
        if (!is_cut)
            memcpy(shown.text + length, letter, put);
        length += is_cut ? 0 : put;
    }
    strcpy(shown.text + length, is_cut ? "..." : "");
    return shown;
}

static const char *type_name(unsigned type)
{
    switch (type) {
    case EVD_JSON_NULL: return "null";
    case EVD_JSON_FALSE: return "false";
    case EVD_JSON_TRUE: return "true";
    case EVD_JSON_STRING: return "a string";
    case EVD_JSON_ARRAY: return "a list";
    case EVD_JSON_OBJECT: return "an object";
    default: return "a number";
    }
}

bool evd_refuse_type(struct evd_rules_reader *reader, uint32_t token, const char *key, const char *expected)
{
    return evd_refuse(reader, token, "\"%s\": expected %s, found %s", key, expected,
                      type_name(token_at(reader, token)->type));
}

/* The string at `token`; `expected` says what should have been there. */
static bool read_string(struct evd_rules_reader *reader, uint32_t token, const char *key, const char *expected,
                        struct evd_read_string *out)
{
    if (token_at(reader, token)->type != EVD_JSON_STRING)
        return evd_refuse_type(reader, token, key, expected);
    out->token = token;
    if (!evd_value_string(reader->arena, reader->tape, token, &out->string))
        return evd_refuse_memory(reader);
    if (out->string.length == 0)
        return evd_refuse(reader, token, "\"%s\" must not be empty", key);
    return true;
}

static int compare_items(const void *a, const void *b)
{
    const struct evd_read_string *const *x = a;
    const struct evd_read_string *const *y = b;
    const int order = evd_string_compare((*x)->string, (*y)->string);
    return order != 0 ? order : ((*x)->token > (*y)->token) - ((*x)->token < (*y)->token);
}

static bool check_repeats(struct evd_rules_reader *reader, const char *key, const struct evd_read_list *list)
{
    const struct evd_read_string **sorted = evd_arena_array(reader->arena, list->count, sizeof *sorted);
    if (sorted == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof *sorted, compare_items);
    for (size_t i = 1; i < list->count; i++)
        if (evd_string_equal(sorted[i - 1]->string, sorted[i]->string))
            return evd_refuse(reader, sorted[i]->token, "\"%s\" lists \"%s\" twice, first on line %llu", key,
                              evd_shown(sorted[i]->string).text, evd_line_of(reader, sorted[i - 1]->token));
    return true;
}

static bool read_strings(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                         struct evd_read_list *out)
{
    static const char EXPECTED[] = "a list of strings";
    const struct evd_json_token *list = token_at(reader, token);
    if (list->type != EVD_JSON_ARRAY)
        return evd_refuse_type(reader, token, spec->key, EXPECTED);
    const size_t most = spec->most != 0 ? spec->most : EVD_LIST_MAX;
    size_t count = 0;
    for (uint32_t item = token + 1; item < list->next; item = token_at(reader, item)->next)
        if (++count > most)
            return evd_refuse(reader, item, "\"%s\" must have at most %zu items", spec->key, most);
    if (count == 0)
        return evd_refuse(reader, token, "\"%s\" must not be empty", spec->key);
    *out = (struct evd_read_list){evd_arena_array(reader->arena, count, sizeof *out->items), count, token};
    if (out->items == NULL)
        return evd_refuse_memory(reader);
    uint32_t item = token + 1;
    for (size_t i = 0; i < count; i++, item = token_at(reader, item)->next) {
        if (token_at(reader, item)->type != EVD_JSON_STRING)
            return evd_refuse(reader, item, "\"%s\": expected %s, found %s in the list", spec->key, EXPECTED,
                              type_name(token_at(reader, item)->type));
        if (!read_string(reader, item, spec->key, EXPECTED, &out->items[i]))
            return false;
    }
    return spec->may_repeat || check_repeats(reader, spec->key, out);
}

static bool read_texts(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                       struct evd_read_list *out)
{
    if (token_at(reader, token)->type == EVD_JSON_ARRAY)
        return read_strings(reader, token, spec, out);
    *out = (struct evd_read_list){evd_arena_array(reader->arena, 1, sizeof *out->items), 1, token};
    if (out->items == NULL)
        return evd_refuse_memory(reader);
    return read_string(reader, token, spec->key, "a string or a list of strings", &out->items[0]);
}

static bool read_boolean(struct evd_rules_reader *reader, uint32_t token, const char *key, struct evd_read_number *out)
{
    const unsigned type = token_at(reader, token)->type;
    if (type != EVD_JSON_FALSE && type != EVD_JSON_TRUE)
        return evd_refuse_type(reader, token, key, "true or false");
    *out = (struct evd_read_number){type == EVD_JSON_TRUE, token};
    return true;
}

static bool read_count(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                       struct evd_read_number *out)
{
    const struct evd_json_token *t = token_at(reader, token);
    const char *digits = reader->tape->text + t->start;
    char expected[64];
    snprintf(expected, sizeof expected, "a whole number from 1 to %llu", (unsigned long long)spec->most);
    if (t->type != EVD_JSON_INTEGER && t->type != EVD_JSON_REAL)
        return evd_refuse_type(reader, token, spec->key, expected);
    uint64_t value = 0;
    bool is_good = t->type == EVD_JSON_INTEGER;
    for (uint32_t i = 0; i < t->length && is_good; i++) {
        is_good = digits[i] >= '0' && digits[i] <= '9';
        value = value * 10 + (uint64_t)(digits[i] - '0');
        is_good = is_good && value <= spec->most;
    }
    if (!is_good || value == 0)
        return evd_refuse(reader, token, "\"%s\": expected %s, found %s", spec->key, expected,
                          evd_shown((struct evd_string){digits, t->length}).text);
    *out = (struct evd_read_number){value, token};
    return true;
}

static bool read_hexadecimal(struct evd_rules_reader *reader, uint32_t token, const char *key, unsigned digits,
                             struct evd_read_number *out)
{
    char expected[48];
    snprintf(expected, sizeof expected, "\"0x\" and 1 to %u hexadecimal digits", digits);
    struct evd_read_string spelling;
    if (!read_string(reader, token, key, expected, &spelling))
        return false;
    uint64_t value;
    if (spelling.string.length > digits + 2 || !evd_hexadecimal(spelling.string, &value))
        return evd_refuse(reader, token, "\"%s\": expected %s, found \"%s\"", key, expected,
                          evd_shown(spelling.string).text);
    *out = (struct evd_read_number){value, token};
    return true;
}

/* Decimal digits, which may have a sign before them, as the 64 bits that they are in two's complement. */
static bool is_decimal_word(struct evd_string text, uint64_t *value)
{
    const bool is_negative = text.length > 0 && text.bytes[0] == '-';
    const uint64_t most = is_negative ? (uint64_t)1 << 63 : UINT64_MAX;
    *value = 0;
    for (size_t i = is_negative; i < text.length; i++) {
        const uint64_t digit = (uint64_t)(unsigned char)text.bytes[i] - '0';
        if (digit > 9 || *value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    if (is_negative)
        *value = -*value;
    return text.length > is_negative;
}

static bool read_word(struct evd_rules_reader *reader, uint32_t token, const char *key, struct evd_read_number *out)
{
    static const char EXPECTED[] = "a whole number of 64 bits, such as -4095 or \"0xc0000000\"";
    const struct evd_json_token *t = token_at(reader, token);
    struct evd_read_string spelling = {.string = {reader->tape->text + t->start, t->length}};
    uint64_t value;
    if (t->type != EVD_JSON_STRING && t->type != EVD_JSON_INTEGER && t->type != EVD_JSON_REAL)
        return evd_refuse_type(reader, token, key, EXPECTED);
    if (t->type == EVD_JSON_STRING && !read_string(reader, token, key, EXPECTED, &spelling))
        return false;
    const bool is_hexadecimal =
        t->type == EVD_JSON_STRING && spelling.string.length <= 18 && evd_hexadecimal(spelling.string, &value);
    if (!is_hexadecimal && !is_decimal_word(spelling.string, &value))
        return evd_refuse(reader, token, "\"%s\": expected %s, found %s", key, EXPECTED,
                          evd_shown(spelling.string).text);
    *out = (struct evd_read_number){value, token};
    return true;
}

static bool read_choice(struct evd_rules_reader *reader, uint32_t token, const char *key, const char *const *choices,
                        struct evd_read_number *out)
{
    const bool is_string = token_at(reader, token)->type == EVD_JSON_STRING;
    struct evd_read_string spelling = {.token = token};
    if (is_string && !read_string(reader, token, key, "", &spelling))
        return false;
    size_t count = 0;
    for (; choices[count] != NULL; count++)
        if (is_string && evd_string_equal(spelling.string, evd_string_of(choices[count]))) {
            *out = (struct evd_read_number){count, token};
            return true;
        }
    /* Written for a refusal alone: it costs more than all the rest. */
    char expected[256];
    evd_suggest_list(expected, sizeof expected, choices, count);
    if (!is_string)
        return evd_refuse_type(reader, token, key, expected);
    return evd_refuse(reader, token, "\"%s\": expected %s, found \"%s\"", key, expected,
                      evd_shown(spelling.string).text);
}

bool evd_read_choice_of(struct evd_rules_reader *reader, uint32_t token, const char *key, const char *const *choices,
                        uint64_t *index)
{
    const struct evd_json_token *object = token_at(reader, token);
    for (uint32_t k = token + 1; k < object->next; k = token_at(reader, k + 1)->next) {
        struct evd_string name;
        if (!evd_value_string(reader->arena, reader->tape, k, &name))
            return evd_refuse_memory(reader);
        if (!evd_string_equal(name, evd_string_of(key)))
            continue;
        struct evd_read_number choice;
        if (!read_choice(reader, k + 1, key, choices, &choice))
            return false;
        *index = choice.value;
        return true;
    }
    char expected[256];
    size_t count = 0;
    while (choices[count] != NULL)
        count++;
    evd_suggest_list(expected, sizeof expected, choices, count);
    return evd_refuse(reader, token, "\"%s\" is missing; expected %s", key, expected);
}

/* The variant that the object at `token` says it is. */
static bool choose_variant(struct evd_rules_reader *reader, uint32_t token, const struct evd_section *section,
                           const struct evd_variant **variant)
{
    const char *choices[EVD_VARIANTS_MAX + 1] = {NULL};
    uint64_t index;
    for (size_t i = 0; i < EVD_VARIANTS_MAX && section->variants[i] != NULL; i++)
        choices[i] = section->variants[i]->choice;
    if (!evd_read_choice_of(reader, token, section->selector, choices, &index))
        return false;
    *variant = section->variants[index];
    return true;
}

static bool read_rule(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec)
{
    const struct evd_variant *variant = spec->section->only;
    if (token_at(reader, token)->type != EVD_JSON_OBJECT)
        return evd_refuse_type(
            reader, token, spec->key, spec->type == EVD_MEMBER_RULES ? "a list of objects" : "an object");
    if (variant == NULL && !choose_variant(reader, token, spec->section, &variant))
        return false;
    alignas(max_align_t) unsigned char rule[EVD_RULE_BYTES_MAX] = {0};
    return evd_read_object(reader, token, variant->shape, rule) && variant->add(reader, rule);
}

static bool read_rules(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec)
{
    const struct evd_json_token *list = token_at(reader, token);
    if (list->type != EVD_JSON_ARRAY)
        return evd_refuse_type(reader, token, spec->key, "a list of objects");
    if (spec->may_be_list && token + 1 == list->next)
        return evd_refuse(reader, token, "\"%s\" must not be empty", spec->key);
    size_t count = 0;
    for (uint32_t item = token + 1; item < list->next; item = token_at(reader, item)->next) {
        if (spec->may_be_list && ++count > spec->most)
            return evd_refuse(reader, item, "\"%s\" must have at most %llu items", spec->key,
                              (unsigned long long)spec->most);
        if (!read_rule(reader, item, spec))
            return false;
    }
    return true;
}

/* Kinds, fields and calls, by the keys they stand at. */
static bool is_of_events(const char *key)
{
    static const char *const KEYS[] = {"kind",  "kinds",       "field",          "fields",        "name_field",
                                       "names", "set_fields",  "replace_fields", "pointer_field", "object_type_field",
                                       "calls", "entry_field", "block_kinds"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (strcmp(key, KEYS[i]) == 0)
            return true;
    return false;
}

/* A pattern where none may stand would be taken for a name that nothing has. */
static bool check_stars(struct evd_rules_reader *reader, const struct evd_member_spec *spec,
                        const struct evd_read_string *strings, size_t count)
{
    if (!reader->is_second || spec->may_have_stars || !is_of_events(spec->key))
        return true;
    for (size_t i = 0; i < count; i++)
        if (memchr(strings[i].string.bytes, '*', strings[i].string.length) != NULL)
            return evd_refuse(reader, strings[i].token, "\"%s\": \"%s\" is a pattern, and none may stand here",
                              spec->key, evd_shown(strings[i].string).text);
    return true;
}

/* In the second format a path where a member stands would be the name of something that does not exist; a dot of a member's own
 * name has a backslash before it. The first format has no paths: a dot there is a dot. */
static bool settle_members(struct evd_rules_reader *reader, const struct evd_member_spec *spec,
                           struct evd_read_string *strings, size_t count)
{
    for (size_t i = 0; reader->is_second && spec->is_member && i < count; i++) {
        const struct evd_string path = strings[i].string;
        size_t length = 0;
        if (memchr(path.bytes, '.', path.length) == NULL)
            continue;
        char *name = evd_arena_alloc(reader->arena, path.length);
        if (name == NULL)
            return evd_refuse_memory(reader);
        for (size_t j = 0; j < path.length; j++) {
            if (path.bytes[j] == '.' && (j == 0 || path.bytes[j - 1] != '\\'))
                return evd_refuse(reader, strings[i].token,
                                  "\"%s\": \"%s\" is a path, and a member of the payload must stand here; a rule of "
                                  "\"compare\" takes paths, and \\\\. is a dot of a member's own name",
                                  spec->key, evd_shown(path).text);
            length -= path.bytes[j] == '.';
            name[length++] = path.bytes[j];
        }
        strings[i].string = (struct evd_string){name, length};
    }
    return true;
}

bool evd_read_member(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *out)
{
    void *place = (unsigned char *)out + spec->offset;
    switch (spec->type) {
    case EVD_MEMBER_STRING:
        return read_string(reader, token, spec->key, "a string", place) && check_stars(reader, spec, place, 1) &&
               settle_members(reader, spec, place, 1);
    case EVD_MEMBER_STRINGS: {
        struct evd_read_list *list = place;
        return read_strings(reader, token, spec, place) && check_stars(reader, spec, list->items, list->count) &&
               settle_members(reader, spec, list->items, list->count);
    }
    case EVD_MEMBER_BOOLEAN: return read_boolean(reader, token, spec->key, place);
    case EVD_MEMBER_COUNT: return read_count(reader, token, spec, place);
    case EVD_MEMBER_HEX32: return read_hexadecimal(reader, token, spec->key, 8, place);
    case EVD_MEMBER_HEX64: return read_hexadecimal(reader, token, spec->key, 16, place);
    case EVD_MEMBER_WORD: return read_word(reader, token, spec->key, place);
    case EVD_MEMBER_CHOICE: return read_choice(reader, token, spec->key, spec->choices, place);
    case EVD_MEMBER_OBJECT:
        if (token_at(reader, token)->type != EVD_JSON_OBJECT)
            return evd_refuse_type(reader, token, spec->key, "an object");
        *(struct evd_read_number *)place = (struct evd_read_number){1, token};
        return evd_read_object(reader, token, spec->shape, out);
    case EVD_MEMBER_RULE:
        return spec->may_be_list && reader->is_second && token_at(reader, token)->type == EVD_JSON_ARRAY
                   ? read_rules(reader, token, spec)
                   : read_rule(reader, token, spec);
    case EVD_MEMBER_RULES: return read_rules(reader, token, spec);
    case EVD_MEMBER_TEXTS: return read_texts(reader, token, spec, place);
    case EVD_MEMBER_BY: return spec->read(reader, token, spec, place);
    }
    return false;
}

static bool refuse_key(struct evd_rules_reader *reader, uint32_t key, struct evd_string name,
                       const struct evd_shape *shape)
{
    const char *keys[EVD_SHAPE_MEMBERS_MAX];
    for (size_t i = 0; i < shape->count; i++)
        keys[i] = shape->members[i].key;
    const char *meant = evd_suggest_name(name.bytes, name.length, keys, shape->count);
    if (meant != NULL)
        return evd_refuse(reader, key, "unknown key \"%s\" in %s; did you mean \"%s\"?", evd_shown(name).text,
                          shape->name, meant);
    char expected[320];
    evd_suggest_list(expected, sizeof expected, keys, shape->count);
    return evd_refuse(reader, key, "unknown key \"%s\" in %s; expected %s", evd_shown(name).text, shape->name,
                      expected);
}

bool evd_read_object(struct evd_rules_reader *reader, uint32_t token, const struct evd_shape *shape, void *out)
{
    const struct evd_json_token *object = token_at(reader, token);
    uint32_t seen[EVD_SHAPE_MEMBERS_MAX] = {0};
    for (uint32_t key = token + 1; key < object->next; key = token_at(reader, key + 1)->next) {
        struct evd_string name;
        if (!evd_value_string(reader->arena, reader->tape, key, &name))
            return evd_refuse_memory(reader);
        size_t i = 0;
        while (i < shape->count && !evd_string_equal(name, evd_string_of(shape->members[i].key)))
            i++;
        if (i == shape->count)
            return refuse_key(reader, key, name, shape);
        if (seen[i] != 0)
            return evd_refuse(reader, key, "\"%s\" stands twice in %s, first on line %llu", shape->members[i].key,
                              shape->name, evd_line_of(reader, seen[i]));
        seen[i] = key;
        if (!evd_read_member(reader, key + 1, &shape->members[i], out))
            return false;
    }
    for (size_t i = 0; i < shape->count; i++)
        if (seen[i] == 0 && !shape->members[i].is_optional)
            return evd_refuse(reader, token, "\"%s\" is missing in %s", shape->members[i].key, shape->name);
    return true;
}
