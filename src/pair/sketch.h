/* Sketch: what a thread does, in a few kilobytes: a sample of its keys with how often each occurs and where first, its
 * first events, and where it comes from.
 *
 * A key is in the sample when its leading bits are 0; how many, the sketch's level, grows until at most
 * EVD_SKETCH_KEYS keys are left. So two sketches hold the same part of what the two threads have in common,
 * down to the higher of their levels, whatever their lengths.
 *
 * Source: Philippe Flajolet, On Adaptive Sampling, 1990 (the method is Mark Wegman's).
 *
 * Ownership: evd_sketch_release frees what evd_sketch_make got. Threads: making one reads only the log. */
#ifndef EVD_PAIR_SKETCH_H
#define EVD_PAIR_SKETCH_H

#include "log/log.h"

enum { EVD_SKETCH_KEYS = 1024, EVD_SKETCH_FIRST = 32, EVD_SKETCH_LEVELS = 65 };

struct evd_sketch_key {
    uint64_t key;
    uint32_t count; /* its events in the thread, 2^32 - 1 at most */
    uint32_t first; /* participating events before the first of them, 2^32 - 1 at most */
};

struct evd_sketch {
    struct evd_sketch_key *keys; /* in ascending order of keys */
    size_t key_count;
    unsigned level;
    uint64_t first[EVD_SKETCH_FIRST]; /* keys of the first participating events, in ascending order */
    size_t first_count;
    uint64_t participating; /* events */
    uint64_t start;         /* offset of its first event's line */
    bool has_creation;
    uint64_t entry; /* as evd_creation */
    size_t creator; /* index in evd_log::streams of the thread that created it */
};

/* Makes the sketch of a stream. Errors: EVD_E_INDEX when a saved index is damaged, EVD_E_IO when its log has shrunk,
 * EVD_E_NO_MEMORY. Cost: linear in the events, a few nanoseconds each. */
enum evd_status evd_sketch_make(const struct evd_log *log, const struct evd_stream *stream, struct evd_sketch *sketch,
                                struct evd_error *error);
void evd_sketch_release(struct evd_sketch *sketch);

/* True for keys that a sketch of that level samples. */
static inline bool evd_sketch_samples(uint64_t key, unsigned level)
{
    return level == 0 || (level < 64 ? key >> (64 - level) == 0 : key == 0);
}

#endif
