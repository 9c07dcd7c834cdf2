#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "places.h"

/* ── Names ── */

enum { LETTERS = 6, NAMES_TRIED = 100 };
static const char TEMPORARY_END[] = ".XXXXXX"; /* a dot and the letters that make it unique */

/* A name beside a place, whose own name may be as long as a name can be. */
static char *name_beside(const char *place)
{
    const size_t most = cli_folder_length(place) + NAME_MAX - strlen(TEMPORARY_END);
    const size_t kept = strlen(place) < most ? strlen(place) : most;
    char *name = malloc(kept + sizeof TEMPORARY_END);
    if (name == NULL)
        return NULL;
    memcpy(name, place, kept);
    strcpy(name + kept, TEMPORARY_END);
    return name;
}

static bool choose_letters(char *name)
{
    static const char ALPHABET[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char random[LETTERS];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    char *letters = name + strlen(name) - LETTERS;
    for (int i = 0; i < LETTERS; i++)
        letters[i] = ALPHABET[random[i] % (sizeof ALPHABET - 1)];
    return true;
}

/* ── Signals: they take away the files that have a name, and must not come between a file and its place in the list ── */

static struct cli_new_file *volatile named_files;

static void end_by_signal(int number)
{
    for (const struct cli_new_file *file = named_files; file != NULL; file = file->next)
        unlink(file->name);
    signal(number, SIG_DFL);
    raise(number);
}

static void take_over(int number)
{
    struct sigaction present, own = {.sa_handler = end_by_signal};
    sigfillset(&own.sa_mask);
    /* Whoever started the program with a signal ignored wants it ignored. */
    if (sigaction(number, NULL, &present) == 0 && present.sa_handler == SIG_DFL)
        sigaction(number, &own, NULL);
}

static void take_over_all(void)
{
    static const int SIGNALS[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGABRT, SIGALRM, SIGTERM, SIGUSR1,
                                  SIGUSR2, SIGPROF, SIGVTALRM, SIGXCPU, SIGIO,   SIGPWR,  SIGSTKFLT};
    static bool is_installed;
    if (is_installed)
        return;
    for (size_t i = 0; i < sizeof SIGNALS / sizeof SIGNALS[0]; i++)
        take_over(SIGNALS[i]);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        take_over(number);
    is_installed = true;
}

static sigset_t hold_signals(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    return before;
}

static void let_signals_come(const sigset_t *before)
{
    const int failure = errno;
    pthread_sigmask(SIG_SETMASK, before, NULL);
    errno = failure;
}

static void forget_name(struct cli_new_file *file)
{
    struct cli_new_file *before = named_files;
    if (before == file) {
        named_files = file->next;
    } else {
        while (before != NULL && before->next != file)
            before = before->next;
        if (before != NULL)
            before->next = file->next;
    }
    free(file->name);
    file->name = NULL;
}

/* ── Files ── */

/* Where the system shows an open file, so that a nameless one can be given a name. */
struct own_path {
    char text[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
};

static struct own_path path_of(int fd)
{
    struct own_path path;
    snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
    return path;
}

/* False where there are no nameless files, or none that could be given a name. */
static bool open_nameless(struct cli_new_file *file, const char *place)
{
    const size_t length = cli_folder_length(place);
    char *folder = length > 0 ? strndup(place, length) : strdup(".");
    if (folder == NULL)
        return false;
    file->fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    free(folder);
    if (file->fd < 0)
        return false;
    struct stat opened, shown;
    if (fstat(file->fd, &opened) == 0 && stat(path_of(file->fd).text, &shown) == 0 && opened.st_dev == shown.st_dev &&
        opened.st_ino == shown.st_ino)
        return true;
    close(file->fd);
    return false;
}

static bool open_named(struct cli_new_file *file, const char *place)
{
    file->name = name_beside(place);
    if (file->name == NULL)
        return false;
    take_over_all();
    const sigset_t before = hold_signals();
    file->fd = mkostemp(file->name, O_CLOEXEC);
    if (file->fd >= 0) {
        file->next = named_files;
        named_files = file;
    }
    let_signals_come(&before);
    if (file->fd >= 0)
        return true;
    const int failure = errno;
    free(file->name);
    file->name = NULL;
    errno = failure;
    return false;
}

bool cli_new_file_open(struct cli_new_file *file, const char *place, bool is_named)
{
    *file = (struct cli_new_file){.fd = -1};
    return (!is_named && open_nameless(file, place)) || open_named(file, place);
}

/* Gives a nameless file a name beside its place. */
static bool link_beside(const char *own, char *name)
{
    for (int i = 0; i < NAMES_TRIED; i++) {
        if (!choose_letters(name))
            return false;
        if (linkat(AT_FDCWD, own, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
            return true;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

/* A nameless file can take a free place at once; one that is taken only by a name. */
static bool place_nameless(const struct cli_new_file *file, const char *place)
{
    const struct own_path own = path_of(file->fd);
    if (linkat(AT_FDCWD, own.text, AT_FDCWD, place, AT_SYMLINK_FOLLOW) == 0)
        return true;
    if (errno != EEXIST)
        return false;
    char *name = name_beside(place);
    if (name == NULL)
        return false;
    const sigset_t before = hold_signals();
    bool is_placed = link_beside(own.text, name);
    if (is_placed && rename(name, place) != 0) {
        const int failure = errno;
        unlink(name);
        errno = failure;
        is_placed = false;
    }
    let_signals_come(&before);
    free(name);
    return is_placed;
}

/* A file system may say only when a file is closed that it has no room; a copy tells it as well. */
static bool is_written(int fd)
{
    const int copy = dup(fd);
    return copy >= 0 && close(copy) == 0;
}

bool cli_new_file_commit(struct cli_new_file *file, const char *place)
{
    const bool is_placed =
        is_written(file->fd) && (file->name != NULL ? rename(file->name, place) == 0 : place_nameless(file, place));
    if (!is_placed) {
        cli_new_file_discard(file);
        return false;
    }
    close(file->fd);
    file->fd = -1;
    if (file->name != NULL)
        forget_name(file);
    return true;
}

void cli_new_file_discard(struct cli_new_file *file)
{
    const int failure = errno;
    close(file->fd);
    file->fd = -1;
    if (file->name != NULL) {
        unlink(file->name);
        forget_name(file);
    }
    errno = failure;
}

bool cli_new_file_is_possible(const char *place)
{
    struct cli_new_file file;
    struct stat status;
    /* A nameless file does not show that its name would be too long. */
    if ((lstat(place, &status) != 0 && errno != ENOENT) || !cli_new_file_open(&file, place, false))
        return false;
    cli_new_file_discard(&file);
    return true;
}
