#include "walk/failed_call.h"

#include "log/canon.h"
#include "walk/tell_value.h"

static struct evd_text text_of(struct evd_string string)
{
    return (struct evd_text){string.bytes, string.length};
}

static struct evd_difference place_of(struct evd_string path)
{
    struct evd_difference place = {.form = EVD_DIFFERENCE_FIELD};
    place.has_member = evd_split_field(path, &place.field, &place.member);
    return place;
}

static bool is_same_place(const struct evd_difference *a, const struct evd_difference *b)
{
    return evd_string_equal(a->field, b->field) && a->has_member == b->has_member &&
           (!a->has_member || evd_string_equal(a->member, b->member));
}

/* Whether one of two values says alone that the call failed. */
static bool fails_alone(const struct evd_rules *rules, const struct evd_event_view *canary, struct evd_string path,
                        const struct evd_value *const value[EVD_SIDES], struct evd_buffer *scratch, bool *is_told)
{
    struct evd_field_value told[EVD_SIDES];
    const struct evd_string call = evd_payload_call(canary->fields.rule, canary->payload);
    const struct evd_failing_values failing =
        evd_failing_values_of(rules, text_of(canary->fields.kind), text_of(call), text_of(path));
    *is_told = false;
    if (!evd_has_failing(&failing))
        return true;
    if (!evd_view_values(value, EVD_EXTENT_DIFFERENCE, scratch, told))
        return false;
    *is_told = evd_is_failing(&failing, &told[EVD_CANARY]) != evd_is_failing(&failing, &told[EVD_OURS]);
    return true;
}

bool evd_tell_failed_call(const struct evd_rules *rules, const struct evd_event_view *canary,
                          const struct evd_event_view *ours, struct evd_buffer *scratch,
                          struct evd_difference *difference)
{
    const struct evd_kind_rule *kind = canary->fields.rule;
    if (kind == NULL || difference->form == EVD_DIFFERENCE_KIND)
        return true;
    for (size_t i = 0; i < kind->failure_count; i++)
        for (size_t j = 0; j < kind->failures[i].field_count; j++) {
            const struct evd_string path = kind->failures[i].fields[j];
            struct evd_difference place = place_of(path);
            bool is_told;
            if (is_same_place(&place, difference))
                place = *difference;
            else if (!evd_differ_at(canary, ours, &place))
                continue;
            if (!fails_alone(rules, canary, path, place.value, scratch, &is_told))
                return false;
            if (is_told) {
                *difference = place;
                return true;
            }
        }
    return true;
}
