/* The rules as a file: the text that they were read from, with what was learnt put in where it belongs, so that all that a
 * person wrote there stays as it is. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "learn/lessons.h"
#include "learn/operators.h"
#include "rules/build.h"

enum {
    CALLS_TOLD = 8,   /* calls whose evidence a `why` tells one by one */
    CALLS_MAX = 256,  /* that a rule may name */
    RULE_TRIES = 1000 /* names that are tried for a rule until one is not taken */
};

static const char ADDRESSES[] = "learnt-address", HANDLES[] = "learnt-handle";

/* The sections that are added to. */
enum section { COMPARE, PASSED_OVER, CLASSES, NAMES, SECTIONS };
static const char *const SECTION_KEYS[SECTIONS] = {"compare", "passed_over", "name_classes", "names"};

struct writing {
    const struct evd_owned_learnt *owned;
    struct evd_buffer section[SECTIONS]; /* rules, with ",\n" between them */
    size_t rule_count;                   /* compare rules, those of the base included */
};

static void put_string(struct evd_buffer *out, struct evd_string string)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    evd_value_dumps(out, &value);
}

static void put_text(struct evd_buffer *out, const struct evd_buffer *text)
{
    put_string(out, (struct evd_string){text->data == NULL ? "" : text->data, text->length});
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
    put_text(out, &pattern);
    out->failed |= pattern.failed;
    evd_buffer_release(&pattern);
}

static void put_raw(struct evd_buffer *out, struct evd_string string)
{
    evd_buffer_append(out, string.bytes, string.length);
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

static bool are_alike(const struct evd_book *book, const struct evd_lesson_source *a, const struct evd_lesson_source *b,
                      bool *has_failed)
{
    if (a->field == NULL || b->field == NULL || a->decision.form != b->decision.form ||
        !evd_string_equal(a->field->kind, b->field->kind) || !evd_string_equal(a->field->path, b->field->path))
        return false;
    struct evd_buffer left = {0}, right = {0};
    put_as(&left, a);
    put_as(&right, b);
    if (has_guard(a))
        evd_append_guard(book, a->field, &left);
    if (has_guard(b))
        evd_append_guard(book, b->field, &right);
    const bool is_same =
        left.length == right.length && (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
    *has_failed |= left.failed || right.failed;
    evd_buffer_release(&left);
    evd_buffer_release(&right);
    return is_same;
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
            put_raw(why, source->field->call);
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
static void put_rule_name(struct writing *writing, struct evd_buffer *out, const struct evd_buffer *name)
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
    put_text(out, &tried);
    out->failed |= tried.failed || name->failed;
    evd_buffer_release(&tried);
}

static struct evd_buffer *begin_rule(struct writing *writing, enum section section)
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
            put_string(out, group->members[i]->field->call);
    }
    evd_buffer_byte(out, ']');
}

static void put_why(struct evd_buffer *out, const struct evd_book *book, const struct group *group)
{
    struct evd_buffer why = {0};
    put_field_evidence(&why, book, group);
    evd_buffer_string(out, ",\n     \"why\": ");
    put_text(out, &why);
    evd_buffer_byte(out, '}');
    out->failed |= why.failed;
    evd_buffer_release(&why);
}

static void add_compare(struct writing *writing, const struct group *group)
{
    const struct evd_field_facts *field = group->members[0]->field;
    struct evd_buffer *out = begin_rule(writing, COMPARE), name = {0};
    evd_buffer_string(&name, "learnt ");
    put_raw(&name, field->kind);
    evd_buffer_byte(&name, ' ');
    put_raw(&name, field->path);
    /* Rules about one field of other calls, or parts of a long list of calls, are told apart by their first call. */
    if (field->call.length > 0) {
        evd_buffer_byte(&name, ' ');
        put_raw(&name, field->call);
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
        put_string(out, field->path);
        evd_buffer_string(out, ": ");
        evd_append_guard(&writing->owned->book, field, out);
        evd_buffer_byte(out, '}');
    }
    evd_buffer_string(out, "},\n     \"fields\": ");
    put_string(out, field->path);
    evd_buffer_string(out, ", \"as\": ");
    put_as(out, group->members[0]);
    put_why(out, &writing->owned->book, group);
    writing->rule_count++;
    out->failed |= name.failed;
    evd_buffer_release(&name);
}

static void add_names(struct writing *writing, const struct group *group)
{
    const struct evd_book *book = &writing->owned->book;
    const struct evd_field_facts *field = group->members[0]->field;
    struct evd_buffer *out = begin_rule(writing, NAMES);
    evd_buffer_format(out, "{\"form\": \"value\", \"class\": \"%s\", \"kind\": ",
                      group->members[0]->decision.form == EVD_LEARN_HANDLE ? HANDLES : ADDRESSES);
    put_string(out, field->kind);
    if (field->call.length > 0) {
        evd_buffer_string(out, ", \"name_field\": ");
        put_string(out, evd_call_name_field(evd_rules_kind(book->rules, field->kind.bytes, field->kind.length)));
        evd_buffer_string(out, ", \"calls\": ");
        put_calls(out, group, false);
    }
    evd_buffer_string(out, ",\n     \"fields\": [");
    put_string(out, field->path);
    evd_buffer_byte(out, ']');
    put_why(out, book, group);
}

static void add_passed_over(struct writing *writing, const struct evd_lesson_source *source)
{
    const struct evd_call_facts *call = source->call;
    struct evd_buffer *out = begin_rule(writing, PASSED_OVER), name = {0}, why = {0};
    evd_buffer_string(&name, "learnt events ");
    put_raw(&name, call->call.length > 0 ? call->call : call->kinds[0]);
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
    put_text(out, &why);
    evd_buffer_byte(out, '}');
    writing->rule_count++;
    out->failed |= name.failed || why.failed;
    evd_buffer_release(&name);
    evd_buffer_release(&why);
}

static void add_class(struct writing *writing, const char *name, uint64_t at_least, uint64_t at_most, const char *why)
{
    const struct evd_rules *rules = writing->owned->book.rules;
    for (size_t i = 0; i < rules->name_class_count; i++)
        if (evd_string_equal(rules->name_classes[i].name, evd_string_of(name)))
            return;
    evd_buffer_format(begin_rule(writing, CLASSES),
                      "{\"class\": \"%s\", \"at_least\": \"0x%" PRIx64 "\", \"at_most\": \"0x%" PRIx64
                      "\", \"scope\": \"thread\",\n     \"why\": \"%s\"}",
                      name, at_least, at_most, why);
}

static void add_group(struct writing *writing, const struct group *group)
{
    switch (group->members[0]->decision.form) {
    case EVD_LEARN_NONE: return;
    case EVD_LEARN_PASSED_OVER: add_passed_over(writing, group->members[0]); return;
    case EVD_LEARN_HANDLE:
    case EVD_LEARN_ADDRESS: add_names(writing, group); return;
    default: add_compare(writing, group); return;
    }
}

/* A rule for each lesson with those behind it that are alike. */
static bool write_rules(struct writing *writing)
{
    const struct evd_owned_learnt *owned = writing->owned;
    const size_t count = owned->learnt.lesson_count;
    bool has_form[EVD_LEARN_PASSED_OVER + 1] = {false}, has_failed = false;
    bool *is_written = calloc(count + 1, sizeof *is_written);
    struct group group = {.members = malloc((count + 1) * sizeof *group.members)};
    has_failed |= is_written == NULL || group.members == NULL;
    for (size_t i = 0; i < count && !has_failed; i++) {
        const struct evd_lesson_source *first = &owned->sources[i];
        if (is_written[i])
            continue;
        group.count = 0;
        for (size_t j = i; j < count && group.count < CALLS_MAX; j++) {
            if (j > i && (first->field == NULL || owned->sources[j].field == NULL ||
                          !evd_string_equal(first->field->path, owned->sources[j].field->path)))
                break;
            if (is_written[j] || (j > i && !are_alike(&owned->book, first, &owned->sources[j], &has_failed)))
                continue;
            is_written[j] = true;
            group.members[group.count++] = &owned->sources[j];
        }
        has_form[first->decision.form] = true;
        add_group(writing, &group);
    }
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

/* ---- the file ---- */

/* A place in the base's text where something is put in, in the place of `length` bytes. */
struct edit {
    size_t at, length;
    struct evd_buffer text;
};

enum { EDIT_FORMAT, EDIT_NAME, EDIT_WHY, EDIT_SECTIONS, EDIT_END = EDIT_SECTIONS + SECTIONS, EDITS };

static int by_edit(const void *a, const void *b)
{
    const struct edit *left = a, *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

static void tell_why(struct writing *writing, struct evd_string base, const char *cost, struct evd_buffer *out)
{
    const struct evd_learnt *learnt = &writing->owned->learnt;
    struct evd_buffer why = {0};
    put_raw(&why, base);
    evd_buffer_format(&why, "%sLearnt from %zu runs:", base.length > 0 ? " " : "", learnt->run_count);
    for (size_t i = 0; i < learnt->run_count; i++) {
        evd_buffer_string(&why, i > 0 ? ", " : " ");
        put_raw(&why, writing->owned->paths[i]);
    }
    evd_buffer_format(&why, ". Of %zu things that differ %zu are learnt.", learnt->lesson_count, learnt->learnt_count);
    if (cost != NULL) {
        evd_buffer_byte(&why, ' ');
        evd_buffer_string(&why, cost);
    }
    put_text(out, &why);
    out->failed |= why.failed;
    evd_buffer_release(&why);
}

/* Where the bracket is that closes a container before `end`. */
static size_t closing(const char *text, size_t end)
{
    while (end > 0 && text[end - 1] != ']' && text[end - 1] != '}')
        end--;
    return end > 0 ? end - 1 : 0;
}

/* The value at `token`, a string, with its quotes. */
static void replace_string(struct edit *edit, const struct evd_json_token *token)
{
    edit->at = token->start - 1;
    edit->length = token->length + 2;
}

/* What changes in the base's text. */
static bool list_edits(struct writing *writing, const struct evd_json_tape *tape, size_t text_length, const char *cost,
                       struct edit edits[EDITS])
{
    const size_t end = closing(tape->text, text_length);
    size_t behind = end;
    while (behind > 0 && memchr(" \t\r\n", tape->text[behind - 1], 4) != NULL)
        behind--;
    struct edit *last = &edits[EDIT_END];
    for (size_t i = 0; i < EDITS; i++)
        edits[i].at = SIZE_MAX;
    last->at = behind;
    bool has_section[SECTIONS] = {false}, has_why = false;
    struct evd_arena arena = {0};
    for (uint32_t key = 1; key < tape->count; key = tape->tokens[key + 1].next) {
        const struct evd_json_token *value = &tape->tokens[key + 1];
        struct evd_string name, content;
        if (!evd_value_string(&arena, tape, key, &name))
            goto fail;
        if (value->type == EVD_JSON_STRING && !evd_value_string(&arena, tape, key + 1, &content))
            goto fail;
        if (evd_string_equal(name, evd_string_of("rules"))) {
            replace_string(&edits[EDIT_FORMAT], value);
            evd_buffer_string(&edits[EDIT_FORMAT].text, "\"evdiff.rules/2\"");
        } else if (evd_string_equal(name, evd_string_of("name"))) {
            struct evd_buffer longer = {0};
            static const char SUFFIX[] = ", learnt";
            const size_t suffix = sizeof SUFFIX - 1;
            put_raw(&longer, content);
            if (content.length < suffix || memcmp(content.bytes + content.length - suffix, SUFFIX, suffix) != 0)
                evd_buffer_string(&longer, SUFFIX);
            replace_string(&edits[EDIT_NAME], value);
            put_text(&edits[EDIT_NAME].text, &longer);
            edits[EDIT_NAME].text.failed |= longer.failed;
            evd_buffer_release(&longer);
        } else if (evd_string_equal(name, evd_string_of("why"))) {
            has_why = true;
            replace_string(&edits[EDIT_WHY], value);
            tell_why(writing, content, cost, &edits[EDIT_WHY].text);
        }
        for (int i = 0; i < SECTIONS; i++)
            if (evd_string_equal(name, evd_string_of(SECTION_KEYS[i]))) {
                const uint32_t next = value->next;
                struct edit *edit = &edits[EDIT_SECTIONS + i];
                has_section[i] = true;
                if (writing->section[i].length == 0)
                    continue;
                edit->at = closing(tape->text, next < tape->count ? tape->tokens[next].start : end);
                while (edit->at > 0 && memchr(" \t\r\n", tape->text[edit->at - 1], 4) != NULL)
                    edit->at--;
                evd_buffer_string(&edit->text, next == key + 2 ? "\n" : ",\n");
                evd_buffer_append(&edit->text, writing->section[i].data, writing->section[i].length);
            }
    }
    for (int i = 0; i < SECTIONS; i++)
        if (!has_section[i] && writing->section[i].length > 0) {
            evd_buffer_format(&last->text, ",\n\n  \"%s\": [\n", SECTION_KEYS[i]);
            evd_buffer_append(&last->text, writing->section[i].data, writing->section[i].length);
            evd_buffer_string(&last->text, "\n  ]");
        }
    if (!has_why) {
        evd_buffer_string(&last->text, ",\n\n  \"why\": ");
        tell_why(writing, (struct evd_string){"", 0}, cost, &last->text);
    }
    evd_arena_release(&arena);
    return true;
fail:
    evd_arena_release(&arena);
    return false;
}

static bool splice(const char *text, size_t length, struct edit edits[EDITS], struct evd_buffer *out)
{
    size_t at = 0;
    qsort(edits, EDITS, sizeof *edits, by_edit);
    for (size_t i = 0; i < EDITS && edits[i].at <= length; i++) {
        evd_buffer_append(out, text + at, edits[i].at - at);
        if (edits[i].text.length > 0)
            evd_buffer_append(out, edits[i].text.data, edits[i].text.length);
        out->failed |= edits[i].text.failed;
        at = edits[i].at + edits[i].length;
    }
    evd_buffer_append(out, text + at, length - at);
    evd_buffer_byte(out, '\0');
    return !out->failed;
}

static bool write_file(struct writing *writing, const char *cost, struct evd_buffer *out)
{
    static const char MARK[] = "\xef\xbb\xbf";
    const struct evd_rules *rules = writing->owned->book.rules;
    struct edit edits[EDITS] = {{.at = 0}};
    struct evd_json_fault fault;
    struct evd_json_parser *parser = evd_json_parser_create();
    const char *text = rules->text.bytes;
    size_t length = rules->text.length;
    if (length >= sizeof MARK - 1 && memcmp(text, MARK, sizeof MARK - 1) == 0) {
        text += sizeof MARK - 1;
        length -= sizeof MARK - 1;
    }
    const struct evd_json_tape *tape = parser == NULL ? NULL : evd_json_parse(parser, text, length, &fault);
    bool is_done = tape != NULL && write_rules(writing) && list_edits(writing, tape, length, cost, edits);
    for (int i = 0; i < SECTIONS; i++)
        is_done &= !writing->section[i].failed;
    is_done = is_done && splice(text, length, edits, out);
    for (size_t i = 0; i < EDITS; i++)
        evd_buffer_release(&edits[i].text);
    evd_json_parser_destroy(parser);
    return is_done;
}

enum evd_status evd_learnt_write(const struct evd_learnt *learnt, const char *cost, char **text, size_t *length,
                                 struct evd_error *error)
{
    struct writing writing = {.owned = (const struct evd_owned_learnt *)learnt};
    struct evd_buffer out = {0};
    *text = NULL;
    writing.rule_count = writing.owned->book.rules->compare_count;
    enum evd_status status = write_file(&writing, cost, &out) ? EVD_OK : evd_fail_memory(error);
    if (status == EVD_OK && writing.rule_count > EVD_COMPARE_RULES_MAX)
        status =
            evd_fail(error, EVD_E_ARGUMENT,
                     "what differs takes %zu rules, and a file may have %d; learn on top of rules that fit the logs "
                     "better, or make one of the rules by hand",
                     writing.rule_count, EVD_COMPARE_RULES_MAX);
    for (int i = 0; i < SECTIONS; i++)
        evd_buffer_release(&writing.section[i]);
    if (status != EVD_OK) {
        evd_buffer_release(&out);
        return status;
    }
    *length = out.length - 1;
    *text = out.data;
    return EVD_OK;
}

enum evd_status evd_learnt_load(const struct evd_learnt *learnt, struct evd_rules **rules, struct evd_error *error)
{
    char *text;
    size_t length;
    *rules = NULL;
    enum evd_status status = evd_learnt_write(learnt, NULL, &text, &length, error);
    if (status == EVD_OK)
        status = evd_rules_load_text("the rules that were learnt", text, length, NULL, rules, error);
    free(text);
    return status;
}
