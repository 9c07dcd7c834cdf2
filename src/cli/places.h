/* Which file a path names, there already or not. */
#ifndef EVD_CLI_PLACES_H
#define EVD_CLI_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The bytes of a path that name the folder it is in, with the slash at the end; 0: the current one. */
size_t cli_folder_length(const char *path);

/* True when the path leads to a folder. */
bool cli_is_folder(const char *path);

/* The path of the file that writing to `path` would write to or make: links are followed, the last one also where
 * it leads to no file yet, as a shell's > does. NULL with errno when there is no such place or memory runs out;
 * freed by the caller. */
char *cli_resolve(const char *path);

/* True when the folder that a path is in is not there, and is once `folder`, which is not there either, is made with those
 * above it. False also when memory runs out. */
bool cli_is_made_with(const char *path, const char *folder);

/* True when the path names what standard output is: a file, a pipe or a terminal. */
bool cli_is_standard_output(const char *path);

enum cli_place_kind {
    CLI_PLACE_NONE,   /* no path can lead there, or nobody may know */
    CLI_PLACE_FREE,   /* a name in a folder, where no file is yet */
    CLI_PLACE_FILE,   /* a file, or a folder */
    CLI_PLACE_PIPE,   /* with a name or without */
    CLI_PLACE_DEVICE, /* one that is no storage, such as a terminal or /dev/null */
};

/* What a path leads to, whatever its spelling and whichever links are on the way. */
struct cli_place {
    enum cli_place_kind kind;
    dev_t device; /* of the file, or of the folder of a free place */
    ino_t inode;
    char *name;                /* of a free place; else NULL */
    bool is_closed_descriptor; /* a free place in /proc, such as /dev/fd/9 where nothing is open */
};

/* Finds out what a path leads to; to be released. False when memory runs out. */
bool cli_place_of(const char *path, struct cli_place *place);
struct cli_place cli_place_of_descriptor(int descriptor);

/* False when memory runs out; to be released in any case. */
bool cli_place_copy(struct cli_place *copy, const struct cli_place *place);
void cli_place_release(struct cli_place *place);

/* 0 for one place, else the sign of some order. Places of kind CLI_PLACE_NONE are all the same to it. */
int cli_place_compare(const struct cli_place *a, const struct cli_place *b);

#endif
