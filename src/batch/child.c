#include "batch/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"

/* What is between vfork and exec calls only what a signal handler may. */
static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void become_first_to_be_killed(void)
{
    static const char MOST[] = "1000";
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, MOST, sizeof MOST - 1);
    close(fd);
}

enum { CANNOT_START = 127 };

/* What a diff compares is said by its job alone, and is its content key: options of the environment and configuration files are
 * left out. NULL when memory runs out; freed by the caller. */
static char **make_environment(char *reply)
{
    static char NO_CONFIG[] = "EVDIFF_CONFIG=";
    size_t count = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    char **variables = calloc(count + 3, sizeof *variables);
    for (size_t i = 0; variables != NULL && i < count; i++)
        if (strncmp(environ[i], NO_CONFIG, strlen(NO_CONFIG)) != 0 && strncmp(environ[i], "EVDIFF_OPTS=", 12) != 0 &&
            strncmp(environ[i], EVD_CHILD_REPLY "=", sizeof EVD_CHILD_REPLY) != 0)
            variables[kept++] = environ[i];
    if (variables != NULL)
        variables[kept++] = NO_CONFIG;
    if (variables != NULL)
        variables[kept] = reply;
    return variables;
}

/* In the child. It has a process group of its own: Ctrl-C is the parent's to handle. */
static _Noreturn void become(const char *program, char *const *arguments, char *const *environment, const char *folder,
                             const struct evd_child *child, int pipe, pid_t parent)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(CANNOT_START);
    become_first_to_be_killed();
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(child->output, STDOUT_FILENO) < 0 ||
        dup2(pipe, STDERR_FILENO) < 0)
        _exit(CANNOT_START);
    if (child->reply_file >= 0)
        fcntl(child->reply_file, F_SETFD, 0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir(folder) != 0) {
        say("evdiff: the manifest's folder is not there any more\n");
        _exit(CANNOT_START);
    }
    execve(program, arguments, environment);
    say("evdiff: the program can't be started: ");
    say(strerrordesc_np(errno));
    say("\n");
    _exit(CANNOT_START);
}

/* The child has the parent's memory until it is another program, and the parent waits: nothing is copied, nor are pages
 * taken from the parent that it would have to ask for again. What is called there touches memory of its own frame alone; hence
 * a function that is not put into another. */
static __attribute__((noinline)) pid_t start(const struct evd_child *child, const char *program, char *const *arguments,
                                             char *const *environment, const char *folder, int pipe)
{
    const pid_t parent = getpid(), pid = vfork();
    if (pid == 0)
        become(program, arguments, environment, folder, child, pipe, parent);
    return pid;
}

static void close_reply(struct evd_child *child)
{
    if (child->reply_file >= 0)
        close(child->reply_file);
    child->reply_file = -1;
}

static void close_files(struct evd_child *child)
{
    close_reply(child);
    close(child->output);
    child->output = -1;
}

static void read_reply(struct evd_child *child)
{
    const ssize_t count = child->reply_file < 0 ? 0 : pread(child->reply_file, child->reply, EVD_CHILD_REPLY_BYTES, 0);
    child->reply[count > 0 ? count : 0] = '\0';
    close_reply(child);
}

enum evd_status evd_child_start(struct evd_child *child, const char *program, char *const *arguments,
                                const char *folder, double timeout_seconds, struct evd_error *error)
{
    int ends[2];
    char reply[sizeof EVD_CHILD_REPLY + 16];
    *child = (struct evd_child){.pipe = -1, .output = -1, .reply_file = -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return evd_fail(error, EVD_E_IO, "a pipe for a diff: %s", strerror(errno));
    child->output = memfd_create("evdiff-outcome", MFD_CLOEXEC);
    if (child->output < 0) {
        const int failure = errno;
        close(ends[0]);
        close(ends[1]);
        return evd_fail(error, EVD_E_IO, "a file in memory for a diff: %s", strerror(failure));
    }
    /* Without it the logs are hashed once more. */
    child->reply_file = memfd_create("evdiff-reply", MFD_CLOEXEC);
    snprintf(reply, sizeof reply, "%s=%d", EVD_CHILD_REPLY, child->reply_file);
    char **environment = make_environment(child->reply_file >= 0 ? reply : NULL);
    if (environment == NULL) {
        close(ends[0]);
        close(ends[1]);
        close_files(child);
        return evd_fail_memory(error);
    }
    const pid_t pid = start(child, program, arguments, environment, folder, ends[1]);
    const int failure = errno;
    free(environment);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        close_files(child);
        return evd_fail(error, EVD_E_IO, "a process for a diff: %s", strerror(failure));
    }
    /* Here too, as it may be signalled before it gets there. */
    setpgid(pid, pid);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    child->pid = pid;
    child->pipe = ends[0];
    child->started = evd_seconds_now();
    child->deadline = timeout_seconds > 0 ? child->started + timeout_seconds : 0;
    return EVD_OK;
}

/* Keeps the last bytes. */
static void keep_tail(struct evd_child *child, const char *bytes, size_t length)
{
    if (length > EVD_CHILD_TAIL_BYTES) {
        bytes += length - EVD_CHILD_TAIL_BYTES;
        length = EVD_CHILD_TAIL_BYTES;
    }
    const size_t kept =
        child->tail_length + length > EVD_CHILD_TAIL_BYTES ? EVD_CHILD_TAIL_BYTES - length : child->tail_length;
    memmove(child->tail, child->tail + child->tail_length - kept, kept);
    memcpy(child->tail + kept, bytes, length);
    child->tail_length = kept + length;
    child->tail[child->tail_length] = '\0';
}

bool evd_child_take(struct evd_child *child, struct evd_child_end *end)
{
    char bytes[EVD_CHILD_TAIL_BYTES];
    struct rusage usage = {0};
    int status = 0;
    ssize_t count;
    while ((count = read(child->pipe, bytes, sizeof bytes)) > 0 || (count < 0 && errno == EINTR))
        if (count > 0)
            keep_tail(child, bytes, (size_t)count);
    /* A program of its own that it has started may hold the pipe longer than it lives itself. */
    const bool is_open = count < 0 && errno == EAGAIN;
    pid_t ended;
    while ((ended = wait4(child->pid, &status, is_open ? WNOHANG : 0, &usage)) < 0 && errno == EINTR)
        continue;
    if (ended == 0)
        return false;
    if (ended < 0)
        status = SIGKILL; /* somebody else has waited for it: how it ended is lost */
    close(child->pipe);
    read_reply(child);
    *end = (struct evd_child_end){
        .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .seconds = evd_seconds_now() - child->started,
        .peak_bytes = (uint64_t)usage.ru_maxrss * 1024,
        .output = child->output,
    };
    lseek(end->output, 0, SEEK_SET);
    child->pid = 0;
    child->pipe = -1;
    child->output = -1;
    return true;
}

static void ask_to_end(struct evd_child *child)
{
    if (child->kill_at > 0)
        return;
    kill(-child->pid, SIGTERM);
    child->kill_at = evd_seconds_now() + EVD_CHILD_GRACE_SECONDS;
    child->deadline = 0;
}

void evd_child_stop(struct evd_child *child)
{
    child->is_stopped = true;
    ask_to_end(child);
}

void evd_child_tick(struct evd_child *child)
{
    const double now = evd_seconds_now();
    if (child->deadline > 0 && now >= child->deadline) {
        child->is_timeout = true;
        ask_to_end(child);
    } else if (child->kill_at > 0 && now >= child->kill_at) {
        kill(-child->pid, SIGKILL);
        child->kill_at = now + EVD_CHILD_GRACE_SECONDS;
    }
}
