/* Differing fields: all in which two events differ, where a divergence tells one. */
#ifndef EVD_DIFF_DIFFERING_FIELDS_H
#define EVD_DIFF_DIFFERING_FIELDS_H

#include "base/buffer.h"
#include "walk/walk.h"

struct evd_field_list {
    struct evd_differing_field *fields;
    size_t count;    /* at most `capacity` */
    size_t capacity; /* of `fields`; others are not told */
};

/* Makes a list with room for `capacity` fields in the arena, which has the field that is told first, whose texts are borrowed. False
 * when memory runs out. */
bool evd_field_list_begin(struct evd_field_list *list, size_t capacity, struct evd_differing_field told,
                          struct evd_arena *arena);

/* Adds to a list, which is empty or has the field that is told first, every other field, or member of an object that both
 * sides have, in which two events differ by the rules: not what is skipped or canonical but for a pointer that is null on one side
 * only, and names are equal. Values are
 * compared as what they count as, and told as the log has them. `views` are read without ordinals; `call` is the call of
 * canary's event, as in struct evd_family. False when memory runs out. Cost: n log n in the members. */
bool evd_find_differing_fields(const struct evd_event_view views[EVD_SIDES], struct evd_text call,
                               const struct evd_rules *rules, struct evd_buffer *scratch, struct evd_arena *arena,
                               struct evd_field_list *list);

/* Reads the two events that a value divergence tells, of the walker's streams, without ordinals. The views are good until the
 * walker's cursors read again. Errors: as evd_walk. */
enum evd_status evd_read_differing_events(struct evd_walker *walker, const struct evd_divergence *divergence,
                                          struct evd_event_view views[EVD_SIDES], struct evd_error *error);

/* True when a field is a member of the object in another field, which both events have. */
bool evd_is_field_within(const struct evd_event_view views[EVD_SIDES], struct evd_text outer, struct evd_text field);

#endif
