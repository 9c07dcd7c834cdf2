/* Absorbed lines: a pair's absorbed events as lines of JSON. */
#ifndef EVD_DIFF_ABSORBED_LINES_H
#define EVD_DIFF_ABSORBED_LINES_H

#include "walk/walk.h"

/* The context of evd_hear_absorbed. */
struct evd_absorbed_lines {
    const struct evd_rules *rules;
    int64_t tid[EVD_SIDES];
    struct evd_buffer *out;
    uint64_t count; /* of lines */
};

/* For evd_absorbed_listener::hear: adds the event as a line, keys sorted. */
bool evd_hear_absorbed(void *context, const struct evd_absorbed_event *event);

#endif
