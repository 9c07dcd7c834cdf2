/* Event logs out of an engine: schema v1, one buffer a guest thread, one thread that writes.
 *
 * This header stands alone: it needs nothing of the library, so an engine may keep a copy. It is C11 and C++11, for POSIX
 * with gcc or clang. One file of the program has the implementation, and the program is linked with -pthread:
 *
 *     #define EVD_EMIT_IMPLEMENTATION
 *     #include <evdiff/emit.h>
 *
 * With EVD_EMIT_ZSTD defined there too, and -lzstd, a path that ends in ".zst" gives a compressed log.
 *
 *     struct evd_emitter *log = evd_emit_open("ours.jsonl", "my engine", NULL);
 *     struct evd_emit_thread *thread = evd_emit_thread_of(log, 4);
 *     EVD_EMIT(thread, "kernel.return", evd_emit_text("name", "NtClose"), evd_emit_hex("return_value", status));
 *     evd_emit_close(log);
 *
 * docs/emitting.md says what to log so that two engines can be compared. */
#ifndef EVDIFF_EMIT_H
#define EVDIFF_EMIT_H

#if defined(EVD_EMIT_IMPLEMENTATION) && !defined(_XOPEN_SOURCE) && !defined(_GNU_SOURCE)
#define _XOPEN_SOURCE 700
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct evd_emitter;
struct evd_emit_thread;

struct evd_emit_options {
    size_t buffer_bytes; /* a guest thread's buffer; from 4096, 0: 16384 */
    size_t spare_count;  /* buffers that wait for the writer before an emitting thread has to; 0: 256 */
    int has_host_ns;     /* each event gets `host_ns`, of CLOCK_MONOTONIC: some 20 ns an event */
};

enum evd_emit_type {
    EVD_EMIT_TEXT,
    EVD_EMIT_SIGNED,
    EVD_EMIT_UNSIGNED,
    EVD_EMIT_HEX,
    EVD_EMIT_REAL,
    EVD_EMIT_BOOLEAN,
    EVD_EMIT_NULL,
    EVD_EMIT_OBJECT,
    EVD_EMIT_ARRAY,
    EVD_EMIT_END
};

/* A member of a payload, or of an object or array in it. Made by the functions below; texts are borrowed until the event
 * is emitted. In an array the key is not written and may be NULL. */
struct evd_emit_member {
    const char *key;
    size_t key_length;
    enum evd_emit_type type;
    union {
        struct {
            const char *bytes;
            size_t length;
        } text;
        int64_t whole;
        uint64_t natural;
        double real;
    } value;
};

/* Opens a log and starts the thread that writes it. `path` is created, or emptied. `engine` goes into the header line; NULL: none.
 * `options` may be NULL. Returns NULL with errno set. */
struct evd_emitter *evd_emit_open(const char *path, const char *engine, const struct evd_emit_options *options);

/* The stream of a guest thread: made at the first call for this tid, found again later (cost: linear in the streams; keep
 * it). Any host thread may call. One host thread at a time may use a stream; what hands a guest thread from one host
 * thread to another must order the two. NULL with errno set when memory is out. Lives until evd_emit_close. */
struct evd_emit_thread *evd_emit_thread_of(struct evd_emitter *emitter, int64_t tid);

/* Emits one event, the next of its thread. The event is whole in the log or not there at all. Nothing is allocated, but for
 * an event that is larger than a buffer. Waits when the writer is `spare_count` buffers behind. An event that can not be kept
 * (memory is out, writing failed) is left out and counts in evd_emit_close's answer.
 *
 * Texts are UTF-8. A byte that is not part of it is written as a lone surrogate, as Python's surrogateescape does, so
 * that different bytes stay different. Ends that are missing are added; ends that close nothing are passed over. Containers
 * nest up to 64 deep; what is deeper is left out with its container. */
void evd_emit_event(struct evd_emit_thread *thread, const char *kind, const struct evd_emit_member *members,
                    size_t count);

/* Hands what the thread has emitted to the writer and gives its buffer back; the next event takes a new one. For guest threads
 * that end, or sleep for long. Does not wait for the disk. */
void evd_emit_release(struct evd_emit_thread *thread);

/* Ends the log. No thread may emit any more. Frees the emitter and its streams. Returns 0, or the first errno that made
 * the log incomplete: the log then ends at a whole line all the same. */
int evd_emit_close(struct evd_emitter *emitter);

/* For an engine's own crash handler: writes every event that is whole, of all threads, so that the log ends at a whole line,
 * and stops the log. Async-signal-safe. Waits at most two seconds for the thread that writes. The process should end then: the
 * emitter is not freed, and what is emitted later is left out. */
void evd_emit_crash(struct evd_emitter *emitter);

/* Installs handlers of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT that call evd_emit_crash and then let the handler
 * that was there before have the signal. One emitter a program. Not for an engine in which such a signal is
 * part of normal work: its own handler calls evd_emit_crash when it gives up. Returns 0 or an errno. */
int evd_emit_close_on_crash(struct evd_emitter *emitter);

/* A semantic id: 16 lower-case hexadecimal digits and a NUL, the FNV-1a 64 of the four numbers in little-endian order. It
 * names an object by where and as what it was created, so that both engines come to the same: `site` is the place of the code
 * that created it, `tid` and `index` the event that did. */
void evd_emit_sid(uint32_t site, uint32_t tid, uint64_t index, uint32_t object_type, char sid[17]);

/* The semantic id of an object that all threads share, at a guest address that is the same in every run. evdiff knows such
 * ids when `raw_handle_id` has the same address. */
void evd_emit_shared_global_sid(uint64_t pointer, uint32_t object_type, char sid[17]);

/* The index that the thread's next event gets. */
uint64_t evd_emit_next_index(const struct evd_emit_thread *thread);

/* Members. Inline, so that the length of a literal is known when the program is compiled. */
static inline struct evd_emit_member evd_emit_member_of(const char *key, enum evd_emit_type type)
{
    struct evd_emit_member member;
    member.key = key;
    member.key_length = key ? strlen(key) : 0;
    member.type = type;
    member.value.natural = 0;
    return member;
}

/* `length` bytes, which may hold anything. */
static inline struct evd_emit_member evd_emit_bytes(const char *key, const char *bytes, size_t length)
{
    struct evd_emit_member member = evd_emit_member_of(key, bytes ? EVD_EMIT_TEXT : EVD_EMIT_NULL);
    member.value.text.bytes = bytes;
    member.value.text.length = length;
    return member;
}

/* A text that ends in NUL; NULL is written as null. */
static inline struct evd_emit_member evd_emit_text(const char *key, const char *text)
{
    return evd_emit_bytes(key, text, text ? strlen(text) : 0);
}

static inline struct evd_emit_member evd_emit_signed(const char *key, int64_t value)
{
    struct evd_emit_member member = evd_emit_member_of(key, EVD_EMIT_SIGNED);
    member.value.whole = value;
    return member;
}

static inline struct evd_emit_member evd_emit_unsigned(const char *key, uint64_t value)
{
    struct evd_emit_member member = evd_emit_member_of(key, EVD_EMIT_UNSIGNED);
    member.value.natural = value;
    return member;
}

/* A text such as "0x1f": addresses, handles, status codes. */
static inline struct evd_emit_member evd_emit_hex(const char *key, uint64_t value)
{
    struct evd_emit_member member = evd_emit_member_of(key, EVD_EMIT_HEX);
    member.value.natural = value;
    return member;
}

/* 17 significant digits, which give the same double again; "NaN", "Infinity" and "-Infinity" are texts. */
static inline struct evd_emit_member evd_emit_real(const char *key, double value)
{
    struct evd_emit_member member = evd_emit_member_of(key, EVD_EMIT_REAL);
    member.value.real = value;
    return member;
}

static inline struct evd_emit_member evd_emit_boolean(const char *key, int value)
{
    struct evd_emit_member member = evd_emit_member_of(key, EVD_EMIT_BOOLEAN);
    member.value.natural = value != 0;
    return member;
}

static inline struct evd_emit_member evd_emit_null(const char *key)
{
    return evd_emit_member_of(key, EVD_EMIT_NULL);
}

/* What follows up to evd_emit_end() is in this object, or array. */
static inline struct evd_emit_member evd_emit_object(const char *key)
{
    return evd_emit_member_of(key, EVD_EMIT_OBJECT);
}

static inline struct evd_emit_member evd_emit_array(const char *key)
{
    return evd_emit_member_of(key, EVD_EMIT_ARRAY);
}

static inline struct evd_emit_member evd_emit_end(void)
{
    return evd_emit_member_of(NULL, EVD_EMIT_END);
}

#ifdef __cplusplus
}

/* EVD_EMIT(thread, kind, member…): at least one member. */
template <typename... Members>
inline void evd_emit_members(struct evd_emit_thread *thread, const char *kind, const Members &...members)
{
    const evd_emit_member all[] = {members...};
    evd_emit_event(thread, kind, all, sizeof all / sizeof *all);
}
#define EVD_EMIT(thread, kind, ...) evd_emit_members(thread, kind, __VA_ARGS__)
#else
#define EVD_EMIT(thread, kind, ...)                                             \
    evd_emit_event(thread, kind, (const struct evd_emit_member[]){__VA_ARGS__}, \
                   sizeof(const struct evd_emit_member[]){__VA_ARGS__} / sizeof(struct evd_emit_member))
#endif

#endif

#if defined(EVD_EMIT_IMPLEMENTATION) && !defined(EVDIFF_EMIT_IMPLEMENTED)
#define EVDIFF_EMIT_IMPLEMENTED
/* Whole events go from a stream's buffer to `queue`, from there to `staged`, from there to the file, each step by whole lines. The
 * crash handler goes the same way backwards. What it reads while other threads work is published with release stores. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifdef EVD_EMIT_ZSTD
#include <zstd.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum { EVD_EMIT_STAGED_BYTES = 1 << 20, EVD_EMIT_DEEPEST = 64, EVD_EMIT_RAW_BLOCK = 1 << 17 };

struct evd_emit_buffer {
    struct evd_emit_buffer *next;
    size_t capacity;
    size_t used; /* bytes of whole events */
};

struct evd_emit_thread {
    struct evd_emitter *emitter;
    struct evd_emit_thread *next;
    struct evd_emit_buffer *buffer; /* NULL: the next event takes one */
    int64_t tid;
    uint64_t index;
    char head[48]; /* what stands between the kind and the index */
    size_t head_length;
};

struct evd_emitter {
    struct evd_emit_options options;
    int file;
    int is_compressed;
    int error;        /* the first; by compare and exchange */
    int has_crashed;  /* nobody but the handler writes any more */
    int in_flight;    /* threads that move buffers, and the writer while it works on `staged` */
    int is_closing;   /* under `lock` */
    off_t whole_size; /* of the file, up to the last write that succeeded */
    struct evd_emit_thread *threads;
    struct evd_emit_buffer *queue, *queue_last; /* full buffers in order of arrival; changed under `lock` */
    struct evd_emit_buffer *spare;              /* under `lock` */

    char *staged;
    size_t staged_bytes;
    char *packed;
    size_t packed_capacity;
    pthread_t writer;
    pthread_mutex_t lock;
    pthread_cond_t has_work, has_spare;
#ifdef EVD_EMIT_ZSTD
    ZSTD_CCtx *compressor;
#endif
};

static inline char *evd_emit_bytes_of(struct evd_emit_buffer *buffer)
{
    return (char *)(buffer + 1);
}

static void evd_emit_fail(struct evd_emitter *emitter, int error)
{
    int none = 0;
    __atomic_compare_exchange_n(&emitter->error, &none, error ? error : EIO, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static struct evd_emit_buffer *evd_emit_buffer_new(size_t capacity)
{
    struct evd_emit_buffer *buffer = (struct evd_emit_buffer *)malloc(sizeof *buffer + capacity);
    if (buffer) {
        buffer->next = NULL;
        buffer->capacity = capacity;
        buffer->used = 0;
    }
    return buffer;
}

/* Marks that data is on its way from one place to the next. False when the handler has taken over. */
static int evd_emit_enter(struct evd_emitter *emitter)
{
    __atomic_add_fetch(&emitter->in_flight, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&emitter->has_crashed, __ATOMIC_SEQ_CST))
        return 1;
    __atomic_sub_fetch(&emitter->in_flight, 1, __ATOMIC_SEQ_CST);
    return 0;
}

static void evd_emit_leave(struct evd_emitter *emitter)
{
    __atomic_sub_fetch(&emitter->in_flight, 1, __ATOMIC_SEQ_CST);
}

/* Numbers and texts into a buffer that has room for them. Each returns the place behind. */

static char *evd_emit_put(char *out, const char *bytes, size_t length)
{
    memcpy(out, bytes, length);
    return out + length;
}

static char *evd_emit_put_natural(char *out, uint64_t value)
{
    size_t count = 1;
    for (uint64_t rest = value; rest >= 10; rest /= 10)
        count++;
    for (char *at = out + count; at-- > out; value /= 10)
        *at = (char)('0' + value % 10);
    return out + count;
}

static char *evd_emit_put_whole(char *out, int64_t value)
{
    if (value < 0)
        *out++ = '-';
    return evd_emit_put_natural(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static char *evd_emit_put_hex(char *out, uint64_t value)
{
    int shift = (63 - __builtin_clzll(value | 1)) & ~3;
    out = evd_emit_put(out, "\"0x", 3);
    for (; shift >= 0; shift -= 4)
        *out++ = "0123456789abcdef"[value >> shift & 15];
    *out++ = '"';
    return out;
}

static char *evd_emit_put_real(char *out, double value)
{
    if (value != value)
        return evd_emit_put(out, "\"NaN\"", 5);
    if (value > 1.7976931348623157e308)
        return evd_emit_put(out, "\"Infinity\"", 10);
    if (value < -1.7976931348623157e308)
        return evd_emit_put(out, "\"-Infinity\"", 11);
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    /* The decimal point is the locale's, and may be of several bytes. */
    int has_point = 0;
    for (const char *at = text; *at; at++)
        if (strchr("0123456789+-e", *at))
            *out++ = *at;
        else if (!has_point++)
            *out++ = '.';
    return out;
}

/* The length of the UTF-8 sequence at `at`, 0 where there is none. */
static size_t evd_emit_sequence(const unsigned char *at, size_t left)
{
    unsigned char first = at[0];
    size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    int is_bad = (first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] >= 0xa0) ||
                 (first == 0xf0 && at[1] < 0x90) || (first == 0xf4 && at[1] >= 0x90);
    return is_bad ? 0 : length;
}

static char *evd_emit_put_escape(char *out, unsigned value)
{
    out = evd_emit_put(out, "\\u", 2);
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = "0123456789abcdef"[value >> shift & 15];
    return out;
}

/* Whether eight bytes can be written as they are: ASCII, no control character, neither '"' nor '\\'. */
static int evd_emit_is_plain(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t quote = eight ^ ones * '"', backslash = eight ^ ones * '\\';
    return ((eight | (eight - ones * 0x20) | (quote - ones) | (backslash - ones)) & high) == 0;
}

static char *evd_emit_put_text(char *out, const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    *out++ = '"';
    while (at < end) {
        uint64_t eight;
        while (end - at >= 8 && (memcpy(&eight, at, 8), evd_emit_is_plain(eight))) {
            memcpy(out, &eight, 8);
            at += 8;
            out += 8;
        }
        /* Between two eights, and in short texts, byte by byte. */
        const unsigned char *stop = end - at < 8 ? end : at + 8;
        while (at < stop && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
            *out++ = (char)*at++;
        if (at == stop)
            continue;
        size_t sequence = evd_emit_sequence(at, (size_t)(end - at));
        if (sequence == 0) {
            out = evd_emit_put_escape(out, 0xdc00u + *at++);
        } else if (*at < 0x20) {
            out = evd_emit_put_escape(out, *at++);
        } else {
            if (*at == '"' || *at == '\\')
                *out++ = '\\';
            out = evd_emit_put(out, (const char *)at, sequence);
            at += sequence;
        }
    }
    *out++ = '"';
    return out;
}

static char *evd_emit_put_value(char *out, const struct evd_emit_member *member)
{
    switch (member->type) {
    case EVD_EMIT_TEXT: return evd_emit_put_text(out, member->value.text.bytes, member->value.text.length);
    case EVD_EMIT_SIGNED: return evd_emit_put_whole(out, member->value.whole);
    case EVD_EMIT_UNSIGNED: return evd_emit_put_natural(out, member->value.natural);
    case EVD_EMIT_HEX: return evd_emit_put_hex(out, member->value.natural);
    case EVD_EMIT_REAL: return evd_emit_put_real(out, member->value.real);
    case EVD_EMIT_BOOLEAN: return member->value.natural ? evd_emit_put(out, "true", 4) : evd_emit_put(out, "false", 5);
    default: return evd_emit_put(out, "null", 4);
    }
}

static char *evd_emit_put_members(char *out, const struct evd_emit_member *members, size_t count)
{
    char closing[EVD_EMIT_DEEPEST];
    size_t depth = 0, left_out = 0; /* containers that are open, and those in one that is too deep */
    int is_first = 1;
    for (const struct evd_emit_member *member = members; member < members + count; member++) {
        int is_container = member->type == EVD_EMIT_OBJECT || member->type == EVD_EMIT_ARRAY;
        if (member->type == EVD_EMIT_END) {
            if (left_out > 0) {
                left_out--;
            } else if (depth > 0) {
                *out++ = closing[--depth];
                is_first = 0;
            }
            continue;
        }
        if (left_out > 0 || (is_container && depth == EVD_EMIT_DEEPEST)) {
            left_out += (size_t)is_container;
            continue;
        }
        if (!is_first)
            *out++ = ',';
        is_first = is_container;
        if (depth == 0 || closing[depth - 1] == '}') {
            out = evd_emit_put_text(out, member->key ? member->key : "", member->key_length);
            *out++ = ':';
        }
        if (is_container) {
            *out++ = member->type == EVD_EMIT_OBJECT ? '{' : '[';
            closing[depth++] = member->type == EVD_EMIT_OBJECT ? '}' : ']';
        } else {
            out = evd_emit_put_value(out, member);
        }
    }
    while (depth > 0)
        *out++ = closing[--depth];
    return out;
}

/* The bytes that an event takes at most; 0 when no memory could hold it. A byte becomes six at most. */
static size_t evd_emit_most_bytes(const struct evd_emit_member *members, size_t count, size_t kind_length)
{
    size_t limit = SIZE_MAX / 16, most = kind_length;
    for (size_t i = 0; i < count && most < limit; i++) {
        size_t text = members[i].type == EVD_EMIT_TEXT ? members[i].value.text.length : 0;
        most = text < limit && members[i].key_length < limit ? most + members[i].key_length + text + 8 : limit;
    }
    return most < limit ? 6 * most + 192 : 0;
}

/* The way from a stream's buffer to the writer. */

static void evd_emit_hand_over(struct evd_emit_thread *thread)
{
    struct evd_emitter *emitter = thread->emitter;
    struct evd_emit_buffer *buffer = thread->buffer;
    if (!buffer || !evd_emit_enter(emitter))
        return;
    pthread_mutex_lock(&emitter->lock);
    __atomic_store_n(&thread->buffer, (struct evd_emit_buffer *)NULL, __ATOMIC_RELEASE);
    if (emitter->queue)
        __atomic_store_n(&emitter->queue_last->next, buffer, __ATOMIC_RELEASE);
    else
        __atomic_store_n(&emitter->queue, buffer, __ATOMIC_RELEASE);
    emitter->queue_last = buffer;
    pthread_cond_signal(&emitter->has_work);
    pthread_mutex_unlock(&emitter->lock);
    evd_emit_leave(emitter);
}

/* A buffer with room for `most` bytes becomes the stream's, which has none. */
static struct evd_emit_buffer *evd_emit_take(struct evd_emit_thread *thread, size_t most)
{
    struct evd_emitter *emitter = thread->emitter;
    struct evd_emit_buffer *buffer;
    if (most > emitter->options.buffer_bytes) {
        buffer = evd_emit_buffer_new(most);
    } else {
        pthread_mutex_lock(&emitter->lock);
        /* A stream that has none yet, or had given it back, brings one; one that comes from handing over waits for it. */
        while (!emitter->spare && emitter->queue)
            pthread_cond_wait(&emitter->has_spare, &emitter->lock);
        buffer = emitter->spare;
        if (buffer)
            emitter->spare = buffer->next;
        pthread_mutex_unlock(&emitter->lock);
        if (!buffer)
            buffer = evd_emit_buffer_new(emitter->options.buffer_bytes);
    }
    if (!buffer) {
        evd_emit_fail(emitter, ENOMEM);
        return NULL;
    }
    buffer->next = NULL;
    buffer->used = 0;
    __atomic_store_n(&thread->buffer, buffer, __ATOMIC_RELEASE);
    return buffer;
}

/* The writer. What it writes is whole lines each time; where writing fails, the file is cut behind the last of them. */

static int evd_emit_write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

static void evd_emit_write(struct evd_emitter *emitter, const char *bytes, size_t length)
{
    if (length == 0 || __atomic_load_n(&emitter->error, __ATOMIC_RELAXED))
        return;
#ifdef EVD_EMIT_ZSTD
    if (emitter->is_compressed) {
        size_t most = ZSTD_compressBound(length);
        if (most > emitter->packed_capacity) {
            free(emitter->packed);
            emitter->packed = (char *)malloc(most);
            emitter->packed_capacity = emitter->packed ? most : 0;
        }
        length = emitter->packed ? ZSTD_compressCCtx(emitter->compressor, emitter->packed, most, bytes, length, 1) : 0;
        if (length == 0 || ZSTD_isError(length)) {
            evd_emit_fail(emitter, ENOMEM);
            return;
        }
        bytes = emitter->packed;
    }
#endif
    int error = evd_emit_write_all(emitter->file, bytes, length);
    if (error) {
        evd_emit_fail(emitter, error);
        if (ftruncate(emitter->file, emitter->whole_size) != 0)
            return; /* a pipe: nothing can be taken back */
    } else {
        emitter->whole_size += (off_t)length;
    }
}

static void evd_emit_write_staged(struct evd_emitter *emitter)
{
    evd_emit_write(emitter, emitter->staged, emitter->staged_bytes);
    __atomic_store_n(&emitter->staged_bytes, (size_t)0, __ATOMIC_RELEASE);
}

static void evd_emit_stage(struct evd_emitter *emitter, const char *bytes, size_t length)
{
    if (length > EVD_EMIT_STAGED_BYTES - emitter->staged_bytes)
        evd_emit_write_staged(emitter);
    if (length > EVD_EMIT_STAGED_BYTES) {
        evd_emit_write(emitter, bytes, length);
        return;
    }
    memcpy(emitter->staged + emitter->staged_bytes, bytes, length);
    __atomic_store_n(&emitter->staged_bytes, emitter->staged_bytes + length, __ATOMIC_RELEASE);
}

static void *evd_emit_writer(void *argument)
{
    struct evd_emitter *emitter = (struct evd_emitter *)argument;
    pthread_mutex_lock(&emitter->lock);
    for (;;) {
        while (!emitter->queue && !emitter->is_closing)
            pthread_cond_wait(&emitter->has_work, &emitter->lock);
        struct evd_emit_buffer *buffer = emitter->queue;
        pthread_mutex_unlock(&emitter->lock);
        if (!buffer || !evd_emit_enter(emitter))
            return NULL;
        evd_emit_stage(emitter, evd_emit_bytes_of(buffer), buffer->used);
        pthread_mutex_lock(&emitter->lock);
        __atomic_store_n(&emitter->queue, buffer->next, __ATOMIC_RELEASE);
        if (buffer->capacity == emitter->options.buffer_bytes) {
            buffer->next = emitter->spare;
            emitter->spare = buffer;
        } else {
            free(buffer);
        }
        pthread_cond_broadcast(&emitter->has_spare);
        evd_emit_leave(emitter);
    }
}

/* Opening, closing. */

static void evd_emit_free_buffers(struct evd_emit_buffer *buffer)
{
    while (buffer) {
        struct evd_emit_buffer *next = buffer->next;
        free(buffer);
        buffer = next;
    }
}

static void evd_emit_free(struct evd_emitter *emitter)
{
    while (emitter->threads) {
        struct evd_emit_thread *next = emitter->threads->next;
        free(emitter->threads->buffer);
        free(emitter->threads);
        emitter->threads = next;
    }
    evd_emit_free_buffers(emitter->spare);
    evd_emit_free_buffers(emitter->queue);
    free(emitter->staged);
    free(emitter->packed);
#ifdef EVD_EMIT_ZSTD
    ZSTD_freeCCtx(emitter->compressor);
#endif
    pthread_cond_destroy(&emitter->has_spare);
    pthread_cond_destroy(&emitter->has_work);
    pthread_mutex_destroy(&emitter->lock);
    free(emitter);
}

/* What the writer and the buffers need, and the header line. Returns 0 or an errno. */
static int evd_emit_start(struct evd_emitter *emitter, const char *engine)
{
    static const char header[] = "{\"kind\":\"schema_version\",\"schema_version\":1";
    size_t length = engine ? strlen(engine) : 0;
    if (length > EVD_EMIT_STAGED_BYTES / 8)
        return EINVAL;
    emitter->staged = (char *)malloc(EVD_EMIT_STAGED_BYTES);
    for (size_t i = 0; i < emitter->options.spare_count; i++) {
        struct evd_emit_buffer *buffer = evd_emit_buffer_new(emitter->options.buffer_bytes);
        if (!buffer)
            return ENOMEM;
        buffer->next = emitter->spare;
        emitter->spare = buffer;
    }
#ifdef EVD_EMIT_ZSTD
    emitter->compressor = emitter->is_compressed ? ZSTD_createCCtx() : NULL;
    if (emitter->is_compressed && !emitter->compressor)
        return ENOMEM;
#endif
    if (!emitter->staged)
        return ENOMEM;
    char *out = evd_emit_put(emitter->staged, header, sizeof header - 1);
    if (engine)
        out = evd_emit_put_text(evd_emit_put(out, ",\"engine\":", 10), engine, length);
    out = evd_emit_put(out, "}\n", 2);
    emitter->staged_bytes = (size_t)(out - emitter->staged);
    return pthread_create(&emitter->writer, NULL, evd_emit_writer, emitter);
}

struct evd_emitter *evd_emit_open(const char *path, const char *engine, const struct evd_emit_options *options)
{
    size_t length = strlen(path);
    int is_compressed = length > 4 && strcmp(path + length - 4, ".zst") == 0;
#ifndef EVD_EMIT_ZSTD
    if (is_compressed) {
        errno = ENOTSUP;
        return NULL;
    }
#endif
    struct evd_emitter *emitter = (struct evd_emitter *)calloc(1, sizeof *emitter);
    if (!emitter)
        return NULL;
    if (options)
        emitter->options = *options;
    if (emitter->options.buffer_bytes == 0)
        emitter->options.buffer_bytes = 16384;
    if (emitter->options.spare_count == 0)
        emitter->options.spare_count = 256;
    emitter->is_compressed = is_compressed;
    pthread_mutex_init(&emitter->lock, NULL);
    pthread_cond_init(&emitter->has_work, NULL);
    pthread_cond_init(&emitter->has_spare, NULL);
    int error =
        emitter->options.buffer_bytes < 4096 || emitter->options.buffer_bytes > EVD_EMIT_STAGED_BYTES ? EINVAL : 0;
    emitter->file = error ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (!error)
        error = emitter->file < 0 ? errno : evd_emit_start(emitter, engine);
    if (error) {
        if (emitter->file >= 0)
            close(emitter->file);
        evd_emit_free(emitter);
        errno = error;
        return NULL;
    }
    return emitter;
}

int evd_emit_close(struct evd_emitter *emitter)
{
    if (!emitter)
        return 0;
    for (struct evd_emit_thread *thread = emitter->threads; thread; thread = thread->next)
        evd_emit_hand_over(thread);
    pthread_mutex_lock(&emitter->lock);
    emitter->is_closing = 1;
    pthread_cond_signal(&emitter->has_work);
    pthread_mutex_unlock(&emitter->lock);
    pthread_join(emitter->writer, NULL);
    if (evd_emit_enter(emitter)) {
        evd_emit_write_staged(emitter);
        evd_emit_leave(emitter);
    }
    if (close(emitter->file) != 0)
        evd_emit_fail(emitter, errno);
    int error = emitter->error;
    evd_emit_free(emitter);
    return error;
}

/* Emitting. */

struct evd_emit_thread *evd_emit_thread_of(struct evd_emitter *emitter, int64_t tid)
{
    pthread_mutex_lock(&emitter->lock);
    struct evd_emit_thread *thread = emitter->threads;
    while (thread && thread->tid != tid)
        thread = thread->next;
    if (!thread && (thread = (struct evd_emit_thread *)calloc(1, sizeof *thread)) != NULL) {
        thread->emitter = emitter;
        thread->tid = tid;
        char *out = evd_emit_put_whole(evd_emit_put(thread->head, ",\"tid\":", 7), tid);
        out = evd_emit_put(out, ",\"tid_event_idx\":", 17);
        thread->head_length = (size_t)(out - thread->head);
        thread->next = emitter->threads;
        __atomic_store_n(&emitter->threads, thread, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&emitter->lock);
    return thread;
}

uint64_t evd_emit_next_index(const struct evd_emit_thread *thread)
{
    return thread->index;
}

void evd_emit_release(struct evd_emit_thread *thread)
{
    evd_emit_hand_over(thread);
}

void evd_emit_event(struct evd_emit_thread *thread, const char *kind, const struct evd_emit_member *members,
                    size_t count)
{
    size_t kind_length = strlen(kind), most = evd_emit_most_bytes(members, count, kind_length);
    uint64_t index = thread->index++;
    struct evd_emit_buffer *buffer = thread->buffer;
    if (most == 0) {
        evd_emit_fail(thread->emitter, ENOMEM);
        return;
    }
    if (!buffer || most > buffer->capacity - buffer->used) {
        evd_emit_hand_over(thread);
        if (thread->buffer) {
            /* The handler has taken over. A smaller event must not follow the one that is left out. */
            thread->buffer->capacity = thread->buffer->used;
            return;
        }
        buffer = evd_emit_take(thread, most);
        if (!buffer)
            return;
    }
    char *start = evd_emit_bytes_of(buffer) + buffer->used;
    char *out = evd_emit_put_text(evd_emit_put(start, "{\"kind\":", 8), kind, kind_length);
    out = evd_emit_put_natural(evd_emit_put(out, thread->head, thread->head_length), index);
    if (thread->emitter->options.has_host_ns) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        out = evd_emit_put(out, ",\"host_ns\":", 11);
        out = evd_emit_put_natural(out, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    }
    out = evd_emit_put(out, ",\"payload\":{", 12);
    out = evd_emit_put(evd_emit_put_members(out, members, count), "}}\n", 3);
    __atomic_store_n(&buffer->used, buffer->used + (size_t)(out - start), __ATOMIC_RELEASE);
}

void evd_emit_sid(uint32_t site, uint32_t tid, uint64_t index, uint32_t object_type, char sid[17])
{
    const uint64_t numbers[4] = {site, tid, index, object_type};
    const int sizes[4] = {4, 4, 8, 4};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < 4; i++)
        for (int byte = 0; byte < sizes[i]; byte++)
            hash = (hash ^ (numbers[i] >> 8 * byte & 0xff)) * UINT64_C(0x100000001b3);
    for (int digit = 0; digit < 16; digit++)
        sid[digit] = "0123456789abcdef"[hash >> (60 - 4 * digit) & 15];
    sid[16] = '\0';
}

void evd_emit_shared_global_sid(uint64_t pointer, uint32_t object_type, char sid[17])
{
    evd_emit_sid(UINT32_C(0xc01ab005), 0, pointer, object_type, sid);
}

/* Crashes. Only async-signal-safe functions from here on. */

/* Writes bytes, in a compressed log as a frame of blocks that are stored as they are (RFC 8878, section 3.1.1): compressing
 * would need the allocator. */
static void evd_emit_write_crashed(struct evd_emitter *emitter, const char *bytes, size_t length)
{
    static const char frame[] = "\x28\xb5\x2f\xfd\x00\x38"; /* no checksum, no sizes, a window of 128 KiB */
    if (length == 0 || !emitter->is_compressed) {
        evd_emit_write_all(emitter->file, bytes, length);
        return;
    }
    evd_emit_write_all(emitter->file, frame, sizeof frame - 1);
    while (length > 0) {
        size_t size = length < (size_t)EVD_EMIT_RAW_BLOCK ? length : (size_t)EVD_EMIT_RAW_BLOCK;
        size_t head = size << 3 | (size == length);
        char block[3] = {(char)(head & 0xff), (char)(head >> 8 & 0xff), (char)(head >> 16 & 0xff)};
        evd_emit_write_all(emitter->file, block, 3);
        evd_emit_write_all(emitter->file, bytes, size);
        bytes += size;
        length -= size;
    }
}

static void evd_emit_sleep(void)
{
    struct timespec moment = {0, 1000000};
    nanosleep(&moment, NULL);
}

void evd_emit_crash(struct evd_emitter *emitter)
{
    int saved_errno = errno;
    enum { RUNNING, CRASHED, DONE };
    int waits = 0;
    if (__atomic_exchange_n(&emitter->has_crashed, CRASHED, __ATOMIC_SEQ_CST) != RUNNING) {
        /* Another thread crashed before: the process must not end before that one is done. */
        while (__atomic_load_n(&emitter->has_crashed, __ATOMIC_SEQ_CST) != DONE && waits++ < 4000)
            evd_emit_sleep();
        errno = saved_errno;
        return;
    }
    while (__atomic_load_n(&emitter->in_flight, __ATOMIC_SEQ_CST) != 0 && waits++ < 2000)
        evd_emit_sleep();
    if (waits <= 2000 && !__atomic_load_n(&emitter->error, __ATOMIC_RELAXED)) {
        evd_emit_write_crashed(emitter, emitter->staged, emitter->staged_bytes);
        struct evd_emit_buffer *buffer = __atomic_load_n(&emitter->queue, __ATOMIC_ACQUIRE);
        for (; buffer; buffer = __atomic_load_n(&buffer->next, __ATOMIC_ACQUIRE))
            evd_emit_write_crashed(emitter, evd_emit_bytes_of(buffer), buffer->used);
        struct evd_emit_thread *thread = __atomic_load_n(&emitter->threads, __ATOMIC_ACQUIRE);
        for (; thread; thread = thread->next) {
            buffer = __atomic_load_n(&thread->buffer, __ATOMIC_ACQUIRE);
            if (buffer)
                evd_emit_write_crashed(
                    emitter, evd_emit_bytes_of(buffer), __atomic_load_n(&buffer->used, __ATOMIC_ACQUIRE));
        }
    }
    __atomic_store_n(&emitter->has_crashed, DONE, __ATOMIC_SEQ_CST);
    errno = saved_errno;
}

static struct evd_emitter *evd_emit_crashing;
static const int evd_emit_signals[5] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
static struct sigaction evd_emit_before[5];

static void evd_emit_handle(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    evd_emit_crash(evd_emit_crashing);
    for (int i = 0; i < 5; i++)
        if (evd_emit_signals[i] == signal_number)
            sigaction(signal_number, &evd_emit_before[i], NULL);
    /* A fault happens again when the handler returns; a signal that was sent does not. */
    if (info->si_code <= 0)
        raise(signal_number);
}

int evd_emit_close_on_crash(struct evd_emitter *emitter)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = evd_emit_handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    evd_emit_crashing = emitter;
    for (int i = 0; i < 5; i++)
        if (sigaction(evd_emit_signals[i], &action, &evd_emit_before[i]) != 0)
            return errno;
    return 0;
}

#ifdef __cplusplus
}
#endif

#endif
