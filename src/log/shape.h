/* Shapes: lines that look like earlier ones, read without parsing.
 *
 * A log's writer prints each kind of event by one statement, so the same keys come in the same order with
 * the same spacing, line after line; only some values change. A line that was parsed once becomes a path
 * in a trie: a literal, a hole (a string or a number), a literal, and so on to the line's end. A later
 * line that follows a path is valid JSON by construction: its literals are those of a valid line, and its
 * holes hold what they held there. On the way its key is made. At the first surprise (another
 * key, another type of value, an array of another length) the line goes to the parser.
 *
 *     {"kind":"import.call","tid": ‹number› ,"payload":{"name":" ‹string› ","lr":" ‹string› "}}
 *                                                                 └ "} }  … another path from here
 *
 * Two things make most lines cheaper still. The clocks between tid_event_idx and the payload hold for many
 * lines, so their text is compared with the last line's. And what a program does it does again: the text from
 * there to the line's end is looked up among earlier lines', and what it gave is taken, byte for byte the
 * same text at the same place of the same shape.
 *
 * log/shape.c learns a line's path, log/shape_trie.c keeps it, log/shape_read.c walks it. Where the values are wanted
 * too, log/shape_event.c makes of a path what the parser would make of the line.
 *
 * The slow twin is log/event.h on json/json.h: a line that a shape reads gives the same record.
 *
 * Ownership: shapes copy what they learn. Threads: one struct evd_shapes, one thread at a time. */
#ifndef EVD_LOG_SHAPE_H
#define EVD_LOG_SHAPE_H

#include "log/event.h"
#include "log/names.h"

struct evd_shapes;

enum { EVD_SHAPE_SIDS_MAX = 4 };

/* What a line says of its event; the strings are the shape's. */
struct evd_event_record {
    int64_t tid;
    int64_t tid_event_idx;
    uint64_t key;
    unsigned tag;
    const struct evd_kind_rule *rule; /* or NULL */
    struct evd_string kind;
    uint32_t skipped_fields;
    bool has_pairing_value;
    uint64_t pairing_value;
    bool has_host_ns;
    int64_t host_ns;
    /* By a shape; what the parser finds goes another way. */
    bool is_shared_global; /* in force when there are SIDs: the only one is what the recipe yields */
    uint32_t sid_count;
    uint64_t sids[EVD_SHAPE_SIDS_MAX]; /* hashes */
};

/* NULL when memory runs out. `rules` must outlive the shapes. */
struct evd_shapes *evd_shapes_create(const struct evd_rules *rules);

/* True for shapes that were created with these rules. */
bool evd_shapes_are_of(const struct evd_shapes *shapes, const struct evd_rules *rules);

/* Takes NULL too. */
void evd_shapes_destroy(struct evd_shapes *shapes);

/* Reads the line that begins at `line`, whose text ends at `end` or before, with EVD_JSON_PADDING zero
 * bytes after `end`. The byte after the line's last one, or NULL when no shape fits. Cost: one look at
 * each byte. */
const char *evd_shapes_read(struct evd_shapes *shapes, const char *line, const char *end,
                            struct evd_event_record *record);

/* The same, and lists the event's names as evd_names_list does. When no shape fits, or memory runs out, the list
 * means nothing. */
const char *evd_shapes_read_names(struct evd_shapes *shapes, const char *line, const char *end,
                                  struct evd_event_record *record, struct evd_name_list *names);

/* An event that was read by its shape: what the parser makes of its line, and what is made of that. */
struct evd_shape_read_event {
    struct evd_json_tape tape; /* its tokens are the reader's */
    struct evd_event_fields fields;
    struct evd_event_summary summary;
};

/* The tokens of the last line, for evd_shapes_read_event; all zero is none. The caller frees `tokens`. */
struct evd_shape_tokens {
    struct evd_json_token *tokens;
    size_t capacity;
};

/* Reads a line as evd_shapes_read does, into what evd_json_parse, evd_event_read and evd_event_summarize make of it; only
 * shapes that evd_shapes_learn_event has learnt fit. What is read is good until the next line is read or learnt. NULL also when
 * memory runs out. (log/shape_event.c) Cost: one look at each byte, and at each token. */
const char *evd_shapes_read_event(struct evd_shapes *shapes, const char *line, const char *end,
                                  struct evd_shape_tokens *tokens, struct evd_shape_read_event *event);

/* Learns the shape of a line that was parsed. Does nothing where a shape can't tell all that the rules
 * ask (threads that are created, host-heap fields, more SIDs than EVD_SHAPE_SIDS_MAX, names in arrays or before the call they
 * depend on), or when there are many already.
 * Memory that runs out only means that less is learnt. */
void evd_shapes_learn(struct evd_shapes *shapes, struct evd_hasher *hasher, const struct evd_json_tape *tape,
                      size_t length, const struct evd_event_fields *fields);

/* The same for evd_shapes_read_event; shapes are for the one or for the other. `summary`: what was made of the line. */
void evd_shapes_learn_event(struct evd_shapes *shapes, struct evd_hasher *hasher, const struct evd_json_tape *tape,
                            size_t length, const struct evd_event_fields *fields,
                            const struct evd_event_summary *summary);

#endif
