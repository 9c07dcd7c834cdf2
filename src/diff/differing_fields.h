/* Differing fields: all in which two events differ, where a divergence tells one. */
#ifndef EVD_DIFF_DIFFERING_FIELDS_H
#define EVD_DIFF_DIFFERING_FIELDS_H

#include "base/buffer.h"
#include "walk/event_view.h"

/* Lists in quotation->fields the field that a divergence of value tells, then every other field, or member of an object
 * that both sides have, in which the two events differ by the rules: not what is skipped or canonical, and names are equal.
 * Values are compared as what they count as, and told as the log has them. At most EVD_QUOTATION_FIELDS_MAX. `views` are
 * read without ordinals. False when memory runs out. Cost: n log n in the members. */
bool evd_find_differing_fields(const struct evd_event_view views[EVD_SIDES], const struct evd_divergence *divergence,
                               const struct evd_family *family, const struct evd_rules *rules,
                               struct evd_buffer *scratch, struct evd_arena *arena, struct evd_quotation *quotation);

#endif
