#include "log/payload_call.h"

/* By the field that descriptions name the kind's events by, else by what summaries show. */
struct evd_string evd_payload_call_field(const struct evd_kind_rule *rule, const struct evd_value *payload,
                                         struct evd_string *call)
{
    for (size_t i = 0; rule != NULL && i <= rule->summary_count; i++) {
        if (i > 0 && rule->summary_form != EVD_SUMMARY_FIRST_OF)
            break;
        const struct evd_string field = i == 0 ? rule->priority_name : rule->summary_fields[i - 1];
        const struct evd_value *name = field.length == 0 ? NULL : evd_value_get(payload, field);
        const bool is_text = name != NULL && name->type == EVD_JSON_STRING && name->string.length > 0;
        if (is_text || (name != NULL && name->type == EVD_JSON_INTEGER)) {
            *call = is_text ? name->string : name->integer;
            return field;
        }
    }
    *call = (struct evd_string){"", 0};
    return *call;
}

struct evd_string evd_payload_call(const struct evd_kind_rule *rule, const struct evd_value *payload)
{
    struct evd_string call;
    evd_payload_call_field(rule, payload, &call);
    return call;
}
