/* Absorbers, as the rules know them: what all types have in common, and what a type is.
 *
 * A type is a const struct in a file of its own, walk/absorbers/NAME.c: of the section `absorbers`, a row in the table of
 * walk/absorbers/types.c; or with a section of its own in rules/sections.c. It says which members its rules have and what contradicts itself in them; how far it looks ahead; which questions it
 * asks of events; and what it absorbs. Reader, walk and selftest ask the type.
 *
 * Ownership: rules and their members belong to rules->arena. Threads: types are constant. */
#ifndef EVD_RULES_ABSORBER_H
#define EVD_RULES_ABSORBER_H

#include "rules/block.h"
#include "rules/build.h"

struct evd_absorption;
struct evd_divergence;
struct evd_arrangement;
struct evd_event_view;
struct evd_walker;

/* Fields as families tell them. */
struct evd_differing_texts {
    const struct evd_text *fields;
    size_t count;
};

/* A question that a type asks of one event. Events with equal keys are asked once (walk/absorb.h). */
struct evd_absorber_question {
    unsigned number; /* below EVD_ABSORBER_QUESTIONS */
    uint32_t place;  /* what else the question is about; types that need no more have 0 */
};

enum { EVD_ABSORBER_QUESTIONS = 2 };

/* A block that may stand up to `by` other events earlier or later; at least 1. */
struct evd_moved_block {
    struct evd_rule_block block;
    uint64_t by;
};

struct evd_absorber_type {
    /* The rule's "type", the shape of its members, which begin with EVD_ABSORBER_FIRST_MEMBERS and end with
     * EVD_ABSORBER_LAST_MEMBERS, and what adds it, by evd_absorber_add. */
    struct evd_variant rule;
    /* Refuses what contradicts other sections; `kind` is NULL when no section speaks of the kind of the first event
     * that it skips. NULL: nothing does. */
    bool (*check)(struct evd_rules_reader *reader, const struct evd_build_absorber *absorber,
                  const struct evd_build_kind *kind);
    /* How many events ahead of those at the cursors it may read, at most. */
    uint64_t (*lookahead)(const struct evd_absorber_rule *rule);
    /* The answer to a question; *is_told_by_key: all events with this one's key have the same. NULL: it asks none. */
    bool (*answer)(const struct evd_absorber_rule *rule, struct evd_absorber_question question,
                   const struct evd_event_view *view, bool *is_told_by_key);
    /* Tries to absorb at the two events at the cursors, which differ; see walk/absorb.h. `absorption` is all zero but
     * for the rule's index. Errors: as evd_absorb. NULL: the walk passes the type by. */
    enum evd_status (*absorb)(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, struct evd_error *error);
    /* Tries to absorb at an event of one side that has no counterpart, whatever the other side is at; NULL: the type does
     * not. Errors: the same. */
    enum evd_status (*absorb_alone)(struct evd_walker *walker, const struct evd_absorber_rule *rule, enum evd_side side,
                                    uint64_t position, bool may_shift, struct evd_absorption *absorption,
                                    struct evd_error *error);
    /* Whether the rule absorbs so often at most in a pair of threads; NULL: no rule of the type does. */
    bool (*is_limited)(const struct evd_absorber_rule *rule);
    bool steps_back; /* a walk goes back for it to where a block begins (walk/step_back.h), also where keys tell all */
    /* Puts the events of a stream in order before streams are compared (walk/arrange.h); NULL: the type does not. Errors:
     * the same. */
    enum evd_status (*arrange)(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                               struct evd_arrangement *arrangement, struct evd_error *error);
    /* What the rule lets both sides have in another place, which align/relocate.c puts in one, also before that; NULL: the
     * type does not. */
    const struct evd_moved_block *(*moved)(const struct evd_absorber_rule *rule);
    /* Whether it takes a divergence when all of a pair's are known (diff/forgive.h) and it has taken `taken` of them; `fields`
     * are those in which a value differs. NULL: the type does not. Errors: the same. */
    enum evd_status (*forgive)(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                               const struct evd_divergence *divergence, const struct evd_differing_texts *fields,
                               uint64_t taken, bool *is_forgiven, struct evd_error *error);
};

/* The rules of all types: each is the first member of its struct evd_absorber_type. Ends with NULL; at most
 * EVD_VARIANTS_MAX. Defined in walk/absorbers/types.c: a type reads events, which the rules know nothing of. */
extern const struct evd_variant *const evd_absorber_types[];

/* What every absorber's rule holds: the first member of what its type reads a rule into. */
struct evd_read_absorber {
    struct evd_read_string name, type, why;
    struct evd_read_number column;
};

#define EVD_ABSORBER_FIRST_MEMBERS                                                    \
    {"name", EVD_MEMBER_STRING, .offset = offsetof(struct evd_read_absorber, name)},  \
    {                                                                                 \
        "type", EVD_MEMBER_STRING, .offset = offsetof(struct evd_read_absorber, type) \
    }
#define EVD_ABSORBER_LAST_MEMBERS                                                                            \
    {"column", EVD_MEMBER_CHOICE, .offset = offsetof(struct evd_read_absorber, column), .is_optional = true, \
     .choices = evd_absorber_columns},                                                                       \
    {                                                                                                        \
        "why", EVD_MEMBER_STRING, .offset = offsetof(struct evd_read_absorber, why)                          \
    }

/* In the order of enum evd_absorbed_column; ends with NULL. */
extern const char *const evd_absorber_columns[];

/* Adds an absorber whose first event is of `kind`; `members` are in reader->arena. False when it is refused. */
bool evd_absorber_add(struct evd_rules_reader *reader, const struct evd_absorber_type *type,
                      const struct evd_read_absorber *read, const struct evd_read_string *kind, const void *members);

/* The section of a rules file. */
extern const struct evd_section evd_absorbers_section;

/* Other sections, whose rules are absorbers too; each is in the file of that name in walk/absorbers/. */
extern const struct evd_section evd_any_order_section;
extern const struct evd_section evd_repeats_section;
extern const struct evd_section evd_may_move_section;
extern const struct evd_section evd_optional_section;
extern const struct evd_section evd_instead_section;
extern const struct evd_section evd_forgiven_section;

/* The last steps of building a rule set (rules/resolve.c): refuses what contradicts other sections, and completes
 * evd_rules::absorbers. */
bool evd_absorbers_check(struct evd_rules_reader *reader);
bool evd_absorbers_finish(struct evd_rules_reader *reader);

/* How many events ahead of those at the cursors the absorbers of a rule set may read that are not disabled. */
uint64_t evd_absorbers_lookahead(const struct evd_rules *rules);

#endif
