#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"
#include "statistics.h"

const char *const cli_when_words[] = {"auto", "always", "never", NULL};

bool cli_is_smart_terminal(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term != NULL && strcmp(term, "dumb") != 0;
}

bool cli_has_color(enum cli_when when)
{
    const char *no_color = getenv("NO_COLOR");
    if (when != CLI_AUTO)
        return when == CLI_ALWAYS;
    return cli_is_smart_terminal(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');
}

unsigned cli_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

void cli_progress_start(struct cli_progress *progress, enum cli_when when)
{
    const bool is_on = when == CLI_ALWAYS || (when == CLI_AUTO && cli_is_smart_terminal(STDERR_FILENO));
    *progress = (struct cli_progress){.is_on = is_on, .started = cli_seconds(), .step = EVD_STEPS};
    /* Short work ends before anyone would read a line; with --progress=always it is shown anyway. */
    progress->shows_each_step = when == CLI_ALWAYS;
    progress->last = progress->shows_each_step ? 0 : progress->started + 0.3;
}

bool cli_progress_is_due(struct cli_progress *progress)
{
    const double now = cli_seconds();
    if (!progress->is_on || now - progress->last < 0.1)
        return false;
    progress->last = now;
    progress->is_shown = true;
    return true;
}

void cli_progress_show(void *context, uint64_t done_bytes, uint64_t total_bytes)
{
    struct cli_progress *progress = context;
    if (!cli_progress_is_due(progress))
        return;
    const double seconds = progress->last - progress->started;
    char left[CLI_TIME_MAX];
    cli_time_left(seconds, (double)done_bytes, (double)total_bytes, left);
    cli_show_line("reading: %3.0f %% of %.2f GB, %.2f GB/s%s", 100.0 * (double)done_bytes / (double)total_bytes,
                  (double)total_bytes * 1e-9, (double)done_bytes * 1e-9 / seconds, left);
}

void cli_progress_show_step(void *context, enum evd_step step, uint64_t done, uint64_t total)
{
    struct cli_progress *progress = context;
    if (progress->step != step || done == 0) {
        progress->step = step;
        progress->step_started = cli_seconds();
        if (progress->shows_each_step)
            progress->last = 0;
    }
    if (!cli_progress_is_due(progress))
        return;
    char left[CLI_TIME_MAX];
    const char *unit = evd_step_unit(step);
    cli_time_left(progress->last - progress->step_started, (double)done, (double)total, left);
    if (unit != NULL)
        cli_show_line("%s: %3.0f %% of %llu %s%s", evd_step_words(step), 100.0 * (double)done / (double)total,
                      (unsigned long long)total, unit, left);
    else
        cli_show_line("%s", evd_step_words(step));
}

void cli_time_left(double seconds, double done, double total, char text[CLI_TIME_MAX])
{
    text[0] = '\0';
    /* Before half a second, or a hundredth of the work, the time left jumps about. */
    if (seconds < 0.5 || done * 100 < total || done > total)
        return;
    const double left = seconds * (total - done) / done;
    if (left < 100 * 3600.0)
        snprintf(text, CLI_TIME_MAX, ", %lu:%02lu left", (unsigned long)left / 60, (unsigned long)left % 60);
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->is_shown)
        cli_hide_line();
    *progress = (struct cli_progress){0};
}
