#include "json/null.h"

bool evd_is_null_number(struct evd_string digits, bool is_real)
{
    if (is_real)
        return evd_json_number_to_double(digits.bytes, digits.length) == 0;
    return digits.bytes[digits.length - 1] == '0' &&
           (digits.length == 1 || (digits.length == 2 && *digits.bytes == '-'));
}

bool evd_is_null_token(struct evd_hasher *hasher, const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *t = &tape->tokens[token];
    switch ((enum evd_json_type)t->type) {
    case EVD_JSON_NULL:
    case EVD_JSON_FALSE: return true;
    case EVD_JSON_INTEGER:
    case EVD_JSON_REAL:
        return evd_is_null_number((struct evd_string){tape->text + t->start, t->length}, t->type == EVD_JSON_REAL);
    case EVD_JSON_STRING: return evd_is_null_text(evd_hasher_string(hasher, tape, token));
    case EVD_JSON_TRUE:
    case EVD_JSON_ARRAY:
    case EVD_JSON_OBJECT: return false;
    }
    return false;
}

bool evd_is_null_value(const struct evd_value *value)
{
    if (value == NULL)
        return true;
    switch (value->type) {
    case EVD_JSON_NULL:
    case EVD_JSON_FALSE: return true;
    case EVD_JSON_INTEGER: return evd_is_null_number(value->integer, false);
    case EVD_JSON_REAL: return value->real == 0;
    case EVD_JSON_STRING: return evd_is_null_text(value->string);
    case EVD_JSON_TRUE:
    case EVD_JSON_ARRAY:
    case EVD_JSON_OBJECT: return false;
    }
    return false;
}
