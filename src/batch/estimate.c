#include "batch/estimate.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* An event's line has some 250 bytes, and takes 24 in tables while it is diffed (docs/decisions/0002-keys-not-events.md). */
enum { BYTES_A_LINE = 250, BYTES_AN_EVENT = 24 };

/* Logs come to about a twentieth when they are packed; where the frame does not say, a fortieth is assumed. */
enum { PACKED_RATIO = 40 };

/* RFC 8878: magic number, then a descriptor whose two highest bits say how wide the size of the content is. */
enum { ZSTD_MAGIC_BYTES = 4, ZSTD_HEADER_MAX = 18, GZIP_TAIL = 4 };

static uint64_t little_endian(const unsigned char *bytes, int count)
{
    uint64_t number = 0;
    for (int i = count; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

/* What the first frame says that it unpacks to; 0 when it does not. */
static uint64_t zstd_content(const unsigned char head[ZSTD_HEADER_MAX])
{
    static const int DICTIONARY_BYTES[] = {0, 1, 2, 4};
    const unsigned descriptor = head[ZSTD_MAGIC_BYTES];
    const bool is_single = (descriptor & 0x20) != 0;
    const int wide = (int)(descriptor >> 6);
    const int size_bytes = wide > 0 ? 1 << wide : is_single;
    const unsigned char *place = head + ZSTD_MAGIC_BYTES + 1 + !is_single + DICTIONARY_BYTES[descriptor & 3];
    if (size_bytes == 0)
        return 0;
    return little_endian(place, size_bytes) + (size_bytes == 2 ? 256 : 0);
}

/* The text of a compressed file; 0 when it is none. A file may have several frames or members, and its header may lie: it is
 * never less than what is stored, nor more than a thousand times that. */
static uint64_t unpacked_bytes(int fd, uint64_t stored)
{
    unsigned char head[ZSTD_HEADER_MAX] = {0}, tail[GZIP_TAIL] = {0};
    uint64_t text;
    if (evd_file_read(fd, 0, head, sizeof head) < sizeof head)
        return 0;
    if (memcmp(head, "\x28\xb5\x2f\xfd", ZSTD_MAGIC_BYTES) == 0) {
        text = zstd_content(head);
    } else if (head[0] == 0x1f && head[1] == 0x8b) {
        evd_file_read(fd, stored - GZIP_TAIL, tail, sizeof tail);
        text = little_endian(tail, GZIP_TAIL);
    } else {
        return 0;
    }
    if (text == 0)
        text = stored * PACKED_RATIO;
    return text < stored ? stored : text / 1000 > stored ? stored * 1000 : text;
}

uint64_t evd_estimate_log(const char *path)
{
    struct stat status;
    uint64_t bytes = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return 0;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        const uint64_t stored = (uint64_t)status.st_size;
        const uint64_t unpacked = unpacked_bytes(fd, stored);
        const uint64_t text = unpacked > 0 ? unpacked : stored;
        bytes = text / BYTES_A_LINE * BYTES_AN_EVENT + unpacked;
    }
    close(fd);
    return bytes;
}
