/* Recorder: makes divergences of places in two streams, and keeps them in a pair's list.
 *
 * It reads what a divergence tells of its events: what calls they are, which ones come before, and which values
 * differ. Who finds divergences (align/gap.h, names/breaks.h) only says where they are and of which class.
 *
 * Ownership: it owns its memory; walker, arena and list are borrowed from evd_recorder_aim on. Threads: one recorder,
 * one thread at a time. */
#ifndef EVD_ALIGN_RECORDER_H
#define EVD_ALIGN_RECORDER_H

#include "align/divergences.h"
#include "align/value_memo.h"
#include "align/value_pairs.h"
#include "base/steps.h"
#include "log/call.h"
#include "walk/walk.h"

/* A call that was read lately: divergences are looked at from several sides. */
struct evd_recent_call {
    uint64_t position; /* in the stream, + 1; 0: none */
    uint32_t call;     /* index into the list's calls */
    int64_t tid_event_idx;
};

enum { EVD_RECENT_CALLS = 256 };

/* A call that all events with a key are. */
struct evd_call_memo {
    uint64_t key;
    uint64_t aim; /* recorder->aim when it was made; 0: an empty memo */
    uint32_t call;
};

enum { EVD_CALL_MEMOS = 1024, EVD_RECENT_FIELDS = 16 };

struct evd_recorder {
    struct evd_walker *walker; /* its cursors and what they have read */
    struct evd_arena *arena;   /* the pair's */
    struct evd_divergence_list *list;
    uint64_t matched;        /* pairs of events that the walk took for matching before the next divergence */
    bool has_mirrored;       /* tell evd_divergence_nature::mirrored too; as the caller sets it */
    struct evd_steps *steps; /* told how far the walker has come; or NULL; as the caller sets it */
    uint64_t told;           /* events of the pair, of both sides, that it was told of */
    uint64_t aim; /* how often it was aimed; memos of other aims are not used, as those of a walker are not */
    struct evd_call_reader reader;
    struct evd_buffer text;                                     /* scratch */
    struct evd_recent_call recent[EVD_SIDES][EVD_RECENT_CALLS]; /* by position */
    struct evd_call_memo memos[EVD_CALL_MEMOS];                 /* by key */
    struct evd_text fields[EVD_RECENT_FIELDS];                  /* of divergences lately, in the arena */
    struct evd_value_pairs values;                              /* the same */
    struct evd_value_memo value_memo;                           /* the same */
};

/* Where a divergence is on one side. */
struct evd_extent {
    uint64_t position; /* in the stream; its end when nothing is left there */
    uint64_t count;    /* events that take part in alignment; 0: the side has nothing here */
};

/* False when memory runs out; release in either case. */
bool evd_recorder_init(struct evd_recorder *recorder);
void evd_recorder_release(struct evd_recorder *recorder);

/* Goes over to the pair that the walker is aimed at, whose divergences so far `list` has. */
void evd_recorder_aim(struct evd_recorder *recorder, struct evd_walker *walker, struct evd_arena *arena,
                      struct evd_divergence_list *list);

/* Tells its steps how far the walker has come: `events` of the pair, of both sides. */
void evd_recorder_tell(struct evd_recorder *recorder, uint64_t events);

/* Tells what the event at a position of a stream is, which the cursor's view has, so that it need not be read again. Errors:
 * EVD_E_NO_MEMORY. */
enum evd_status evd_recorder_note(struct evd_recorder *recorder, int side, uint64_t position, struct evd_error *error);

/* Finds out what the event at a position of a stream is, which is verified. *call: good until the next one. Errors:
 * as evd_call_read. Cost: reads it, unless it was seen lately or the cursor has read it. */
enum evd_status evd_recorder_call(struct evd_recorder *recorder, int side, uint64_t position,
                                  const struct evd_recent_call **call, struct evd_error *error);

/* Adds a divergence without values, at rank recorder->matched. `run_hash`: see struct evd_divergence_nature. Errors: as
 * evd_walk. Cost: parses its first events and those before. */
enum evd_status evd_record(struct evd_recorder *recorder, enum evd_divergence_class class_,
                           const struct evd_extent extent[EVD_SIDES], uint64_t run_hash, struct evd_error *error);

/* Adds a value divergence of two events, which the walker's cursors have read; how they differ is in
 * walker->difference. `is_pair`: the walk took them for matching. `breaks` is what a name contradicts,
 * `marked_null` what a mark hides, both in the arena, or NULL;
 * `is_renamed_anew`: they are names of a rule of `compare` that stood for others before. Errors and cost: as above. */
enum evd_status evd_record_value(struct evd_recorder *recorder, const uint64_t position[EVD_SIDES], bool is_pair,
                                 const struct evd_broken_renaming *breaks, const struct evd_marked_null *marked_null,
                                 bool is_renamed_anew, struct evd_error *error);

/* The same of two events of whose views the payloads are not read yet, by what events with the same texts have come to;
 * *is_added: it was known. */
enum evd_status evd_record_value_again(struct evd_recorder *recorder, const uint64_t position[EVD_SIDES],
                                       bool *is_added, struct evd_error *error);

#endif
