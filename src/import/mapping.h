/* Mapping: a file that says what the members of a trace of JSON lines mean.
 *
 *     {"mapping": "evdiff.mapping/1", "thread": ["pid", "tid"], "kind": "type", "name": "call", "left_out": ["meta.host"]}
 *
 * A member is named by its path, the names to it with dots between. What is read becomes a tree of names, so that a line is
 * gone through once. Threads: read-only once it is read. */
#ifndef EVD_IMPORT_MAPPING_H
#define EVD_IMPORT_MAPPING_H

#include "base/arena.h"
#include "evdiff/error.h"
#include "json/value.h"

enum {
    EVD_MAPPING_PARTS_MAX = 8,  /* members that name a thread together */
    EVD_MAPPING_STEPS_MAX = 32, /* names in a path */
    EVD_MAPPING_PATHS_MAX = 256,
};

/* What a member is. */
enum evd_mapping_use {
    EVD_MAPPING_OTHER, /* as its object is: in the payload or not */
    EVD_MAPPING_LEFT_OUT,
    EVD_MAPPING_KEPT,
    EVD_MAPPING_INDEX,
    EVD_MAPPING_KIND,
    EVD_MAPPING_NAME,
    EVD_MAPPING_TIME,
    EVD_MAPPING_THREAD, /* its first part; the others follow */
    EVD_MAPPING_USES = EVD_MAPPING_THREAD + EVD_MAPPING_PARTS_MAX,
};

/* A name that some path has. The root is no name: its children are the members of a line. */
struct evd_mapping_node {
    struct evd_string name;
    unsigned use;
    struct evd_mapping_node *children, *next; /* or NULL */
    bool leads_to_kept;
};

struct evd_mapping {
    struct evd_arena arena;
    struct evd_mapping_node root;
    struct evd_string paths[EVD_MAPPING_USES]; /* of the uses that there are, for messages; terminated */
    unsigned part_count;                       /* of threads; 0: all is one thread */
    bool has_kind, has_index, is_kept_only;
    uint64_t time_unit_ns;
    uint64_t hash; /* of the file */
};

/* Reads a mapping from a file, or from a text with an end of EVD_JSON_PADDING readable bytes. On success the caller frees
 * it. Errors: EVD_E_RULES at its place in the file, EVD_E_IO, EVD_E_NO_MEMORY. */
enum evd_status evd_mapping_load(const char *path, struct evd_mapping **mapping, struct evd_error *error);
void evd_mapping_free(struct evd_mapping *mapping);

/* The name of that spelling below a node, or NULL. */
const struct evd_mapping_node *evd_mapping_find(const struct evd_mapping_node *node, const char *name, size_t length);

#endif
