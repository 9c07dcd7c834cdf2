#include "batch/job_logs.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "batch/files.h"

struct file {
    dev_t device;
    ino_t inode;
    const char *path, *what;
};

struct files {
    struct file *list;
    size_t count;
    const char *folder;
    struct evd_buffer path;
};

/* Takes in the logs of a list, as far as they are files. */
static bool add(struct files *files, const char *const *paths, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        if (!evd_path_from(&files->path, files->folder, paths[i]))
            return false;
        if (stat(files->path.data, &status) == 0 && S_ISREG(status.st_mode))
            files->list[files->count++] = (struct file){status.st_dev, status.st_ino, paths[i], what};
    }
    return true;
}

bool evd_job_find_twins(const struct evd_batch_job *job, const char *folder, struct evd_job_twins *twins)
{
    static const char CONTROL[] = "a control run already";
    const size_t count = 1 + job->ours.count + job->control.count + job->control_of_ours.count;
    *twins = (struct evd_job_twins){NULL, NULL};
    if (job->control.count + job->control_of_ours.count == 0)
        return true;
    struct files files = {.list = malloc(count * sizeof *files.list), .folder = folder};
    const bool is_good = files.list != NULL && add(&files, &job->canary, 1, "the log of canary") &&
                         add(&files, job->ours.items, job->ours.count, "a log of ours");
    const size_t logs = files.count;
    const bool is_read = is_good && add(&files, job->control.items, job->control.count, CONTROL) &&
                         add(&files, job->control_of_ours.items, job->control_of_ours.count, CONTROL);
    for (size_t i = logs; is_read && twins->control == NULL && i < files.count; i++)
        for (size_t j = 0; j < i; j++)
            if (files.list[i].device == files.list[j].device && files.list[i].inode == files.list[j].inode) {
                *twins = (struct evd_job_twins){files.list[i].path, files.list[j].what};
                break;
            }
    free(files.list);
    evd_buffer_release(&files.path);
    return is_read;
}
