#include "learn/book.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "learn/operators.h"
#include "outcome/text.h"
#include "walk/tell_value.h"
#include "json/key.h"

uint64_t evd_book_call_key(struct evd_string kind, struct evd_string call)
{
    return evd_stable_hash_pair(evd_stable_hash_string(kind), evd_stable_hash_string(call));
}

uint64_t evd_book_field_key(struct evd_string kind, struct evd_string call, struct evd_string path)
{
    return evd_stable_hash_pair(evd_book_call_key(kind, call), evd_stable_hash_string(path));
}

static bool copy_string(struct evd_arena *arena, struct evd_string from, struct evd_string *to)
{
    struct evd_text text;
    if (!evd_copy_text(arena, (struct evd_text){from.bytes, from.length}, &text))
        return false;
    *to = (struct evd_string){text.bytes, text.length};
    return true;
}

static uint64_t *make_counts(struct evd_book *book, size_t count)
{
    uint64_t *counts = evd_arena_array(&book->arena, count, sizeof *counts);
    if (counts != NULL)
        memset(counts, 0, count * sizeof *counts);
    return counts;
}

static struct evd_text text_of(struct evd_string string)
{
    return (struct evd_text){string.bytes, string.length};
}

static bool start_field(struct evd_book *book, struct evd_field_facts *field, struct evd_string kind,
                        struct evd_string call, struct evd_string path, struct evd_string member)
{
    *field = (struct evd_field_facts){
        .explained = (1u << EVD_LEARN_OPERATORS) - 1, .least = UINT64_MAX, .has_depth = member.length == 0};
    field->seen = make_counts(book, book->run_count);
    field->varied = make_counts(book, book->pair_count);
    if (field->seen == NULL || field->varied == NULL || !copy_string(&book->arena, kind, &field->kind) ||
        !copy_string(&book->arena, call, &field->call) || !copy_string(&book->arena, path, &field->path) ||
        !copy_string(&book->arena, member, &field->member))
        return false;
    const struct evd_failing_values failures =
        evd_failing_values_of(book->rules, text_of(kind), text_of(call), text_of(member));
    for (size_t i = 0; i < EVD_KIND_FAILURES_MAX / 64; i++)
        field->may_fail |= failures.counting[i] != 0;
    return true;
}

struct evd_field_facts *evd_book_field(struct evd_book *book, struct evd_string kind, struct evd_string call,
                                       struct evd_string path, struct evd_string member)
{
    bool is_new;
    void *fields = evd_grow(book->fields, book->field_count, &book->field_capacity, sizeof *book->fields);
    if (fields == NULL)
        return NULL;
    book->fields = fields;
    const uint64_t *known =
        evd_table_put(&book->by_field, evd_book_field_key(kind, call, path), book->field_count, &is_new);
    if (known == NULL)
        return NULL;
    struct evd_field_facts *field = &book->fields[*known];
    if (!is_new)
        return field;
    if (evd_table_put(&book->by_events, evd_book_call_key(kind, call), 0, NULL) == NULL ||
        !start_field(book, field, kind, call, path, member))
        return NULL;
    book->field_count++;
    return field;
}

/* A value of a few letters or digits, which a rule can spell. */
static bool is_scalar(const struct evd_value *value)
{
    return value != NULL && value->type != EVD_JSON_ARRAY && value->type != EVD_JSON_OBJECT &&
           value->type != EVD_JSON_REAL;
}

static bool add_few(struct evd_book *book, struct evd_field_facts *field, const struct evd_value *value)
{
    if (!is_scalar(value)) {
        field->has_other_types = true;
        return true;
    }
    const uint64_t hash = evd_hash_tree(value);
    for (size_t i = 0; i < field->value_count; i++)
        if (field->values[i].hash == hash)
            return true;
    if (field->value_count == EVD_FEW_VALUES) {
        field->has_more_values = true;
        return true;
    }
    struct evd_few_value *few = &field->values[field->value_count];
    *few = (struct evd_few_value){.hash = hash, .value = *value};
    /* Numbers are digits, which lie in the same place as a text. */
    if ((value->type == EVD_JSON_STRING || value->type == EVD_JSON_INTEGER) &&
        !copy_string(&book->arena, value->string, &few->value.string))
        return false;
    field->value_count++;
    return true;
}

/* The number of an integer or of "0x…". */
static bool read_name(const struct evd_field_value *value, uint64_t *number)
{
    *number = (uint64_t)value->number;
    return (value->form == EVD_NUMBER_INTEGER && value->number >= 0) || value->form == EVD_NUMBER_HEX;
}

/* Notes what a value stood against in this thread of these runs. */
static bool add_renaming(struct evd_book *book, const struct evd_field_facts *field,
                         const struct evd_value_place *place, const uint64_t number[EVD_SIDES], bool *is_known,
                         bool *is_broken)
{
    const uint64_t where =
        evd_hash_pair(evd_hash_pair((uint64_t)(field - book->fields), place->run_pair), (uint64_t)place->threads);
    *is_known = *is_broken = false;
    for (int side = 0; side < EVD_SIDES; side++) {
        bool is_new;
        uint64_t *other = evd_table_put(
            &book->renaming, evd_hash_pair(evd_hash_pair(where, (uint64_t)side), number[side]), number[!side], &is_new);
        if (other == NULL)
            return false;
        *is_broken |= *other != number[!side];
        *is_known |= !is_new && *other == number[!side];
        *other = number[!side];
    }
    return true;
}

static bool add_numbers(struct evd_book *book, struct evd_field_facts *field, const struct evd_value_place *place,
                        const struct evd_field_value told[EVD_SIDES])
{
    uint64_t number[EVD_SIDES];
    bool is_known, is_broken;
    for (int side = 0; side < EVD_SIDES; side++)
        if (!read_name(&told[side], &number[side])) {
            field->has_no_number = true;
            return true;
        }
    for (int side = 0; side < EVD_SIDES; side++) {
        field->least = number[side] < field->least ? number[side] : field->least;
        field->most = number[side] > field->most ? number[side] : field->most;
    }
    if (!add_renaming(book, field, place, number, &is_known, &is_broken))
        return false;
    field->renamed += is_known;
    field->broken += is_broken;
    return true;
}

bool evd_book_add_values(struct evd_book *book, struct evd_field_facts *field, const struct evd_value_place *place,
                         const struct evd_value *const value[EVD_SIDES], struct evd_arena *scratch)
{
    struct evd_field_value told[EVD_SIDES];
    struct evd_buffer text = {0};
    unsigned fitting;
    bool is_done = evd_tell_values(value, EVD_EXTENT_WHOLE, &text, scratch, told) &&
                   evd_operators_that_fit(scratch, value[EVD_CANARY], value[EVD_OURS], &fitting) &&
                   add_few(book, field, value[EVD_CANARY]) && add_few(book, field, value[EVD_OURS]) &&
                   add_numbers(book, field, place, told);
    evd_buffer_release(&text);
    if (!is_done)
        return false;
    if (field->may_fail) {
        const struct evd_failing_values failures =
            evd_failing_values_of(book->rules, text_of(field->kind), text_of(field->call), text_of(field->member));
        for (int side = 0; side < EVD_SIDES; side++)
            field->fails |= evd_is_failing(&failures, &told[side]);
    }
    evd_relation_add(&field->relation, (size_t)evd_hash_pair(place->run_pair, (uint64_t)place->threads), told);
    field->explained &= fitting;
    field->varied[place->run_pair]++;
    field->varied_in_all++;
    return true;
}

static struct evd_call_facts *call_of(struct evd_book *book, struct evd_string call, struct evd_string kind)
{
    bool is_new;
    /* Events without a name belong to their kind alone. */
    const uint64_t key = evd_book_call_key(call.length > 0 ? (struct evd_string){"", 0} : kind, call);
    void *calls = evd_grow(book->calls, book->call_count, &book->call_capacity, sizeof *book->calls);
    if (calls == NULL)
        return NULL;
    book->calls = calls;
    const uint64_t *known = evd_table_put(&book->by_call, key, book->call_count, &is_new);
    if (known == NULL)
        return NULL;
    struct evd_call_facts *facts = &book->calls[*known];
    if (!is_new)
        return facts;
    *facts = (struct evd_call_facts){
        .seen = make_counts(book, book->run_count), .missing = make_counts(book, book->pair_count)};
    if (facts->seen == NULL || facts->missing == NULL || !copy_string(&book->arena, call, &facts->call))
        return NULL;
    book->call_count++;
    return facts;
}

static bool add_kind(struct evd_book *book, struct evd_call_facts *call, struct evd_string kind)
{
    for (size_t i = 0; i < call->kind_count; i++)
        if (evd_string_equal(call->kinds[i], kind))
            return true;
    void *kinds = evd_grow(call->kinds, call->kind_count, &call->kind_capacity, sizeof *call->kinds);
    if (kinds == NULL)
        return false;
    call->kinds = kinds;
    if (!copy_string(&book->arena, kind, &call->kinds[call->kind_count]))
        return false;
    call->kind_count++;
    return true;
}

bool evd_book_add_missing(struct evd_book *book, size_t run_pair, struct evd_string call,
                          const struct evd_string *kinds, size_t count)
{
    struct evd_call_facts *facts = call_of(book, call, kinds[0]);
    for (size_t i = 0; facts != NULL && i < count; i++)
        if (!add_kind(book, facts, kinds[i]))
            return false;
    if (facts == NULL)
        return false;
    facts->missing[run_pair] += count;
    facts->missing_in_all += count;
    return true;
}

void evd_book_release(struct evd_book *book)
{
    for (size_t i = 0; i < book->call_count; i++)
        free(book->calls[i].kinds);
    free(book->fields);
    free(book->calls);
    evd_table_release(&book->by_field);
    evd_table_release(&book->by_events);
    evd_table_release(&book->by_call);
    evd_table_release(&book->renaming);
    evd_arena_release(&book->arena);
    *book = (struct evd_book){0};
}
