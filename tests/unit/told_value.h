/* The facts about a value that is given as JSON, for tests; NULL: absent. */
#ifndef EVD_TESTS_TOLD_VALUE_H
#define EVD_TESTS_TOLD_VALUE_H

#include "support.h"
#include "walk/tell_value.h"

/* The facts about two values that differ; what they show goes to the arena. */
static inline void tell_json(const char *const json[EVD_SIDES], enum evd_value_extent extent, struct evd_arena *arena,
                             struct evd_field_value told[EVD_SIDES])
{
    struct parsed_text parsed[EVD_SIDES] = {0};
    const struct evd_value *value[EVD_SIDES];
    struct evd_buffer scratch = {0};
    for (int side = 0; side < EVD_SIDES; side++) {
        value[side] = NULL;
        if (json[side] == NULL)
            continue;
        parse_text(&parsed[side], json[side]);
        value[side] = &parsed[side].value;
    }
    cr_assert(evd_tell_values(value, extent, &scratch, arena, told));
    for (int side = 0; side < EVD_SIDES; side++)
        if (json[side] != NULL)
            release_text(&parsed[side]);
    evd_buffer_release(&scratch);
}

#endif
