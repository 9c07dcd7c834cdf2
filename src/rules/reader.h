/* Typed reading of a rules file: what an object may hold is a table, and a refusal names the place.
 *
 * A shape lists an object's members and where each goes in a C struct. Whatever the shape does not
 * list, repeats, or has another type is refused with what was expected.
 *
 * Every function that returns false has filled the reader's error. Ownership: what is read belongs
 * to the reader's arena. Threads: one reader, one thread. */
#ifndef EVD_RULES_READER_H
#define EVD_RULES_READER_H

#include "evdiff/error.h"
#include "json/value.h"

struct evd_rules_reader {
    const struct evd_json_tape *tape;
    struct evd_arena *arena;
    const char *path; /* for messages */
    struct evd_error *error;
    enum evd_status status; /* why the last function returned false */
    bool is_second;         /* the file is of the second format: no pattern may stand where none means anything */
    void *context;          /* of the evd_rule_function */
};

/* What was read. `token` is its place in the tape; 0 when the member is absent. */
struct evd_read_string {
    struct evd_string string;
    uint32_t token;
};

struct evd_read_list {
    struct evd_read_string *items;
    size_t count;
    uint32_t token;
};

struct evd_read_number {
    uint64_t value; /* of a boolean 0 or 1; of a choice its index */
    uint32_t token;
};

enum evd_member_type {
    EVD_MEMBER_STRING,  /* not empty → evd_read_string */
    EVD_MEMBER_STRINGS, /* at least one, none empty, none twice → evd_read_list */
    EVD_MEMBER_BOOLEAN, /* → evd_read_number */
    EVD_MEMBER_COUNT,   /* 1 … most → evd_read_number */
    EVD_MEMBER_HEX32,   /* a string such as "0xC01AB005" → evd_read_number */
    EVD_MEMBER_HEX64,   /* the same with up to 16 digits */
    EVD_MEMBER_WORD, /* a number of 64 bits, or such a string, or one of decimal digits; one below zero lies at the upper
                           end → evd_read_number */
    EVD_MEMBER_CHOICE, /* one of some strings → evd_read_number */
    EVD_MEMBER_OBJECT, /* of a shape, its members in the same struct → evd_read_number */
    EVD_MEMBER_RULE,   /* one rule of a section */
    EVD_MEMBER_RULES,  /* a list of rules of a section */
    EVD_MEMBER_TEXTS,  /* STRINGS, or one string → evd_read_list */
    EVD_MEMBER_BY,     /* whatever a function of its own reads */
};

enum { EVD_SHAPE_MEMBERS_MAX = 32, EVD_RULE_BYTES_MAX = 512, EVD_LIST_MAX = 256, EVD_VARIANTS_MAX = 16 };

struct evd_member_spec;

/* Reads the value at `token` into the place of a member. */
typedef bool evd_member_function(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec,
                                 void *place);

struct evd_member_spec {
    const char *key;
    enum evd_member_type type;
    bool is_optional;
    bool is_member;                    /* STRING, STRINGS: members of the payload's top level, no paths */
    bool may_be_list;                  /* RULE: in the second format also a list of them, 1 … `most` */
    bool may_repeat;                   /* STRINGS: an item may stand twice */
    bool may_have_stars;               /* STRINGS: even where evd_rules_reader::is_second */
    size_t offset;                     /* in the struct that is filled; not for RULE, RULES */
    uint64_t most;                     /* COUNT: largest value; STRINGS: items, 0: EVD_LIST_MAX; RULE: of a list */
    const char *const *choices;        /* CHOICE: ends with NULL */
    const struct evd_shape *shape;     /* OBJECT */
    const struct evd_section *section; /* RULE, RULES */
    evd_member_function *read;         /* BY */
};

struct evd_shape {
    const char *name; /* in messages: "a rule of …" */
    const struct evd_member_spec *members;
    size_t count; /* at most EVD_SHAPE_MEMBERS_MAX */
};

/* Takes in one rule, which was read into the variant's struct. */
typedef bool evd_rule_function(struct evd_rules_reader *reader, const void *rule);

struct evd_variant {
    const char *choice; /* what the selector says; NULL in a section without one */
    const struct evd_shape *shape;
    evd_rule_function *add;
};

/* What one section of the file holds. */
struct evd_section {
    const struct evd_variant *only;            /* the rules' shape; or NULL: there are several variants, and */
    const char *selector;                      /* the member of this name says which one a rule is, */
    const struct evd_variant *const *variants; /* of these; ends with NULL, at most EVD_VARIANTS_MAX */
};

/* Reads the object at `token` into the zeroed `out`; rules go to their section's function. */
bool evd_read_object(struct evd_rules_reader *reader, uint32_t token, const struct evd_shape *shape, void *out);

/* The index of the choice that the member `key` of the object at `token` makes. */
bool evd_read_choice_of(struct evd_rules_reader *reader, uint32_t token, const char *key, const char *const *choices,
                        uint64_t *index);

/* Refuses a value of a type that is not `expected`. Returns false. */
bool evd_refuse_type(struct evd_rules_reader *reader, uint32_t token, const char *key, const char *expected);

/* Reads a member that is not part of a struct's shape, as evd_read_object reads its members. */
bool evd_read_member(struct evd_rules_reader *reader, uint32_t token, const struct evd_member_spec *spec, void *out);

/* Refuses the value or key at `token`, EVD_E_RULES. Returns false. */
bool evd_refuse(struct evd_rules_reader *reader, uint32_t token, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* EVD_E_NO_MEMORY. Returns false. */
bool evd_refuse_memory(struct evd_rules_reader *reader);

/* A name from the file, cut to a length that fits a message; `text` lives as long as the expression
 * that calls evd_shown. */
struct evd_shown {
    char text[96];
};
struct evd_shown evd_shown(struct evd_string string);

/* The line of the value or key at `token`. */
unsigned long long evd_line_of(const struct evd_rules_reader *reader, uint32_t token);

#endif
