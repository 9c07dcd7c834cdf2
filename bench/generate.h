/* evdiff-generate: pairs of event logs that look like two engines' runs of one program.
 *
 *   generate.c         options, the two writers (one thread a log), the summary
 *   generate_stream.c  what every guest thread does: the same events for both logs
 *   generate_spell.c   how one event becomes one line
 *
 * Everything is a function of the options and the seed, so a benchmark row can be made again
 * anywhere. */
#ifndef EVDIFF_BENCH_GENERATE_H
#define EVDIFF_BENCH_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CANARY, OURS, SIDES };
enum { ARGS_MAX = 6, VALUES_MAX = 8, STEP_KINDS = 8 };

struct options {
    const char *out[SIDES];
    uint64_t seed;
    uint64_t events;          /* shared events per log; jitter adds a few engine-local ones */
    uint64_t bytes;           /* of both logs together; 0: `events` decides */
    uint64_t threads;         /* guest threads */
    uint64_t line_bytes;      /* about; 0: as long as the event is */
    double diverge_at;        /* fraction of a stream; negative: nowhere */
    uint64_t diverge_threads; /* how many streams diverge */
    uint64_t scatter;         /* one in so many events of ours has a value that differs; 0: none */
    bool jitter;
    bool mixed;   /* ours is spelled differently */
    bool escaped; /* every line of both has a string with an escape */
    bool sids;    /* one event of ten has a SID or an array of them */
    bool short_lines;
    bool epoch_clock; /* host_ns counts from 1970, in 19 digits */
    bool no_equal;    /* every event carries a field that differs */
};

/* What a line can be. CALL_0 to CALL_0 + ARGS_MAX and STEP_0 to STEP_0 + STEP_KINDS - 1 are
 * families. */
enum shape {
    SHAPE_IMPORT,
    SHAPE_RETURN,
    SHAPE_HANDLE_CREATE,
    SHAPE_HANDLE_DESTROY,
    SHAPE_THREAD_CREATE,
    SHAPE_WAIT_BEGIN,
    SHAPE_WAIT_END,
    SHAPE_SEMA_RELEASE,
    SHAPE_CALL_0,
    SHAPE_STEP_0 = SHAPE_CALL_0 + ARGS_MAX + 1,
    SHAPE_COUNT = SHAPE_STEP_0 + STEP_KINDS
};

/* A guest function that streams call. */
struct function {
    const char *name;
    const char *escaped; /* the same, its first letter as \u00xx */
    unsigned ordinal, arg_count, weight;
    enum { PLAIN, ALLOCATES, WAITS, CREATES_HANDLE, DESTROYS_HANDLE, CREATES_THREAD } effect;
};

struct event {
    enum shape shape;
    const struct function *function; /* NULL where the shape has no name */
    uint64_t value[VALUES_MAX];      /* the shape's numbers, in the order of its fields */
    uint64_t arg[ARGS_MAX];
    uint64_t padding_at; /* where in the padding text this event's part begins */
};

/* One guest thread while its log is written. */
struct stream {
    uint64_t random;   /* the same in both logs */
    uint64_t length;   /* shared events in all */
    uint64_t position; /* shared events so far */
    uint64_t index;    /* the next tid_event_idx, engine-local events counted */
    uint64_t tid;
    uint64_t handle_sid; /* of the last handle created */
    uint64_t handle_count;
    uint64_t diverge_from; /* first position that may diverge; UINT64_MAX: none */
    uint64_t diverged_at;  /* position of the planted divergence; UINT64_MAX: none yet */
    uint32_t rank;
    uint32_t burst; /* mean events at a turn */
    uint8_t stage;  /* of the call in progress */
    uint8_t function;
    uint8_t globals_left; /* shared-global handles this stream has yet to create */
    bool has_extras;      /* engine-local events stand between the shared ones */
};

/* A step of SplitMix64: fast, and any state is a good state. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/* ── generate_stream.c ── */

/* Fills the table that calls are drawn from, those with handles more often when so many events are to have SIDs; once, before
 * any stream. */
void functions_init(bool has_sids);

/* Makes `options->threads` streams of one log. The caller frees the array. Exits when out of
 * memory. */
struct stream *streams_new(const struct options *options, int side);

/* The stream's next shared event. `local_random` is the log's own source, for what differs between
 * engines. */
void stream_next(struct stream *stream, const struct options *options, int side, uint64_t *local_random,
                 struct event *event);

/* Room for the engine-local events that stand before one shared event. */
enum { EXTRAS_MAX = 2 + 3 * 6 };

/* Events of one engine only that evdiff must see past, to stand before `next`. Returns how many. */
size_t stream_extras(const struct stream *stream, int side, const struct event *next, uint64_t *local_random,
                     struct event *extras);

/* ── generate_spell.c ── */

/* Bytes of the longest line without padding. */
enum { LINE_BYTES_MAX = 1024 };

struct speller;

/* Makes one log's speller. The caller frees it with free(). Exits when out of memory. */
struct speller *speller_new(const struct options *options, int side);

/* Writes one line, with its line feed, to `out`; returns its end. `out` has LINE_BYTES_MAX bytes
 * and the padding free. `choice` picks among the log's spellings. */
char *speller_line(const struct speller *speller, char *out, const struct event *event, uint64_t tid, uint64_t index,
                   uint64_t guest_cycle, uint64_t choice);

/* Says `message` and exits with 2. */
_Noreturn void fail(const char *message, ...);

#endif
