/* Children: one diff, in a process of its own, which may crash, hang or be killed alone.
 *
 * What it writes to standard output goes to a file in memory: an outcome that a diff did not end is on no disk.
 *
 * What a child says on standard error comes through a pipe that only it holds, so that the end of the pipe is its own end,
 * which poll(2) waits for, of all children at once. A child is killed when its parent is, and is the first that the system takes
 * where memory runs out.
 *
 * Threads: one at a time; SIGCHLD must not be ignored. */
#ifndef EVD_BATCH_CHILD_H
#define EVD_BATCH_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "evdiff/error.h"

enum { EVD_CHILD_TAIL_BYTES = 4096, EVD_CHILD_REPLY_BYTES = 4096, EVD_CHILD_GRACE_SECONDS = 10 };

/* The variable of a child's environment that has the number of the descriptor to which it may write the hashes of the logs that
 * it has read: a line each, in order, 32 digits or none. Nothing relies on it. */
#define EVD_CHILD_REPLY "EVDIFF_BATCH_REPLY"

/* All zero is none. */
struct evd_child {
    pid_t pid;                           /* 0: none */
    int pipe;                            /* its standard error, which does not block */
    double started;                      /* evd_seconds_now */
    double deadline;                     /* when it has to be done; 0: whenever it is */
    double kill_at;                      /* when SIGKILL follows SIGTERM; 0: neither was sent, or both were */
    bool is_timeout;                     /* it was ended because of its deadline */
    bool is_stopped;                     /* it was ended by evd_child_stop */
    char tail[EVD_CHILD_TAIL_BYTES + 1]; /* the last bytes that it said, terminated */
    size_t tail_length;
    int output;                            /* its standard output, a file in memory */
    int reply_file;                        /* -1: none */
    char reply[EVD_CHILD_REPLY_BYTES + 1]; /* once it has ended: what it wrote there, terminated */
};

/* How a child ended. */
struct evd_child_end {
    int exit_code; /* -1: by a signal */
    int signal;
    double seconds;
    uint64_t peak_bytes; /* of memory */
    int output; /* the file that its standard output was, to be read from its beginning; closed by the caller */
};

/* Starts a program with the arguments, in a folder; a timeout of 0 seconds is none. Errors: EVD_E_IO. */
enum evd_status evd_child_start(struct evd_child *child, const char *program, char *const *arguments,
                                const char *folder, double timeout_seconds, struct evd_error *error);

/* Takes what it says. True when it has ended: then *end is filled, and the child is none any more but for its tail. */
bool evd_child_take(struct evd_child *child, struct evd_child_end *end);

/* Sends what is due: SIGTERM at its deadline, SIGKILL ten seconds later. */
void evd_child_tick(struct evd_child *child);

/* Asks it to end. */
void evd_child_stop(struct evd_child *child);

#endif
