/* Noise: what control runs show, and which divergences of a diff they explain.
 *
 * A control is one more run of one of the two engines. What its diff against the log of that engine shows differs without
 * a bug. It is learnt in both directions: the log as canary, and as ours (evd_divergence_nature::mirrored).
 *
 * Ownership: the noise owns its memory. Threads: one noise, one thread at a time. */
#ifndef EVD_EXPLAIN_NOISE_H
#define EVD_EXPLAIN_NOISE_H

#include "explain/noisy_places.h"

/* How often a family was seen in a direction of a control. */
struct evd_known_family {
    uint64_t controls; /* bits: those that have it */
    uint64_t most;     /* divergences, in the direction that has the most of them */
    uint64_t count;    /* in the direction that is being learnt */
    size_t direction;  /* which that is */
};

/* All zero is nothing. */
struct evd_noise {
    struct evd_table by_signature; /* → index in `families` */
    struct evd_known_family *families;
    size_t family_count, family_capacity;
    size_t directions;        /* learnt so far */
    struct evd_table threads; /* signature and thread → bits: the controls that have it there */
    struct evd_table ends;    /* thread → events that one of the streams goes on for in a control, at most */
    struct evd_table values;  /* signature and what a divergence is told from others of its family by → 0 */
    struct evd_noisy_places places;
    bool is_paired_by_hand;    /* in the diff: which threads have a counterpart was asked for, and is no news */
    struct evd_table fields;   /* call and field that values of a control differ in → 0 */
    struct evd_table alone;    /* threads that had no counterpart in a control → 0 */
    size_t lacking[EVD_SIDES]; /* threads of a control that this side's log has no counterpart for, at most */
};

/* Learns from the diff of a log with control number `control`, below EVD_CONTROLS_MAX. `side`: whose log it is, which is
 * EVD_CANARY in `outcome`. evd_divergence::fails is known. `natures`: one a pair, with evd_divergence_nature::mirrored.
 * False when memory runs out. Cost: linear in its divergences, some 200 bytes for each. */
bool evd_noise_learn(struct evd_noise *noise, unsigned control, enum evd_side side, const struct evd_outcome *outcome,
                     const struct evd_nature_list *natures);

/* A field in which the events of a value divergence differ. */
struct evd_noise_field {
    int64_t tid;   /* canary's, of the pair */
    uint64_t call; /* evd_call_text::hash */
    struct evd_text path;
    uint64_t signature[EVD_SIDES]; /* of the divergence if it told this field, and the mirrored one */
    const struct evd_field_value *values;
};

/* Learns a field in which the events of a value divergence differ in a control. `is_beside`: the divergence tells another one, so that its
 * family is learnt here, as if it told this one. False when memory runs out. */
bool evd_noise_learn_field(struct evd_noise *noise, unsigned control, enum evd_side side,
                           const struct evd_noise_field *field, bool is_beside);

/* Whether values of a call (evd_call_text::hash) differ in a field in a control. */
bool evd_noise_has_field(const struct evd_noise *noise, uint64_t call, struct evd_text field);

/* To be called when all controls are learnt. */
void evd_noise_seal(struct evd_noise *noise);

/* Fills evd_divergence::news and ::has_noisy_place, and evd_pair_outcome::divergence_controls, in `arena`, of all divergences, evd_unpaired::is_new,
 * outcome->news_count and outcome->new_unpaired_count; evd_divergence::fails is known. A divergence is noise when a
 * control has its family, or was not in step at its place, unless
 *
 *   - a call fails on one side only, and no control has the family with these two values, or none has it in this thread;
 *   - its place is not noisy, and no control has the family in this thread, nor anywhere what the divergence is told from
 *     others of the family by: its two values, if such values do not vary from run to run, or the events that are missing
 *     or extra. That a stream ends early is told by its thread alone;
 *   - its place is not noisy, and the family occurs EVD_NEWS_TIMES times as often as in any direction of any control.
 *
 * A thread without a counterpart is noise when it has none in a control either, or when there are no more of them than the
 * log of the other side lacks in a control.
 *
 * `natures`: one a pair. False when memory runs out. Cost: linear in the divergences. */
bool evd_noise_tell(const struct evd_noise *noise, struct evd_outcome *outcome, const struct evd_nature_list *natures,
                    struct evd_arena *arena);

/* Which control runs have a family: bits. */
uint64_t evd_noise_controls(const struct evd_noise *noise, uint64_t signature);

void evd_noise_release(struct evd_noise *noise);

enum { EVD_NEWS_TIMES = 10 };

#endif
