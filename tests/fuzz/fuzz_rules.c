/* Fuzzes the loader of rules files: any bytes are either refused in words, or become a rule set
 * whose tables agree with each other. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "demand.h"
#include "rules/rules.h"

static void check_kind(const struct evd_rules *rules, const struct evd_kind_rule *kind)
{
    demand(evd_rules_kind(rules, kind->kind.bytes, kind->kind.length) == kind);
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct evd_string name = kind->fields[i].name;
        demand(kind->fields[i].roles != 0);
        demand(evd_kind_field(kind, name.bytes, name.length) == &kind->fields[i]);
    }
    demand(kind->slot_first + kind->slot_count <= rules->slot_count);
    demand(kind->allocator == NULL || kind->heap_field_count == 0);
    demand(kind->heap_field_count <= EVD_HEAP_FIELDS_MAX);
    for (size_t i = 0; kind->allocator != NULL && i < kind->allocator->name_count; i++) {
        const struct evd_string name = kind->allocator->names[i];
        demand(evd_allocator_index(kind->allocator, name.bytes, name.length) == (long)i);
        for (int is_null = 0; is_null < 2; is_null++)
            demand(rules->tags[evd_allocator_tag(kind, i, is_null)].slot_first == kind->slot_first + i);
    }
}

/* Each name rule is found by its own call and path, unless one about a member goes before it. */
static void check_names(const struct evd_rules *rules, const struct evd_kind_rule *kind,
                        const struct evd_name_call *call, const struct evd_name_rule *names, size_t count)
{
    static const struct evd_string ANY = {"*", 1};
    for (size_t i = 0; i < count; i++) {
        const struct evd_name_rule *rule = &names[i];
        const bool has_member = rule->is_any_member || rule->member.length > 0;
        const struct evd_name_rule *found = evd_name_rule_find(
            kind, call, rule->field,
            rule->is_any_member ? &ANY
            : has_member        ? &rule->member
                                : NULL);
        demand(found == rule || (rule->is_any_member && found >= names && found < rule));
        demand(rule->form == EVD_NAME_PLAIN || rule->class_index < rules->name_class_count);
        demand(rule->size_index <= rules->name_size_count && rule->at_least <= rule->at_most);
    }
}

static void check_all_names(const struct evd_rules *rules, const struct evd_kind_rule *kind)
{
    check_names(rules, kind, NULL, kind->names, kind->name_count);
    for (size_t i = 0; i < kind->name_call_count; i++) {
        const struct evd_name_call *call = &kind->name_calls[i];
        demand(evd_name_call_find(kind, call->call) == call);
        check_names(rules, kind, call, call->rules, call->count);
    }
}

static void check_rules(const struct evd_rules *rules)
{
    for (size_t i = 0; i < rules->kind_count; i++) {
        check_kind(rules, &rules->kinds[i]);
        check_all_names(rules, &rules->kinds[i]);
    }
    demand(rules->tag_count <= EVD_TAGS_MAX);
    for (uint32_t i = 0; i < rules->tag_count; i++) {
        demand(rules->tags[i].without_null <= i);
        for (uint32_t bit = 0; bit < 32; bit++)
            if (rules->tags[i].slot_bits >> bit & 1)
                demand(rules->tags[i].slot_first + bit < rules->slot_count);
    }
    for (size_t i = 0; i < evd_rules_absorber_count(rules); i++)
        demand(strlen(evd_rules_absorber_name(rules, i)) == rules->absorbers[i].name.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct evd_rules_options options[] = {{0}, {.keep_allocator_returns = true, .keep_host_heap_fields = true}};
    for (size_t i = 0; i < 2; i++) {
        struct evd_rules *rules;
        struct evd_error error = {0};
        const enum evd_status status =
            evd_rules_load_text("fuzz", (const char *)data, size, &options[i], &rules, &error);
        if (status == EVD_OK) {
            check_rules(rules);
        } else {
            demand(rules == NULL && error.status == status && error.message[0] != '\0');
            demand(strchr(error.message, '\n') == NULL);
        }
        evd_rules_free(rules);
    }
    return 0;
}
