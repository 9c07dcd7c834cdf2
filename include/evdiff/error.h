/* Errors as values: every fallible function returns a status and, on failure only, fills an error.
 *
 * Ownership: struct evd_error is plain data, held by the caller; nothing in it needs to be freed.
 * Threads: an error belongs to the call that it was passed to. */
#ifndef EVDIFF_ERROR_H
#define EVDIFF_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum evd_status {
    EVD_OK = 0,
    EVD_E_ARGUMENT,   /* an argument or an option is not acceptable */
    EVD_E_INPUT,      /* a log is malformed; line and column say where */
    EVD_E_RULES,      /* a rules file is malformed or contradicts itself; line and column say where */
    EVD_E_IO,         /* the system refused to open, read, map or write */
    EVD_E_NO_MEMORY,  /* memory ran out */
    EVD_E_NO_MAPPING, /* no thread of one log is the counterpart of a thread of the other */
    EVD_E_INDEX,      /* a saved index is missing, does not fit its log or is damaged */
    EVD_E_LIMIT,      /* logs have more text than may be unpacked or read from pipes (evdiff/log.h) */
};

enum { EVD_PATH_MAX = 4096, EVD_MESSAGE_MAX = 512 };

/* What went wrong and where. */
struct evd_error {
    enum evd_status status;
    uint64_t line;                 /* from 1; 0 when the error has no place in a file */
    uint64_t column;               /* in bytes, from 1; 0 when the error has no place in a line */
    char path[EVD_PATH_MAX];       /* the file, as the caller named it, or two quotes when that is empty;
                                      "" when there is none */
    char message[EVD_MESSAGE_MAX]; /* one line, without a full stop or a line end */
};

/* Which of `names`, each terminated, could have been meant by the `length` bytes at `name`: the one that the fewest
 * edits lead to, the first of several; one edit for names of less than 6 bytes, else two. NULL when none is so near, or
 * `name` has more than 64 bytes. Cost: the product of the lengths. */
const char *evd_suggest_name(const char *name, size_t length, const char *const *names, size_t count);

#ifdef __cplusplus
}
#endif

#endif
