/* What evdiff show is asked for. */
#ifndef EVD_CLI_SHOW_H
#define EVD_CLI_SHOW_H

#include "shared_options.h"

struct cli_show_request {
    const char *paths[EVD_SIDES];
    size_t log_count;
    bool is_outcome; /* the one path is that of a saved outcome */
    const char *index_directory;
    int64_t tid, idx;
    bool has_tid, has_idx;
    bool is_ours; /* of two logs: tid and idx are of ours */
    bool has_context;
    uint64_t context;
    const char *grep, *kind; /* NULL: not asked for */
    uint64_t limit;          /* events that are searched for; 0: all */
    enum cli_when color;
    bool has_no_pager;
    bool has_color; /* once settled: of standard output, before a pager took its place */
    unsigned width;
    struct evd_read_options reading;
    struct cli_foreign foreign;
    struct cli_comparison comparison;
    struct cli_pairing pairing;
};

/* Opens the logs, and prints what is asked for: an event and its neighbours, events that a search finds (show_events.c), or
 * those of both logs beside each other (show_beside.c). Nothing is printed unless all of it can be read, but by a search. */
enum evd_status cli_show_events(const struct evd_log *log, const struct cli_show_request *request,
                                struct evd_error *error);
enum evd_status cli_show_search(const struct evd_log *log, const struct cli_show_request *request,
                                struct evd_error *error);
enum evd_status cli_show_beside(struct evd_log *const *logs, const struct cli_show_request *request,
                                struct evd_error *error);

/* The same of the logs of a saved outcome, as its diff has them; an exit code, after a message where it is none of success. */
int cli_show_outcome(struct cli_show_request *request);

#endif
