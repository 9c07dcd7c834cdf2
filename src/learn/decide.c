#include "learn/decide.h"

#include <inttypes.h>
#include <string.h>

#include "learn/guard.h"
#include "learn/operators.h"

static const char ONE_RUN[] = "one run alone explains it";
static const char ONCE[] = "two runs differ in it once only";
static const char NO_CALL[] = "a rule can't tell these events from others of their kind";
static const char FAILS[] = "a value says that the call failed";
static const char MAY_FAIL[] = "it tells whether the call failed, and no rule would keep that apart";
static const char SELDOM[] = "most of these events are in every run";
static const char MARKED[] =
    "other rules replace this field in some events of the kind, so none can compare it otherwise";
static const char RARELY[] = "mostly it is the same";

/* Sums up, for each pair of runs, how often something could have been seen in it. */
static uint64_t sum_seen(const struct evd_book *book, const uint64_t *seen, bool both)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < book->run_count; i++)
        for (size_t j = i + 1; j < book->run_count; j++)
            sum += both ? seen[i] + seen[j] : seen[i] < seen[j] ? seen[i] : seen[j];
    return sum;
}

static size_t count_pairs(const struct evd_book *book, const uint64_t *varied)
{
    size_t count = 0;
    for (size_t i = 0; i < book->pair_count; i++)
        count += varied[i] > 0;
    return count;
}

/* True when leaving out some run leaves nothing that differs: what is the matter may be the matter with that run. Of two
 * runs nobody can tell. */
static bool is_of_one_run(const struct evd_book *book, const uint64_t *varied)
{
    for (size_t run = 0; book->run_count > 2 && run < book->run_count; run++) {
        bool has_others = false;
        for (size_t i = 0; i < book->run_count; i++)
            for (size_t j = i + 1; j < book->run_count; j++)
                has_others |= i != run && j != run && varied[evd_run_pair(book, i, j)] > 0;
        if (!has_others)
            return true;
    }
    return false;
}

struct evd_string evd_call_name_field(const struct evd_kind_rule *kind)
{
    if (kind == NULL)
        return (struct evd_string){"", 0};
    return kind->call_field.length > 0 ? kind->call_field : kind->priority_name;
}

/* Events without a name can be told where no event of the kind has one. */
static bool can_be_told(const struct evd_book *book, struct evd_string kind_name, struct evd_string call)
{
    const struct evd_kind_rule *kind = evd_rules_kind(book->rules, kind_name.bytes, kind_name.length);
    const bool has_names =
        kind != NULL && (kind->priority_name.length > 0 || kind->summary_form == EVD_SUMMARY_FIRST_OF);
    return has_names == (call.length > 0) && kind_name.length > 0;
}

/* A few values, each of which more than one run has. */
static bool are_few(const struct evd_field_facts *field)
{
    if (field->has_more_values || field->has_other_types || field->value_count < 2)
        return false;
    for (size_t i = 0; i < field->value_count; i++)
        if (__builtin_popcount(field->values[i].runs) < 2)
            return false;
    return true;
}

static bool has_name_rule(const struct evd_name_rule *rules, size_t count, struct evd_string field,
                          const struct evd_string *member)
{
    for (size_t i = 0; i < count; i++)
        if (evd_string_equal(rules[i].field, field) &&
            (rules[i].is_any_member
                 ? member != NULL
                 : evd_string_equal(rules[i].member, member != NULL ? *member : (struct evd_string){"", 0})))
            return true;
    return false;
}

/* True where a rule about names may be added: the kind's calls are named by one field, the rules say nothing of names there
 * yet, and a renaming holds. */
static bool are_names(const struct evd_book *book, const struct evd_field_facts *field)
{
    const struct evd_kind_rule *kind = evd_rules_kind(book->rules, field->kind.bytes, field->kind.length);
    if (field->has_no_number || field->has_depth || field->least < EVD_HANDLES_FROM ||
        field->renamed < EVD_LEARN_TIMES || field->broken * EVD_BROKEN_SHARE > field->varied_in_all)
        return false;
    if (field->call.length > 0 && evd_call_name_field(kind).length == 0)
        return false;
    if (memchr(field->path.bytes, '\\', field->path.length) != NULL)
        return false;
    if (kind == NULL)
        return true;
    struct evd_string name, member;
    const bool has_member = evd_split_field(field->member, &name, &member);
    const struct evd_field_rule *roles = evd_kind_field(kind, name.bytes, name.length);
    /* A rule about calls counts before one about all of them. */
    const struct evd_name_call *call = field->call.length > 0 ? evd_name_call_find(kind, field->call) : NULL;
    const struct evd_name_rule *rules = call != NULL ? call->rules : kind->names;
    const size_t count = call != NULL ? call->count : field->call.length > 0 ? 0 : kind->name_count;
    return (roles == NULL || (roles->roles & ~(uint32_t)(EVD_FIELD_NAME | EVD_FIELD_SIZE)) == 0) &&
           !has_name_rule(rules, count, name, has_member ? &member : NULL);
}

/* How long the first step of a field's path is. */
static size_t first_step(struct evd_string path)
{
    const char *dot = path.length > 0 ? memchr(path.bytes, '.', path.length) : NULL;
    return dot != NULL ? (size_t)(dot - path.bytes) : path.length;
}

/* Why a field is not learnt whatever it may be; NULL: it may be. */
static const char *why_never(const struct evd_book *book, const struct evd_field_facts *field, uint64_t seen)
{
    if (field->fails)
        return FAILS;
    if (is_of_one_run(book, field->varied))
        return ONE_RUN;
    if (field->varied_in_all < EVD_LEARN_TIMES && field->varied_in_all < seen)
        return ONCE;
    if (!can_be_told(book, field->kind, field->call))
        return NO_CALL;
    const struct evd_kind_rule *kind = evd_rules_kind(book->rules, field->kind.bytes, field->kind.length);
    const size_t length = first_step(field->member);
    const struct evd_field_rule *roles = kind == NULL ? NULL : evd_kind_field(kind, field->member.bytes, length);
    return roles != NULL && roles->roles & EVD_LEARN_MARKED ? MARKED : NULL;
}

struct evd_decision evd_decide_field(const struct evd_book *book, const struct evd_field_facts *field)
{
    struct evd_decision decision = {
        .seen = sum_seen(book, field->seen, false), .pairs = count_pairs(book, field->varied)};
    const uint64_t varied = field->varied_in_all;
    decision.why_not = why_never(book, field, decision.seen);
    if (decision.why_not != NULL)
        return decision;
    if (are_few(field) && varied * EVD_FEW_SHARE >= decision.seen) {
        decision.form = EVD_LEARN_ALIKE;
        return decision;
    }
    const size_t sharpest = field->explained != 0 ? (size_t)__builtin_ctz(field->explained) : EVD_LEARN_OPERATORS;
    const bool is_sharp = sharpest < EVD_LEARN_OPERATORS && !evd_learn_operator_is_blunt(sharpest);
    if (!is_sharp && varied * EVD_VARIED_SHARE < decision.seen)
        decision.why_not = RARELY;
    else if (field->may_fail && !evd_append_guard(book, field, NULL))
        decision.why_not = MAY_FAIL;
    else if (sharpest < EVD_LEARN_OPERATORS)
        decision = (struct evd_decision){EVD_LEARN_OPERATOR, sharpest, decision.seen, decision.pairs, NULL};
    else if (!field->may_fail && are_names(book, field))
        decision.form = field->least < EVD_ADDRESSES_FROM ? EVD_LEARN_HANDLE : EVD_LEARN_ADDRESS;
    else
        decision.form =
            evd_relation_of(&field->relation) == EVD_RELATION_INCREASING ? EVD_LEARN_CLOCK : EVD_LEARN_RANDOM;
    return decision;
}

struct evd_decision evd_decide_call(const struct evd_book *book, const struct evd_call_facts *call)
{
    struct evd_decision decision = {
        .seen = sum_seen(book, call->seen, true), .pairs = count_pairs(book, call->missing)};
    bool is_told = true;
    for (size_t i = 0; i < call->kind_count; i++)
        is_told &= can_be_told(book, call->kinds[i], call->call);
    if (is_of_one_run(book, call->missing))
        decision.why_not = ONE_RUN;
    else if (call->missing_in_all < EVD_LEARN_TIMES)
        decision.why_not = ONCE;
    else if (!is_told)
        decision.why_not = NO_CALL;
    else if (call->missing_in_all * EVD_MISSING_SHARE < decision.seen)
        decision.why_not = SELDOM;
    else
        decision.form = EVD_LEARN_PASSED_OVER;
    return decision;
}
