/* All paths of one run, what it reads and what it writes: no output may take the place of an input or of another output.
 *
 * Each command adds its paths, in any order, before it writes anything; they are compared by device and inode, and what
 * is not there yet by its folder and its name, so that links and other spellings do not hide one behind the other. */
#ifndef EVD_CLI_RUN_PATHS_H
#define EVD_CLI_RUN_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/* All zero before the first path is added. The strings that are added are borrowed until the list is settled. */
struct cli_run_paths {
    struct cli_run_path *list;
    size_t count, capacity;
    bool has_failed; /* memory ran out */
};

/* Adds a file that the run reads; NULL is none. `what` says in a message what it is: "one of the logs". */
void cli_run_paths_read(struct cli_run_paths *paths, const char *what, const char *path);

/* The same of a path that is good for now only. */
void cli_run_paths_read_copy(struct cli_run_paths *paths, const char *what, const char *path);

/* The same of a file that the run reads and writes for itself: none of its inputs may be there, and no output. */
void cli_run_paths_keep_copy(struct cli_run_paths *paths, const char *what, const char *path);

/* Adds an output by the option that asked for it, "--out"; NULL, - and paths such as /dev/stdout are standard output. */
void cli_run_paths_write(struct cli_run_paths *paths, const char *option, const char *path);

/* Adds standard output of a command that writes its result there. */
void cli_run_paths_print(struct cli_run_paths *paths);

/* Adds a history by the option that asked for it, NULL: one that is only read; and what the database keeps beside it meanwhile. */
void cli_run_paths_history(struct cli_run_paths *paths, const char *option, const char *path);

/* Adds the places where a log's index may be (evd_index_place), whether one is there or not: places that are read, or
 * outputs by the name of `option` when that is not NULL. */
void cli_run_paths_index(struct cli_run_paths *paths, const char *option, const char *log, const char *directory);

/* Compares all of them, and the configuration files that `command` reads, and forgets them. False after a message, a usage error of `command`, when an output would take
 * the place of something else, or two inputs are one pipe, which only one of them could read. Cost: sorting them. */
bool cli_run_paths_settle(struct cli_run_paths *paths, const char *command);

#endif
