/* Read: the members of a saved outcome, into an outcome. */
#ifndef EVD_SAVED_READ_H
#define EVD_SAVED_READ_H

#include "saved/reader.h"

/* Fills reader->outcome, which is empty, from the root object of the tape. Whether its parts fit together is not looked at:
 * saved/check.h does. */
bool evd_saved_fill(struct evd_saved_reader *reader);

/* A family, a quotation, a value, a divergence, the first divergence of a pair, the null before it: as
 * items. The outcome has
 * absorbers and controls by then. */
extern const struct evd_saved_member evd_saved_family, evd_saved_quotation, evd_saved_field_value, evd_saved_divergence,
    evd_saved_first, evd_saved_first_null;

/* How events came out, in an object. */
extern const struct evd_saved_shape evd_saved_counts;

/* The list of pairs → evd_outcome::pairs. */
evd_saved_value evd_saved_pairs;

/* What the divergence that an object is follows from, and where that is, if it is there at all. */
bool evd_saved_cause(struct evd_saved_reader *reader, uint32_t token, enum evd_cause *cause,
                     struct evd_cause_place *place);

/* The numbers of control runs → uint64_t, as bits. */
evd_saved_value evd_saved_controls;

/* For the tables: where a member goes, and what it may be. */
#define AT(type, member)      .offset = offsetof(type, member)
#define COUNTED(type, member) .count_offset = offsetof(type, member)
#define OPTIONAL              .is_optional = true
#define NULLABLE              .is_nullable = true
#define SHAPE(table)          .members = (table), .count = EVD_SAVED_COUNT(table)

/* The place of a member in the struct at `base`. */
static inline void *evd_saved_at(void *base, const struct evd_saved_member *member)
{
    return (char *)base + member->offset;
}

#endif
