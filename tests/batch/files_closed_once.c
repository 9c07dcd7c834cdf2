/* A batch that can't write an outcome closes each of its files once: what is closed again may be someone else's by then. The
 * linker sends the library's closes here (--wrap). Arguments: evdiff, and a log. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <evdiff/batch.h>

int __real_close(int fd);
int __wrap_close(int fd);

static unsigned calls, bad;

int __wrap_close(int fd)
{
    const int result = __real_close(fd);
    calls++;
    bad += result < 0 && errno == EBADF;
    return result;
}

static bool fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    return false;
}

/* A folder where the outcome of the job goes. */
static bool make_night(const char *log)
{
    if (mkdir("night", 0777) != 0 || mkdir("night/jobs", 0777) != 0 || mkdir("night/jobs/a", 0777) != 0 ||
        mkdir("night/jobs/a/outcome.json.zst", 0777) != 0 || mkdir("night/jobs/a/outcome.json.zst/x", 0777) != 0)
        return false;
    FILE *file = fopen("m.toml", "w");
    if (file == NULL)
        return false;
    fprintf(file, "evdiff = 1\n[[job]]\nname = \"a\"\ncanary = \"%s\"\nours = \"%s\"\n", log, log);
    return fclose(file) == 0;
}

static bool run_night(const char *program)
{
    const struct evd_batch_options options = {.out = "night", .manifest = "m.toml", .program = program, .threads = 1};
    struct evd_batch *batch;
    struct evd_batch_tally tally;
    struct evd_error error;
    if (evd_batch_open(&options, &batch, &error) != EVD_OK)
        return fail(error.message);
    const enum evd_status status = evd_batch_run(batch, &tally, &error);
    evd_batch_close(batch);
    if (status != EVD_E_IO || strstr(error.path, "outcome.json.zst") == NULL)
        return fail(status == EVD_OK ? "the outcome was written" : error.message);
    printf("%s: %s\n%u closed, %u of them again\n", error.path, error.message, calls, bad);
    return calls > 0 && bad == 0;
}

int main(int count, char **arguments)
{
    char folder[] = "/tmp/evdiff-closed-XXXXXX";
    char *program = count == 3 ? realpath(arguments[1], NULL) : NULL;
    if (program == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0 || !make_night(arguments[2])) {
        perror("files_closed_once");
        return 1;
    }
    const bool is_good = run_night(program);
    free(program);
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 && is_good ? 0 : 1;
}
