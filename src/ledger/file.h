/* File: a ledger's file line by line, inside. */
#ifndef EVD_LEDGER_FILE_H
#define EVD_LEDGER_FILE_H

#include "base/arena.h"
#include "evdiff/ledger.h"
#include "ledger/table.h"

/* A line of the text that was read, or one that came in. */
struct evd_ledger_file_line {
    struct evd_text text;     /* as it is now; several lines where a merge left a conflict */
    struct evd_text original; /* as it was read; of one that came in no bytes at all: NULL */
    struct evd_ledger_entry entry;
    bool is_entry;
    bool is_gone;
    bool is_changed;
    size_t anchor; /* of one that came in and is no entry: index of the line that it goes before; SIZE_MAX: the end */
};

struct evd_ledger_file {
    struct evd_arena arena; /* texts */
    struct evd_text path;
    struct evd_ledger_file_line *lines; /* those that were read, then those that came in */
    size_t count, capacity;
    size_t read_count;             /* of those that were read */
    bool has_no_end;               /* the last line that was read has no line end */
    bool is_new;                   /* no such file was there */
    struct evd_ledger_table table; /* entries by words and jobs, by index of `table_lines`; gone ones too */
    size_t *table_lines;           /* what is in the table, by its index: index of `lines` */
    size_t table_count, table_capacity;
    struct evd_ledger_problem *problems;
    size_t problem_count, problem_capacity;
    bool is_unsettled;                /* what follows is not up to date */
    struct evd_ledger_entry *entries; /* evd_ledger_file_entries */
    size_t *entry_lines;              /* of each: index of `lines` */
    size_t entry_count;
};

/* The index of the line that says the key and the job; SIZE_MAX: none does. */
size_t evd_ledger_file_find(const struct evd_ledger_file *file, const struct evd_ledger_key *key, struct evd_text job);

/* The indexes of `lines` as they are now: each new entry before the first that was read whose signature is greater, what else is
 * new before its anchor; what is gone is among them. To be freed; NULL when memory runs out. */
size_t *evd_ledger_file_order(const struct evd_ledger_file *file);

/* Makes a line say an entry, whose texts are the file's; false when memory runs out or no line can say it. */
bool evd_ledger_file_say(struct evd_ledger_file *file, size_t line, const struct evd_ledger_entry *entry);

/* Adds a line; SIZE_MAX when memory runs out. */
size_t evd_ledger_file_add_line(struct evd_ledger_file *file);

/* Brings evd_ledger_file_entries up to date; false when memory runs out. */
bool evd_ledger_file_settle(struct evd_ledger_file *file);

/* Copies all texts of an entry into the file's arena. */
bool evd_ledger_file_own(struct evd_ledger_file *file, struct evd_ledger_entry *entry);

#endif
