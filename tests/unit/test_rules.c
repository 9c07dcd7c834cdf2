/* The rules that are built in, member by member; options, look-ups. */
#include <string.h>

#include "rules/absorber.h"
#include "rules_text.h"

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
