/* Values: a decoded tree that compares and prints as Python's json module and repr() do.
 *
 * Strings are held as WTF-8: UTF-8 in which a lone surrogate is encoded like any other code point,
 * so that byte order is code point order and equal strings have equal bytes.
 *
 * Ownership: a tree belongs to the arena it was built in. Threads: a built tree is read-only. */
#ifndef EVD_JSON_VALUE_H
#define EVD_JSON_VALUE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "json/json.h"

/* Bytes of a string, not terminated. */
struct evd_string {
    const char *bytes;
    size_t length; /* in bytes */
};

struct evd_member;

struct evd_value {
    enum evd_json_type type;
    uint32_t name; /* 0; or what it is a name of: values with equal ones compare equal */
    union {
        struct evd_string string;
        struct evd_string integer; /* canonical digits: an optional '-', no leading zero, no "-0" */
        double real;               /* an infinity where the number is too large */
        struct {
            struct evd_value *items;
            size_t count;
        } array;
        struct {
            struct evd_member *members; /* in the order of each key's first place, last value wins */
            size_t count;
            uint32_t *by_key; /* indexes of the members in the byte order of their keys */
        } object;
    };
};

struct evd_member {
    struct evd_string key;
    struct evd_value value;
};

/* Decodes the value at `token` of a tape into `value`. The tree does not borrow from the tape or its
 * text. False when memory runs out. Cost: O(n log n) in the members of each object, also of hostile ones. */
bool evd_value_build(struct evd_arena *arena, const struct evd_json_tape *tape, uint32_t token,
                     struct evd_value *value);

/* Unescapes the string at `token` (a string or a key) into the arena; false when memory runs out. */
bool evd_value_string(struct evd_arena *arena, const struct evd_json_tape *tape, uint32_t token,
                      struct evd_string *string);

/* Python's == (but see evd_value::name): objects regardless of key order, numbers and booleans by value. Recursion is bounded
 * by EVD_JSON_DEPTH_MAX. Cost: O(n log n) in the members. */
bool evd_value_equal(const struct evd_value *a, const struct evd_value *b);

/* The member of an object, or NULL when there is none or `object` is no object (or NULL). */
const struct evd_value *evd_value_get(const struct evd_value *object, struct evd_string key);

/* Adds a member at the end of an object that has no such key; false when memory runs out. The value's
 * content is borrowed. */
bool evd_value_add(struct evd_arena *arena, struct evd_value *object, struct evd_string key,
                   const struct evd_value *value);

/* Leaves out the members of an object whose number in `left_out`, one a member, is not 0; the others keep their order.
 * `left_out` means nothing afterwards. Cost: linear. */
void evd_value_leave_out(struct evd_value *object, uint32_t *left_out);

/* Puts an object in order whose members' keys have changed; they differ from one another. False when memory runs out. Cost:
 * O(n log n). */
bool evd_value_order_keys(struct evd_arena *arena, struct evd_value *object);

/* Python's bool(): false for null, false, zeros, empty strings and empty containers; for NULL too. */
bool evd_value_is_true(const struct evd_value *value);

/* Equal bytes. */
bool evd_string_equal(struct evd_string a, struct evd_string b);

/* Byte order, which is the order of code points: below, at or above 0. */
int evd_string_compare(struct evd_string a, struct evd_string b);

/* A string from a C string; borrows it. */
struct evd_string evd_string_of(const char *c_string);

/* Python's repr(): "None" for NULL. */
void evd_value_repr(struct evd_buffer *out, const struct evd_value *value);

/* Python's str(): as repr(), but a string is written as it is (lone surrogates, which UTF-8 can not
 * hold, as \udXXX). */
void evd_value_str(struct evd_buffer *out, const struct evd_value *value);

/* Python's json.dumps(value, sort_keys=True): ASCII, ", " and ": " between. */
void evd_value_dumps(struct evd_buffer *out, const struct evd_value *value);

/* As JSON in UTF-8, members in their own order, ", " and ": " between; of letters only those escaped that JSON wants
 * escaped, and lone surrogates. A number too large for a double is 1e999. */
void evd_value_json(struct evd_buffer *out, const struct evd_value *value);

#endif
