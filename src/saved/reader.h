/* Typed reading of a saved outcome: what an object may hold is a table, and a refusal names the place.
 *
 * Unlike a rules file, members that the table does not have are passed over: a newer evdiff may have written them.
 *
 * Every function that returns false has filled the reader's error. Ownership: what is read belongs to the reader's arena.
 * Threads: one reader, one thread. */
#ifndef EVD_SAVED_READER_H
#define EVD_SAVED_READER_H

#include "base/arena.h"
#include "evdiff/error.h"
#include "evdiff/outcome.h"
#include "json/value.h"

struct evd_saved_reader {
    const struct evd_json_tape *tape;
    struct evd_arena *arena;
    const char *path; /* for messages */
    struct evd_error *error;
    enum evd_status status;      /* why the last function returned false */
    struct evd_outcome *outcome; /* that is being filled */
};

struct evd_saved_member;

/* Reads the value at `token` into its place in the struct at `base`. */
typedef bool evd_saved_value(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                             void *base);

/* The word for a number of an enumeration; NULL past the last one. */
typedef const char *evd_saved_word(unsigned number);

/* A member of an object; or, without a key, an item of a list or the value of a side. */
struct evd_saved_member {
    const char *key;
    evd_saved_value *read;
    size_t offset;       /* in the struct that is filled */
    size_t count_offset; /* list: of the size_t that counts its items, in the same struct */
    size_t most;         /* list: its items lie in the struct itself, at most so many; 0: a pointer to them does */
    size_t size;         /* as an item, a side or behind a pointer: its bytes */
    const struct evd_saved_member *item; /* list, sides, pointer: of what */
    const struct evd_saved_shape *shape; /* object */
    evd_saved_word *word;                /* word */
    bool is_optional;
    bool is_nullable; /* null is taken for absent */
};

enum { EVD_SAVED_MEMBERS_MAX = 32 };

struct evd_saved_shape {
    const struct evd_saved_member *members;
    size_t count; /* at most EVD_SAVED_MEMBERS_MAX */
    /* Called before and after its members are read; may be NULL. */
    void (*begin)(void *base);
    bool (*finish)(struct evd_saved_reader *reader, uint32_t token, void *base);
};

#define EVD_SAVED_COUNT(table) (sizeof(table) / sizeof(table)[0])

evd_saved_value evd_saved_u64;     /* → uint64_t */
evd_saved_value evd_saved_i64;     /* → int64_t */
evd_saved_value evd_saved_points;  /* → int32_t */
evd_saved_value evd_saved_index;   /* → size_t */
evd_saved_value evd_saved_bool;    /* → bool */
evd_saved_value evd_saved_share;   /* 0 to 1 → double */
evd_saved_value evd_saved_text;    /* → struct evd_text */
evd_saved_value evd_saved_digits;  /* 16 hexadecimal digits → uint64_t */
evd_saved_value evd_saved_choice;  /* a word → an enumeration */
evd_saved_value evd_saved_object;  /* of a shape, its members in the same struct from the offset on */
evd_saved_value evd_saved_sides;   /* {canary, ours} → an array of the item */
evd_saved_value evd_saved_list;    /* → an array of the item and its count */
evd_saved_value evd_saved_pointer; /* the item → a pointer to it */

/* The value of an object's member, in *value; 0 when there is none. A member that stands twice is refused. */
bool evd_saved_find(struct evd_saved_reader *reader, uint32_t object, const char *key, uint32_t *value);

/* The type of a value, which must be `type`; `key` is for the message. */
bool evd_saved_expect(struct evd_saved_reader *reader, uint32_t token, const char *key, enum evd_json_type type);

/* Refuses the value at `token`, EVD_E_INPUT. Returns false. */
bool evd_saved_refuse(struct evd_saved_reader *reader, uint32_t token, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* EVD_E_NO_MEMORY. Returns false. */
bool evd_saved_refuse_memory(struct evd_saved_reader *reader);

/* `count` items of `size` bytes that are zero; NULL after evd_saved_refuse_memory. */
void *evd_saved_items(struct evd_saved_reader *reader, size_t count, size_t size);

#endif
