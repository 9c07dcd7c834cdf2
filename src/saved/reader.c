#include "saved/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/hash_digits.h"

static const struct evd_json_token *token_at(const struct evd_saved_reader *reader, uint32_t token)
{
    return &reader->tape->tokens[token];
}

bool evd_saved_refuse(struct evd_saved_reader *reader, uint32_t token, const char *format, ...)
{
    char message[EVD_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const struct evd_json_token *t = token_at(reader, token);
    uint64_t line, column;
    evd_text_place(reader->tape->text, t->start - (t->type == EVD_JSON_STRING), &line, &column);
    reader->status = evd_fail_at(reader->error, EVD_E_INPUT, reader->path, line, column, "%s", message);
    return false;
}

bool evd_saved_refuse_memory(struct evd_saved_reader *reader)
{
    reader->status = evd_fail_memory(reader->error);
    return false;
}

void *evd_saved_items(struct evd_saved_reader *reader, size_t count, size_t size)
{
    void *items = evd_arena_array(reader->arena, count, size);
    if (items == NULL)
        evd_saved_refuse_memory(reader);
    else
        memset(items, 0, count * size);
    return items;
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
    case EVD_JSON_REAL: return "a number with a fraction";
    default: return "a whole number";
    }
}

static const char *key_of(const struct evd_saved_member *member)
{
    return member->key != NULL ? member->key : "an item";
}

static bool refuse_type(struct evd_saved_reader *reader, uint32_t token, const char *key, const char *expected)
{
    return evd_saved_refuse(
        reader, token, "%s: expected %s, found %s", key, expected, type_name(token_at(reader, token)->type));
}

bool evd_saved_expect(struct evd_saved_reader *reader, uint32_t token, const char *key, enum evd_json_type type)
{
    return token_at(reader, token)->type == type || refuse_type(reader, token, key, type_name(type));
}

static void store(void *base, size_t offset, const void *value, size_t size)
{
    memcpy((char *)base + offset, value, size);
}

/* The digits of a whole number; false when they are more than 64 bits. */
static bool read_digits(const char *digits, size_t length, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < length; i++)
        if (digits[i] < '0' || __builtin_mul_overflow(*value, (uint64_t)10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(digits[i] - '0'), value))
            return false;
    return true;
}

static bool read_unsigned(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                          uint64_t *value)
{
    const struct evd_json_token *t = token_at(reader, token);
    return (t->type == EVD_JSON_INTEGER && read_digits(reader->tape->text + t->start, t->length, value)) ||
           evd_saved_refuse(reader, token, "%s: expected a whole number from 0 to 2^64 - 1", key_of(member));
}

bool evd_saved_u64(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    uint64_t value = 0;
    if (!read_unsigned(reader, token, member, &value))
        return false;
    store(base, member->offset, &value, sizeof value);
    return true;
}

bool evd_saved_index(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    uint64_t value = 0;
    if (!read_unsigned(reader, token, member, &value))
        return false;
    const size_t index = value > SIZE_MAX ? SIZE_MAX : (size_t)value;
    store(base, member->offset, &index, sizeof index);
    return true;
}

/* A whole number from -most - 1 to most. */
static bool read_signed(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                        uint64_t most, int64_t *value)
{
    const struct evd_json_token *t = token_at(reader, token);
    const char *digits = reader->tape->text + t->start;
    const bool is_below = t->length > 0 && digits[0] == '-';
    uint64_t amount = 0;
    if (t->type != EVD_JSON_INTEGER || !read_digits(digits + is_below, t->length - is_below, &amount) ||
        amount > most + is_below)
        return evd_saved_refuse(reader, token, "%s: expected a whole number from %lld to %lld", key_of(member),
                                -(long long)most - 1, (long long)most);
    *value = (int64_t)(is_below ? 0 - amount : amount);
    return true;
}

bool evd_saved_i64(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    int64_t value = 0;
    if (!read_signed(reader, token, member, INT64_MAX, &value))
        return false;
    store(base, member->offset, &value, sizeof value);
    return true;
}

bool evd_saved_points(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                      void *base)
{
    int64_t value = 0;
    if (!read_signed(reader, token, member, INT32_MAX, &value))
        return false;
    const int32_t points = (int32_t)value;
    store(base, member->offset, &points, sizeof points);
    return true;
}

bool evd_saved_bool(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    const unsigned type = token_at(reader, token)->type;
    if (type != EVD_JSON_FALSE && type != EVD_JSON_TRUE)
        return refuse_type(reader, token, key_of(member), "true or false");
    const bool value = type == EVD_JSON_TRUE;
    store(base, member->offset, &value, sizeof value);
    return true;
}

bool evd_saved_share(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    const struct evd_json_token *t = token_at(reader, token);
    double value = -1;
    if (t->type == EVD_JSON_INTEGER || t->type == EVD_JSON_REAL)
        value = evd_json_number_to_double(reader->tape->text + t->start, t->length);
    if (!(value >= 0 && value <= 1))
        return evd_saved_refuse(reader, token, "%s: expected a number from 0 to 1", key_of(member));
    store(base, member->offset, &value, sizeof value);
    return true;
}

/* Strings of the tape may hold halves of surrogate pairs, which UTF-8 has no place for. */
static bool is_utf8(struct evd_string string)
{
    for (size_t i = 0; i + 1 < string.length; i++)
        if ((unsigned char)string.bytes[i] == 0xed && (unsigned char)string.bytes[i + 1] >= 0xa0)
            return false;
    return true;
}

static bool read_string(struct evd_saved_reader *reader, uint32_t token, const char *key, struct evd_string *string)
{
    if (!evd_saved_expect(reader, token, key, EVD_JSON_STRING))
        return false;
    if (!evd_value_string(reader->arena, reader->tape, token, string))
        return evd_saved_refuse_memory(reader);
    return is_utf8(*string) || evd_saved_refuse(reader, token, "%s: half of a surrogate pair is no letter", key);
}

bool evd_saved_text(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    struct evd_string string;
    if (!read_string(reader, token, key_of(member), &string))
        return false;
    const struct evd_text text = {string.length > 0 ? string.bytes : "", string.length};
    store(base, member->offset, &text, sizeof text);
    return true;
}

bool evd_saved_digits(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                      void *base)
{
    const struct evd_json_token *t = token_at(reader, token);
    uint64_t value = 0;
    if (t->type != EVD_JSON_STRING || !evd_hash_digits_read(reader->tape->text + t->start, t->length, &value))
        return evd_saved_refuse(reader, token, "%s: expected 16 hexadecimal digits, in quotes", key_of(member));
    store(base, member->offset, &value, sizeof value);
    return true;
}

bool evd_saved_choice(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                      void *base)
{
    struct evd_string string;
    if (!read_string(reader, token, key_of(member), &string))
        return false;
    for (unsigned i = 0; member->word(i) != NULL; i++)
        if (evd_string_equal(string, evd_string_of(member->word(i)))) {
            store(base, member->offset, &i, sizeof i);
            return true;
        }
    return evd_saved_refuse(reader, token, "%s: this evdiff does not know the word", key_of(member));
}

/* True when the key at `token` is `key`, however it is spelled; false in `reader->status` too when memory ran out. */
static bool is_key(struct evd_saved_reader *reader, uint32_t token, const char *key)
{
    const struct evd_json_token *t = token_at(reader, token);
    const char *bytes = reader->tape->text + t->start;
    if (!t->escaped)
        return t->length == strlen(key) && memcmp(bytes, key, t->length) == 0;
    struct evd_string string;
    if (!evd_value_string(reader->arena, reader->tape, token, &string))
        return evd_saved_refuse_memory(reader);
    return evd_string_equal(string, evd_string_of(key));
}

bool evd_saved_find(struct evd_saved_reader *reader, uint32_t object, const char *key, uint32_t *value)
{
    *value = 0;
    for (uint32_t token = object + 1; token < token_at(reader, object)->next;
         token = token_at(reader, token + 1)->next) {
        if (!is_key(reader, token, key)) {
            if (reader->status != EVD_OK)
                return false;
            continue;
        }
        if (*value != 0)
            return evd_saved_refuse(reader, token, "%s: stands twice", key);
        *value = token + 1;
    }
    return true;
}

static const struct evd_saved_member *find_member(struct evd_saved_reader *reader, uint32_t key,
                                                  const struct evd_saved_shape *shape, size_t expected)
{
    /* Members mostly stand in the order of the table. */
    for (size_t i = 0; i < shape->count; i++) {
        const struct evd_saved_member *member = &shape->members[(expected + i) % shape->count];
        if (is_key(reader, key, member->key))
            return member;
    }
    return NULL;
}

bool evd_saved_object(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                      void *base)
{
    const struct evd_saved_shape *shape = member->shape;
    uint32_t seen = 0;
    size_t expected = 0;
    base = (char *)base + member->offset;
    if (!evd_saved_expect(reader, token, key_of(member), EVD_JSON_OBJECT))
        return false;
    if (shape->begin != NULL)
        shape->begin(base);
    for (uint32_t key = token + 1; key < token_at(reader, token)->next; key = token_at(reader, key + 1)->next) {
        const struct evd_saved_member *found = find_member(reader, key, shape, expected);
        if (reader->status != EVD_OK)
            return false;
        if (found == NULL)
            continue;
        const size_t index = (size_t)(found - shape->members);
        if (seen >> index & 1)
            return evd_saved_refuse(reader, key, "%s: stands twice", found->key);
        seen |= (uint32_t)1 << index;
        expected = index + 1;
        if (found->is_nullable && token_at(reader, key + 1)->type == EVD_JSON_NULL)
            continue;
        if (!found->read(reader, key + 1, found, base))
            return false;
    }
    for (size_t i = 0; i < shape->count; i++)
        if (!(seen >> i & 1) && !shape->members[i].is_optional)
            return evd_saved_refuse(reader, token, "%s: there is no %s", key_of(member), shape->members[i].key);
    return shape->finish == NULL || shape->finish(reader, token, base);
}

bool evd_saved_sides(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    const struct evd_saved_member *item = member->item;
    if (!evd_saved_expect(reader, token, key_of(member), EVD_JSON_OBJECT))
        return false;
    for (int side = 0; side < EVD_SIDES; side++) {
        uint32_t value;
        if (!evd_saved_find(reader, token, evd_side_name((enum evd_side)side), &value))
            return false;
        if (value == 0)
            return evd_saved_refuse(
                reader, token, "%s: there is no %s", key_of(member), evd_side_name((enum evd_side)side));
        if (item->is_nullable && token_at(reader, value)->type == EVD_JSON_NULL)
            continue;
        if (!item->read(reader, value, item, (char *)base + member->offset + (size_t)side * item->size))
            return false;
    }
    return true;
}

bool evd_saved_list(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member, void *base)
{
    const struct evd_saved_member *item = member->item;
    if (!evd_saved_expect(reader, token, key_of(member), EVD_JSON_ARRAY))
        return false;
    const uint32_t end = token_at(reader, token)->next;
    size_t count = 0;
    for (uint32_t i = token + 1; i < end; i = token_at(reader, i)->next)
        count++;
    if (member->most > 0 && count > member->most)
        return evd_saved_refuse(
            reader, token, "%s: has %zu items, at most %zu are possible", key_of(member), count, member->most);
    char *items = member->most > 0 ? (char *)base + member->offset : evd_arena_array(reader->arena, count, item->size);
    if (items == NULL)
        return evd_saved_refuse_memory(reader);
    if (member->most == 0)
        store(base, member->offset, &items, sizeof items);
    for (uint32_t i = token + 1; i < end; i = token_at(reader, i)->next, items += item->size) {
        memset(items, 0, item->size);
        if (!item->read(reader, i, item, items))
            return false;
    }
    store(base, member->count_offset, &count, sizeof count);
    return true;
}

bool evd_saved_pointer(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                       void *base)
{
    void *item = evd_saved_items(reader, 1, member->item->size);
    if (item == NULL || !member->item->read(reader, token, member->item, item))
        return false;
    store(base, member->offset, &item, sizeof item);
    return true;
}
