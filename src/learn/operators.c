#include "learn/operators.h"

#include <string.h>

#include "log/canon.h"
#include "outcome/value.h"

#define PARTS(...)                                                                                 \
    {                                                                                              \
        .op = EVD_AS_WITHOUT, .parts = (const struct evd_string[]){__VA_ARGS__},                   \
        .part_count = sizeof((const struct evd_string[]){__VA_ARGS__}) / sizeof(struct evd_string) \
    }

enum { FIRST_BLUNT = 8 };

/* The sharpest first: how a value is spelled, in which order it lists, then which parts of a text vary. */
static const struct candidate {
    const char *json, *summary;
    struct evd_operation operation;
} CANDIDATES[EVD_LEARN_OPERATORS] = {
    {"\"number\"", "the same number, spelled otherwise", {.op = EVD_AS_NUMBER}},
    {"\"hexadecimal\"", "the same hexadecimal number, spelled otherwise", {.op = EVD_AS_HEXADECIMAL}},
    {"\"lower_case\"", "the same letters, large or small", {.op = EVD_AS_LOWER_CASE}},
    {"\"forward_slashes\"", "the same text, with slashes of either sort", {.op = EVD_AS_FORWARD_SLASHES}},
    {"\"multiset\"", "the same items in another order", {.op = EVD_AS_MULTISET}},
    {"\"set\"", "the same items in another order, some of them again", {.op = EVD_AS_SET}},
    {"{\"without\": [\"%x-%x-%x-%x-%x\"]}", "a text in which an id varies", PARTS({"%x-%x-%x-%x-%x", 14})},
    {"{\"without\": [\"0x%x\"]}", "a text in which hexadecimal numbers vary", PARTS({"0x%x", 4})},
    {"{\"without\": [\"%d\"]}", "a text in which numbers vary", PARTS({"%d", 2})},
    {"{\"without\": [\"0x%x\", \"%d\"]}", "a text in which numbers of both sorts vary", PARTS({"0x%x", 4}, {"%d", 2})},
    {"{\"without\": [\"%x\"]}", "a text in which hexadecimal digits vary", PARTS({"%x", 2})},
};

bool evd_learn_operator_is_blunt(size_t index)
{
    return index >= FIRST_BLUNT;
}

const char *evd_learn_operator_json(size_t index)
{
    return CANDIDATES[index].json;
}

const char *evd_learn_operator_summary(size_t index)
{
    return CANDIDATES[index].summary;
}

/* True for texts that are numbers as a whole: without their digits nothing would be left to compare. */
static bool is_number(const struct evd_value *value)
{
    enum evd_number_form form;
    int64_t number;
    return value->type != EVD_JSON_STRING ||
           evd_read_number((struct evd_text){value->string.bytes, value->string.length}, &form, &number);
}

bool evd_operators_that_fit(struct evd_arena *arena, const struct evd_value *a, const struct evd_value *b,
                            unsigned *fitting)
{
    *fitting = 0;
    if (a == NULL || b == NULL)
        return true;
    for (size_t i = 0; i < EVD_LEARN_OPERATORS; i++) {
        const struct evd_operation *operation = &CANDIDATES[i].operation;
        if (operation->op == EVD_AS_WITHOUT && (is_number(a) || is_number(b)))
            continue;
        struct evd_value left = *a, right = *b;
        if (!evd_canon_operate(arena, operation, &left) || !evd_canon_operate(arena, operation, &right))
            return false;
        *fitting |= (unsigned)evd_value_equal(&left, &right) << i;
    }
    return true;
}
