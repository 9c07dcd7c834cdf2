#include "walk/absorbers/types.h"

/* In the order in which messages list them. */
const struct evd_variant *const evd_absorber_types[] = {
    &evd_floating_sid.rule,
    &evd_balanced_blocks.rule,
    NULL,
};
