#include "log/fingerprint.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fail.h"
#include "base/file.h"

enum { SAMPLES = 64, SAMPLE_BYTES = 4096, READ_BYTES = 1 << 20 };

/* A small file as a whole. */
static uint64_t hash_small(const struct evd_source *source)
{
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (uint64_t done = 0; done < source->file_size;) {
        char sample[SAMPLE_BYTES] = {0};
        const uint64_t rest = source->file_size - done;
        const size_t size = rest < sizeof sample ? (size_t)rest : sizeof sample;
        evd_file_read(source->fd, done, sample, size);
        XXH3_64bits_update(&state, sample, size);
        done += size;
    }
    return XXH3_64bits_digest(&state);
}

static uint64_t hash_samples(const struct evd_source *source)
{
    const uint64_t size = source->file_size;
    if (size <= (uint64_t)SAMPLES * SAMPLE_BYTES)
        return hash_small(source);
    uint64_t hash = 0;
    for (uint64_t i = 0; i < SAMPLES; i++) {
        /* (size - SAMPLE_BYTES) * i / (SAMPLES - 1), without overflow; the last is the file's end. */
        const uint64_t span = size - SAMPLE_BYTES;
        const uint64_t offset = span / (SAMPLES - 1) * i + span % (SAMPLES - 1) * i / (SAMPLES - 1);
        /* Copied, for the reason in log/line.h; what can't be read is zeros, as it is in the mapping. */
        char sample[SAMPLE_BYTES] = {0};
        evd_file_read(source->fd, offset, sample, sizeof sample);
        hash = XXH3_64bits_withSeed(sample, sizeof sample, hash);
    }
    return hash;
}

struct evd_fingerprint evd_fingerprint_take(const struct evd_source *source)
{
    return (struct evd_fingerprint){
        .file_size = source->file_size, .mtime_ns = source->mtime_ns, .ctime_ns = source->ctime_ns};
}

void evd_fingerprint_sample(struct evd_fingerprint *fingerprint, const struct evd_source *source)
{
    fingerprint->sample_hash = hash_samples(source);
}

bool evd_fingerprint_is(const struct evd_fingerprint *left, const struct evd_fingerprint *right)
{
    return left->file_size == right->file_size && left->mtime_ns == right->mtime_ns &&
           left->ctime_ns == right->ctime_ns && left->sample_hash == right->sample_hash;
}

enum evd_status evd_fingerprint_hash_all(const struct evd_source *source, uint64_t *hash, struct evd_error *error)
{
    char *bytes = malloc(READ_BYTES);
    XXH3_state_t *state = XXH3_createState();
    enum evd_status status = bytes == NULL || state == NULL ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK)
        XXH3_64bits_reset(state);
    for (uint64_t done = 0; status == EVD_OK && done < source->file_size;) {
        const uint64_t rest = source->file_size - done;
        const size_t wanted = rest < READ_BYTES ? (size_t)rest : READ_BYTES;
        if (evd_file_read(source->fd, done, bytes, wanted) != wanted)
            status = evd_fail_at(error, EVD_E_IO, source->path, 0, 0,
                                 "a part of the file could not be read: it became shorter, or its device failed");
        else
            XXH3_64bits_update(state, bytes, wanted);
        done += wanted;
    }
    if (status == EVD_OK)
        *hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    free(bytes);
    return status;
}
