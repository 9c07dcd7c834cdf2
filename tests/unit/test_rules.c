/* The rules: the built-in set member by member, every refusal with its place, options, look-ups. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/absorber.h"
#include "rules/rules.h"

static struct evd_rules *load(const struct evd_rules_options *options)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load(NULL, options, &rules, &error), EVD_OK, "%s", error.message);
    return rules;
}

static struct evd_rules *load_text(const char *text, const struct evd_rules_options *options)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_assert_eq(evd_rules_load_text("t", text, strlen(text), options, &rules, &error), EVD_OK, "%s: %s", text,
                 error.message);
    return rules;
}

static const struct evd_kind_rule *kind(const struct evd_rules *rules, const char *name)
{
    const struct evd_kind_rule *rule = evd_rules_kind(rules, name, strlen(name));
    cr_assert_not_null(rule, "no kind %s", name);
    return rule;
}

static void expect(struct evd_string string, const char *expected)
{
    cr_expect(evd_string_equal(string, evd_string_of(expected)), "'%.*s' is not '%s'", (int)string.length,
              string.length ? string.bytes : "", expected);
}

static void expect_roles(const struct evd_kind_rule *rule, const char *field, uint32_t roles)
{
    const struct evd_field_rule *found = evd_kind_field(rule, field, strlen(field));
    cr_assert_not_null(found, "no field %s", field);
    cr_expect_eq(found->roles, roles, "%s has roles %#x, not %#x", field, found->roles, roles);
}

Test(rules, builtin_set)
{
    struct evd_rules *rules = load(NULL);
    expect(rules->name, "schema-v1");
    cr_expect_eq(rules->kind_count, 12);
    cr_expect_eq(rules->slot_count, 9);
    cr_expect_eq(rules->tag_count, EVD_TAGS_RESERVED + 8 * 2 + 2);
    cr_expect_eq(rules->counted_count, 1);
    expect(rules->counted_kinds[0], "sema.release");
    size_t length;
    const char *text = evd_rules_text(rules, &length);
    cr_expect(length > 1000 && text[0] == '{' && text[length - 1] == '\n');
    evd_rules_free(rules);
}

Test(rules, builtin_engine_local_kinds)
{
    static const char *const KINDS[] = {"contention.observed", "sema.release", "signal.match", "wake.requested"};
    struct evd_rules *rules = load(NULL);
    size_t engine_local = 0;
    for (size_t i = 0; i < rules->kind_count; i++)
        engine_local += rules->kinds[i].engine_local;
    cr_expect_eq(engine_local, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect(kind(rules, KINDS[i])->engine_local);
        cr_expect_eq(kind(rules, KINDS[i])->counted, i == 1);
        cr_expect_eq(kind(rules, KINDS[i])->field_count, 0);
    }
    cr_expect_eq(kind(rules, "sema.release")->counted_index, 0);
    evd_rules_free(rules);
}

Test(rules, builtin_fields)
{
    struct evd_rules *rules = load(NULL);
    const struct evd_kind_rule *create = kind(rules, "handle.create");
    cr_expect_eq(create->field_count, 3);
    expect_roles(create, "raw_handle_id", EVD_FIELD_SKIPPED | EVD_FIELD_SID_POINTER);
    expect_roles(create, "handle_semantic_id", EVD_FIELD_SKIPPED | EVD_FIELD_SID);
    expect_roles(create, "object_type", EVD_FIELD_SID_OBJECT_TYPE);
    cr_expect_null(evd_kind_field(create, "raw_handle", 10));
    const struct evd_kind_rule *destroy = kind(rules, "handle.destroy");
    cr_expect_eq(destroy->field_count, 2);
    cr_expect_null(destroy->sid);
    expect_roles(destroy, "raw_handle_id", EVD_FIELD_SKIPPED);
    expect_roles(destroy, "handle_semantic_id", EVD_FIELD_SKIPPED);
    const struct evd_kind_rule *thread = kind(rules, "thread.create");
    cr_expect_eq(thread->field_count, 4);
    cr_expect(thread->creates_threads);
    expect_roles(thread, "entry_pc", EVD_FIELD_ENTRY);
    expect_roles(thread, "handle_semantic_id", EVD_FIELD_SKIPPED);
    expect_roles(thread, "parent_tid", EVD_FIELD_SKIPPED);
    expect_roles(thread, "ctx_ptr", EVD_FIELD_HEAP | EVD_FIELD_POINTER);
    const struct evd_kind_rule *begin = kind(rules, "wait.begin");
    cr_expect_eq(begin->field_count, 1);
    expect_roles(begin, "handles_semantic_ids", EVD_FIELD_SKIPPED | EVD_FIELD_SID);
    const struct evd_kind_rule *end = kind(rules, "wait.end");
    cr_expect_eq(end->field_count, 2);
    expect_roles(end, "wait_duration_cycles", EVD_FIELD_SKIPPED);
    expect_roles(end, "woken_by_semantic_id", EVD_FIELD_SKIPPED);
    cr_expect(create->sid != NULL && !create->sid->many && create->sid->has_recipe);
    cr_expect_eq(create->sid->recipe_marker, 0xC01AB005u);
    cr_expect(begin->sid != NULL && begin->sid->many && !begin->sid->has_recipe);
    evd_rules_free(rules);
}

Test(rules, builtin_canonical_fields)
{
    static const char *const NAMES[] = {"MmAllocatePhysicalMemory", "MmAllocatePhysicalMemoryEx", "MmCreateKernelStack",
                                        "MmGetPhysicalAddress",     "NtAllocateVirtualMemory",    "RtlAllocateHeap",
                                        "RtlImageXexHeaderField",   "XamNotifyCreateListener"};
    struct evd_rules *rules = load(NULL);
    const struct evd_kind_rule *ret = kind(rules, "kernel.return");
    expect_roles(ret, "name", EVD_FIELD_ALLOCATOR_NAME);
    expect_roles(ret, "return_value", EVD_FIELD_SET | EVD_FIELD_POINTER);
    expect_roles(ret, "status", EVD_FIELD_REPLACED);
    cr_expect_eq(ret->field_count, 3);
    cr_assert_not_null(ret->allocator);
    expect(ret->allocator->prefix, "ALLOC");
    cr_assert_eq(ret->allocator->name_count, 8);
    for (size_t i = 0; i < 8; i++) {
        expect(ret->allocator->names[i], NAMES[i]);
        cr_expect_eq(evd_allocator_index(ret->allocator, NAMES[i], strlen(NAMES[i])), (long)i);
        for (int is_null = 0; is_null < 2; is_null++) {
            const struct evd_ordinal_tag *tag = &rules->tags[evd_allocator_tag(ret, i, is_null)];
            cr_expect(tag->slot_first == ret->slot_first + i && tag->slot_bits == 1);
            cr_expect_eq(tag->without_null, ret->tag_first + i);
        }
    }
    static const char *const MISSES[] = {"", "A", "MmAllocate", "MmAllocatePhysicalMemoryE", "RtlAllocateHeap2", "Zw"};
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(evd_allocator_index(ret->allocator, MISSES[i], strlen(MISSES[i])), -1);
    cr_expect_eq(ret->slot_count, 8);
    const struct evd_kind_rule *thread = kind(rules, "thread.create");
    cr_expect_eq(thread->heap_field_count, 1);
    expect(thread->heap_prefix, "HEAP");
    cr_expect_eq(thread->slot_count, 1);
    cr_expect_eq(rules->tags[thread->tag_first].slot_first, thread->slot_first);
    cr_expect_eq(rules->tags[thread->tag_first].slot_bits, 1);
    cr_expect_eq(rules->tags[0].slot_bits, 0);
    cr_expect_eq(rules->tags[1].slot_bits, 0);
    evd_rules_free(rules);
}

Test(rules, builtin_absorbers)
{
    struct evd_rules *rules = load(NULL);
    cr_assert_eq(evd_rules_absorber_count(rules), 3);
    cr_expect_str_eq(evd_rules_absorber_name(rules, 0), "shared-global");
    cr_expect_str_eq(evd_rules_absorber_name(rules, 1), "wait-begin");
    cr_expect_str_eq(evd_rules_absorber_name(rules, 2), "nested-cs");
    const struct evd_absorber_rule *a = rules->absorbers;
    for (size_t i = 0; i < 3; i++) {
        expect(a[i].name, a[i].name_text);
        cr_expect_not(a[i].disabled);
    }
    static const char *const TYPES[] = {"floating-sid", "floating-sid", "balanced-blocks"};
    static const enum evd_absorbed_column COLUMNS[] = {
        EVD_COLUMN_FLOATING_CREATE, EVD_COLUMN_FLOATING_WAIT, EVD_COLUMN_NONE};
    static const uint64_t AHEAD[] = {0, 0, 2 * 32 * 3};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_str_eq(a[i].type->rule.choice, TYPES[i]);
        cr_expect_eq(a[i].column, COLUMNS[i]);
        cr_expect_eq(a[i].type->lookahead(&a[i]), AHEAD[i]);
    }
    evd_rules_free(rules);
}

Test(rules, builtin_priorities_summaries_pairing)
{
    struct evd_rules *rules = load(NULL);
    const struct evd_kind_rule *ret = kind(rules, "kernel.return");
    const struct evd_kind_rule *call = kind(rules, "kernel.call");
    const struct evd_kind_rule *import = kind(rules, "import.call");
    const struct evd_kind_rule *destroy = kind(rules, "handle.destroy");
    cr_expect_eq(ret->priority_form, EVD_PRIORITY_VALUE);
    cr_assert_eq(ret->priority_count, 2);
    expect(ret->priority_fields[0], "return_value");
    expect(ret->priority_fields[1], "status");
    expect(ret->priority_name, "name");
    cr_expect_eq(call->priority_form, EVD_PRIORITY_MEMBERS);
    cr_assert_eq(call->priority_count, 2);
    expect(call->priority_fields[0], "args");
    expect(call->priority_fields[1], "args_resolved");
    expect(call->priority_name, "name");
    cr_expect_eq(import->priority_form, EVD_PRIORITY_NONE);
    const struct evd_kind_rule *named[] = {ret, call, import};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(named[i]->summary_form, EVD_SUMMARY_FIRST_OF);
        cr_assert_eq(named[i]->summary_count, 2);
        expect(named[i]->summary_fields[0], "name");
        expect(named[i]->summary_fields[1], "ord");
    }
    const struct evd_kind_rule *handles[] = {kind(rules, "handle.create"), destroy};
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(handles[i]->summary_form, EVD_SUMMARY_FIELD);
        cr_assert_eq(handles[i]->summary_count, 1);
        expect(handles[i]->summary_fields[0], "handle_semantic_id");
        expect(handles[i]->summary_label, "sid");
        expect(handles[i]->summary_missing, "?");
    }
    cr_expect_eq(kind(rules, "wait.begin")->summary_form, EVD_SUMMARY_PAYLOAD);
    for (size_t i = 0; i < rules->kind_count; i++)
        cr_expect_eq(rules->kinds[i].pairing, &rules->kinds[i] == call);
    expect_roles(call, "name", EVD_FIELD_PAIRING);
    evd_rules_free(rules);
}

Test(rules, lookups_hit_and_miss)
{
    struct evd_rules *rules = load(NULL);
    for (size_t i = 0; i < rules->kind_count; i++) {
        const struct evd_string name = rules->kinds[i].kind;
        cr_expect_eq(evd_rules_kind(rules, name.bytes, name.length), &rules->kinds[i]);
        cr_expect_null(evd_rules_kind(rules, name.bytes, name.length - 1));
    }
    cr_expect_null(evd_rules_kind(rules, "", 0));
    cr_expect_null(evd_rules_kind(rules, "kernel.Call", 11));
    evd_rules_free(rules);
}

Test(rules, options_leave_out)
{
    const char *const disabled[] = {"wait-begin"};
    const struct evd_rules_options options = {
        .keep_allocator_returns = true,
        .keep_host_heap_fields = true,
        .disabled_absorbers = disabled,
        .disabled_absorber_count = 1,
    };
    struct evd_rules *plain = load(NULL), *again = load(NULL), *less = load(&options);
    cr_expect_eq(plain->hash, again->hash);
    cr_expect_neq(plain->hash, less->hash);
    const struct evd_kind_rule *ret = kind(less, "kernel.return");
    cr_expect_null(ret->allocator);
    cr_expect_eq(ret->field_count, 0);
    const struct evd_kind_rule *thread = kind(less, "thread.create");
    cr_expect_eq(thread->heap_field_count, 0);
    cr_expect_eq(thread->field_count, 3);
    cr_expect_eq(less->slot_count, 0);
    cr_expect_eq(less->tag_count, EVD_TAGS_RESERVED);
    cr_expect_not(less->absorbers[0].disabled);
    cr_expect(less->absorbers[1].disabled);
    cr_expect_eq(evd_rules_absorber_count(less), 3);
    evd_rules_free(plain);
    evd_rules_free(again);
    evd_rules_free(less);
}

Test(rules, hash_tells_options_apart)
{
    const char *const names[] = {"shared-global", "nested-cs"};
    const struct evd_rules_options options[] = {
        {0},
        {.keep_allocator_returns = true},
        {.keep_host_heap_fields = true},
        {.disabled_absorbers = names, .disabled_absorber_count = 2},
    };
    uint64_t hashes[4];
    for (size_t i = 0; i < 4; i++) {
        struct evd_rules *rules = load(&options[i]);
        hashes[i] = rules->hash;
        evd_rules_free(rules);
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < i; j++)
            cr_expect_neq(hashes[i], hashes[j], "%zu and %zu", i, j);
    /* Disabled absorbers change no key: an index made without them fits. */
    cr_expect_eq(hashes[0], hashes[3]);
}

#define PAIRING         "\"pairing\":{\"kind\":\"p\",\"field\":\"f\",\"why\":\"w\"}"
/* A rules file whose second line is `body`. */
#define FILE_WITH(body) "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING ",\n" body "}"

Test(rules, heap_tags_say_which_fields_are_marked_and_which_are_null)
{
    struct evd_rules *rules =
        load_text(FILE_WITH("\"host_heap_fields\":[{\"kind\":\"k\",\"fields\":[\"a\",\"b\",\"c\"],"
                            "\"mark\":\"M\",\"why\":\"w\"}]"),
                  NULL);
    const struct evd_kind_rule *rule = kind(rules, "k");
    cr_expect_eq(rule->slot_count, 3);
    cr_expect_eq(rules->tag_count, EVD_TAGS_RESERVED + 26);
    for (uint32_t states = 1; states < 27; states++) {
        const uint32_t digits[3] = {states % 3, states / 3 % 3, states / 9};
        const struct evd_ordinal_tag *tag = &rules->tags[rule->tag_first + states - 1];
        uint32_t bits = 0, without_null = rule->tag_first - 1;
        for (uint32_t i = 0, weight = 1; i < 3; i++, weight *= 3) {
            bits |= (uint32_t)(digits[i] != EVD_HEAP_UNMARKED) << i;
            without_null += digits[i] != EVD_HEAP_UNMARKED ? weight * EVD_HEAP_MARKED : 0;
        }
        cr_expect_eq(tag->slot_first, rule->slot_first);
        cr_expect_eq(tag->slot_bits, bits);
        cr_expect_eq(tag->without_null, without_null);
    }
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(rule->fields[i].heap_index, i);
    evd_rules_free(rules);
}

Test(rules, least_file_and_merged_skips)
{
    struct evd_rules *rules =
        load_text("\xef\xbb\xbf{\"n\\u0061me\":\"n\",\"rules\":\"evdiff.rules/1\"," PAIRING "}\r\n", NULL);
    cr_expect_eq(rules->kind_count, 1);
    cr_expect_eq(evd_rules_absorber_count(rules), 0);
    evd_rules_free(rules);
    rules = load_text(FILE_WITH("\"skipped_fields\":["
                                "{\"kind\":\"k\",\"fields\":[\"a\"],\"why\":\"w\"},"
                                "{\"kind\":\"k\",\"fields\":[\"b\"],\"why\":\"w\"}]"),
                      NULL);
    cr_expect_eq(kind(rules, "k")->field_count, 2);
    evd_rules_free(rules);
}

/* Which rule a path falls under: the most particular one, wherever it stands in the file. */
Test(rules, names)
{
    struct evd_rules *rules = load_text(
        FILE_WITH("\"names\":["
                  "{\"form\":\"value\",\"class\":\"b\",\"kind\":\"k\",\"fields\":[\"args.*\",\"r\"],"
                  "\"why\":\"w\"},"
                  "{\"form\":\"value\",\"class\":\"a\",\"kind\":\"k\",\"fields\":[\"args.a1\"],"
                  "\"why\":\"w\"},"
                  "{\"form\":\"end\",\"class\":\"a\",\"kind\":\"k\",\"name_field\":\"n\","
                  "\"calls\":[\"free\",\"close\"],\"fields\":[\"args.*\"],\"why\":\"w\"},"
                  "{\"form\":\"birth\",\"class\":\"b\",\"kind\":\"q\",\"name_field\":\"n\","
                  "\"calls\":[\"malloc\"],\"fields\":[\"r\"],\"why\":\"w\","
                  "\"size\":{\"kind\":\"k\",\"field\":\"args.a0\"}}],"
                  "\"name_classes\":["
                  "{\"class\":\"a\",\"at_least\":\"0x4\",\"scope\":\"log\",\"why\":\"w\"},"
                  "{\"class\":\"b\",\"at_least\":\"0xFFFFFFFFFFFFFFFF\",\"scope\":\"thread\","
                  "\"why\":\"w\"}]"),
        NULL);
    cr_assert_eq(rules->name_class_count, 2);
    cr_expect(!rules->name_classes[0].is_per_thread && rules->name_classes[1].is_per_thread);
    cr_expect_eq(rules->name_classes[1].at_least, UINT64_MAX);
    static const struct {
        const char *kind, *call, *field, *member;
        int form, class_index; /* -1: no rule */
    } CASES[] = {
        {"k", "", "args", "a0", EVD_NAME_VALUE, 1},
        {"k", "", "args", "a1", EVD_NAME_VALUE, 0},
        {"k", "free", "args", "a0", EVD_NAME_END, 0},
        {"k", "close", "args", "a1", EVD_NAME_END, 0},
        {"k", "malloc", "args", "a0", EVD_NAME_SIZE, 1},
        {"k", "malloc", "args", "a2", EVD_NAME_VALUE, 1},
        {"k", "free", "r", NULL, EVD_NAME_VALUE, 1},
        {"k", "", "args", NULL, -1, 0},
        {"k", "", "r", "a0", -1, 0},
        {"k", "", "other", "a0", -1, 0},
        {"q", "malloc", "r", NULL, EVD_NAME_BIRTH, 1},
        {"q", "calloc", "r", NULL, -1, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct evd_string member = evd_string_of(CASES[i].member ? CASES[i].member : "");
        const struct evd_name_rule *rule = evd_name_rule_find(
            kind(rules, CASES[i].kind), evd_name_call_find(kind(rules, CASES[i].kind), evd_string_of(CASES[i].call)),
            evd_string_of(CASES[i].field), CASES[i].member ? &member : NULL);
        if (CASES[i].form < 0) {
            cr_expect_null(rule, "case %zu", i);
            continue;
        }
        cr_assert_not_null(rule, "case %zu", i);
        cr_expect_eq((int)rule->form, CASES[i].form, "case %zu", i);
        cr_expect_eq((int)rule->class_index, CASES[i].class_index, "case %zu", i);
        cr_expect_eq(rule->size_index, rule->form == EVD_NAME_SIZE || rule->form == EVD_NAME_BIRTH);
    }
    evd_rules_free(rules);
}

Test(rules, hexadecimal)
{
    static const struct {
        const char *spelling;
        uint64_t value;
    } GOOD[] = {{"0x0", 0}, {"0x00fF", 255}, {"0xffffffffffffffff", UINT64_MAX}};
    static const char *const BAD[] = {
        "", "0", "0x", "0X1", "1x1", "0xg", "0x/", "0x:", "0x@", "0x`", "0x00000000000000001", " 0x1", "0x1 "};
    uint64_t value;
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        cr_expect(evd_hexadecimal(evd_string_of(GOOD[i].spelling), &value));
        cr_expect_eq(value, GOOD[i].value);
    }
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        cr_expect_not(evd_hexadecimal(evd_string_of(BAD[i]), &value), "%s", BAD[i]);
}

Test(rules, many_kinds)
{
    char *text = malloc(1 << 20);
    cr_assert_not_null(text);
    int length = sprintf(text, "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING ",\"engine_local_kinds\":[");
    for (int i = 0; i < 5000; i++)
        length += sprintf(text + length, "%s{\"kind\":\"k%d\",\"counted\":true,\"why\":\"w\"}", i ? "," : "", i);
    strcpy(text + length, "]}");
    struct evd_rules *rules = load_text(text, NULL);
    cr_expect_eq(rules->kind_count, 5001);
    cr_expect_eq(rules->counted_count, 5000);
    char name[16];
    for (int i = 0; i < 5000; i++) {
        sprintf(name, "k%d", i);
        expect(rules->counted_kinds[kind(rules, name)->counted_index], name);
    }
    evd_rules_free(rules);
    free(text);
}

Test(rules, files_that_can_not_be_read)
{
    struct evd_rules *rules;
    struct evd_error error;
    cr_expect_eq(evd_rules_load("/", NULL, &rules, &error), EVD_E_IO);
    cr_expect_str_eq(error.path, "/");
    cr_expect_null(rules);
    cr_expect_eq(evd_rules_load("/no/such/file", NULL, &rules, NULL), EVD_E_IO);
    evd_rules_free(NULL);
}

Test(rules, file_loads_as_its_text)
{
    struct evd_rules *builtin = load(NULL), *rules;
    struct evd_error error;
    size_t length;
    const char *text = evd_rules_text(builtin, &length);
    char path[] = "/tmp/evdiff-rules-XXXXXX";
    const int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, text, length) == (ssize_t)length && close(file) == 0);
    const enum evd_status status = evd_rules_load(path, NULL, &rules, &error);
    cr_expect_eq(truncate(path, (16 << 20) + 1), 0);
    struct evd_rules *none;
    cr_expect_eq(evd_rules_load(path, NULL, &none, NULL), EVD_E_RULES);
    unlink(path);
    cr_assert_eq(status, EVD_OK, "%s", error.message);
    cr_expect_eq(rules->hash, builtin->hash);
    evd_rules_free(rules);
    evd_rules_free(builtin);
}

struct refusal {
    const char *text;
    unsigned line, column;
    const char *message; /* NULL: the JSON parser's own words */
};

static const struct refusal REFUSALS[] = {
#include "test_rules_refusals.inc"
};

Test(rules, refusals)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const struct refusal *c = &REFUSALS[i];
        struct evd_rules *rules;
        struct evd_error error = {0};
        cr_expect_eq(evd_rules_load_text("t", c->text, strlen(c->text), NULL, &rules, &error), EVD_E_RULES,
                     "accepted: %s", c->text);
        cr_expect_null(rules);
        cr_expect(error.line == c->line && error.column == c->column &&
                      (c->message == NULL || strcmp(error.message, c->message) == 0) && strcmp(error.path, "t") == 0,
                  "%s\n    gave %llu:%llu: %s\n  wanted %u:%u: %s", c->text, (unsigned long long)error.line,
                  (unsigned long long)error.column, error.message, c->line, c->column,
                  c->message ? c->message : "(any)");
    }
}

/* Refusals that are too long to write down, and what is just not refused. */
Test(rules, limits)
{
    static const struct {
        const char *head, *item, *tail, *message;
        int count;
    } LIMITS[] = {
        {"\"skipped_fields\":[{\"kind\":\"k\",\"why\":\"w\",\"fields\":[", "\"f%d\"", "]}]",
         "\"fields\" must have at most 256 items", 257},
        {"\"skipped_fields\":[", "{\"kind\":\"k\",\"fields\":[\"f%d\"],\"why\":\"w\"}", "]",
         "kind \"k\" has rules for more than 256 fields", 257},
        {"\"host_heap_fields\":[{\"kind\":\"k\",\"why\":\"w\",\"mark\":\"M\",\"fields\":[", "\"f%d\"", "]}]",
         "kind \"k\" has more than 8 host-heap fields", 9},
        {"\"sid_sources\":[{\"kind\":\"k\",\"field\":\"s\",\"why\":\"w\"}],\"absorbers\":[",
         "{\"name\":\"a%d\",\"type\":\"floating-sid\",\"kind\":\"k\",\"why\":\"w\"}", "]",
         "there are more than 256 absorbers", 257},
        {"\"name_classes\":[", "{\"class\":\"a%d\",\"at_least\":\"0x1\",\"scope\":\"log\",\"why\":\"w\"}", "]",
         "there are more than 64 classes of names", 65},
        {"\"name_classes\":[{\"class\":\"a\",\"at_least\":\"0x1\",\"scope\":\"log\",\"why\":\"w\"}],"
         "\"names\":[{\"form\":\"value\",\"class\":\"a\",\"kind\":\"k\",\"why\":\"w\","
         "\"fields\":[\"x\"]},{\"form\":\"value\",\"class\":\"a\",\"kind\":\"k\",\"why\":\"w\",\"fields\":[",
         "\"f.m%d\"", "]}]", "kind \"k\" has more than 256 name rules", 256},
        {"\"failures\":[", "{\"kind\":\"k\",\"fields\":[\"f%d\"],\"values\":[\"1\"],\"why\":\"w\"}", "]",
         "kind \"k\" has more than 256 rules of \"failures\"", 257},
        {"\"allocator_returns\":[{\"kind\":\"k\",\"why\":\"w\",\"mark\":\"M\",\"name_field\":\"n\","
         "\"set_fields\":[\"s\"],\"names\":[",
         "\"f%d\"", "]}]",
         "too many allocator names, of which each takes two numbers, and host-heap fields: at \"k\" there is no room "
         "for more than 59998",
         30000},
    };
    char *text = malloc(4 << 20);
    cr_assert_not_null(text);
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++)
        for (int beyond = 0; beyond < 2; beyond++) {
            int length = sprintf(text, "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING ",%s", LIMITS[i].head);
            for (int j = 0; j < LIMITS[i].count - 1 + beyond; j++) {
                if (j > 0)
                    text[length++] = ',';
                const char *place = strstr(LIMITS[i].item, "%d");
                length +=
                    sprintf(text + length, "%.*s%d%s", (int)(place - LIMITS[i].item), LIMITS[i].item, j, place + 2);
            }
            length += sprintf(text + length, "%s}", LIMITS[i].tail);
            struct evd_rules *rules;
            struct evd_error error = {0};
            cr_expect_eq(evd_rules_load_text("t", text, (size_t)length, NULL, &rules, &error),
                         beyond ? EVD_E_RULES : EVD_OK, "%zu: %s", i, error.message);
            cr_expect_str_eq(error.message, beyond ? LIMITS[i].message : "");
            evd_rules_free(rules);
        }
    free(text);
}

Test(rules, a_million_blocks)
{
    static const char TEXT[] =
        "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING
        ",\"absorbers\":[{\"name\":\"a\",\"type\":\"balanced-blocks\","
        "\"side\":\"ours\",\"name_field\":\"n\",\"enter\":\"e\",\"leave\":\"l\",\"block_kinds\":[\"k\"],\"max_blocks\":1000000,"
        "\"why\":\"w\"}]}";
    struct evd_rules *rules;
    struct evd_error error = {0};
    cr_expect_eq(evd_rules_load_text("t", TEXT, sizeof TEXT - 1, NULL, &rules, &error), EVD_OK, "%s", error.message);
    evd_rules_free(rules);
}

/* The rest of a file of 16 MiB is blank. */
Test(rules, text_of_16_mib)
{
    static const char TEXT[] = "{\"rules\":\"evdiff.rules/1\",\"name\":\"n\"," PAIRING "}";
    const size_t most = 16 << 20;
    struct evd_rules *rules;
    struct evd_error error = {0};
    char path[] = "/tmp/evdiff-rules-XXXXXX", *text = malloc(most + 1);
    cr_assert_not_null(text);
    memset(text, ' ', most + 1);
    memcpy(text, TEXT, sizeof TEXT - 1);
    const int file = mkstemp(path);
    cr_assert(file >= 0 && write(file, text, most) == (ssize_t)most);
    cr_expect_eq(evd_rules_load(path, NULL, &rules, &error), EVD_OK, "%s", error.message);
    evd_rules_free(rules);
    cr_assert(write(file, " ", 1) == 1 && close(file) == 0);
    cr_expect_eq(evd_rules_load(path, NULL, &rules, &error), EVD_E_RULES);
    cr_expect_str_eq(error.message, "is larger than 16 MiB");
    unlink(path);
    free(text);
}
