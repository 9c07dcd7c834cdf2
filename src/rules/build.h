/* Builds a rule set while its file is read: kinds and their fields come together from any section,
 * in any order, and what contradicts itself is refused where it stands.
 *
 * Ownership: what is built belongs to rules->arena. Threads: one builder, one thread. */
#ifndef EVD_RULES_BUILD_H
#define EVD_RULES_BUILD_H

#include "rules/block.h"
#include "rules/reader.h"
#include "rules/rules.h"
#include "rules/threads.h"

/* The sections that speak of a kind. */
enum evd_claim {
    EVD_CLAIM_ENGINE_LOCAL,
    EVD_CLAIM_SKIPPED,
    EVD_CLAIM_ALLOCATOR,
    EVD_CLAIM_HEAP,
    EVD_CLAIM_SID,
    EVD_CLAIM_PRIORITY,
    EVD_CLAIM_SUMMARY,
    EVD_CLAIM_PAIRING,
    EVD_CLAIM_CREATION,
    EVD_CLAIM_NAMES,
    EVD_CLAIM_FAILURES,
    EVD_CLAIM_COMPARE,
    EVD_CLAIM_PASSED_OVER,
    EVD_CLAIM_SHOWN,
    EVD_CLAIMS,
};

struct evd_claim_section {
    const char *name;
    bool may_repeat;  /* a kind may stand in it more than once */
    bool is_compared; /* it says how events are compared, so it has no meaning for an engine-local kind */
};
extern const struct evd_claim_section evd_claim_sections[EVD_CLAIMS];

enum {
    /* The bits of enum evd_field_role that a section gives; EVD_FIELD_POINTER, behind them, follows from others. */
    EVD_ROLES = 13,
    EVD_KIND_FIELDS_MAX = 256,
    EVD_ABSORBERS_MAX = 256,
    EVD_KIND_NAMES_MAX = 256,
    EVD_NAME_CLASSES_MAX = 64,
};

struct evd_build_field {
    struct evd_field_rule rule;
    uint32_t places[EVD_ROLES]; /* token where each role was given; 0: not */
};

struct evd_build_name {
    struct evd_name_rule rule;      /* class_index comes at the end */
    const struct evd_string *calls; /* sorted by bytes; none: about all */
    size_t call_count;
    struct evd_read_string class_;
    uint32_t place; /* token of its field */
};

struct evd_build_name_class {
    struct evd_name_class class_;
    uint32_t place; /* token of its name */
};

struct evd_build_kind {
    struct evd_kind_rule rule; /* `fields`, slots and tags come at the end */
    struct evd_build_field *fields;
    size_t field_capacity;
    struct evd_build_name *names;
    size_t name_count, name_capacity;
    uint32_t call_field_place;         /* token; 0: none */
    struct evd_failure_rule *failures; /* room for EVD_KIND_FAILURES_MAX, or NULL */
    size_t failure_count;
    uint32_t failure_calls_place; /* token of the first `calls`; 0: none */
    struct evd_shown_rule *shown; /* room for EVD_KIND_SHOWN_MAX, or NULL */
    size_t shown_count;
    uint32_t shown_calls_place; /* as failure_calls_place */
    struct evd_allocator_rule allocator;
    struct evd_sid_rule sid;
    uint32_t places[EVD_CLAIMS]; /* token of the kind in each section; 0: not in it */
};

struct evd_build_absorber {
    struct evd_absorber_rule rule;
    uint32_t place;              /* token of its name */
    struct evd_read_string kind; /* of the first event that it skips */
};

struct evd_build_compare {
    struct evd_compare_rule rule;
    uint32_t place;        /* token of its name */
    uint32_t called_place; /* of the operator that gives members a name; 0: there is none */
};

struct evd_build_thread {
    struct evd_thread_rule rule;
    uint32_t place; /* token of its name */
};

/* The kinds and calls of a `when`, which are checked at the end. */
struct evd_build_when {
    struct evd_read_list kinds, calls;
    const struct evd_build_when *before;
};

struct evd_builder {
    struct evd_rules *rules;
    struct evd_rules_options options;
    struct evd_build_kind **kinds; /* in the order of their first place */
    size_t kind_count;
    size_t kind_capacity;
    uint32_t *kind_table; /* as evd_rules::kind_table */
    size_t kind_table_size;
    struct evd_build_absorber absorbers[EVD_ABSORBERS_MAX];
    size_t absorber_count;
    struct evd_build_name_class name_classes[EVD_NAME_CLASSES_MAX];
    size_t name_class_count;
    struct evd_build_compare compare[EVD_COMPARE_RULES_MAX];
    size_t compare_count;
    struct evd_build_thread threads[EVD_THREAD_RULES_MAX];
    size_t thread_count;
    uint8_t pairing_count;
    bool is_pairing_strict;
    const struct evd_build_when *whens; /* the last one of all rules, or NULL */
    uint32_t when_count;
    uint32_t alike_count; /* groups of values that count as one */
};

/* The kind, new or known, with this section's claim on it; NULL when memory runs out or, unless the
 * section may speak of a kind several times, when it has done so before. */
struct evd_build_kind *evd_build_claim(struct evd_rules_reader *reader, enum evd_claim claim,
                                       const struct evd_read_string *kind);

/* The kind, or NULL when no section speaks of it. */
struct evd_build_kind *evd_build_find(const struct evd_builder *builder, struct evd_string kind);

/* Gives a field a role; false when it contradicts another role of that field. */
bool evd_build_role(struct evd_rules_reader *reader, struct evd_build_kind *kind, const struct evd_read_string *field,
                    enum evd_field_role role);

/* As evd_build_role for each field of a list, which may be absent. */
bool evd_build_roles(struct evd_rules_reader *reader, struct evd_build_kind *kind, const struct evd_read_list *fields,
                     enum evd_field_role role);

/* The strings of a list, in the arena; NULL when memory runs out. */
const struct evd_string *evd_build_strings(struct evd_rules_reader *reader, const struct evd_read_list *list);

/* Refuses what contradicts itself across sections. */
bool evd_build_check(struct evd_rules_reader *reader);

/* Completes rules: leaves out what the options say, numbers slots and tags, builds the tables. */
bool evd_build_finish(struct evd_rules_reader *reader);

/* Frees the builder's own memory, not the rules. */
void evd_build_release(struct evd_builder *builder);

/* The shapes of a rules file, whole, one a format (sections.c). */
extern const struct evd_shape evd_rules_shapes[];

/* The sections of names and their classes (names.c). */
extern const struct evd_section evd_name_classes_section;
extern const struct evd_section evd_names_section;

/* The sections that compare values and pass over events (compare.c), and what they have in common, `when` and values
 * (when_reader.c). */
extern const struct evd_section evd_compare_section;
extern const struct evd_section evd_passed_over_section;

/* Reads a list of paths. */
evd_member_function evd_read_paths;

struct evd_read_paths {
    struct evd_path *paths;
    size_t count;
};

/* What `when` holds. */
struct evd_read_when {
    struct evd_when when;
    struct evd_read_list kinds, calls;
    struct evd_read_number side;
    uint32_t token; /* 0: there is none */
};
evd_member_function evd_read_when;

/* Takes the patterns of a list, which may be absent; refuses one that is not well written. */
bool evd_read_patterns(struct evd_rules_reader *reader, const struct evd_read_list *list, const char *key,
                       const struct evd_string **patterns, size_t *count);

/* What tells a block. */
struct evd_read_events {
    struct evd_when *events;
    size_t count;
    uint32_t token;
};
struct evd_read_block {
    struct evd_read_events when, each, from, to;
    struct evd_read_paths same;
};
evd_member_function evd_read_block_event;
evd_member_function evd_read_block_events;

/* The members of a rule that tell a block; `member` is a struct evd_read_block. */
#define EVD_BLOCK_MEMBERS(type, member)                                                               \
    {"when", EVD_MEMBER_BY, .offset = offsetof(struct type, member.when), .is_optional = true,        \
     .read = evd_read_block_event},                                                                   \
        {"each", EVD_MEMBER_BY, .offset = offsetof(struct type, member.each), .is_optional = true,    \
         .read = evd_read_block_events},                                                              \
        {"from", EVD_MEMBER_BY, .offset = offsetof(struct type, member.from), .is_optional = true,    \
         .read = evd_read_block_event},                                                               \
        {"to", EVD_MEMBER_BY, .offset = offsetof(struct type, member.to), .is_optional = true,        \
         .read = evd_read_block_event},                                                               \
    {                                                                                                 \
        "same", EVD_MEMBER_BY,                                                                        \
            .offset = offsetof(struct type, member.same), .is_optional = true, .read = evd_read_paths \
    }

/* Makes a block of what was read; `place` is the token that a refusal names. */
bool evd_block_complete(struct evd_rules_reader *reader, uint32_t place, const struct evd_read_block *read,
                        struct evd_rule_block *block);

/* Reads a value that others are held against. */
bool evd_read_given(struct evd_rules_reader *reader, uint32_t token, const char *key, struct evd_given_value *given);

/* Reads what is asked of a value: the value itself, or an object of conditions. */
bool evd_read_condition(struct evd_rules_reader *reader, uint32_t token, const char *key,
                        struct evd_condition *condition);

/* Refuses a `when` that asks for the call where calls have no names, or is about events that take no part. */
bool evd_whens_check(struct evd_rules_reader *reader);

/* Completes compare rules and each kind's list of them. */
bool evd_compare_finish(struct evd_rules_reader *reader);

/* Refuses the name of a rule that another rule of any section has. */
bool evd_build_name(struct evd_rules_reader *reader, const struct evd_read_string *name);

/* The section of threads (threads.c), and what completes its rules. */
extern const struct evd_section evd_threads_section;
bool evd_threads_finish(struct evd_rules_reader *reader);

/* The section of failures (failures.c). */
extern const struct evd_section evd_failures_section;

/* Refuses a list of calls in which one is neither a name nor how names begin, as "Nt*" is. */
bool evd_check_calls(struct evd_rules_reader *reader, const struct evd_read_list *calls);

/* Refuses rules of failures, and of how numbers are shown, about calls of a kind that has none. */
bool evd_failures_check(struct evd_rules_reader *reader);

/* The section that says how numbers are shown (shown.c). */
extern const struct evd_section evd_shown_section;

/* Refuses name rules of unknown classes and those that contradict each other. */
bool evd_names_check(struct evd_rules_reader *reader);

/* Completes the name rules of all kinds and their tables. */
bool evd_names_finish(struct evd_rules_reader *reader);

/* The members at the top of the file that are no rules; what evd_rules_shape fills. */
struct evd_rules_top {
    struct evd_read_number format;
    struct evd_read_string name;
    struct evd_read_string version;
    struct evd_read_string why;
};

/* The version tags that evd_rules_top::format chooses from. */
extern const char *const evd_rules_formats[];

/* The hash that places a kind in evd_rules::kind_table, or a call in evd_kind_rule::name_call_table. The seed is
 * secret, so that no rules file can choose names that fall together. */
uint64_t evd_kind_hash(uint64_t seed, struct evd_string kind);

#endif
