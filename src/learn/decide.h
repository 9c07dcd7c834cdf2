/* Decide: what of a book is taken for a rule, and which.
 *
 * A field is learnt when no single run explains all of what it shows, and nothing that tells whether a call failed is
 * lost. docs/learning.md has the rules in words. */
#ifndef EVD_LEARN_DECIDE_H
#define EVD_LEARN_DECIDE_H

#include "learn/book.h"

enum evd_learn_form {
    EVD_LEARN_NONE,
    EVD_LEARN_OPERATOR,    /* a compare rule with the operator `operator_index` */
    EVD_LEARN_ALIKE,       /* a compare rule: a few values count as one */
    EVD_LEARN_HANDLE,      /* names below 0x10000 */
    EVD_LEARN_ADDRESS,     /* names from there on */
    EVD_LEARN_CLOCK,       /* a compare rule: as nothing; the values only grow */
    EVD_LEARN_RANDOM,      /* the same; they have nothing in common */
    EVD_LEARN_PASSED_OVER, /* events that take no part */
};

struct evd_decision {
    enum evd_learn_form form;
    size_t operator_index;
    uint64_t seen;
    size_t pairs;        /* of runs */
    const char *why_not; /* with EVD_LEARN_NONE; static */
};

/* The address names begin at, the lowest handle, and so many of the pairs of values may break a renaming that is learnt:
 * one in EVD_BROKEN_SHARE. */
#define EVD_ADDRESSES_FROM UINT64_C(0x10000)
#define EVD_HANDLES_FROM   UINT64_C(0x4)
enum { EVD_LEARN_TIMES = 2, EVD_BROKEN_SHARE = 8, EVD_MISSING_SHARE = 2 };

/* What is hidden as a whole differs at least one in EVD_VARIED_SHARE times; a few values count as one from one in
 * EVD_FEW_SHARE on. */
enum { EVD_VARIED_SHARE = 4, EVD_FEW_SHARE = 16 };

struct evd_decision evd_decide_field(const struct evd_book *book, const struct evd_field_facts *field);
struct evd_decision evd_decide_call(const struct evd_book *book, const struct evd_call_facts *call);

/* The kind's field by which its calls are named, for rules about names; empty when it has none. */
struct evd_string evd_call_name_field(const struct evd_kind_rule *kind);

#endif
