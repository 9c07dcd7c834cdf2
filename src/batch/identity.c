#define XXH_INLINE_ALL
#include "batch/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/fail.h"
#include "base/grow.h"

/* A file that was written just before it was hashed could be written again without another time: clocks of file systems tick
 * in hundredths of a second, at the worst every two. */
#define SETTLED_NS ((int64_t)2 * 1000000000)

/* ── Files ── */

static int64_t in_ns(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void take_status(struct evd_identity *identity, const struct stat *status)
{
    *identity = (struct evd_identity){
        .device = status->st_dev,
        .inode = status->st_ino,
        .size = (uint64_t)status->st_size,
        .mtime_ns = in_ns(status->st_mtim),
        .ctime_ns = in_ns(status->st_ctim),
    };
}

bool evd_identity_look(const char *path, struct evd_identity *identity)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    take_status(identity, &status);
    errno = 0;
    return S_ISREG(status.st_mode);
}

bool evd_identity_is_same(const struct evd_identity *a, const struct evd_identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns;
}

bool evd_identity_settles(const struct evd_identity *identity, int64_t begun_ns)
{
    return identity->mtime_ns < begun_ns - SETTLED_NS && identity->ctime_ns < begun_ns - SETTLED_NS;
}

/* ── Remembering ── */

struct evd_remembered {
    const char *path;
    struct evd_identity identity;
};

static uint64_t place_hash(const char *path, const struct evd_identity *identity)
{
    const uint64_t place[] = {
        identity->device, identity->inode, identity->size, (uint64_t)identity->mtime_ns, (uint64_t)identity->ctime_ns};
    return XXH3_64bits_withSeed(path, strlen(path), XXH3_64bits(place, sizeof place));
}

bool evd_identities_add(struct evd_identities *identities, const char *path, const struct evd_identity *identity)
{
    if (!identity->is_settled)
        return true;
    const size_t length = strlen(path) + 1;
    struct evd_remembered *list =
        evd_grow(identities->list, identities->count, &identities->capacity, sizeof *identities->list);
    char *copy = list == NULL ? NULL : evd_arena_alloc(&identities->arena, length);
    if (list != NULL)
        identities->list = list;
    if (copy == NULL ||
        evd_table_put(&identities->by_place, place_hash(path, identity), identities->count, NULL) == NULL)
        return false;
    memcpy(copy, path, length);
    identities->list[identities->count++] = (struct evd_remembered){copy, *identity};
    return true;
}

bool evd_identities_find(const struct evd_identities *identities, const char *path, struct evd_identity *identity)
{
    const uint64_t *index = evd_table_get(&identities->by_place, place_hash(path, identity));
    if (index == NULL || *index >= identities->count)
        return false;
    const struct evd_remembered *found = &identities->list[*index];
    if (strcmp(found->path, path) != 0 || !evd_identity_is_same(&found->identity, identity))
        return false;
    *identity = found->identity;
    return true;
}

void evd_identities_release(struct evd_identities *identities)
{
    evd_arena_release(&identities->arena);
    evd_table_release(&identities->by_place);
    free(identities->list);
    *identities = (struct evd_identities){0};
}

/* ── Hashing ── */

struct evd_hashing {
    struct evd_hash128 *blocks;
    size_t block_count, block_capacity;
    char *path;
    int fd;
    int64_t begun_ns;
    struct evd_identity before;
    size_t filled; /* of the block at hand */
    char block[EVD_CONTENT_BLOCK_BYTES];
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return in_ns(now);
}

enum evd_status evd_hashing_begin(const char *path, struct evd_hashing **hashing, struct evd_error *error)
{
    struct stat status;
    struct evd_hashing *made = calloc(1, sizeof *made);
    *hashing = NULL;
    if (made == NULL)
        return evd_fail_memory(error);
    made->path = strdup(path);
    made->fd = -1;
    if (made->path == NULL) {
        evd_hashing_end(made);
        return evd_fail_memory(error);
    }
    made->begun_ns = now_ns();
    made->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (made->fd < 0 || fstat(made->fd, &status) != 0) {
        const int failure = errno;
        evd_hashing_end(made);
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "%s", strerror(failure));
    }
    take_status(&made->before, &status);
    *hashing = made;
    return EVD_OK;
}

static enum evd_status finish(struct evd_hashing *hashing, struct evd_identity *identity, struct evd_error *error)
{
    struct stat status;
    struct evd_identity after;
    if (fstat(hashing->fd, &status) != 0)
        return evd_fail_at(error, EVD_E_IO, hashing->path, 0, 0, "%s", strerror(errno));
    take_status(&after, &status);
    if (!evd_identity_is_same(&hashing->before, &after))
        return evd_fail_at(error, EVD_E_IO, hashing->path, 0, 0, "changed while it was read");
    *identity = after;
    identity->hash = evd_content_hash(hashing->blocks, hashing->block_count);
    identity->is_settled = evd_identity_settles(&after, hashing->begun_ns);
    return EVD_OK;
}

/* Hashes what has been read of a block, and begins the next one. */
static bool end_block(struct evd_hashing *hashing)
{
    if (hashing->filled == 0)
        return true;
    struct evd_hash128 *blocks =
        evd_grow(hashing->blocks, hashing->block_count, &hashing->block_capacity, sizeof *blocks);
    if (blocks == NULL)
        return false;
    hashing->blocks = blocks;
    blocks[hashing->block_count++] = evd_content_block(hashing->block, hashing->filled);
    hashing->filled = 0;
    return true;
}

enum evd_status evd_hashing_step(struct evd_hashing *hashing, uint64_t most, struct evd_identity *identity,
                                 bool *is_done, struct evd_error *error)
{
    *is_done = false;
    for (uint64_t hashed = 0; hashed < most;) {
        const ssize_t count =
            read(hashing->fd, hashing->block + hashing->filled, sizeof hashing->block - hashing->filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return evd_fail_at(error, EVD_E_IO, hashing->path, 0, 0, "%s", strerror(errno));
        hashing->filled += (size_t)count;
        if ((count == 0 || hashing->filled == sizeof hashing->block) && !end_block(hashing))
            return evd_fail_memory(error);
        if (count == 0) {
            *is_done = true;
            return finish(hashing, identity, error);
        }
        hashed += (uint64_t)count;
    }
    return EVD_OK;
}

void evd_hashing_end(struct evd_hashing *hashing)
{
    if (hashing == NULL)
        return;
    if (hashing->fd >= 0)
        close(hashing->fd);
    free(hashing->blocks);
    free(hashing->path);
    free(hashing);
}
