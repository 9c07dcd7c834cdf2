/* The section of threads: how they are paired before "pairing" has its turn. */
#include "rules/threads.h"

#include <assert.h>

#include "rules/build.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define AT(member)   .offset = offsetof(struct thread, member)

enum { THREADS_MAX = 1000000000 };

struct thread {
    struct evd_read_string name, why;
    struct evd_read_number pair, may_be_missing, at_most;
    struct evd_read_when when;
    struct evd_read_paths fields, child;
};
static_assert(sizeof(struct thread) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

/* In the order of enum evd_thread_pairing; ends with NULL. */
static const char *const PAIRINGS[] = {"value", "order", "creation", NULL};

static const struct evd_member_spec MEMBERS[] = {
    {"name", EVD_MEMBER_STRING, AT(name)},
    {"pair", EVD_MEMBER_CHOICE, AT(pair), .choices = PAIRINGS},
    {"when", EVD_MEMBER_BY, AT(when), .is_optional = true, .read = evd_read_when},
    {"fields", EVD_MEMBER_BY, AT(fields), .is_optional = true, .read = evd_read_paths},
    {"child", EVD_MEMBER_BY, AT(child), .is_optional = true, .read = evd_read_paths},
    {"may_be_missing", EVD_MEMBER_BOOLEAN, AT(may_be_missing), .is_optional = true},
    {"at_most", EVD_MEMBER_COUNT, AT(at_most), .is_optional = true, .most = THREADS_MAX},
    {"why", EVD_MEMBER_STRING, AT(why)},
};
static const struct evd_shape SHAPE = {"a rule of \"threads\"", MEMBERS, COUNT(MEMBERS)};

/* Refuses members that say nothing together. */
static bool check(struct evd_rules_reader *reader, const struct thread *r)
{
    const uint32_t place = r->name.token;
    const enum evd_thread_pairing pairing = (enum evd_thread_pairing)r->pair.value;
    if (pairing == EVD_THREADS_BY_VALUE && r->fields.count == 0)
        return evd_refuse(reader, place, "\"pair\": \"value\" needs \"fields\", which hold it");
    if (pairing == EVD_THREADS_BY_CREATION && r->when.token == 0)
        return evd_refuse(reader, place, "\"pair\": \"creation\" needs \"when\", which tells what creates threads");
    if (pairing == EVD_THREADS_BY_ORDER && r->fields.count > 0)
        return evd_refuse(reader, place, "\"fields\" are for \"pair\": \"value\" and \"creation\"");
    if (pairing != EVD_THREADS_BY_CREATION && r->child.count > 0)
        return evd_refuse(reader, place, "\"child\" is for \"pair\": \"creation\"");
    if (r->child.count > 1)
        return evd_refuse(reader, place, "\"child\" is one path");
    if (r->when.when.has_side && pairing == EVD_THREADS_BY_CREATION)
        return evd_refuse(reader, r->when.side.token, "\"side\" can't stand here: both sides create threads");
    if (r->when.when.has_side && !r->may_be_missing.value)
        return evd_refuse(reader, r->when.side.token,
                          "\"side\" needs \"may_be_missing\": threads of one side have no counterparts");
    if (r->at_most.token != 0 && !r->may_be_missing.value)
        return evd_refuse(reader, r->at_most.token, "\"at_most\" is for threads that \"may_be_missing\"");
    return true;
}

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct thread *r = rule;
    struct evd_builder *builder = reader->context;
    if (!evd_build_name(reader, &r->name))
        return false;
    if (builder->thread_count == EVD_THREAD_RULES_MAX)
        return evd_refuse(reader, r->name.token, "more than %d rules of \"threads\"", EVD_THREAD_RULES_MAX);
    if (!check(reader, r))
        return false;
    struct evd_build_thread *built = &builder->threads[builder->thread_count++];
    built->place = r->name.token;
    built->rule = (struct evd_thread_rule){
        .name = r->name.string,
        .pairing = (enum evd_thread_pairing)r->pair.value,
        .has_when = r->when.token != 0,
        .when = r->when.when,
        .paths = r->fields.paths,
        .path_count = r->fields.count,
        .has_child = r->child.count > 0,
        .may_be_missing = r->may_be_missing.value != 0,
        .at_most = r->at_most.value,
    };
    if (r->child.count > 0)
        built->rule.child = r->child.paths[0];
    return true;
}

const struct evd_section evd_threads_section = {.only = &(const struct evd_variant){NULL, &SHAPE, add}};

bool evd_threads_finish(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    struct evd_thread_rule *rules = evd_arena_array(reader->arena, builder->thread_count, sizeof *rules);
    if (rules == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < builder->thread_count; i++)
        rules[i] = builder->threads[i].rule;
    builder->rules->threads = rules;
    builder->rules->thread_count = builder->thread_count;
    return true;
}
