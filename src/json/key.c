#include "json/key.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

static const uint64_t HASH_OF_NULL = 0x9ae16a3b2f90404fu;

uint64_t evd_hash_text(const char *text, size_t length, uint64_t seed)
{
    if (length > EVD_HASH_SHORT_MAX)
        return XXH3_64bits_withSeed(text, length, seed);
    unsigned char padded[EVD_HASH_SHORT_MAX] = {0};
    memcpy(padded, text, length);
    return evd_hash_short(XXH_readLE64(padded), XXH_readLE64(padded + 8), length, seed);
}

struct evd_string evd_hasher_string(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *t = &tape->tokens[token];
    struct evd_string string = {tape->text + t->start, t->length};
    if (t->escaped && !evd_value_string(&hasher->arena, tape, token, &string)) {
        hasher->failed = true;
        string = (struct evd_string){"", 0};
    }
    return string;
}

void evd_hasher_reset(struct evd_hasher *hasher)
{
    evd_arena_reset(&hasher->arena);
}

void evd_hasher_release(struct evd_hasher *hasher)
{
    evd_arena_release(&hasher->arena);
    free(hasher->keys);
    hasher->keys = NULL;
    hasher->key_count = hasher->key_capacity = 0;
}

/* `seed`: 0, or the hash of the key that the number belongs to. */
static uint64_t hash_integer(const char *digits, size_t length, uint64_t seed)
{
    if (length == 2 && memcmp(digits, "-0", 2) == 0)
        return hash_integer("0", 1, seed);
    return evd_hash_text(digits, length, seed + EVD_SEED_INTEGER);
}

/* Below this a whole double has at most 18 digits, which printf takes long to find. */
#define WRITTEN_BELOW 1e18

/* Writes the digits of a number of at most 18 of them; how many bytes that are. */
static size_t write_integer(char *digits, int64_t value)
{
    char reversed[20];
    size_t count = 0, length = 0;
    const bool is_negative = value < 0;
    for (uint64_t rest = (uint64_t)(is_negative ? -value : value); rest > 0 || count == 0; rest /= 10)
        reversed[count++] = (char)('0' + rest % 10);
    if (is_negative)
        digits[length++] = '-';
    while (count > 0)
        digits[length++] = reversed[--count];
    return length;
}

/* A whole double equals the integer of the same value, so it is hashed as that integer's digits. */
static uint64_t hash_real(double value, uint64_t seed)
{
    if (isfinite(value) && value == floor(value)) {
        char digits[320];
        if (fabs(value) < WRITTEN_BELOW)
            return hash_integer(digits, write_integer(digits, (int64_t)value), seed);
        const int length = snprintf(digits, sizeof digits, "%.0f", value);
        return hash_integer(digits, (size_t)length, seed);
    }
    return XXH3_64bits_withSeed(&value, sizeof value, seed + EVD_SEED_REAL);
}

uint64_t evd_hash_number(struct evd_string digits, bool is_real)
{
    return evd_hash_number_member(0, digits, is_real);
}

uint64_t evd_hash_number_member(uint64_t key_hash, struct evd_string digits, bool is_real)
{
    return is_real ? hash_real(evd_json_number_to_double(digits.bytes, digits.length), key_hash)
                   : hash_integer(digits.bytes, digits.length, key_hash);
}

static uint64_t hash_array(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t array)
{
    uint64_t hash = EVD_SEED_ARRAY;
    for (uint32_t i = array + 1; i < tape->tokens[array].next; i = tape->tokens[i].next)
        hash = evd_hash_pair(hash, evd_hash_value(hasher, tape, i));
    return hash;
}

/* Up to this many members duplicates are looked for pair by pair, beyond it through a table. */
enum { FEW_MEMBERS = 24 };

static uint64_t hash_large_object(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t object)
{
    struct evd_member_list list = {0};
    const size_t count = evd_member_list_read(hasher, &list, tape, object);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += evd_hash_member(hasher, tape, list.members[i].key_hash, list.members[i].value);
    evd_member_list_release(&list);
    return evd_hash_object(sum);
}

/* Room for the keys of an object of few members, behind those of the objects around it; NULL when memory runs out. */
static uint64_t *reserve_keys(struct evd_hasher *hasher)
{
    const size_t needed = hasher->key_count + FEW_MEMBERS;
    if (needed > hasher->key_capacity) {
        uint64_t *keys = realloc(hasher->keys, 2 * needed * sizeof *keys);
        if (keys == NULL) {
            hasher->failed = true;
            return NULL;
        }
        hasher->keys = keys;
        hasher->key_capacity = 2 * needed;
    }
    return hasher->keys + hasher->key_count;
}

/* Keys first, values second: values may nest, so hashing them again after a late surprise would cost twice
 * as much at each level. */
static uint64_t hash_object(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t object)
{
    const struct evd_json_token *tokens = tape->tokens;
    const size_t first = hasher->key_count;
    uint64_t *keys = reserve_keys(hasher);
    size_t count = 0;
    if (keys == NULL)
        return 0;
    for (uint32_t key = object + 1; key < tokens[object].next; key = tokens[key + 1].next) {
        const uint64_t hash = evd_hash_string(evd_hasher_string(hasher, tape, key));
        bool is_simple = count < FEW_MEMBERS;
        for (size_t i = 0; i < count && is_simple; i++)
            is_simple = keys[i] != hash;
        if (!is_simple)
            return hash_large_object(hasher, tape, object);
        keys[count++] = hash;
    }
    uint64_t sum = 0;
    hasher->key_count = first + count;
    count = first;
    for (uint32_t key = object + 1; key < tokens[object].next; key = tokens[key + 1].next)
        sum += evd_hash_member(hasher, tape, hasher->keys[count++], key + 1);
    hasher->key_count = first;
    return evd_hash_object(sum);
}

uint64_t evd_hash_value(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *t = &tape->tokens[token];
    switch ((enum evd_json_type)t->type) {
    case EVD_JSON_NULL: break;
    case EVD_JSON_FALSE: return hash_integer("0", 1, 0);
    case EVD_JSON_TRUE: return hash_integer("1", 1, 0);
    case EVD_JSON_INTEGER:
    case EVD_JSON_REAL:
        return evd_hash_number((struct evd_string){tape->text + t->start, t->length}, t->type == EVD_JSON_REAL);
    case EVD_JSON_STRING: return evd_hash_string(evd_hasher_string(hasher, tape, token));
    case EVD_JSON_ARRAY: return hash_array(hasher, tape, token);
    case EVD_JSON_OBJECT: return hash_object(hasher, tape, token);
    }
    return HASH_OF_NULL;
}

/* `key_hash`: 0, or of the key that the value belongs to. Apart, so that what nests takes little of the stack. */
__attribute__((noinline)) static uint64_t hash_tree_scalar(uint64_t key_hash, const struct evd_value *value)
{
    switch (value->type) {
    case EVD_JSON_FALSE: return hash_integer("0", 1, key_hash);
    case EVD_JSON_TRUE: return hash_integer("1", 1, key_hash);
    case EVD_JSON_INTEGER: return evd_hash_number_member(key_hash, value->integer, false);
    case EVD_JSON_REAL: return hash_real(value->real, key_hash);
    case EVD_JSON_STRING: return evd_hash_string_member(key_hash, value->string);
    default: return HASH_OF_NULL;
    }
}

static bool is_hashed_with_its_key(const struct evd_value *value)
{
    return value->name == 0 && value->type != EVD_JSON_NULL && value->type != EVD_JSON_ARRAY &&
           value->type != EVD_JSON_OBJECT;
}

uint64_t evd_hash_tree(const struct evd_value *value)
{
    uint64_t hash = value->type == EVD_JSON_ARRAY ? EVD_SEED_ARRAY : 0;
    if (value->name != 0)
        return evd_hash_pair(UINT64_MAX, value->name);
    if (value->type != EVD_JSON_ARRAY && value->type != EVD_JSON_OBJECT)
        return hash_tree_scalar(0, value);
    if (value->type == EVD_JSON_ARRAY) {
        for (size_t i = 0; i < value->array.count; i++)
            hash = evd_hash_pair(hash, evd_hash_tree(&value->array.items[i]));
        return hash;
    }
    for (size_t i = 0; i < value->object.count; i++) {
        const struct evd_member *member = &value->object.members[i];
        const uint64_t key_hash = evd_hash_string(member->key);
        hash += is_hashed_with_its_key(&member->value) ? hash_tree_scalar(key_hash, &member->value)
                                                       : evd_hash_pair(key_hash, evd_hash_tree(&member->value));
    }
    return evd_hash_object(hash);
}

uint64_t evd_hash_tree_member(uint64_t key_hash, const struct evd_value *value)
{
    return is_hashed_with_its_key(value) ? hash_tree_scalar(key_hash, value)
                                         : evd_hash_pair(key_hash, evd_hash_tree(value));
}

uint64_t evd_hash_member(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint64_t key_hash, uint32_t token)
{
    const struct evd_json_token *t = &tape->tokens[token];
    switch ((enum evd_json_type)t->type) {
    case EVD_JSON_FALSE: return hash_integer("0", 1, key_hash);
    case EVD_JSON_TRUE: return hash_integer("1", 1, key_hash);
    case EVD_JSON_INTEGER:
    case EVD_JSON_REAL:
        return evd_hash_number_member(
            key_hash, (struct evd_string){tape->text + t->start, t->length}, t->type == EVD_JSON_REAL);
    case EVD_JSON_STRING: return evd_hash_string_member(key_hash, evd_hasher_string(hasher, tape, token));
    case EVD_JSON_NULL:
    case EVD_JSON_ARRAY:
    case EVD_JSON_OBJECT: break;
    }
    return evd_hash_pair(key_hash, evd_hash_value(hasher, tape, token));
}

static bool list_reserve(struct evd_member_list *list, size_t count)
{
    if (count < list->capacity)
        return true;
    const size_t capacity = list->capacity ? list->capacity * 2 : 16;
    struct evd_member_token *members = realloc(list->members, capacity * sizeof *members);
    if (members == NULL)
        return false;
    list->members = members;
    list->capacity = capacity;
    return true;
}

size_t evd_member_list_read(struct evd_hasher *hasher, struct evd_member_list *list, const struct evd_json_tape *tape,
                            uint32_t object)
{
    const struct evd_json_token *tokens = tape->tokens;
    struct evd_table seen = {0};
    size_t count = 0;
    for (uint32_t key = object + 1; key < tokens[object].next; key = tokens[key + 1].next) {
        const uint64_t hash = evd_hash_string(evd_hasher_string(hasher, tape, key));
        size_t place = count;
        if (count < FEW_MEMBERS) {
            for (place = 0; place < count && list->members[place].key_hash != hash;)
                place++;
        } else {
            if (count == FEW_MEMBERS && seen.count == 0)
                for (size_t i = 0; i < count; i++)
                    if (evd_table_put(&seen, list->members[i].key_hash, i, NULL) == NULL)
                        goto no_memory;
            const uint64_t *found = evd_table_put(&seen, hash, count, NULL);
            if (found == NULL)
                goto no_memory;
            place = *found;
        }
        if (place < count) {
            list->members[place].value = key + 1;
            continue;
        }
        if (!list_reserve(list, count))
            goto no_memory;
        list->members[count++] = (struct evd_member_token){hash, key, key + 1};
    }
    evd_table_release(&seen);
    return count;
no_memory:
    evd_table_release(&seen);
    hasher->failed = true;
    return 0;
}

void evd_member_list_release(struct evd_member_list *list)
{
    free(list->members);
    *list = (struct evd_member_list){0};
}
