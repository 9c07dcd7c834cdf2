/* Fuzzes the readers of TOML: any bytes are refused in one line, with a place, or become values in order, each with its place;
 * the same bytes are a manifest too, of TOML or of JSON Lines, which is refused so, or a plan that is written and read again as
 * the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <evdiff/config.h>

#include "batch/manifest.h"
#include "batch/plan_file.h"
#include "demand.h"
#include "memory_log.h"
#include "target.h"

static void hold_fault(const struct evd_error *error)
{
    demand(error->message[0] != '\0' && strchr(error->message, '\n') == NULL);
}

/* A table is among the keys that are in none. */
static const char *outer_name(const struct evd_config_value *value)
{
    return value->section[0] != '\0' ? value->section : value->key;
}

static void read_config(const char *path)
{
    struct evd_config *config;
    struct evd_error error = {0};
    if (evd_config_read(path, &config, &error) != EVD_OK) {
        demand(config == NULL);
        hold_fault(&error);
        return;
    }
    for (size_t i = 0; i < config->count; i++) {
        const struct evd_config_value *value = &config->values[i], *before = i > 0 ? value - 1 : NULL;
        demand(value->section != NULL && value->key != NULL && value->line > 0 && value->column > 0);
        const int order = before == NULL ? -1 : strcmp(outer_name(before), outer_name(value));
        demand(order < 0 || (order == 0 && strcmp(before->key, value->key) <= 0));
    }
    evd_config_free(config);
}

/* Templates look for files, whatever folder they name: what a fuzzer thinks of is not looked for. */
static bool has_template(const uint8_t *data, size_t size)
{
    return size > 0 && memchr(data, '{', size) != NULL && memchr(data, '}', size) != NULL && data[0] != '{';
}

static void read_manifest(const char *path)
{
    struct evd_batch_plan plan = {.manifest = NULL};
    struct evd_error error = {0};
    if (evd_manifest_read(path, &plan, &error) == EVD_OK) {
        char copy[64];
        struct evd_batch_plan again = {.manifest = NULL};
        demand(plan.job_count > 0);
        for (size_t i = 0; i < plan.job_count; i++)
            demand(evd_job_name_fault(plan.jobs[i].name) == NULL && plan.jobs[i].ours.count > 0 &&
                   (i == 0 || strcmp(plan.jobs[i - 1].name, plan.jobs[i].name) < 0));
        snprintf(copy, sizeof copy, "/tmp/evdiff-fuzz-plan-%ld.json", (long)getpid());
        demand(evd_plan_write(&plan, copy, &error) == EVD_OK);
        demand(evd_plan_read(&again, copy, &error) == EVD_OK);
        demand(again.job_count == plan.job_count && again.fail_on == plan.fail_on);
        for (size_t i = 0; i < plan.job_count; i++)
            demand(strcmp(again.jobs[i].name, plan.jobs[i].name) == 0 &&
                   strcmp(again.jobs[i].canary, plan.jobs[i].canary) == 0 &&
                   again.jobs[i].ours.count == plan.jobs[i].ours.count);
        evd_plan_release(&again);
        unlink(copy);
    } else {
        hold_fault(&error);
    }
    evd_plan_release(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[MEMORY_PATH_BYTES];
    const int fd = memory_file((const char *)data, size, path);
    read_config(path);
    if (!has_template(data, size)) {
        demand(lseek(fd, 0, SEEK_SET) == 0);
        if (size > 0 && data[0] == '{') {
            demand(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
            read_manifest("-");
        } else {
            read_manifest(path);
        }
    }
    close(fd);
    return 0;
}
