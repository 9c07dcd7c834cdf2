#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "places.h"

static const char *name_of(const struct cli_output *output)
{
    return output->path == NULL ? "standard output" : output->path[0] == '\0' ? "''" : output->path;
}

static bool complain(const struct cli_output *output, int failure)
{
    cli_say("%s: %s", name_of(output), strerror(failure));
    return false;
}

/* A new file for the destination, with the permissions that a new file would have or, where there is one already,
 * its own. */
static bool open_new(struct cli_output *output, const struct stat *present)
{
    /* Renaming would see past the protection of a file that may not be written. */
    if (present && faccessat(AT_FDCWD, output->path, W_OK, AT_EACCESS) != 0)
        return complain(output, errno);
    output->destination = cli_resolve(output->path);
    if (output->destination == NULL)
        return complain(output, errno);
    if (!cli_new_file_open(&output->file, output->destination, false)) {
        const int failure = errno;
        free(output->destination);
        return complain(output, failure);
    }
    output->fd = output->file.fd;
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

/* What `open_other` says where there is something that is no regular file. */
static bool open_path(struct cli_output *output, bool (*open_other)(struct cli_output *output))
{
    struct stat status;
    const bool is_present = stat(output->path, &status) == 0;
    if (!is_present && errno != ENOENT)
        return complain(output, errno);
    if (!is_present || S_ISREG(status.st_mode))
        return open_new(output, is_present ? &status : NULL);
    return open_other(output);
}

/* A device or a pipe can't be replaced, only written to. */
static bool open_to_write(struct cli_output *output)
{
    output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
    return output->fd >= 0 || complain(output, errno);
}

static bool refuse(struct cli_output *output)
{
    cli_say("%s: is no regular file, and is not written to", output->path);
    return false;
}

bool cli_output_open(struct cli_output *output, const char *path)
{
    *output = (struct cli_output){.path = path, .fd = STDOUT_FILENO};
    if (path != NULL && cli_is_standard_output(path))
        output->path = NULL;
    return output->path == NULL || open_path(output, open_to_write);
}

bool cli_output_open_file(struct cli_output *output, const char *path)
{
    *output = (struct cli_output){.path = path, .fd = -1};
    return open_path(output, refuse);
}

void cli_output_spare_terminal(struct cli_output *output, bool has_pager)
{
    output->is_made_plain = has_pager || isatty(output->fd) != 0;
}

static bool write_bytes(struct cli_output *output, const char *bytes, size_t length)
{
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

static bool write_plain(struct cli_output *output, const char *bytes, size_t length)
{
    size_t plain_length;
    char *plain = cli_plain_lines(bytes, length, &plain_length);
    if (plain == NULL)
        output->failure = ENOMEM;
    const bool is_written = plain != NULL && write_bytes(output, plain, plain_length);
    free(plain);
    return is_written;
}

bool cli_output_write(void *context, const char *bytes, size_t length)
{
    struct cli_output *output = context;
    if (!output->is_made_plain)
        return write_bytes(output, bytes, length);
    const size_t kept = output->kept_count;
    char *all = malloc(kept + length + 1);
    if (all == NULL) {
        output->failure = ENOMEM;
        return false;
    }
    memcpy(all, output->kept, kept);
    memcpy(all + kept, bytes, length);
    const size_t whole = cli_whole_characters(all, kept + length);
    output->kept_count = kept + length - whole;
    memcpy(output->kept, all + whole, output->kept_count);
    const bool is_written = write_plain(output, all, whole);
    free(all);
    return is_written;
}

int cli_output_commit(struct cli_output *output)
{
    if (output->kept_count > 0 && output->failure == 0)
        (void)write_plain(output, output->kept, output->kept_count);
    int failure = output->failure;
    if (output->destination == NULL) {
        if (output->path != NULL && close(output->fd) != 0 && failure == 0)
            failure = errno;
    } else if (failure != 0) {
        cli_new_file_discard(&output->file);
    } else if (!cli_new_file_commit(&output->file, output->destination)) {
        failure = errno;
    }
    output->fd = -1;
    free(output->destination);
    output->destination = NULL;
    if (failure == 0)
        return EXIT_DONE;
    if (output->path == NULL && cli_is_reader_gone())
        return EXIT_READER_GONE;
    complain(output, failure);
    return EXIT_TROUBLE;
}

void cli_output_discard(struct cli_output *output)
{
    if (output->destination != NULL)
        cli_new_file_discard(&output->file);
    else if (output->path != NULL && output->fd >= 0)
        close(output->fd);
    free(output->destination);
    *output = (struct cli_output){.fd = -1};
}
