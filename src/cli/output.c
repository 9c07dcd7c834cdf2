#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "places.h"

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
    cli_say("%s: %s", name_of(output), strerror(failure));
    return false;
}

static const char TEMPORARY_END[] = ".XXXXXX"; /* what mkostemp makes unique */

/* The name of a temporary file beside a destination, whose own name may be as long as a name can be. */
static char *name_temporary(const char *destination)
{
    const size_t most = cli_folder_length(destination) + NAME_MAX - strlen(TEMPORARY_END);
    const size_t kept = strlen(destination) < most ? strlen(destination) : most;
    char *temporary = malloc(kept + sizeof TEMPORARY_END);
    if (temporary == NULL)
        return NULL;
    memcpy(temporary, destination, kept);
    strcpy(temporary + kept, TEMPORARY_END);
    return temporary;
}

/* A temporary file beside the destination, with the permissions that a new file would have or, where there is
 * one already, its own. */
static bool open_beside(struct cli_output *output, const struct stat *present)
{
    /* Renaming would see past the protection of a file that may not be written. */
    if (present && faccessat(AT_FDCWD, output->path, W_OK, AT_EACCESS) != 0)
        return complain(output, errno);
    output->destination = cli_resolve(output->path);
    if (output->destination == NULL)
        return complain(output, errno);
    output->temporary = name_temporary(output->destination);
    if (output->temporary == NULL) {
        free(output->destination);
        return complain(output, ENOMEM);
    }
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
    /* Only root may give files away; for others it is theirs, or they have no say. */
    if (present)
        (void)!fchown(output->fd, present->st_uid, present->st_gid);
    if (fchmod(output->fd, present ? present->st_mode & 07777 : 0666 & ~mask) == 0)
        return true;
    complain(output, errno);
    cli_output_discard(output);
    return false;
}

bool cli_output_open(struct cli_output *output, const char *path)
{
    *output = (struct cli_output){.path = path, .fd = STDOUT_FILENO};
    if (path != NULL && cli_is_standard_output(path))
        output->path = NULL;
    if (output->path == NULL)
        return true;
    struct stat status;
    const bool is_present = stat(path, &status) == 0;
    if (!is_present && errno != ENOENT)
        return complain(output, errno);
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
        /* Whoever shares a pipe may have set it not to block. */
        if (written < 0 && errno == EAGAIN && poll(&(struct pollfd){output->fd, POLLOUT, 0}, 1, -1) >= 0)
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

int cli_output_commit(struct cli_output *output)
{
    int failure = output->failure;
    if (output->path != NULL && close(output->fd) != 0 && failure == 0)
        failure = errno;
    output->fd = -1;
    if (failure == 0 && output->temporary != NULL && rename(output->temporary, output->destination) != 0)
        failure = errno;
    if (failure != 0 && output->temporary != NULL)
        unlink(output->temporary);
    if (output->temporary != NULL)
        set_pending(output->temporary, NULL);
    free(output->temporary);
    free(output->destination);
    output->temporary = output->destination = NULL;
    if (failure == 0)
        return EXIT_DONE;
    if (output->path == NULL && cli_is_reader_gone())
        return EXIT_READER_GONE;
    complain(output, failure);
    return EXIT_TROUBLE;
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
