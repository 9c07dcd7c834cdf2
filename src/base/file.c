#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
