#include "walk/tell_value.h"

#include "outcome/text.h"

static enum evd_value_type type_of(const struct evd_value *value)
{
    static const enum evd_value_type TYPES[] = {
        [EVD_JSON_NULL] = EVD_TYPE_NULL,       [EVD_JSON_FALSE] = EVD_TYPE_BOOLEAN, [EVD_JSON_TRUE] = EVD_TYPE_BOOLEAN,
        [EVD_JSON_INTEGER] = EVD_TYPE_INTEGER, [EVD_JSON_REAL] = EVD_TYPE_REAL,     [EVD_JSON_STRING] = EVD_TYPE_STRING,
        [EVD_JSON_ARRAY] = EVD_TYPE_ARRAY,     [EVD_JSON_OBJECT] = EVD_TYPE_OBJECT,
    };
    return value == NULL ? EVD_TYPE_ABSENT : TYPES[value->type];
}

/* Integers have decimal digits alone. */
static void tell_number(const struct evd_value *value, struct evd_field_value *told)
{
    if (told->type != EVD_TYPE_INTEGER && told->type != EVD_TYPE_STRING)
        return;
    const struct evd_string digits = told->type == EVD_TYPE_INTEGER ? value->integer : value->string;
    if (evd_read_number((struct evd_text){digits.bytes, digits.length}, &told->form, &told->number) &&
        told->type == EVD_TYPE_INTEGER)
        told->form = EVD_NUMBER_INTEGER;
}

bool evd_view_values(const struct evd_value *const value[EVD_SIDES], enum evd_value_extent extent,
                     struct evd_buffer *scratch, struct evd_field_value told[EVD_SIDES])
{
    struct evd_text json[EVD_SIDES];
    evd_buffer_clear(scratch);
    for (int side = 0; side < EVD_SIDES; side++) {
        told[side] = (struct evd_field_value){.type = type_of(value[side])};
        tell_number(value[side], &told[side]);
        const size_t before = scratch->length;
        if (value[side] != NULL)
            evd_value_json(scratch, value[side]);
        json[side].length = scratch->length - before;
    }
    if (scratch->failed)
        return false;
    json[EVD_CANARY].bytes = scratch->data == NULL ? "" : scratch->data;
    json[EVD_OURS].bytes = json[EVD_CANARY].bytes + json[EVD_CANARY].length;
    if (extent == EVD_EXTENT_WHOLE)
        evd_show_whole(json, told);
    else
        evd_show_difference(json, told);
    return true;
}

bool evd_tell_values(const struct evd_value *const value[EVD_SIDES], enum evd_value_extent extent,
                     struct evd_buffer *scratch, struct evd_arena *arena, struct evd_field_value told[EVD_SIDES])
{
    return evd_view_values(value, extent, scratch, told) &&
           evd_copy_text(arena, told[EVD_CANARY].shown, &told[EVD_CANARY].shown) &&
           evd_copy_text(arena, told[EVD_OURS].shown, &told[EVD_OURS].shown);
}
