/* Relations: how the values of a family's divergences relate, by known answers. */
#include "explain/relation.h"
#include "told_value.h"

enum { VALUES_MAX = 6 };

static const char ABSENT[] = "absent";

struct example {
    enum evd_value_relation relation;
    size_t pairs[VALUES_MAX];                  /* that the values are of, ascending */
    const char *values[VALUES_MAX][EVD_SIDES]; /* as JSON, up to the first NULL */
};

static const struct example EXAMPLES[] = {
    {EVD_RELATION_NONE, {0}, {{NULL, NULL}}},
    {EVD_RELATION_NONE, {0}, {{"259", "2147483653"}}},
    {EVD_RELATION_NONE, {0}, {{"\"a\"", "\"b\""}}},
    {EVD_RELATION_NONE, {0}, {{"3", ABSENT}, {"4", "5"}}},
    {EVD_RELATION_NONE, {0}, {{"1.5", "2.5"}, {"4", "5"}}},
    {EVD_RELATION_SAME, {0}, {{"\"a\"", "\"b\""}, {"\"a\"", "\"b\""}}},
    {EVD_RELATION_SAME, {0}, {{"259", "3"}, {"259", "3"}}},
    {EVD_RELATION_CONSTANT_OFFSET, {0}, {{"10", "14"}, {"30", "34"}}},
    {EVD_RELATION_CONSTANT_OFFSET, {0}, {{"\"0x10\"", "\"0x0e\""}, {"\"0x20\"", "30"}}},
    /* Over the end of 64 bits, as addresses do. */
    {EVD_RELATION_CONSTANT_OFFSET, {0}, {{"\"0xffffffffffffffff\"", "\"0x1\""}, {"\"0x5\"", "\"0x7\""}}},
    {EVD_RELATION_INCREASING, {0}, {{"1", "2"}, {"3", "9"}, {"7", "10"}, {"8", "14"}}},
    /* What grows need not in another thread. */
    {EVD_RELATION_INCREASING, {0, 0, 0, 0, 1}, {{"1", "2"}, {"3", "9"}, {"7", "10"}, {"8", "14"}, {"2", "1"}}},
    {EVD_RELATION_RANDOM, {0, 0, 0, 0, 0}, {{"1", "2"}, {"3", "9"}, {"7", "10"}, {"8", "14"}, {"2", "1"}}},
    {EVD_RELATION_RANDOM, {0}, {{"1", "2"}, {"3", "9"}, {"7", "10"}}},
    {EVD_RELATION_ADDRESSES, {0}, {{"\"0x3be836ef0\"", "\"0x170060a00\""}}},
    {EVD_RELATION_ADDRESSES, {0}, {{"\"0x0036fa0e\"", "\"0x0037386e\""}, {"\"0x3be836ef0\"", "\"0x170060a00\""}}},
    {EVD_RELATION_ADDRESSES, {0}, {{"17458000", "17457712"}, {"17460000", "17458800"}}},
    /* Ticks of a clock are no addresses; nor are handles; nor is one large number. */
    {EVD_RELATION_RANDOM, {0}, {{"1491526", "1494779"}, {"1491841", "1495232"}}},
    {EVD_RELATION_RANDOM, {0}, {{"\"0x0000006c\"", "\"0x00000064\""}, {"\"0x3be836ef0\"", "\"0x170060a00\""}}},
    {EVD_RELATION_NONE, {0}, {{"17458000", "17457712"}}},
    /* Addresses are aligned to 4 bytes, not 2; they need not be to 8. */
    {EVD_RELATION_RANDOM, {0}, {{"17458002", "17457710"}, {"17460002", "17458806"}}},
    {EVD_RELATION_ADDRESSES, {0}, {{"17458004", "17457708"}, {"17460004", "17458804"}}},
    /* What grows does so three times on both sides, and may stay as it is besides. */
    {EVD_RELATION_RANDOM, {0}, {{"1", "2"}, {"3", "9"}, {"7", "9"}, {"8", "14"}}},
    {EVD_RELATION_INCREASING, {0}, {{"1", "2"}, {"1", "3"}, {"3", "9"}, {"7", "10"}, {"8", "14"}}},
};

Test(relation, is_the_plainest_that_holds)
{
    struct evd_arena arena = {0};
    for (size_t i = 0; i < sizeof EXAMPLES / sizeof EXAMPLES[0]; i++) {
        const struct example *example = &EXAMPLES[i];
        struct evd_relation_evidence evidence = {0};
        for (size_t j = 0; j < VALUES_MAX && example->values[j][0] != NULL; j++) {
            const char *json[EVD_SIDES];
            struct evd_field_value values[EVD_SIDES];
            for (int side = 0; side < EVD_SIDES; side++)
                json[side] = example->values[j][side] == ABSENT ? NULL : example->values[j][side];
            tell_json(json, EVD_EXTENT_DIFFERENCE, &arena, values);
            evd_relation_add(&evidence, example->pairs[j], values);
        }
        cr_expect_eq(evd_relation_of(&evidence), example->relation, "example %zu: %d", i,
                     (int)evd_relation_of(&evidence));
        if (example->relation == EVD_RELATION_CONSTANT_OFFSET)
            cr_expect_eq(evidence.offset, i == 7 ? 4 : i == 8 ? -2 : 2);
    }
    evd_arena_release(&arena);
}

/* Small numbers are those that everything uses, from -16 to 15; addresses lie outside of the first 64 KiB. */
Test(relation, numbers_that_tell_something)
{
    static const struct {
        int64_t number;
        bool is_telling, may_be_address;
    } CASES[] = {{-16, false, false},   {-17, true, false},     {0, false, false},
                 {15, false, false},    {16, true, false},      {0xffff, true, false},
                 {0x10000, true, true}, {-0xffff, true, false}, {-0x10000, true, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        cr_expect_eq(evd_is_telling_number(CASES[i].number), CASES[i].is_telling, "%lld", (long long)CASES[i].number);
        cr_expect_eq(evd_may_be_address(CASES[i].number), CASES[i].may_be_address, "%lld", (long long)CASES[i].number);
    }
}
