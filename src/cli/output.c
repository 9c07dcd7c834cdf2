#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Temporary files that a signal must not leave behind; a run has few. */
enum { PENDING_MAX = 4 };
static char *volatile pending[PENDING_MAX];

static void end_by_signal(int number)
{
    for (int i = 0; i < PENDING_MAX; i++)
        if (pending[i] != NULL)
            unlink(pending[i]);
    signal(number, SIG_DFL);
    raise(number);
}

static void set_pending(char *from, char *to)
{
    static const int SIGNALS[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};
    static bool is_installed;
    for (size_t i = 0; !is_installed && i < sizeof SIGNALS / sizeof SIGNALS[0]; i++) {
        struct sigaction present;
        /* Whoever started the program with a signal ignored wants it ignored. */
        if (sigaction(SIGNALS[i], NULL, &present) == 0 && present.sa_handler != SIG_IGN)
            signal(SIGNALS[i], end_by_signal);
    }
    is_installed = true;
    for (int i = 0; i < PENDING_MAX; i++)
        if (pending[i] == from) {
            pending[i] = to;
            return;
        }
}

static const char *name_of(const struct cli_output *output)
{
    return output->path == NULL ? "standard output" : output->path[0] == '\0' ? "''" : output->path;
}

static bool complain(const struct cli_output *output, int failure)
{
    fprintf(stderr, "evdiff: %s: %s\n", name_of(output), strerror(failure));
    return false;
}

/* A temporary file beside the path, with the permissions that a new file would have or, where there is
 * one already, its own. */
static bool open_beside(struct cli_output *output, const struct stat *present)
{
    output->destination = present ? realpath(output->path, NULL) : strdup(output->path);
    if (output->destination == NULL)
        return complain(output, errno);
    const size_t size = strlen(output->destination) + sizeof ".XXXXXX";
    output->temporary = malloc(size);
    if (output->temporary == NULL) {
        free(output->destination);
        return complain(output, ENOMEM);
    }
    snprintf(output->temporary, size, "%s.XXXXXX", output->destination);
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
    if (output->fd < 0) {
        const int failure = errno;
        free(output->temporary);
        free(output->destination);
        return complain(output, failure);
    }
    set_pending(NULL, output->temporary);
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(output->fd, present ? present->st_mode & 07777 : 0666 & ~mask) == 0)
        return true;
    complain(output, errno);
    cli_output_discard(output);
    return false;
}

bool cli_output_open(struct cli_output *output, const char *path)
{
    *output = (struct cli_output){.path = path, .fd = STDOUT_FILENO};
    if (path == NULL)
        return true;
    struct stat status;
    const bool is_present = stat(path, &status) == 0;
    if (!is_present || S_ISREG(status.st_mode))
        return open_beside(output, is_present ? &status : NULL);
    /* A device or a pipe can't be replaced, only written to. */
    output->fd = open(path, O_WRONLY | O_CLOEXEC);
    return output->fd >= 0 || complain(output, errno);
}

bool cli_output_write(void *context, const char *bytes, size_t length)
{
    struct cli_output *output = context;
    while (length > 0) {
        const ssize_t written = write(output->fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            output->failure = errno;
            return false;
        }
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool cli_output_commit(struct cli_output *output)
{
    int failure = output->failure;
    if (output->path != NULL && close(output->fd) != 0 && failure == 0)
        failure = errno;
    output->fd = -1;
    if (failure == 0 && output->temporary != NULL &&
        rename(output->temporary, output->destination) != 0)
        failure = errno;
    if (failure != 0 && output->temporary != NULL)
        unlink(output->temporary);
    if (output->temporary != NULL)
        set_pending(output->temporary, NULL);
    free(output->temporary);
    free(output->destination);
    output->temporary = output->destination = NULL;
    return failure == 0 || complain(output, failure);
}

void cli_output_discard(struct cli_output *output)
{
    if (output->path != NULL && output->fd >= 0)
        close(output->fd);
    if (output->temporary != NULL) {
        unlink(output->temporary);
        set_pending(output->temporary, NULL);
    }
    free(output->temporary);
    free(output->destination);
    *output = (struct cli_output){.fd = -1};
}

/* True when both paths name one file of a type (S_IFMT). */
static bool is_same(const char *a, const char *b, mode_t type)
{
    struct stat left, right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && (left.st_mode & S_IFMT) == type &&
           left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

bool cli_is_same_file(const char *a, const char *b)
{
    return is_same(a, b, S_IFREG);
}

bool cli_is_same_pipe(const char *a, const char *b)
{
    return is_same(a, b, S_IFIFO);
}

/* The folder that a path is in; its device and inode. */
static bool folder_of(const char *path, struct stat *status)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return stat(".", status) == 0;
    char *folder = strndup(path, (size_t)(slash - path) + 1);
    const bool is_there = folder != NULL && stat(folder, status) == 0;
    free(folder);
    return is_there;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool cli_is_same_place(const char *a, const char *b)
{
    struct stat left, right;
    if (strcmp(a, b) == 0 || cli_is_same_file(a, b))
        return true;
    return strcmp(last_part(a), last_part(b)) == 0 && folder_of(a, &left) && folder_of(b, &right) &&
           left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}
