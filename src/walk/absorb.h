/* Absorbers: what may legitimately be on one side only.
 *
 * Each type of absorber is one file, walk/absorbers/NAME.c (rules/absorber.h).
 * Here they are tried, and here their questions are put: which event is asked, and whether it must be read for it. Most
 * questions have the same answer for all events with one key; such an answer is kept.
 *
 * Threads: as the walker. */
#ifndef EVD_WALK_ABSORB_H
#define EVD_WALK_ABSORB_H

#include "rules/absorber.h"
#include "walk/walk.h"

/* What an absorber may skip. */
struct evd_absorption {
    size_t absorber; /* index of the rule */
    enum evd_side side;
    uint64_t count;           /* events to skip on that side; 0: nothing was absorbed */
    uint64_t other;           /* and on the other side */
    uint64_t blocks;          /* pairs of blocks among them; 0 when the absorber does not count in blocks */
    bool passes_engine_local; /* those among them that take no part are passed over, not absorbed */
    bool steps_back;          /* the walk goes back to `first` on that side, and skips `block` events there instead */
    uint64_t first, block;
};

/* Tries the rule set's absorbers in order on the two events at the cursors, reading of them what their keys do
 * not tell. Errors: as evd_walk. */
enum evd_status evd_absorb(struct evd_walker *walker, struct evd_absorption *absorption, struct evd_error *error);

/* The same for one event of a side that has no counterpart, at a position from the cursor's on or before it, by the
 * absorbers that take such events. Of what follows again all values are the same, not only the keys, unless `may_shift`. */
enum evd_status evd_absorb_alone(struct evd_walker *walker, enum evd_side side, uint64_t position, bool may_shift,
                                 struct evd_absorption *absorption, struct evd_error *error);

/* ---- for types of absorbers ---- */

/* Asks the event at a side's cursor, with canonical values in place. Errors: as evd_absorb. Cost: mostly a look at
 * its key; else parses it. */
enum evd_status evd_absorber_ask(struct evd_walker *walker, const struct evd_absorber_rule *rule, enum evd_side side,
                                 struct evd_absorber_question question, bool *answer, struct evd_error *error);

/* Asks the event at a position from the cursor's on, at most evd_absorber_type::lookahead behind it and in the stream,
 * with its values as the log has them. Errors and cost: the same. */
enum evd_status evd_absorber_ask_ahead(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                       enum evd_side side, uint64_t position, struct evd_absorber_question question,
                                       bool *answer, struct evd_error *error);

/* The event at a side's cursor, with canonical values in place; good until the walk goes on. Errors: the same. Cost:
 * parses it, once. */
enum evd_status evd_absorber_read(struct evd_walker *walker, enum evd_side side, const struct evd_event_view **view,
                                  struct evd_error *error);

#endif
