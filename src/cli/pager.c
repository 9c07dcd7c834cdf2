#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config_files.h"
#include "message.h"
#include "terminal.h"

/* True when a folder of PATH has the program. */
static bool is_installed(const char *name)
{
    const char *folders = getenv("PATH");
    for (const char *p = folders; p != NULL && *p != '\0';) {
        const size_t length = strcspn(p, ":");
        char path[4096];
        const int used = snprintf(path, sizeof path, "%.*s/%s", (int)length, p, name);
        if (used > 0 && (size_t)used < sizeof path && access(path, X_OK) == 0)
            return true;
        p += length + (p[length] == ':');
    }
    return false;
}

/* The command, or NULL for none; to be freed. */
static char *choose(void)
{
    const char *command = getenv("EVDIFF_PAGER");
    char *configured = command == NULL ? cli_config_pager() : NULL;
    command = configured != NULL ? configured : command;
    if (command == NULL)
        command = getenv("PAGER");
    if (command == NULL)
        command = is_installed("less") ? "less" : "";
    char *chosen = command[strspn(command, " ")] == '\0' || strcmp(command, "cat") == 0 ? NULL : strdup(command);
    free(configured);
    return chosen;
}

static void run_child(const char *command, int input)
{
    if (dup2(input, STDIN_FILENO) != STDIN_FILENO || setenv("LESS", "FRX", 0) != 0)
        _exit(127);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

void cli_pager_start(struct cli_pager *pager, bool is_wanted)
{
    int ends[2];
    *pager = (struct cli_pager){.command = NULL};
    char *command = is_wanted && cli_is_smart_terminal(STDOUT_FILENO) ? choose() : NULL;
    if (command == NULL || fflush(stdout) != 0)
        goto out;
    pager->terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (pager->terminal < 0)
        goto out;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(pager->terminal);
        goto out;
    }
    /* ^C is the pager's, as long as it runs. */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    pager->child = fork();
    if (pager->child == 0)
        run_child(command, ends[0]);
    if (pager->child > 0 && dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO) {
        sigaction(SIGINT, &ignore, &pager->interrupt);
        pager->command = command;
    } else {
        close(pager->terminal);
    }
    close(ends[0]);
    close(ends[1]);
out:
    if (pager->command == NULL)
        free(command);
}

bool cli_pager_end(struct cli_pager *pager)
{
    int status = 0;
    if (pager->command == NULL)
        return true;
    fflush(stdout);
    clearerr(stdout); /* whoever leaves the pager early has seen enough */
    dup2(pager->terminal, STDOUT_FILENO);
    close(pager->terminal);
    while (waitpid(pager->child, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &pager->interrupt, NULL);
    const bool has_run = !WIFEXITED(status) || (WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127);
    if (!has_run)
        cli_say("the pager '%s' can't be run; EVDIFF_PAGER names another, --no-pager does without", pager->command);
    free(pager->command);
    pager->command = NULL;
    return has_run;
}
