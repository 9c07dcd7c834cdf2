/* The types of absorbers that there are; types.c has the table. */
#ifndef EVD_WALK_ABSORBERS_TYPES_H
#define EVD_WALK_ABSORBERS_TYPES_H

#include "rules/absorber.h"

extern const struct evd_absorber_type evd_balanced_blocks; /* balanced_blocks.c */
extern const struct evd_absorber_type evd_floating_sid;    /* floating_sid.c */
/* These have sections of their own. */
extern const struct evd_absorber_type evd_any_order; /* any_order.c */
extern const struct evd_absorber_type evd_forgiven;  /* forgiven.c */
extern const struct evd_absorber_type evd_instead;   /* instead.c */
extern const struct evd_absorber_type evd_may_move;  /* may_move.c */
extern const struct evd_absorber_type evd_optional;  /* optional.c */
extern const struct evd_absorber_type evd_repeats;   /* repeats.c */

#endif
