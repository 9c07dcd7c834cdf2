#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

enum { READ_BYTES = 64 << 10 };

int evd_file_open(const char *path)
{
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd;
}

size_t evd_file_read(int fd, uint64_t offset, void *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t count = pread(fd, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (count > 0)
            done += (size_t)count;
        else if (count == 0 || errno != EINTR)
            break;
    }
    return done;
}

enum evd_status evd_file_read_text(const char *path, const char *what, size_t limit, struct evd_buffer *text,
                                   struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    struct stat facts;
    const int file = evd_file_open(path);
    if (file < 0)
        return evd_fail_errno(error, path);
    if (fstat(file, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        status = evd_fail_at(error, EVD_E_IO, path, 0, 0, "is a directory, not a %s", what);
        goto out;
    }
    while (text->length <= limit) {
        if (!evd_buffer_reserve(text, READ_BYTES)) {
            status = evd_fail_memory(error);
            goto out;
        }
        const ssize_t count = read(file, text->data + text->length, READ_BYTES);
        if (count == 0)
            goto out;
        if (count > 0) {
            text->length += (size_t)count;
        } else if (errno != EINTR) {
            status = evd_fail_errno(error, path);
            goto out;
        }
    }
out:
    close(file);
    return status;
}
