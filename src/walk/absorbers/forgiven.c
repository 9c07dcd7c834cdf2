/* forgiven: divergences that mean nothing. Rules of the section of that name are absorbers of this type, which the walk
 * passes by: what they are about is known when all of a pair's divergences are (diff/forgive.c). */
#include <assert.h>
#include <string.h>

#include "rules/pattern.h"
#include "walk/absorbers/forgiven.h"
#include "walk/absorbers/types.h"

enum { TIMES_MAX = 1000000000 };

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_when when;
    struct evd_read_list classes, fields;
    struct evd_read_number events, at_most;
    bool has_when;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

#define AT(member) .offset = offsetof(struct read_rule, member)

static const struct evd_member_spec MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(common.name)},
    {"when", EVD_MEMBER_BY, AT(when), .is_optional = true, .read = evd_read_when},
    {"class", EVD_MEMBER_TEXTS, AT(classes), .is_optional = true},
    {"field", EVD_MEMBER_TEXTS, AT(fields), .is_optional = true, .may_have_stars = true},
    {"events", EVD_MEMBER_COUNT, AT(events), .is_optional = true, .most = TIMES_MAX},
    {"at_most", EVD_MEMBER_COUNT, AT(at_most), .is_optional = true, .most = TIMES_MAX},
    {"why", EVD_MEMBER_STRING, AT(common.why)},
};
static const struct evd_shape SHAPE = {"a rule of \"forgiven\"", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool read_classes(struct evd_rules_reader *reader, const struct evd_read_list *list, unsigned *classes)
{
    for (size_t i = 0; i < list->count; i++) {
        unsigned class_ = 0;
        while (
            class_ < EVD_CLASSES &&
            !evd_string_equal(list->items[i].string, evd_string_of(evd_class_name((enum evd_divergence_class)class_))))
            class_++;
        if (class_ == EVD_CLASSES)
            return evd_refuse(reader, list->items[i].token,
                              "\"class\": \"%s\" is none of value, missing, extra, replaced, reordered and truncated",
                              evd_shown(list->items[i].string).text);
        *classes |= 1U << class_;
    }
    return true;
}

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    const uint32_t place = read->common.name.token;
    struct evd_forgiven_rule *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct evd_forgiven_rule){
        .has_when = read->when.token != 0,
        .when = read->when.when,
        .events = read->events.value,
        .at_most = read->at_most.value,
    };
    if (!members->has_when && read->classes.count == 0 && read->fields.count == 0)
        return evd_refuse(reader, place, "a rule of \"forgiven\" needs \"when\", \"class\" or \"field\"");
    if (!read_classes(reader, &read->classes, &members->classes) ||
        !evd_read_patterns(reader, &read->fields, "field", &members->fields, &members->field_count))
        return false;
    const struct evd_read_string no_kind = {.token = place};
    return evd_absorber_add(reader, &evd_forgiven, &read->common, &no_kind, members);
}

const struct evd_section evd_forgiven_section = {.only = &evd_forgiven.rule};

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    (void)rule;
    return 0;
}

const struct evd_absorber_type evd_forgiven = {.rule = {NULL, &SHAPE, add}, .lookahead = lookahead};
