/* Settings: what a job may say about how its logs are diffed. One table is behind reading a manifest, writing and reading
 * a plan, the content key and the command line of a diff: a new setting is a row.
 *
 * Ownership: texts belong to the arena of whoever made the settings. */
#ifndef EVD_BATCH_SETTINGS_H
#define EVD_BATCH_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evd_batch_list {
    const char **items;
    size_t count;
};

/* All zero: as evdiff diff does by default. */
struct evd_batch_settings {
    const char *rules, *pair, *tid_map, *disable_absorber;
    const char *min_compared, *max_absorbed, *max_unpacked, *memory;
    const char *from, *mapping, *index;
    bool fail_on_truncated, tolerant, keep_allocators, keep_host_heap;
    struct evd_batch_list known; /* ledgers */
    uint64_t timeout_seconds;    /* 0: none */
    uint64_t confirm;            /* in how many nights in a row a new root must be before it fails; 0: the default */
};

enum { EVD_CONFIRM_DEFAULT = 2, EVD_CONFIRM_MAX = 1000 };
#define EVD_TIMEOUT_SECONDS_MAX ((uint64_t)7 * 24 * 3600)

enum evd_setting_kind {
    EVD_KIND_WORD,     /* a text that is handed on as it is */
    EVD_KIND_FILE,     /* a path, or a word that means something else when there is no such file */
    EVD_KIND_AMOUNT,   /* "95%", "1000" or 1000 */
    EVD_KIND_SIZE,     /* "4G", "100" or 100: bytes */
    EVD_KIND_NAMES,    /* "a,b" or ["a", "b"] */
    EVD_KIND_FLAG,     /* true or false */
    EVD_KIND_FILES,    /* one path or an array of them */
    EVD_KIND_DURATION, /* "90s", "20m", "2h" */
    EVD_KIND_COUNT,    /* a number from 1 */
};

struct evd_setting_key {
    const char *name; /* in a manifest and a plan */
    enum evd_setting_kind kind;
    size_t offset;      /* in struct evd_batch_settings */
    const char *option; /* of evdiff diff, with its dashes; NULL: none */
    bool is_in_key;     /* it can change an outcome */
};

/* All of them; a name of NULL ends the table. */
extern const struct evd_setting_key evd_setting_keys[];

/* The row of a name; NULL when there is none. */
const struct evd_setting_key *evd_setting_key(const char *name);

/* The members that a row is about, by its kind. */
const char **evd_setting_text(struct evd_batch_settings *settings, const struct evd_setting_key *key);
bool *evd_setting_flag(struct evd_batch_settings *settings, const struct evd_setting_key *key);
uint64_t *evd_setting_number(struct evd_batch_settings *settings, const struct evd_setting_key *key);
struct evd_batch_list *evd_setting_list(struct evd_batch_settings *settings, const struct evd_setting_key *key);

/* True when the member is a text. */
bool evd_setting_is_text(const struct evd_setting_key *key);

/* True when settings say nothing about a row. */
bool evd_setting_is_unset(const struct evd_batch_settings *settings, const struct evd_setting_key *key);

#endif
