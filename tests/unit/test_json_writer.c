/* What is spelt in one piece because there are millions of it, against spelling it member by member. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#include "random.h"
#include "report/json_facts.h"

static void check_number(uint64_t number)
{
    char wanted[32], told[EVD_JSON_DIGITS_MAX + 1];
    snprintf(wanted, sizeof wanted, "%" PRIu64, number);
    char *end = evd_json_spell_unsigned(told, number);
    cr_assert((size_t)(end - told) == strlen(wanted) && memcmp(told, wanted, strlen(wanted)) == 0, "%s", wanted);
    snprintf(wanted, sizeof wanted, "%" PRId64, (int64_t)number);
    end = evd_json_spell_signed(told, (int64_t)number);
    cr_assert((size_t)(end - told) == strlen(wanted) && memcmp(told, wanted, strlen(wanted)) == 0, "%s", wanted);
}

Test(json_writer, spells_numbers_as_printf_does)
{
    for (uint64_t power = 1;; power *= 10) {
        for (uint64_t i = 0; i < 3; i++) {
            check_number(power - 1 + i);
            check_number(0 - (power - 1 + i));
        }
        if (power > UINT64_MAX / 10)
            break;
    }
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct random random = {seed};
        check_number(random_next(&random) >> random_below(&random, 64));
    }
}

/* Member by member. */
static void write_plainly(struct evd_json_writer *json, const struct evd_field_value value[EVD_SIDES])
{
    char hash[17];
    evd_json_begin(json, "values", '{');
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_json_begin(json, evd_side_name((enum evd_side)side), '{');
        evd_json_string(json, "type", evd_value_type_name(value[side].type));
        if (value[side].form != EVD_NUMBER_NONE) {
            evd_json_string(json, "form", evd_number_form_name(value[side].form));
            evd_json_signed(json, "number", value[side].number);
        }
        snprintf(hash, sizeof hash, "%016" PRIx64, value[side].hash);
        evd_json_string(json, "hash", hash);
        evd_json_unsigned(json, "length", value[side].length);
        evd_json_text(json, "shown", value[side].shown);
        evd_json_unsigned(json, "shown_from", value[side].shown_from);
        evd_json_bool(json, "begins_in_string", value[side].begins_in_string);
        evd_json_end(json, '}');
    }
    evd_json_end(json, '}');
}

Test(json_writer, spells_values_as_it_does_their_members)
{
    static const char *const SHOWN[] = {"", "1", "\"a\\\"b\"", "{\"k\": [1, \"\xc3\xa9\"]}", "\xff\n"};
    for (unsigned seed = 0; seed < 5000; seed++) {
        struct random random = {seed};
        struct evd_field_value value[EVD_SIDES];
        struct evd_output outputs[2] = {{.write = NULL}, {.write = NULL}};
        for (int side = 0; side < EVD_SIDES; side++) {
            const char *shown = SHOWN[random_below(&random, 5)];
            value[side] = (struct evd_field_value){
                .type = (enum evd_value_type)random_below(&random, EVD_TYPES),
                .form = (enum evd_number_form)random_below(&random, EVD_NUMBER_FORMS),
                .number = (int64_t)(random_next(&random) << random_below(&random, 64)),
                .hash = random_next(&random) >> random_below(&random, 64),
                .length = random_next(&random) >> random_below(&random, 64),
                .shown_from = random_next(&random) >> random_below(&random, 64),
                .shown = {shown, strlen(shown)},
                .begins_in_string = random_below(&random, 2)};
        }
        for (int i = 0; i < 2; i++) {
            struct evd_json_writer json = {.out = &outputs[i]};
            if (i == 0)
                evd_json_values(&json, value);
            else
                write_plainly(&json, value);
            evd_json_unsigned(&json, "next", 1);
        }
        cr_assert(outputs[0].buffer.length == outputs[1].buffer.length &&
                      memcmp(outputs[0].buffer.data, outputs[1].buffer.data, outputs[0].buffer.length) == 0,
                  "seed %u", seed);
        for (int i = 0; i < 2; i++)
            evd_buffer_release(&outputs[i].buffer);
    }
}
