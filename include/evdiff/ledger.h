/* The ledger: what is known of divergences, in text files that people write and keep in git (docs/ledger.md).
 *
 * A line is an entry: a family, spelled out, what state it is in, and for which jobs. Two readers:
 * - evd_ledger_read takes files in, all or none, to match outcomes by (evdiff/judge.h);
 * - evd_ledger_file is one file line by line, comments included, to be changed and written again.
 *
 * Threads: a ledger is read-only, and any number of threads may use it; a file is for one thread at a time. */
#ifndef EVDIFF_LEDGER_H
#define EVDIFF_LEDGER_H

#include "evdiff/error.h"
#include "evdiff/outcome.h"
#include "evdiff/report.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    EVD_LEDGER_FILE_BYTES_MAX = 64 << 20,
    EVD_LEDGER_LINE_BYTES_MAX = 64 << 10,
    EVD_LEDGER_FILES_MAX = 64, /* that one ledger is read from */
};

/* What a person says of a family. */
enum evd_ledger_state {
    EVD_LEDGER_NOISE, /* legitimate: no bug */
    EVD_LEDGER_KNOWN, /* a bug that is not fixed yet */
    EVD_LEDGER_FLAKY, /* comes and goes */
    EVD_LEDGER_FIXED, /* must not come back */
    EVD_LEDGER_STATES,
};

/* "noise"; NULL past the last one. */
const char *evd_ledger_state_name(enum evd_ledger_state state);

/* A family in words: what its signature is a hash of. */
struct evd_ledger_key {
    enum evd_divergence_class class_;
    struct evd_text kind, call, field;
    size_t after_count;
    struct evd_text after[EVD_FAMILY_BEFORE_MAX]; /* the kinds of the events before, oldest first: evd_family::before */
};

/* A day as a number: 20270201; 0: none. */
typedef uint32_t evd_day;

struct evd_ledger_entry {
    uint64_t signature;
    enum evd_ledger_state state;
    struct evd_ledger_key key;
    struct evd_text job; /* the jobs it is for: '*' stands for any letters, '?' for one; "*" when it names none */
    struct evd_text bug, owner, reason; /* empty: none */
    evd_day since, until;               /* until: the last day that it holds */
    bool fails[EVD_SIDES];              /* that a call fails on this side only is part of what is listed */
    size_t file;                        /* index in evd_ledger::paths */
    uint64_t line;                      /* in that file, from 1; 0: not in one yet */
};

/* All entries, those of the first file first, in the order of their lines. It owns all that it points to. */
struct evd_ledger {
    struct evd_ledger_entry *entries;
    size_t entry_count;
    struct evd_text *paths;
    size_t path_count;
};

/* Ends the message that there is no such file. */
#define EVD_LEDGER_TO_BEGIN "; a file of the line '#evdiff known 1' lists nothing"

/* Reads files. *ledger: to be freed with evd_ledger_free; NULL when it fails. Errors: EVD_E_IO; EVD_E_INPUT with the place of
 * the first line that is none, whose signature is not that of its words, or that another line of the file has said before;
 * EVD_E_LIMIT; EVD_E_ARGUMENT for more than EVD_LEDGER_FILES_MAX; EVD_E_NO_MEMORY. Cost: linear. */
enum evd_status evd_ledger_read(const char *const *paths, size_t count, struct evd_ledger **ledger,
                                struct evd_error *error);

/* Takes NULL too. */
void evd_ledger_free(struct evd_ledger *ledger);

/* The entry for a family in a job: of the first file that has one for it, the one whose `job` has the most letters that are
 * no wildcards, one without wildcards before all others; among those the first in byte order. NULL when there is none. Cost: that of a look-up in a
 * table, and of matching the names of jobs of the family's entries. */
const struct evd_ledger_entry *evd_ledger_find(const struct evd_ledger *ledger, const struct evd_ledger_key *key,
                                               struct evd_text job);

/* Whether a job's name is one that an entry is for. Cost: the product of the lengths at worst. */
bool evd_ledger_job_matches(struct evd_text pattern, struct evd_text job);

/* The words of a family; borrows them. */
struct evd_ledger_key evd_ledger_key_of(const struct evd_family *family);
bool evd_ledger_keys_equal(const struct evd_ledger_key *a, const struct evd_ledger_key *b);

/* Their hash by the recipe EVD_SIGNATURE_RECIPE. */
uint64_t evd_ledger_signature(const struct evd_ledger_key *key);

/* "2027-02-01" → 20270201; 0 when it is no day of the calendar. */
evd_day evd_ledger_read_day(const char *text, size_t length);

/* A file, line by line. */
struct evd_ledger_file;

/* What is wrong with a line. */
struct evd_ledger_problem {
    uint64_t line, column; /* from 1 */
    const char *message;   /* one line; good as long as the file */
};

/* Reads a file, or begins one that is not there yet when `may_be_new`. Lines that are no entries are kept as they are, and
 * told by evd_ledger_file_problems; a file that is not of this kind at all is refused. To be freed with
 * evd_ledger_file_free. Errors: EVD_E_IO, EVD_E_INPUT, EVD_E_LIMIT, EVD_E_NO_MEMORY; *file is NULL then. */
enum evd_status evd_ledger_file_read(const char *path, bool may_be_new, struct evd_ledger_file **file,
                                     struct evd_error *error);

/* The same from memory; `path` is for messages. */
enum evd_status evd_ledger_file_read_text(const char *path, const char *text, size_t length,
                                          struct evd_ledger_file **file, struct evd_error *error);

/* Takes NULL too. */
void evd_ledger_file_free(struct evd_ledger_file *file);

/* Lines that are no entries, signatures that are not those of their words, lines that say what others said: in the order of
 * the file. */
const struct evd_ledger_problem *evd_ledger_file_problems(const struct evd_ledger_file *file, size_t *count);

/* Its entries as they are now, in the order of the file; good until they are asked for again, or the file is merged or rekeyed. `line` is that of the text that was read, 0
 * for a new one. NULL when memory runs out. Cost: after a change that of sorting them. */
const struct evd_ledger_entry *evd_ledger_file_entries(struct evd_ledger_file *file, size_t *count);

/* The entry for a key and a `job`, letter by letter; good until the next change. NULL: there is none. Cost: a look-up in a table. */
const struct evd_ledger_entry *evd_ledger_file_find_entry(const struct evd_ledger_file *file,
                                                          const struct evd_ledger_key *key, struct evd_text job);

/* Says `entry`, whose signature does not matter: it replaces the entry for the same key and the same `job`, or comes in by the
 * order of signatures. The texts are copied. *changed (may be NULL): the file differs now. Errors: EVD_E_ARGUMENT for a text
 * that no line can hold, a state, class or day that is none, more events before than EVD_FAMILY_BEFORE_MAX; EVD_E_NO_MEMORY. Cost: a look-up in a table, and making the line. */
enum evd_status evd_ledger_file_put(struct evd_ledger_file *file, const struct evd_ledger_entry *entry, bool *changed,
                                    struct evd_error *error);

/* Takes an entry out, by its index in evd_ledger_file_entries as they were last asked for: indexes stay what they are until
 * that list is asked for again. Cost: O(1). */
void evd_ledger_file_remove(struct evd_ledger_file *file, size_t index);

/* Makes the signatures those of the words, also in the lines that were a problem for that; returns how many changed. Errors:
 * EVD_E_NO_MEMORY. */
enum evd_status evd_ledger_file_rekey(struct evd_ledger_file *file, size_t *count, struct evd_error *error);

/* Writes the file as it is now, or what changed since it was read, as `diff -U0` shows it (nothing when nothing did).
 * Errors: EVD_E_IO when `write` returned false, EVD_E_NO_MEMORY. */
enum evd_status evd_ledger_file_write(const struct evd_ledger_file *file, evd_write *write, void *context,
                                      struct evd_error *error);
enum evd_status evd_ledger_file_write_changes(const struct evd_ledger_file *file, evd_write *write, void *context,
                                              struct evd_error *error);

/* Brings into `ours` what `theirs` changed since `base`, entry by entry; of an entry that both changed, attribute by attribute.
 * *conflicts: how many entries both changed differently; these are in `ours` as both have them, between marks as git's. What
 * was said of comments: those that `theirs` added come in, those that it removed go. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_ledger_file_merge(struct evd_ledger_file *ours, struct evd_ledger_file *base,
                                      struct evd_ledger_file *theirs, size_t *conflicts, struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
