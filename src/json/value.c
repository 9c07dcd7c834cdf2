#include "json/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct evd_string evd_string_of(const char *c_string)
{
    return (struct evd_string){c_string, strlen(c_string)};
}

bool evd_string_equal(struct evd_string a, struct evd_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

int evd_string_compare(struct evd_string a, struct evd_string b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter == 0 ? 0 : memcmp(a.bytes, b.bytes, shorter);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* ---- strings ---- */

static unsigned hex_digits(const char *p)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = p[i];
        value = value * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static char *put_code_point(char *out, unsigned c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* Writes what the escape at `p` (a backslash) stands for; returns the byte after the escape. */
static const char *unescape(const char *p, const char *end, char **out)
{
    static const char LETTERS[] = "bfnrt", CONTROLS[] = "\b\f\n\r\t";
    if (p[1] != 'u') {
        const char *letter = strchr(LETTERS, p[1]);
        *(*out)++ = letter ? CONTROLS[letter - LETTERS] : p[1];
        return p + 2;
    }
    unsigned c = hex_digits(p + 2);
    p += 6;
    if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        const unsigned low = hex_digits(p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
        }
    }
    *out = put_code_point(*out, c);
    return p;
}

/* Unescapes a string in the tape's text to `bytes`, which may be that text itself; returns its length. */
static size_t unescape_string(const struct evd_json_token *token, const char *p, char *bytes)
{
    const char *const end = p + token->length;
    /* An escape is never shorter than what it stands for. */
    char *out = bytes;
    while (p < end) {
        const char *backslash = memchr(p, '\\', (size_t)(end - p));
        const size_t plain = (size_t)((backslash ? backslash : end) - p);
        memmove(out, p, plain);
        out += plain;
        p += plain;
        if (backslash != NULL)
            p = unescape(p, end, &out);
    }
    return (size_t)(out - bytes);
}

bool evd_value_string(struct evd_arena *arena, const struct evd_json_tape *tape, uint32_t token,
                      struct evd_string *string)
{
    const struct evd_json_token *t = &tape->tokens[token];
    char *bytes = evd_arena_alloc(arena, (size_t)t->length + 1);
    if (bytes == NULL)
        return false;
    if (!t->escaped)
        memcpy(bytes, tape->text + t->start, t->length);
    *string = (struct evd_string){bytes, t->escaped ? unescape_string(t, tape->text + t->start, bytes) : t->length};
    return true;
}

/* ---- building ---- */

/* What a tree is built of: the tape, and a copy of the value's text that the tree's strings are in. */
struct builder {
    struct evd_arena *arena;
    const struct evd_json_tape *tape;
    char *text;     /* of the copy */
    uint32_t start; /* where that begins in the tape's text */
};

/* The string at a token, which is unescaped in the copy: what it stands for is no longer than it is. A key is asked for once. */
static struct evd_string string_at(const struct builder *builder, uint32_t token)
{
    const struct evd_json_token *t = &builder->tape->tokens[token];
    char *bytes = builder->text + (t->start - builder->start);
    return (struct evd_string){bytes, t->escaped ? unescape_string(t, bytes, bytes) : t->length};
}

static void build_integer(const struct builder *builder, uint32_t token, struct evd_value *value)
{
    value->integer = string_at(builder, token);
    if (value->integer.length == 2 && memcmp(value->integer.bytes, "-0", 2) == 0)
        value->integer = evd_string_of("0");
}

static bool build(const struct builder *builder, uint32_t token, struct evd_value *value);

static size_t count_children(const struct evd_json_tape *tape, uint32_t token)
{
    size_t count = 0;
    for (uint32_t i = token + 1; i < tape->tokens[token].next; i = tape->tokens[i].next)
        count++;
    return count;
}

static bool build_array(const struct builder *builder, uint32_t token, struct evd_value *value)
{
    const struct evd_json_tape *tape = builder->tape;
    value->array.count = 0;
    value->array.items = evd_arena_array(builder->arena, count_children(tape, token), sizeof *value->array.items);
    if (value->array.items == NULL)
        return false;
    for (uint32_t i = token + 1; i < tape->tokens[token].next; i = tape->tokens[i].next)
        if (!build(builder, i, &value->array.items[value->array.count++]))
            return false;
    return true;
}

/* A key and where it stands in the text. */
struct keyed {
    uint64_t beginning; /* of the key, so that mostly no more of it need be looked at */
    struct evd_string key;
    uint32_t position;   /* among the object's members, duplicates included */
    uint32_t last_value; /* token */
};

/* The first eight bytes of a key, which compare as they do: what a shorter one lacks counts as zeros. */
static uint64_t beginning_of(struct evd_string key)
{
    uint64_t beginning = 0;
    memcpy(&beginning, key.bytes, key.length < sizeof beginning ? key.length : sizeof beginning);
    return __builtin_bswap64(beginning);
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *left = a, *right = b;
    if (left->beginning != right->beginning)
        return left->beginning < right->beginning ? -1 : 1;
    const int order = evd_string_compare(left->key, right->key);
    return order ? order : (left->position > right->position) - (left->position < right->position);
}

static int by_position(const void *a, const void *b)
{
    const struct keyed *left = a, *right = b;
    return (left->position > right->position) - (left->position < right->position);
}

/* Up to this many keys are sorted in place: qsort asks for memory and calls back for every comparison. */
enum { FEW_KEYS = 24 };

static void sort_by_key(struct keyed *keys, size_t count)
{
    if (count > FEW_KEYS) {
        qsort(keys, count, sizeof *keys, by_key);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct keyed key = keys[i];
        size_t place = i;
        for (; place > 0 && by_key(&key, &keys[place - 1]) < 0; place--)
            keys[place] = keys[place - 1];
        keys[place] = key;
    }
}

/* The permutation of an object's members that sorts them by key. */
static bool sort_members(struct evd_arena *arena, struct evd_value *object)
{
    const size_t count = object->object.count;
    struct keyed *keys = evd_arena_array(arena, count, sizeof *keys);
    uint32_t *sorted = evd_arena_array(arena, count, sizeof *sorted);
    if (keys == NULL || sorted == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct keyed){.beginning = beginning_of(object->object.members[i].key),
                                 .key = object->object.members[i].key,
                                 .position = (uint32_t)i};
    sort_by_key(keys, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = keys[i].position;
    object->object.by_key = sorted;
    return true;
}

/* Of equal keys, which are neighbours in `keys`, the first keeps its place and gets the value of the last.
 * Returns how many are left, numbered anew in the order of their places. */
static size_t drop_duplicates(struct keyed *keys, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && evd_string_equal(keys[kept - 1].key, keys[i].key))
            keys[kept - 1].last_value = keys[i].last_value;
        else
            keys[kept++] = keys[i];
    }
    if (kept == count)
        return kept;
    qsort(keys, kept, sizeof *keys, by_position);
    for (size_t i = 0; i < kept; i++)
        keys[i].position = (uint32_t)i;
    sort_by_key(keys, kept);
    return kept;
}

static bool build_object(const struct builder *builder, uint32_t token, struct evd_value *value)
{
    const struct evd_json_tape *tape = builder->tape;
    struct evd_arena *arena = builder->arena;
    const size_t count = count_children(tape, token) / 2;
    struct keyed *keys = evd_arena_array(arena, count, sizeof *keys);
    struct evd_member *members = evd_arena_array(arena, count, sizeof *members);
    uint32_t *sorted = evd_arena_array(arena, count, sizeof *sorted);
    if (keys == NULL || members == NULL || sorted == NULL)
        return false;
    size_t read = 0;
    for (uint32_t i = token + 1; i < tape->tokens[token].next; i = tape->tokens[i + 1].next) {
        const struct evd_string key = string_at(builder, i);
        keys[read] = (struct keyed){beginning_of(key), key, (uint32_t)read, i + 1};
        read++;
    }
    sort_by_key(keys, count);
    const size_t kept = drop_duplicates(keys, count);
    value->object.members = members;
    value->object.count = kept;
    value->object.by_key = sorted;
    for (size_t i = 0; i < kept; i++) {
        struct evd_member *member = &members[keys[i].position];
        sorted[i] = keys[i].position;
        member->key = keys[i].key;
        if (!build(builder, keys[i].last_value, &member->value))
            return false;
    }
    return true;
}

static bool build(const struct builder *builder, uint32_t token, struct evd_value *value)
{
    const struct evd_json_token *t = &builder->tape->tokens[token];
    *value = (struct evd_value){.type = (enum evd_json_type)t->type};
    switch (value->type) {
    case EVD_JSON_NULL:
    case EVD_JSON_FALSE:
    case EVD_JSON_TRUE: return true;
    case EVD_JSON_INTEGER: build_integer(builder, token, value); return true;
    case EVD_JSON_REAL: value->real = evd_json_number_to_double(builder->tape->text + t->start, t->length); return true;
    case EVD_JSON_STRING: value->string = string_at(builder, token); return true;
    case EVD_JSON_ARRAY: return build_array(builder, token, value);
    case EVD_JSON_OBJECT: return build_object(builder, token, value);
    }
    return false;
}

bool evd_value_build(struct evd_arena *arena, const struct evd_json_tape *tape, uint32_t token, struct evd_value *value)
{
    const struct evd_json_token *first = &tape->tokens[token], *last = &tape->tokens[first->next - 1];
    const size_t length = (size_t)last->start + last->length - first->start;
    const struct builder builder = {arena, tape, evd_arena_alloc(arena, length + 1), first->start};
    if (builder.text == NULL)
        return false;
    memcpy(builder.text, tape->text + first->start, length);
    return build(&builder, token, value);
}

bool evd_value_add(struct evd_arena *arena, struct evd_value *object, struct evd_string key,
                   const struct evd_value *value)
{
    const size_t count = object->object.count;
    struct evd_member *members = evd_arena_array(arena, count + 1, sizeof *members);
    if (members == NULL)
        return false;
    if (count > 0)
        memcpy(members, object->object.members, count * sizeof *members);
    members[count] = (struct evd_member){key, *value};
    object->object.members = members;
    object->object.count = count + 1;
    return sort_members(arena, object);
}

void evd_value_leave_out(struct evd_value *object, uint32_t *left_out)
{
    const size_t count = object->object.count;
    uint32_t *by_key = object->object.by_key;
    size_t kept = 0, before = 0;
    for (size_t i = 0; i < count; i++)
        if (!left_out[by_key[i]])
            by_key[kept++] = by_key[i];
    /* From here on of each member that is left: how many before it are not. */
    for (size_t i = 0; i < count; i++) {
        const bool is_left_out = left_out[i] != 0;
        left_out[i] = (uint32_t)before;
        if (is_left_out)
            before++;
        else
            object->object.members[i - before] = object->object.members[i];
    }
    for (size_t i = 0; i < kept; i++)
        by_key[i] -= left_out[by_key[i]];
    object->object.count = kept;
}

bool evd_value_order_keys(struct evd_arena *arena, struct evd_value *object)
{
    const size_t count = object->object.count;
    struct keyed *keys = evd_arena_array(arena, count, sizeof *keys);
    if (keys == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct evd_string key = object->object.members[i].key;
        keys[i] = (struct keyed){beginning_of(key), key, (uint32_t)i, 0};
    }
    sort_by_key(keys, count);
    for (size_t i = 0; i < count; i++)
        object->object.by_key[i] = keys[i].position;
    return true;
}

/* ---- asking ---- */

enum { FEW_MEMBERS = 8 }; /* of so many most have another length than the one that is looked for */

const struct evd_value *evd_value_get(const struct evd_value *object, struct evd_string key)
{
    if (object == NULL || object->type != EVD_JSON_OBJECT)
        return NULL;
    if (object->object.count <= FEW_MEMBERS) {
        for (size_t i = 0; i < object->object.count; i++)
            if (evd_string_equal(object->object.members[i].key, key))
                return &object->object.members[i].value;
        return NULL;
    }
    size_t low = 0, high = object->object.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct evd_member *member = &object->object.members[object->object.by_key[middle]];
        const int order = evd_string_compare(key, member->key);
        if (order == 0)
            return &member->value;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool evd_value_is_true(const struct evd_value *value)
{
    if (value == NULL)
        return false;
    switch (value->type) {
    case EVD_JSON_NULL:
    case EVD_JSON_FALSE: return false;
    case EVD_JSON_TRUE: return true;
    case EVD_JSON_INTEGER: return !evd_string_equal(value->integer, evd_string_of("0"));
    case EVD_JSON_REAL: return value->real != 0;
    case EVD_JSON_STRING: return value->string.length > 0;
    case EVD_JSON_ARRAY: return value->array.count > 0;
    case EVD_JSON_OBJECT: return value->object.count > 0;
    }
    return false;
}

/* ---- comparing ---- */

static bool is_number(const struct evd_value *value)
{
    return value->type >= EVD_JSON_FALSE && value->type <= EVD_JSON_REAL;
}

static struct evd_string integer_of(const struct evd_value *value)
{
    if (value->type == EVD_JSON_INTEGER)
        return value->integer;
    return evd_string_of(value->type == EVD_JSON_TRUE ? "1" : "0");
}

/* A whole double has exactly one spelling without a fraction, which printf writes in full. */
static bool real_equals_integer(double real, struct evd_string integer)
{
    char digits[320];
    if (!isfinite(real) || real != floor(real))
        return false;
    const int length = snprintf(digits, sizeof digits, "%.0f", real == 0 ? 0.0 : real);
    return evd_string_equal((struct evd_string){digits, (size_t)length}, integer);
}

static bool numbers_equal(const struct evd_value *a, const struct evd_value *b)
{
    if (a->type == EVD_JSON_REAL && b->type == EVD_JSON_REAL)
        return a->real == b->real;
    if (a->type == EVD_JSON_REAL)
        return real_equals_integer(a->real, integer_of(b));
    if (b->type == EVD_JSON_REAL)
        return real_equals_integer(b->real, integer_of(a));
    return evd_string_equal(integer_of(a), integer_of(b));
}

static bool objects_equal(const struct evd_value *a, const struct evd_value *b)
{
    if (a->object.count != b->object.count)
        return false;
    for (size_t i = 0; i < a->object.count; i++) {
        const struct evd_member *left = &a->object.members[a->object.by_key[i]];
        const struct evd_member *right = &b->object.members[b->object.by_key[i]];
        if (!evd_string_equal(left->key, right->key) || !evd_value_equal(&left->value, &right->value))
            return false;
    }
    return true;
}

bool evd_value_equal(const struct evd_value *a, const struct evd_value *b)
{
    if (a->name != 0 && a->name == b->name)
        return true;
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case EVD_JSON_STRING: return evd_string_equal(a->string, b->string);
    case EVD_JSON_ARRAY:
        if (a->array.count != b->array.count)
            return false;
        for (size_t i = 0; i < a->array.count; i++)
            if (!evd_value_equal(&a->array.items[i], &b->array.items[i]))
                return false;
        return true;
    case EVD_JSON_OBJECT: return objects_equal(a, b);
    default: return true;
    }
}
