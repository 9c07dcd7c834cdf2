/* forgiven: divergences that mean nothing. Rules of the section of that name are absorbers of this type, which the walk
 * passes by: what they are about is known when all of a pair's divergences are (diff/forgive.c). */
#include <assert.h>
#include <string.h>

#include "evdiff/divergence.h"
#include "rules/pattern.h"
#include "rules/when.h"
#include "walk/absorbers/types.h"
#include "walk/fits.h"

enum { TIMES_MAX = 1000000000 };

/* What a rule holds; in the arena of the rules. */
struct forgiven_rule {
    bool has_when;
    struct evd_when when;            /* of the first event of a side that has events in it */
    unsigned classes;                /* bits by enum evd_divergence_class; 0: all */
    const struct evd_string *fields; /* patterns of evd_family::field */
    size_t field_count;              /* 0: any field, and divergences without one */
    uint64_t events;                 /* at most so many on each side; 0: any number */
    uint64_t at_most;                /* divergences of a pair of threads; 0: any number */
};

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
    struct forgiven_rule *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct forgiven_rule){
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
    const bool has_limit = members->events > 0 || members->at_most > 0;
    if (!members->has_when && members->field_count == 0 && !has_limit && members->classes == (1U << EVD_CLASSES) - 1)
        return evd_refuse(reader, place, "this rule of \"forgiven\" is about every divergence");
    const struct evd_read_string no_kind = {.token = place};
    return evd_absorber_add(reader, &evd_forgiven, &read->common, &no_kind, members);
}

const struct evd_section evd_forgiven_section = {.only = &evd_forgiven.rule};

static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    (void)rule;
    return 0;
}

static bool is_field(const struct forgiven_rule *rule, struct evd_text field)
{
    const struct evd_string text = {field.bytes, field.length};
    for (size_t i = 0; i < rule->field_count; i++)
        if (evd_pattern_fits(rule->fields[i], text))
            return true;
    return false;
}

/* True when the rule may be about such a divergence, whatever its events are. */
static bool is_told(const struct forgiven_rule *rule, const struct evd_divergence *divergence,
                    const struct evd_differing_texts *fields)
{
    if (rule->field_count > 0 && divergence->class_ != EVD_CLASS_VALUE)
        return false;
    for (size_t i = 0; rule->field_count > 0 && i < fields->count; i++)
        if (!is_field(rule, fields->fields[i]))
            return false;
    for (int side = 0; side < EVD_SIDES; side++)
        if (rule->events > 0 && evd_run_of(divergence, side).count > rule->events)
            return false;
    return rule->classes == 0 || rule->classes >> divergence->class_ & 1;
}

/* True in *is_so when `when` is about the first event of a side. */
static enum evd_status is_about(struct evd_walker *walker, const struct forgiven_rule *rule,
                                const struct evd_divergence *divergence, bool *is_so, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    *is_so = !rule->has_when;
    for (int side = 0; status == EVD_OK && side < EVD_SIDES && !*is_so; side++)
        if (evd_run_of(divergence, side).count > 0)
            status =
                evd_fits(walker, &rule->when, (enum evd_side)side, evd_run_of(divergence, side).position, is_so, error);
    return status;
}

static enum evd_status forgive(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                               const struct evd_divergence *divergence, const struct evd_differing_texts *fields,
                               uint64_t taken, bool *is_forgiven, struct evd_error *error)
{
    const struct forgiven_rule *members = rule->members;
    *is_forgiven = false;
    if ((members->at_most > 0 && taken >= members->at_most) || !is_told(members, divergence, fields))
        return EVD_OK;
    return is_about(walker, members, divergence, is_forgiven, error);
}

const struct evd_absorber_type evd_forgiven = {.rule = {NULL, &SHAPE, add}, .lookahead = lookahead, .forgive = forgive};
