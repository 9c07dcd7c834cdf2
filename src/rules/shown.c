/* The section "shown_as": how people read the numbers of some fields. It changes nothing in what is compared, only how a
 * report spells a value. */
#include <assert.h>
#include <string.h>

#include "rules/build.h"

#define COUNT(array)     (sizeof(array) / sizeof *(array))
#define AT(type, member) .offset = offsetof(struct type, member)
#define FITS(type)       static_assert(sizeof(struct type) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small")

struct shown {
    struct evd_read_string kind, why;
    struct evd_read_list calls, fields;
    struct evd_read_number form;
};
FITS(shown);

static const char *const FORMS[] = {
    [EVD_SHOWN_DECIMAL] = "decimal",   [EVD_SHOWN_HEXADECIMAL] = "hexadecimal",
    [EVD_SHOWN_NTSTATUS] = "ntstatus", [EVD_SHOWN_HRESULT] = "hresult",
    [EVD_SHOWN_ERRNO] = "errno",       [EVD_SHOWN_FORMS] = NULL,
};

static const struct evd_member_spec SHOWN_MEMBERS[] = {
    {"kind", EVD_MEMBER_STRING, AT(shown, kind)},
    {"calls", EVD_MEMBER_STRINGS, AT(shown, calls), .is_optional = true, .may_have_stars = true},
    {"fields", EVD_MEMBER_STRINGS, AT(shown, fields)},
    {"shown_as", EVD_MEMBER_CHOICE, AT(shown, form), .choices = FORMS},
    {"why", EVD_MEMBER_STRING, AT(shown, why)},
};
static const struct evd_shape SHOWN_SHAPE = {"a rule of \"shown_as\"", SHOWN_MEMBERS, COUNT(SHOWN_MEMBERS)};

static bool add_shown(struct evd_rules_reader *reader, const void *rule)
{
    const struct shown *r = rule;
    struct evd_build_kind *kind = evd_build_claim(reader, EVD_CLAIM_SHOWN, &r->kind);
    if (kind == NULL || !evd_check_calls(reader, &r->calls))
        return false;
    if (kind->shown_calls_place == 0)
        kind->shown_calls_place = r->calls.token;
    if (kind->shown_count == EVD_KIND_SHOWN_MAX)
        return evd_refuse(reader, r->kind.token, "kind \"%s\" has more than %d rules of \"shown_as\"",
                          evd_shown(kind->rule.kind).text, EVD_KIND_SHOWN_MAX);
    if (kind->shown == NULL)
        kind->shown = evd_arena_array(reader->arena, EVD_KIND_SHOWN_MAX, sizeof *kind->shown);
    if (kind->shown == NULL)
        return evd_refuse_memory(reader);
    struct evd_shown_rule *shown = &kind->shown[kind->shown_count++];
    *shown = (struct evd_shown_rule){
        .calls = evd_build_strings(reader, &r->calls),
        .call_count = r->calls.count,
        .fields = evd_build_strings(reader, &r->fields),
        .field_count = r->fields.count,
        .form = (enum evd_shown_as)r->form.value,
    };
    kind->rule.shown = kind->shown;
    kind->rule.shown_count = kind->shown_count;
    return shown->calls != NULL && shown->fields != NULL;
}

const struct evd_section evd_shown_section = {.only = &(const struct evd_variant){NULL, &SHOWN_SHAPE, add_shown}};

static bool is_about(const struct evd_shown_rule *rule, struct evd_text field)
{
    for (size_t i = 0; i < rule->field_count; i++)
        if (rule->fields[i].length == field.length && memcmp(rule->fields[i].bytes, field.bytes, field.length) == 0)
            return true;
    return false;
}

enum evd_shown_as evd_shown_as_of(const struct evd_rules *rules, struct evd_text kind, struct evd_text call,
                                  struct evd_text field)
{
    const struct evd_kind_rule *kind_rule = evd_rules_kind(rules, kind.bytes, kind.length);
    enum evd_shown_as form = EVD_SHOWN_DECIMAL;
    size_t closest = 0;
    for (size_t i = 0; kind_rule != NULL && i < kind_rule->shown_count; i++) {
        const struct evd_shown_rule *rule = &kind_rule->shown[i];
        const size_t close = is_about(rule, field) ? evd_call_closeness(rule->calls, rule->call_count, call) : 0;
        if (close <= closest)
            continue;
        closest = close;
        form = rule->form;
    }
    return form;
}
