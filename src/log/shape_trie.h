/* The trie of shapes: what log/shape.c has paths for and log/shape_read.c walks.
 *
 * Ownership: the trie is in the arena of its shapes. Threads: as struct evd_shapes. */
#ifndef EVD_LOG_SHAPE_TRIE_H
#define EVD_LOG_SHAPE_TRIE_H

#include "log/shape.h"

enum {
    EVD_BLOCK = 32,          /* literals are padded to a multiple of it */
    EVD_SHAPE_DEPTH_MAX = 8, /* objects and arrays inside a payload */
    EVD_MISSES_FREE = 1000,  /* lines without a shape before it counts how often that is */
    EVD_MEMO_SLOTS = 4096,
    EVD_MEMO_TEXT_MAX = 224, /* a multiple of EVD_BLOCK */
    EVD_SPAN_MAX = 128,
    EVD_UNESCAPED_MAX = 4096,
    EVD_FIRSTS = 64,
    EVD_SHAPE_ACTIONS_MAX = 64, /* between two holes */
    EVD_SHAPE_STEPS_MAX = 64,   /* holes in a line */
};

/* What happens to the key between two holes. */
enum evd_action_type {
    EVD_ACTION_CONSTANT,
    EVD_ACTION_OPEN,
    EVD_ACTION_OPEN_ARRAY,
    EVD_ACTION_CLOSE,
    EVD_ACTION_CLOSE_ARRAY
};

/* A role beside those of rules/rules.h: the value is an element of an array, where order counts. */
#define EVD_SHAPE_ELEMENT ((uint32_t)1 << 31)

/* A value that name rules are about, or that tells the call: which rule is about it depends on the call. */
struct evd_name_place {
    const struct evd_kind_rule *kind;
    const struct evd_name_rule *rule; /* for calls without rules about it; or NULL */
    uint64_t field_hash;
    uint64_t path;        /* see evd_name::path */
    uint64_t member_path; /* the same of a member of the field; 0 of the field itself */
};

struct evd_action {
    uint64_t key_hash;    /* CONSTANT, CLOSE: of the member's key; of an element 0 */
    uint32_t roles;       /* of the member, at the payload's top level; below it, of its field EVD_FIELD_NAME and
                            EVD_FIELD_SIZE; of an element EVD_SHAPE_ELEMENT, in a list of SIDs EVD_FIELD_SID too */
    uint8_t type;         /* enum evd_action_type */
    bool is_null;         /* JSON null */
    bool is_null_pointer; /* CONSTANT: a pointer would be null with this value */
    uint64_t hash;        /* CONSTANT: of the member */
    uint64_t value_hash;  /* CONSTANT */
    const struct evd_name_place *place; /* with EVD_FIELD_NAME, EVD_FIELD_SIZE or EVD_FIELD_CALL */
};

enum evd_hole { EVD_HOLE_NONE, EVD_HOLE_STRING, EVD_HOLE_NUMBER };

/* What a hole's value is for. All but members of the payload, those that are skipped too, are the event's own
 * fields. */
enum evd_hole_use {
    EVD_USE_NOTHING,
    EVD_USE_TID,
    EVD_USE_IDX,
    EVD_USE_HOST_NS,
    EVD_USE_MEMBER, /* from here on, of the payload */
    EVD_USE_SKIPPED,
    EVD_USE_SID /* a SID, or what its recipe takes; EVD_FIELD_SKIPPED among its roles tells whether it is skipped too */
};

/* Where lines that are much alike may be read by what an earlier one gave. Of the holes for the event's own
 * fields that come before the payload's members, the last one begins a line's tail; the last one that is
 * for tid or tid_event_idx begins the span up to there. */
enum evd_recall {
    EVD_RECALL_SPAN = 1 << 0,   /* a span begins after the hole */
    EVD_RECALL_TAIL = 1 << 1,   /* a tail begins after the hole */
    EVD_RECALL_NOTHING = 1 << 2 /* the hole is for the event's own fields, but comes after members */
};

struct evd_shape_node;
struct evd_shape_event;

/* The text between two holes as the last line had it: clock values that hold for many lines. */
struct evd_span {
    const struct evd_shape_node *end; /* whose hole the span ends with; NULL: none yet */
    uint32_t length;                  /* in bytes; `text` has one more, which is compared too */
    bool has_host_ns;
    int64_t host_ns;
    char text[EVD_SPAN_MAX + EVD_BLOCK];
};

/* A literal and the hole after it; without a hole, the line's end. What every line needs comes first. */
struct evd_shape_node {
    const char *literal;           /* padded with zeros */
    uint32_t length;               /* of the literal, in bytes */
    uint8_t hole;                  /* enum evd_hole */
    uint8_t use;                   /* enum evd_hole_use */
    uint8_t recall;                /* bits of enum evd_recall */
    bool is_simple;                /* the hole is a string of a member without roles, and there is nothing else to do */
    struct evd_shape_node *recent; /* the child that fitted the last time, or NULL */
    struct evd_action member;      /* of the hole, with EVD_USE_MEMBER */
    const struct evd_action *actions;
    uint16_t action_count;
    uint32_t child_count;
    struct evd_shape_node *child;    /* what may follow the hole */
    struct evd_shape_node *sibling;  /* what may stand here instead */
    struct evd_shape_node *follower; /* of a first node: the first node of the line after the last such line */
    struct evd_span *span;           /* with EVD_RECALL_SPAN */
    uint32_t recalls, recalled;      /* tails looked up, lately, and found */
    /* At a line's end: */
    struct evd_string kind;
    const struct evd_kind_rule *rule;
    uint64_t kind_hash;
    uint32_t skipped_fields;
    const struct evd_shape_event *event; /* log/shape_event.c; NULL where events are not asked for */
};

/* What is looked at before a memo is, in little memory: bits of tails' hashes. */
struct evd_memo_tag {
    uint16_t kept;   /* of the memo's tail */
    uint16_t missed; /* of the last tail that was not found in it */
};

/* A line's tail and what it gave. */
struct evd_memo {
    const struct evd_shape_node *start; /* NULL: an empty slot */
    const struct evd_shape_node *end;
    uint64_t key;
    uint64_t pairing_value;
    uint16_t tag;
    uint16_t length; /* of the text, line end included */
    bool has_pairing_value;
    char text[EVD_MEMO_TEXT_MAX];
};

/* What a hole of a line holds. */
struct evd_shape_value {
    uint32_t start, length; /* in the line */
    bool is_real, is_escaped;
};

/* The values of one line's holes, in the order of the line. */
struct evd_shape_values {
    struct evd_shape_value values[EVD_SHAPE_STEPS_MAX];
    unsigned count;
    const struct evd_shape_node *end; /* of the line's path */
};

typedef const char *evd_shape_reader(struct evd_shapes *shapes, const char *line, const char *end,
                                     struct evd_event_record *record);
/* The same, and lists the values; no line is read by what an earlier one gave. */
typedef const char *evd_shape_values_reader(struct evd_shapes *shapes, const char *line, const char *end,
                                            struct evd_event_record *record, struct evd_shape_values *values);

struct evd_shapes {
    const struct evd_rules *rules;
    evd_shape_reader *read;               /* the best one for this processor */
    evd_shape_values_reader *read_values; /* the same */
    struct evd_arena arena;
    struct evd_shape_node root;                /* only its children are used */
    struct evd_shape_node *last;               /* the first node of the last line; at first, the root */
    uint32_t first_differs;                    /* the byte where first nodes' literals part; 0: there are not yet two */
    struct evd_shape_node *firsts[EVD_FIRSTS]; /* the last one, by a hash of what stands there; or NULL */
    size_t node_count;
    struct evd_name_list *names;                   /* where the line's names are listed, with room for all; or NULL */
    struct evd_arena strings;                      /* of one line, unescaped */
    char unescaped[EVD_UNESCAPED_MAX + EVD_BLOCK]; /* of one line, those that are ASCII */
    size_t unescaped_length;
    struct evd_shape_step *steps; /* EVD_SHAPE_STEPS_MAX, of one lesson: too large to be made for each; NULL at first */
    struct evd_memo *memos;       /* EVD_MEMO_SLOTS */
    struct evd_memo_tag tags[EVD_MEMO_SLOTS];
    uint64_t hits, misses, lessons;
    struct evd_shape_values values; /* of the line that evd_shapes_read_event reads */
};

/* One step of a line's path: a literal and the hole after it; without a hole, the line's end. */
struct evd_shape_step {
    uint32_t from, to; /* the literal, as offsets in the line */
    uint32_t token;    /* of the hole's value */
    enum evd_hole hole;
    enum evd_hole_use use;
    struct evd_action member;
    struct evd_name_place place; /* of the member, when it has a kind */
    struct evd_action actions[EVD_SHAPE_ACTIONS_MAX];
    unsigned action_count;
    uint8_t recall; /* bits of enum evd_recall */
};

/* A line's way through the trie; it borrows from the line and from who learnt it. */
struct evd_shape_path {
    const char *text;             /* of the line */
    struct evd_shape_step *steps; /* steps[0] to steps[last]; what they recall is filled in */
    unsigned last;
    const struct evd_json_tape *tape;
    const struct evd_event_fields *fields;
    const struct evd_event_summary *summary; /* NULL: events are not asked for */
    uint32_t skipped_fields;
};

/* As evd_shapes_read, and the values are in shapes->values. */
const char *evd_shapes_read_values(struct evd_shapes *shapes, const char *line, const char *end,
                                   struct evd_event_record *record);

/* What a path's events are by the line that taught it; NULL when memory runs out. (log/shape_event.c) */
struct evd_shape_event *evd_shape_event_new(struct evd_arena *arena, const struct evd_shape_path *path);

/* Adds a path, or marks what is there with what it asks. There may be no room for it, and memory may run out: then less
 * is learnt. Cost: linear in the path, and in the siblings on the way, which are bounded. */
void evd_shape_trie_add(struct evd_shapes *shapes, const struct evd_shape_path *path);

/* Forgets all paths. */
void evd_shape_trie_clear(struct evd_shapes *shapes);

/* log/shape_read.c, compiled for several processors. */
evd_shape_reader evd_shape_read_baseline;
evd_shape_values_reader evd_shape_read_values_baseline;
#if defined(EVD_HAS_X86_64_V3)
evd_shape_reader evd_shape_read_v3;
evd_shape_values_reader evd_shape_read_values_v3;
#endif

#endif
