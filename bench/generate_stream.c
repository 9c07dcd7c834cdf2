/* What every guest thread does. A stream draws from its own random source, which both logs start
 * from the same state, so both tell the same events; what legitimately differs comes from the log's
 * own source. */
#include <stdlib.h>
#include <string.h>

#include "generate.h"

/* Roughly what Wine's cold boot calls, and how often in 1,024 calls. */
static const struct function FUNCTIONS[] = {
    {"RtlFreeHeap", "\\u0052tlFreeHeap", 2300, 3, 300, PLAIN},
    {"TlsGetValue", "\\u0054lsGetValue", 1501, 1, 130, PLAIN},
    {"CompareStringOrdinal", "\\u0043ompareStringOrdinal", 140, 5, 80, PLAIN},
    {"memmove", "\\u006demmove", 3010, 3, 70, PLAIN},
    {"HeapFree", "\\u0048eapFree", 820, 3, 60, PLAIN},
    {"isspace", "\\u0069sspace", 2990, 1, 60, PLAIN},
    {"memcmp", "\\u006demcmp", 3008, 3, 56, PLAIN},
    {"RtlCompareUnicodeStrings", "\\u0052tlCompareUnicodeStrings", 2195, 5, 40, PLAIN},
    {"RtlAllocateHeap", "\\u0052tlAllocateHeap", 2160, 3, 56, ALLOCATES},
    {"lstrcmpiW", "\\u006cstrcmpiW", 1702, 2, 30, PLAIN},
    {"RtlNtStatusToDosError", "\\u0052tlNtStatusToDosError", 2402, 1, 20, PLAIN},
    {"RtlInitUnicodeString", "\\u0052tlInitUnicodeString", 2340, 2, 20, PLAIN},
    {"RtlEnterCriticalSection", "\\u0052tlEnterCriticalSection", 2255, 1, 18, PLAIN},
    {"RtlLeaveCriticalSection", "\\u0052tlLeaveCriticalSection", 2371, 1, 18, PLAIN},
    {"RegQueryValueExW", "\\u0052egQueryValueExW", 1312, 6, 12, PLAIN},
    {"wcslen", "\\u0077cslen", 3101, 1, 10, PLAIN},
    {"NtQueryValueKey", "\\u004etQueryValueKey", 2671, 6, 8, PLAIN},
    {"NtReadFile", "\\u004etReadFile", 2680, 6, 8, PLAIN},
    {"LdrDisableThreadCalloutsForDll", "\\u004cdrDisableThreadCalloutsForDll", 2887, 1, 4, PLAIN},
    {"NtQueryPerformanceCounter", "\\u004etQueryPerformanceCounter", 2655, 0, 4, PLAIN},
    {"NtAllocateVirtualMemory", "\\u004etAllocateVirtualMemory", 2944, 6, 4, ALLOCATES},
    {"NtWaitForSingleObject", "\\u004etWaitForSingleObject", 2472, 3, 7, WAITS},
    {"NtCreateEvent", "\\u004etCreateEvent", 2500, 5, 4, CREATES_HANDLE},
    {"NtClose", "\\u004etClose", 2484, 1, 4, DESTROYS_HANDLE},
    {"NtCreateThreadEx", "\\u004etCreateThreadEx", 2530, 6, 1, CREATES_THREAD},
};
enum {
    FUNCTION_COUNT = sizeof FUNCTIONS / sizeof FUNCTIONS[0],
    ENTER = 12, /* RtlEnterCriticalSection */
    LEAVE = 13, /* RtlLeaveCriticalSection */
    WAIT = 21,  /* NtWaitForSingleObject, and behind it what creates and closes handles */
    HANDLE_FUNCTIONS = 3,
    WEIGHTS = 1024,
};

/* What comes next in the call in progress. */
enum { STAGE_IMPORT, STAGE_CALL, STAGE_EFFECT, STAGE_WAIT_END, STAGE_RETURN };

/* Handles that all threads share; evdiff knows them by the recipe of their SIDs. */
enum { GLOBALS = 16, GLOBALS_MIN_LENGTH = 64 };

static uint8_t function_at[WEIGHTS];

void functions_init(bool has_sids)
{
    size_t filled = 0;
    /* A call has three events, and one more with a SID. */
    for (; has_sids && filled < WEIGHTS * 2 / 5; filled++)
        function_at[filled] = (uint8_t)(WAIT + filled % HANDLE_FUNCTIONS);
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        for (unsigned n = 0; n < FUNCTIONS[i].weight && filled < WEIGHTS; n++)
            function_at[filled++] = (uint8_t)i;
    /* What the weights leave over stays function 0. */
}

static uint64_t global_pointer(unsigned i)
{
    return 0x82000000u + 0x40u * i;
}

/* FNV-1a 64 over the marker, 0, the pointer and the object type, as the log format defines it. */
static uint64_t global_sid(unsigned i)
{
    const uint32_t words[5] = {0xC01AB005, 0, (uint32_t)global_pointer(i), 0, 1};
    uint64_t hash = 0xCBF29CE484222325;
    for (int w = 0; w < 5; w++)
        for (int byte = 0; byte < 4; byte++)
            hash = (hash ^ ((words[w] >> (8 * byte)) & 0xFF)) * 0x100000001B3;
    return hash;
}

/* Where in a divergent stream the value differs: early enough for a call to begin after it. */
static uint64_t diverge_position(const struct options *options, uint64_t length)
{
    const uint64_t last = length - 6;
    const uint64_t position = (uint64_t)(options->diverge_at * (double)length);
    return position < last ? position : last;
}

struct stream *streams_new(const struct options *options, int side)
{
    const uint64_t count = options->threads;
    struct stream *streams = calloc(count, sizeof *streams);
    if (streams == NULL)
        fail("no memory for %llu threads", (unsigned long long)count);

    /* Real threads are unequal: a few do most of the work. Every one does a little. */
    double weights = 0;
    for (uint64_t i = 0; i < count; i++)
        weights += 1.0 / (double)(i + 4);
    const uint64_t least = 8;
    const uint64_t spare = options->events - least * count;
    uint64_t given = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct stream *stream = &streams[i];
        const uint64_t part = (uint64_t)((double)spare / weights / (double)(i + 4));
        stream->length = least + (part < spare - given ? part : spare - given);
        given += stream->length - least;
    }
    streams[0].length += spare - given;

    const bool is_renumbered = side == OURS && options->jitter;
    const double mean = (double)options->events / (double)count;
    for (uint64_t i = 0; i < count; i++) {
        struct stream *stream = &streams[i];
        stream->rank = (uint32_t)i;
        stream->random = options->seed * 0xD1342543DE82EF95 + i * 0x2545F4914F6CDD1D;
        next_random(&stream->random);
        /* Order survives the renumbering: threads that start alike are paired in order of tid. */
        stream->tid = is_renumbered ? 52 + 4 * i + 4 * (i / 3) : 44 + 4 * i;
        stream->handle_sid = next_random(&stream->random);
        const double burst = 4.0 * (double)stream->length / mean;
        stream->burst = burst < 1 ? 1 : burst > 1000 ? 1000 : (uint32_t)burst;
        stream->globals_left = i == 0 && stream->length >= GLOBALS_MIN_LENGTH ? GLOBALS : 0;
        stream->has_extras = options->jitter && !options->short_lines && streams[0].length >= GLOBALS_MIN_LENGTH;
        stream->diverged_at = UINT64_MAX;
        stream->diverge_from = side == OURS && options->diverge_at >= 0 && i < options->diverge_threads
                                   ? diverge_position(options, stream->length)
                                   : UINT64_MAX;
    }
    return streams;
}

static void begin_call(struct event *event, const struct function *function, uint64_t random)
{
    event->shape = SHAPE_IMPORT;
    event->function = function;
    event->value[0] = function->ordinal;
    /* A function is called from a handful of places. */
    event->value[1] = 0x7b000000 + function->ordinal * 0x1357u % 0xf0000 + 0x40 * (random & 7);
}

static void call_args(struct event *event, const struct function *function, uint64_t random)
{
    event->shape = SHAPE_CALL_0 + function->arg_count;
    event->function = function;
    event->value[0] = function->ordinal;
    for (unsigned i = 0; i < function->arg_count; i++) {
        /* Pointers and small numbers, as real arguments are. */
        event->arg[i] = i & 1 ? random >> 56 : 0x00210000 + (random & 0xfffff0);
        random = random << 17 | random >> 47;
    }
}

static void call_return(struct event *event, const struct function *function, uint64_t value)
{
    event->shape = SHAPE_RETURN;
    event->function = function;
    event->value[0] = value;
    event->value[1] = value;
}

static void create_handle(struct event *event, uint64_t sid, uint64_t raw)
{
    event->shape = SHAPE_HANDLE_CREATE;
    event->value[0] = sid;
    event->value[1] = raw;
    event->value[2] = 1;
}

static void begin_wait(struct event *event, uint64_t sid)
{
    event->shape = SHAPE_WAIT_BEGIN;
    event->value[0] = sid;
}

/* What a call does to the world, between its call and its return. */
static void call_effect(struct stream *stream, int side, const struct function *function, uint64_t random,
                        uint64_t local, struct event *event)
{
    const uint64_t raw = 0x9c + 4 * (stream->handle_count & 0xfff) + (side == OURS ? 0x40 : 0);
    switch (function->effect) {
    case WAITS: begin_wait(event, random & 3 ? stream->handle_sid : global_sid(random >> 8 & (GLOBALS - 1))); break;
    case CREATES_HANDLE:
        stream->handle_count++;
        stream->handle_sid = random;
        create_handle(event, random, raw);
        break;
    case DESTROYS_HANDLE:
        event->shape = SHAPE_HANDLE_DESTROY;
        event->value[0] = stream->handle_sid;
        event->value[1] = raw;
        break;
    default:
        event->shape = SHAPE_THREAD_CREATE;
        event->value[0] = random;
        event->value[1] = stream->tid;
        event->value[2] = 0x7b000000 + (random & 0xfffff);
        event->value[3] = 0x42000000 + (local & 0xfffff0);
        event->value[4] = 0;
        event->value[5] = 1;
        event->value[6] = 65536;
        break;
    }
}

/* Makes a value that both logs share differ in ours. False where this event has none that counts.
 */
static bool plant_divergence(struct event *event)
{
    if (event->shape >= SHAPE_STEP_0) {
        event->shape = SHAPE_STEP_0 + (event->shape - SHAPE_STEP_0 + 1) % STEP_KINDS;
        return true;
    }
    if (event->shape == SHAPE_IMPORT) {
        event->value[1] ^= 0x8;
        return true;
    }
    if (event->shape > SHAPE_CALL_0) {
        event->arg[0] ^= 0x1;
        return true;
    }
    if (event->shape == SHAPE_RETURN && event->function->effect != ALLOCATES) {
        event->value[0] += 7;
        event->value[1] += 7;
        return true;
    }
    return false;
}

/* The shared event, before anything is planted in it. */
static void next_shared(struct stream *stream, const struct options *options, int side, uint64_t *local_random,
                        struct event *event)
{
    const uint64_t random = next_random(&stream->random);
    const struct function *function = &FUNCTIONS[stream->function];
    switch (stream->stage) {
    case STAGE_IMPORT:
        if (stream->position > 0 && options->short_lines) {
            const uint64_t step = random + (options->no_equal && side == OURS);
            event->shape = SHAPE_STEP_0 + step % STEP_KINDS;
            return;
        }
        if (stream->position > 0 && stream->globals_left > 0) {
            const unsigned i = --stream->globals_left;
            create_handle(event, global_sid(i), global_pointer(i));
            return;
        }
        stream->function = stream->position == 0 ? stream->rank % FUNCTION_COUNT : function_at[random & (WEIGHTS - 1)];
        begin_call(event, &FUNCTIONS[stream->function], random >> 32);
        stream->stage = STAGE_CALL;
        return;
    case STAGE_CALL:
        call_args(event, function, random);
        stream->stage = function->effect >= WAITS ? STAGE_EFFECT : STAGE_RETURN;
        return;
    case STAGE_EFFECT:
        call_effect(stream, side, function, random, next_random(local_random), event);
        stream->stage = function->effect == WAITS ? STAGE_WAIT_END : STAGE_RETURN;
        return;
    case STAGE_WAIT_END:
        event->shape = SHAPE_WAIT_END;
        event->value[0] = random % 16 == 0 ? 258 : 0;
        event->value[1] = next_random(local_random) & 0xffff;
        stream->stage = STAGE_RETURN;
        return;
    default:
        call_return(event, function,
                    function->effect == ALLOCATES ? 0x350000 + (next_random(local_random) & 0xfffff0)
                    : random & 1                  ? 1
                    : random & 2                  ? 0
                                                  : random >> 40);
        stream->stage = STAGE_IMPORT;
        return;
    }
}

void stream_next(struct stream *stream, const struct options *options, int side, uint64_t *local_random,
                 struct event *event)
{
    event->function = NULL;
    event->padding_at = stream->position * 97 & 0xffff;
    next_shared(stream, options, side, local_random, event);
    if (stream->position >= stream->diverge_from && plant_divergence(event)) {
        stream->diverged_at = stream->position;
        stream->diverge_from = UINT64_MAX;
    }
    if (options->scatter > 0 && side == OURS && stream->position > 0 &&
        next_random(local_random) % options->scatter == 0)
        plant_divergence(event);
    stream->position++;
}

size_t stream_extras(const struct stream *stream, int side, const struct event *next, uint64_t *local_random,
                     struct event *extras)
{
    /* Only before a call, and only where both logs are sure to know the shared handles. */
    if (!stream->has_extras || next->shape != SHAPE_IMPORT || stream->position < 2 || stream->globals_left > 0)
        return 0;
    size_t count = 0;
    const uint64_t random = next_random(local_random);
    if ((random & 1023) == 0) {
        struct event *release = &extras[count++];
        release->shape = SHAPE_SEMA_RELEASE;
        release->value[0] = global_sid(random >> 36 & (GLOBALS - 1));
        release->value[1] = 1;
        release->value[2] = random >> 60;
    }
    if ((random >> 10 & 2047) == 0)
        begin_wait(&extras[count++], global_sid(random >> 32 & (GLOBALS - 1)));
    /* Only canary enters and leaves once more on the way out; the block must stand right before the
     * leave. */
    if (side == CANARY && next->function == &FUNCTIONS[LEAVE] && (random >> 21 & 15) == 0) {
        const unsigned blocks = 1 + random % 3;
        for (unsigned i = 0; i < 2 * blocks; i++) {
            const struct function *function = &FUNCTIONS[i & 1 ? LEAVE : ENTER];
            begin_call(&extras[count++], function, random);
            call_args(&extras[count++], function, random);
            call_return(&extras[count++], function, 0);
        }
    }
    for (size_t i = 0; i < count; i++)
        extras[i].padding_at = 0;
    return count;
}
