#include "learn/rules_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/stable_hash.h"
#include "base/table.h"
#include "learn/guard.h"
#include "learn/operators.h"

enum {
    CALLS_TOLD = 8,   /* calls whose evidence a `why` tells one by one */
    CALLS_MAX = 256,  /* that a rule may name */
    RULE_TRIES = 1000 /* names that are tried for a rule until one is not taken */
};

const char *const evd_learnt_section_keys[EVD_LEARNT_SECTIONS] = {"compare", "passed_over", "name_classes", "names"};

static const char ADDRESSES[] = "learnt-address", HANDLES[] = "learnt-handle";

void evd_put_string(struct evd_buffer *out, struct evd_string string)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    evd_value_dumps(out, &value);
}

void evd_put_text(struct evd_buffer *out, const struct evd_buffer *text)
{
    evd_put_string(out, (struct evd_string){text->data == NULL ? "" : text->data, text->length});
}

void evd_put_raw(struct evd_buffer *out, struct evd_string string)
{
    evd_buffer_append(out, string.bytes, string.length);
}

/* A name of a kind or call as a pattern that fits it alone. */
static void put_pattern(struct evd_buffer *out, struct evd_string name)
{
    struct evd_buffer pattern = {0};
    for (size_t i = 0; i < name.length; i++) {
        if (name.bytes[i] == '*' || name.bytes[i] == '\\')
            evd_buffer_byte(&pattern, '\\');
        evd_buffer_byte(&pattern, name.bytes[i]);
    }
    evd_put_text(out, &pattern);
    out->failed |= pattern.failed;
    evd_buffer_release(&pattern);
}

/* ---- what several calls have in common ---- */

/* Lessons about one field of several calls, whose values count as the same. */
struct group {
    const struct evd_lesson_source **members;
    size_t count;
};

/* Values that say that a call failed stay compared as they are; a few values that count as one are told one by one. */
static bool has_guard(const struct evd_lesson_source *source)
{
    return source->field->may_fail && source->decision.form != EVD_LEARN_ALIKE;
}

static void put_as(struct evd_buffer *out, const struct evd_lesson_source *source)
{
    switch (source->decision.form) {
    case EVD_LEARN_OPERATOR: evd_buffer_string(out, evd_learn_operator_json(source->decision.operator_index)); return;
    case EVD_LEARN_ALIKE:
        evd_buffer_string(out, "{\"alike\": [[");
        for (size_t i = 0; i < source->field->value_count; i++) {
            evd_buffer_string(out, i > 0 ? ", " : "");
            evd_value_dumps(out, &source->field->values[i].value);
        }
        evd_buffer_string(out, "]]}");
        return;
    default: evd_buffer_string(out, "\"nothing\""); return;
    }
}

/* What a rule of a lesson says beside the calls that it is about. */
static void put_rest(struct evd_buffer *out, const struct evd_book *book, const struct evd_lesson_source *source)
{
    put_as(out, source);
    if (has_guard(source))
        evd_append_guard(book, source->field, out);
}

static bool are_alike(const struct evd_book *book, const struct evd_lesson_source *a, const struct evd_lesson_source *b,
                      bool *has_failed)
{
    if (a->field == NULL || b->field == NULL || a->decision.form != b->decision.form ||
        !evd_string_equal(a->field->kind, b->field->kind) || !evd_string_equal(a->field->path, b->field->path))
        return false;
    struct evd_buffer left = {0}, right = {0};
    put_rest(&left, book, a);
    put_rest(&right, book, b);
    const bool is_same =
        left.length == right.length && (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
    *has_failed |= left.failed || right.failed;
    evd_buffer_release(&left);
    evd_buffer_release(&right);
    return is_same;
}

/* Of each lesson: the next one that may be alike, + 1; 0: none. Only lessons about one path that follow each other are. NULL when
 * memory runs out. */
static size_t *list_alike(const struct evd_owned_learnt *owned)
{
    const size_t count = owned->learnt.lesson_count;
    size_t *nexts = calloc(count + 1, sizeof *nexts);
    struct evd_table heads = {0}; /* hash of what are_alike compares → the first lesson behind that has it, + 1 */
    struct evd_buffer rest = {0};
    bool is_done = nexts != NULL;
    for (size_t i = count; is_done && i-- > 0;) {
        const struct evd_lesson_source *source = &owned->sources[i];
        const struct evd_field_facts *behind = i + 1 < count ? owned->sources[i + 1].field : NULL;
        if (source->field == NULL || behind == NULL || !evd_string_equal(source->field->path, behind->path))
            evd_table_release(&heads);
        if (source->field == NULL)
            continue;
        evd_buffer_clear(&rest);
        put_rest(&rest, &owned->book, source);
        uint64_t hash = evd_stable_hash(source->field->kind.bytes, source->field->kind.length);
        hash = evd_stable_hash_pair(hash, evd_stable_hash(rest.data, rest.length));
        uint64_t *head = evd_table_put(&heads, evd_stable_hash_pair(hash, source->decision.form), 0, NULL);
        is_done = head != NULL && !rest.failed;
        if (is_done) {
            nexts[i] = (size_t)*head;
            *head = i + 1;
        }
    }
    evd_table_release(&heads);
    evd_buffer_release(&rest);
    if (is_done)
        return nexts;
    free(nexts);
    return NULL;
}

/* ---- evidence ---- */

static void put_pairs(struct evd_buffer *why, const struct evd_book *book, const uint64_t *varied)
{
    const char *between = " (";
    for (size_t i = 0; i < book->run_count; i++)
        for (size_t j = i + 1; j < book->run_count; j++)
            if (varied[evd_run_pair(book, i, j)] > 0) {
                evd_buffer_format(why, "%sruns %zu and %zu: %" PRIu64, between, i + 1, j + 1,
                                  varied[evd_run_pair(book, i, j)]);
                between = ", ";
            }
    evd_buffer_byte(why, ')');
}

static const char *story(const struct evd_lesson_source *source)
{
    switch (source->decision.form) {
    case EVD_LEARN_OPERATOR: return evd_learn_operator_summary(source->decision.operator_index);
    case EVD_LEARN_ALIKE: return "always one of a few values";
    case EVD_LEARN_HANDLE: return "handles, which hold a renaming one to one";
    case EVD_LEARN_ADDRESS: return "addresses, which hold a renaming one to one";
    case EVD_LEARN_CLOCK: return "values that only grow, as clocks do";
    default: return "another value each time";
    }
}

static void put_field_evidence(struct evd_buffer *why, const struct evd_book *book, const struct group *group)
{
    uint64_t seen = 0, varied = 0;
    for (size_t i = 0; i < group->count; i++) {
        seen += group->members[i]->decision.seen;
        varied += group->members[i]->field->varied_in_all;
    }
    evd_buffer_format(why, "Learnt: %s. Differs %" PRIu64 " of %" PRIu64 " times", story(group->members[0]), varied,
                      seen);
    for (size_t i = 0; i < group->count && i < CALLS_TOLD; i++) {
        const struct evd_lesson_source *source = group->members[i];
        evd_buffer_string(why, i > 0 ? "; " : ": ");
        if (source->field->call.length > 0) {
            evd_put_raw(why, source->field->call);
            evd_buffer_byte(why, ' ');
        }
        evd_buffer_format(why, "%" PRIu64 " of %" PRIu64, source->field->varied_in_all, source->decision.seen);
        put_pairs(why, book, source->field->varied);
    }
    if (group->count > CALLS_TOLD)
        evd_buffer_format(why, "; %zu more calls", group->count - CALLS_TOLD);
    evd_buffer_byte(why, '.');
    if (has_guard(group->members[0]))
        evd_buffer_string(why, " Values that say that the call failed still count.");
}

/* ---- rules ---- */

static bool is_rule_name(const struct evd_rules *rules, struct evd_string name)
{
    for (size_t i = 0; i < rules->compare_count; i++)
        if (evd_string_equal(rules->compare[i].name, name))
            return true;
    return false;
}

/* A name that no rule has yet: by a number behind it where the base learnt the same before. */
static void put_rule_name(struct evd_learnt_text *writing, struct evd_buffer *out, const struct evd_buffer *name)
{
    struct evd_buffer tried = {0};
    for (int i = 1; i < RULE_TRIES; i++) {
        evd_buffer_clear(&tried);
        if (name->length > 0)
            evd_buffer_append(&tried, name->data, name->length);
        if (i > 1)
            evd_buffer_format(&tried, " %d", i);
        if (tried.failed || !is_rule_name(writing->owned->book.rules, (struct evd_string){tried.data, tried.length}))
            break;
    }
    evd_put_text(out, &tried);
    out->failed |= tried.failed || name->failed;
    evd_buffer_release(&tried);
}

static struct evd_buffer *begin_rule(struct evd_learnt_text *writing, enum evd_learnt_section section)
{
    struct evd_buffer *out = &writing->section[section];
    evd_buffer_string(out, out->length > 0 ? ",\n    " : "    ");
    return out;
}

static void put_calls(struct evd_buffer *out, const struct group *group, bool are_patterns)
{
    evd_buffer_byte(out, '[');
    for (size_t i = 0; i < group->count; i++) {
        evd_buffer_string(out, i > 0 ? ", " : "");
        if (are_patterns)
            put_pattern(out, group->members[i]->field->call);
        else
            evd_put_string(out, group->members[i]->field->call);
    }
    evd_buffer_byte(out, ']');
}

static void put_why(struct evd_buffer *out, const struct evd_book *book, const struct group *group)
{
    struct evd_buffer why = {0};
    put_field_evidence(&why, book, group);
    evd_buffer_string(out, ",\n     \"why\": ");
    evd_put_text(out, &why);
    evd_buffer_byte(out, '}');
    out->failed |= why.failed;
    evd_buffer_release(&why);
}

static void add_compare(struct evd_learnt_text *writing, const struct group *group)
{
    const struct evd_field_facts *field = group->members[0]->field;
    struct evd_buffer *out = begin_rule(writing, EVD_LEARNT_COMPARE), name = {0};
    evd_buffer_string(&name, "learnt ");
    evd_put_raw(&name, field->kind);
    evd_buffer_byte(&name, ' ');
    evd_put_raw(&name, field->path);
    /* Rules about one field of other calls, or parts of a long list of calls, are told apart by their first call. */
    if (field->call.length > 0) {
        evd_buffer_byte(&name, ' ');
        evd_put_raw(&name, field->call);
    }
    evd_buffer_string(out, "{\"name\": ");
    put_rule_name(writing, out, &name);
    evd_buffer_string(out, ", \"when\": {\"kind\": ");
    put_pattern(out, field->kind);
    if (field->call.length > 0) {
        evd_buffer_string(out, ", \"call\": ");
        put_calls(out, group, true);
    }
    if (has_guard(group->members[0])) {
        evd_buffer_string(out, ", \"fields\": {");
        evd_put_string(out, field->path);
        evd_buffer_string(out, ": ");
        evd_append_guard(&writing->owned->book, field, out);
        evd_buffer_byte(out, '}');
    }
    evd_buffer_string(out, "},\n     \"fields\": ");
    evd_put_string(out, field->path);
    evd_buffer_string(out, ", \"as\": ");
    put_as(out, group->members[0]);
    put_why(out, &writing->owned->book, group);
    writing->rule_count++;
    out->failed |= name.failed;
    evd_buffer_release(&name);
}

static void add_names(struct evd_learnt_text *writing, const struct group *group)
{
    const struct evd_book *book = &writing->owned->book;
    const struct evd_field_facts *field = group->members[0]->field;
    struct evd_buffer *out = begin_rule(writing, EVD_LEARNT_NAMES);
    evd_buffer_format(out, "{\"form\": \"value\", \"class\": \"%s\", \"kind\": ",
                      group->members[0]->decision.form == EVD_LEARN_HANDLE ? HANDLES : ADDRESSES);
    evd_put_string(out, field->kind);
    if (field->call.length > 0) {
        evd_buffer_string(out, ", \"name_field\": ");
        evd_put_string(out, evd_call_name_field(evd_rules_kind(book->rules, field->kind.bytes, field->kind.length)));
        evd_buffer_string(out, ", \"calls\": ");
        put_calls(out, group, false);
    }
    evd_buffer_string(out, ",\n     \"fields\": [");
    evd_put_string(out, field->path);
    evd_buffer_byte(out, ']');
    put_why(out, book, group);
}

static void add_passed_over(struct evd_learnt_text *writing, const struct evd_lesson_source *source)
{
    const struct evd_call_facts *call = source->call;
    struct evd_buffer *out = begin_rule(writing, EVD_LEARNT_PASSED_OVER), name = {0}, why = {0};
    evd_buffer_string(&name, "learnt events ");
    evd_put_raw(&name, call->call.length > 0 ? call->call : call->kinds[0]);
    evd_buffer_string(out, "{\"name\": ");
    put_rule_name(writing, out, &name);
    evd_buffer_string(out, ", \"when\": {\"kind\": [");
    for (size_t i = 0; i < call->kind_count; i++) {
        evd_buffer_string(out, i > 0 ? ", " : "");
        put_pattern(out, call->kinds[i]);
    }
    evd_buffer_byte(out, ']');
    if (call->call.length > 0) {
        evd_buffer_string(out, ", \"call\": ");
        put_pattern(out, call->call);
    }
    evd_buffer_format(&why, "Learnt: events that may be missing. %" PRIu64 " of %" PRIu64 " have no counterpart",
                      call->missing_in_all, source->decision.seen);
    put_pairs(&why, &writing->owned->book, call->missing);
    evd_buffer_byte(&why, '.');
    evd_buffer_string(out, "},\n     \"why\": ");
    evd_put_text(out, &why);
    evd_buffer_byte(out, '}');
    writing->rule_count++;
    out->failed |= name.failed || why.failed;
    evd_buffer_release(&name);
    evd_buffer_release(&why);
}

static void add_class(struct evd_learnt_text *writing, const char *name, uint64_t at_least, uint64_t at_most,
                      const char *why)
{
    const struct evd_rules *rules = writing->owned->book.rules;
    for (size_t i = 0; i < rules->name_class_count; i++)
        if (evd_string_equal(rules->name_classes[i].name, evd_string_of(name)))
            return;
    evd_buffer_format(begin_rule(writing, EVD_LEARNT_CLASSES),
                      "{\"class\": \"%s\", \"at_least\": \"0x%" PRIx64 "\", \"at_most\": \"0x%" PRIx64
                      "\", \"scope\": \"thread\",\n     \"why\": \"%s\"}",
                      name, at_least, at_most, why);
}

static void add_group(struct evd_learnt_text *writing, const struct group *group)
{
    switch (group->members[0]->decision.form) {
    case EVD_LEARN_NONE: return;
    case EVD_LEARN_PASSED_OVER: add_passed_over(writing, group->members[0]); return;
    case EVD_LEARN_HANDLE:
    case EVD_LEARN_ADDRESS: add_names(writing, group); return;
    default: add_compare(writing, group); return;
    }
}

bool evd_learnt_text_write(struct evd_learnt_text *writing)
{
    const struct evd_owned_learnt *owned = writing->owned;
    const size_t count = owned->learnt.lesson_count;
    bool has_form[EVD_LEARN_PASSED_OVER + 1] = {false}, has_failed = false;
    bool *is_written = calloc(count + 1, sizeof *is_written);
    struct group group = {.members = malloc((count + 1) * sizeof *group.members)};
    size_t *nexts = list_alike(owned);
    has_failed |= is_written == NULL || group.members == NULL || nexts == NULL;
    for (size_t i = 0; i < count && !has_failed; i++) {
        const struct evd_lesson_source *first = &owned->sources[i];
        if (is_written[i])
            continue;
        group.count = 0;
        for (size_t j = i + 1; j != 0 && group.count < CALLS_MAX; j = nexts[j - 1]) {
            if (is_written[j - 1] ||
                (j - 1 > i && !are_alike(&owned->book, first, &owned->sources[j - 1], &has_failed)))
                continue;
            is_written[j - 1] = true;
            group.members[group.count++] = &owned->sources[j - 1];
        }
        has_form[first->decision.form] = true;
        add_group(writing, &group);
    }
    free(nexts);
    free(is_written);
    free(group.members);
    if (has_form[EVD_LEARN_ADDRESS])
        add_class(writing, ADDRESSES, EVD_ADDRESSES_FROM, UINT64_MAX >> 1,
                  "Numbers from 0x10000 on that the runs hold a renaming of.");
    if (has_form[EVD_LEARN_HANDLE])
        add_class(writing, HANDLES, EVD_HANDLES_FROM, UINT64_MAX >> 1,
                  "Numbers that the runs hold a renaming of, small ones among them.");
    return !has_failed;
}
