/* The rules as a file: the text that they were read from, with what was learnt put in where it belongs, so that all that a
 * person wrote there stays as it is. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "learn/rules_text.h"
#include "rules/build.h"

/* A place in the base's text where something is put in, in the place of `length` bytes. */
struct edit {
    size_t at, length;
    struct evd_buffer text;
};

enum { EDIT_FORMAT, EDIT_NAME, EDIT_WHY, EDIT_SECTIONS, EDIT_END = EDIT_SECTIONS + EVD_LEARNT_SECTIONS, EDITS };

static int by_edit(const void *a, const void *b)
{
    const struct edit *left = a, *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

static void tell_why(struct evd_learnt_text *writing, struct evd_string base, const char *cost, struct evd_buffer *out)
{
    const struct evd_learnt *learnt = &writing->owned->learnt;
    struct evd_buffer why = {0};
    evd_put_raw(&why, base);
    evd_buffer_format(&why, "%sLearnt from %zu runs:", base.length > 0 ? " " : "", learnt->run_count);
    for (size_t i = 0; i < learnt->run_count; i++) {
        evd_buffer_string(&why, i > 0 ? ", " : " ");
        evd_put_raw(&why, writing->owned->paths[i]);
    }
    evd_buffer_format(&why, ". Of %zu things that differ %zu are learnt.", learnt->lesson_count, learnt->learnt_count);
    if (cost != NULL) {
        evd_buffer_byte(&why, ' ');
        evd_buffer_string(&why, cost);
    }
    evd_put_text(out, &why);
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
static bool list_edits(struct evd_learnt_text *writing, const struct evd_json_tape *tape, size_t text_length,
                       const char *cost, struct edit edits[EDITS])
{
    const size_t end = closing(tape->text, text_length);
    size_t behind = end;
    while (behind > 0 && memchr(" \t\r\n", tape->text[behind - 1], 4) != NULL)
        behind--;
    struct edit *last = &edits[EDIT_END];
    for (size_t i = 0; i < EDITS; i++)
        edits[i].at = SIZE_MAX;
    last->at = behind;
    bool has_section[EVD_LEARNT_SECTIONS] = {false}, has_why = false;
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
            evd_put_raw(&longer, content);
            if (content.length < suffix || memcmp(content.bytes + content.length - suffix, SUFFIX, suffix) != 0)
                evd_buffer_string(&longer, SUFFIX);
            replace_string(&edits[EDIT_NAME], value);
            evd_put_text(&edits[EDIT_NAME].text, &longer);
            edits[EDIT_NAME].text.failed |= longer.failed;
            evd_buffer_release(&longer);
        } else if (evd_string_equal(name, evd_string_of("why"))) {
            has_why = true;
            replace_string(&edits[EDIT_WHY], value);
            tell_why(writing, content, cost, &edits[EDIT_WHY].text);
        }
        for (int i = 0; i < EVD_LEARNT_SECTIONS; i++)
            if (evd_string_equal(name, evd_string_of(evd_learnt_section_keys[i]))) {
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
    for (int i = 0; i < EVD_LEARNT_SECTIONS; i++)
        if (!has_section[i] && writing->section[i].length > 0) {
            evd_buffer_format(&last->text, ",\n\n  \"%s\": [\n", evd_learnt_section_keys[i]);
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

static bool write_file(struct evd_learnt_text *writing, const char *cost, struct evd_buffer *out)
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
    bool is_done = tape != NULL && evd_learnt_text_write(writing) && list_edits(writing, tape, length, cost, edits);
    for (int i = 0; i < EVD_LEARNT_SECTIONS; i++)
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
    struct evd_learnt_text writing = {.owned = (const struct evd_owned_learnt *)learnt};
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
    for (int i = 0; i < EVD_LEARNT_SECTIONS; i++)
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
