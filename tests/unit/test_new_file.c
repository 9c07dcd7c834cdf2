/* Files that are whole or absent: however the program ends, nothing else of them is left.
 *
 * Each test is made for both kinds, files that have no name while they are written and files that have one. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/new_file.h"

enum { KINDS = 2, FILES = 6, NAME_BYTES = 300 };

/* In memory, where every Linux has nameless files. */
static char folder[] = "/dev/shm/evdiff-new-file-XXXXXX";

static void set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

/* How many files are there. */
static int count_files(void)
{
    int count = 0;
    DIR *listing = opendir(".");
    cr_assert_not_null(listing);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return count;
}

static void remove_files(void)
{
    DIR *listing = opendir(".");
    cr_assert_not_null(listing);
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
        unlink(entry->d_name);
    closedir(listing);
}

static void tear_down(void)
{
    remove_files();
    cr_expect_eq(rmdir(folder), 0, "%s", strerror(errno));
}

static void open_file(struct cli_new_file *file, const char *place, bool is_named)
{
    cr_assert(cli_new_file_open(file, place, is_named), "%s: %s", place, strerror(errno));
    cr_assert_eq(file->name != NULL, is_named);
}

static void write_text(const struct cli_new_file *file, const char *text)
{
    cr_assert_eq(write(file->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void expect_text(const char *path, const char *text)
{
    char found[64] = "";
    const int fd = open(path, O_RDONLY);
    cr_assert(fd >= 0, "%s: %s", path, strerror(errno));
    cr_assert(read(fd, found, sizeof found - 1) >= 0);
    close(fd);
    cr_expect_str_eq(found, text);
}

static void write_old(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, "old", 3), 3);
    close(fd);
}

Test(new_file, takes_its_place_when_it_is_whole, .init = set_up, .fini = tear_down)
{
    for (int is_named = 0; is_named < KINDS; is_named++) {
        struct cli_new_file file;
        open_file(&file, "report", is_named);
        write_text(&file, "new");
        cr_expect_eq(access("report", F_OK), -1);
        cr_expect_eq(count_files(), is_named);
        cr_assert(cli_new_file_commit(&file, "report"));
        expect_text("report", "new");
        cr_expect_eq(count_files(), 1);
        remove_files();
    }
}

Test(new_file, replaces_what_is_there, .init = set_up, .fini = tear_down)
{
    for (int is_named = 0; is_named < KINDS; is_named++) {
        char place[sizeof folder + NAME_BYTES];
        struct cli_new_file file;
        snprintf(place, sizeof place, "%s/report", folder);
        write_old(place);
        open_file(&file, place, is_named);
        write_text(&file, "new");
        expect_text(place, "old");
        cr_assert(cli_new_file_commit(&file, place));
        expect_text(place, "new");
        cr_expect_eq(count_files(), 1);
        remove_files();
    }
}

Test(new_file, replaces_what_came_in_the_meantime, .init = set_up, .fini = tear_down)
{
    for (int is_named = 0; is_named < KINDS; is_named++) {
        struct cli_new_file file;
        open_file(&file, "report", is_named);
        write_text(&file, "new");
        write_old("report");
        cr_assert(cli_new_file_commit(&file, "report"));
        expect_text("report", "new");
        cr_expect_eq(count_files(), 1);
        remove_files();
    }
}

Test(new_file, leaves_nothing_when_it_is_given_up, .init = set_up, .fini = tear_down)
{
    for (int is_named = 0; is_named < KINDS; is_named++) {
        struct cli_new_file file;
        open_file(&file, "report", is_named);
        errno = EDOM;
        cli_new_file_discard(&file);
        cr_expect_eq(errno, EDOM);
        cr_expect_eq(count_files(), 0);
    }
}

Test(new_file, leaves_nothing_when_its_place_can_not_be_taken, .init = set_up, .fini = tear_down)
{
    for (int is_named = 0; is_named < KINDS; is_named++) {
        struct cli_new_file file;
        open_file(&file, "report", is_named);
        cr_assert_eq(mkdir("report", 0700), 0);
        cr_expect_not(cli_new_file_commit(&file, "report"));
        cr_expect_eq(errno, EISDIR, "%s", strerror(errno));
        cr_expect_eq(count_files(), 1);
        cr_assert_eq(rmdir("report"), 0);
    }
}

Test(new_file, a_name_may_be_as_long_as_a_name_can_be, .init = set_up, .fini = tear_down)
{
    for (int is_named = 0; is_named < KINDS; is_named++) {
        char name[NAME_BYTES] = "";
        struct cli_new_file file;
        memset(name, 'x', NAME_MAX);
        cr_expect(cli_new_file_is_possible(name));
        for (int round = 0; round < 2; round++) {
            open_file(&file, name, is_named);
            cr_assert(cli_new_file_commit(&file, name));
            cr_expect_eq(count_files(), 1);
        }
        strcat(name, "x");
        cr_expect_not(cli_new_file_is_possible(name));
        cr_expect_eq(errno, ENAMETOOLONG);
        remove_files();
    }
}

Test(new_file, is_possible_where_a_file_can_be_made, .init = set_up, .fini = tear_down)
{
    cr_expect(cli_new_file_is_possible("new"));
    cr_expect_eq(count_files(), 0);
    write_old("old");
    cr_expect(cli_new_file_is_possible("old"));
    expect_text("old", "old");
    cr_expect_not(cli_new_file_is_possible("absent/new"));
    cr_expect_eq(errno, ENOENT);
    cr_expect_not(cli_new_file_is_possible("old/new"));
    cr_expect_eq(errno, ENOTDIR);
    cr_expect_not(cli_new_file_is_possible("/proc/self/fd/new"));
}

/* ── Signals ── */

/* A child with files open, one of them given up again, which then waits until somebody reads a FIFO. */
static pid_t start_child(bool is_named)
{
    int ready[2];
    char byte;
    cr_assert_eq(pipe(ready), 0);
    const pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        struct cli_new_file files[FILES];
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        for (int number = 1; number <= SIGRTMAX; number++)
            signal(number, SIG_DFL);
        for (int i = 0; i < FILES; i++) {
            char place[NAME_BYTES];
            snprintf(place, sizeof place, "report-%d", i);
            if (!cli_new_file_open(&files[i], place, is_named) || write(files[i].fd, "half", 4) != 4)
                _exit(1);
        }
        cli_new_file_discard(&files[FILES / 2]);
        if (write(ready[1], "", 1) == 1)
            (void)!open("fifo", O_WRONLY);
        _exit(1);
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

/* Ends a child by a signal; how many files it leaves beside the FIFO. */
static int end_child(int number, bool is_named)
{
    int status;
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    const pid_t child = start_child(is_named);
    cr_assert_eq(kill(child, number), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == number, "signal %d: status %#x", number, (unsigned)status);
    const int count = count_files() - 1;
    remove_files();
    return count;
}

static bool ends_a_program(int number)
{
    static const int OTHERS[] = {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
        if (number == OTHERS[i])
            return false;
    return number < 32 || number >= SIGRTMIN;
}

Test(new_file, no_signal_leaves_a_nameless_file, .init = set_up, .fini = tear_down)
{
    for (int number = 1; number <= SIGRTMAX; number++)
        if (ends_a_program(number))
            cr_expect_eq(end_child(number, false), 0, "signal %d", number);
}

Test(new_file, signals_take_files_with_a_name_away, .init = set_up, .fini = tear_down)
{
    static const int FAULTS[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGPIPE, SIGXFSZ, SIGKILL};
    for (int number = 1; number <= SIGRTMAX; number++) {
        bool is_fault = false;
        for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++)
            is_fault |= number == FAULTS[i];
        if (ends_a_program(number) && !is_fault)
            cr_expect_eq(end_child(number, true), 0, "signal %d", number);
    }
    /* The test sees what is left. */
    cr_expect_eq(end_child(SIGKILL, true), FILES - 1);
}

Test(new_file, a_signal_that_is_ignored_stays_ignored, .init = set_up, .fini = tear_down)
{
    struct cli_new_file file;
    signal(SIGHUP, SIG_IGN);
    open_file(&file, "report", true);
    raise(SIGHUP);
    write_text(&file, "new");
    cr_assert(cli_new_file_commit(&file, "report"));
    expect_text("report", "new");
}
