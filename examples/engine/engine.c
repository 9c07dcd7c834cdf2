/* An engine of a hundred lines that logs what its guest does, in two variants: `engine canary LOG` and `engine ours LOG`.
 *
 * The guest has two threads: one writes blocks to a file, the other reads them. The variants allocate at other addresses and
 * number handles differently, which evdiff must see past. `ours` has a bug too: its read past the end of the file fails,
 * where canary's returns 0 bytes. */
#define EVD_EMIT_IMPLEMENTATION
#include <evdiff/emit.h>

enum { OBJECT_EVENT = 1, OBJECT_FILE = 5, BLOCKS = 6, BLOCK_BYTES = 512 };

struct engine {
    int is_ours;
    uint64_t next_address; /* of the guest's heap: no engine allocates as another does */
    uint64_t next_handle;
    uint64_t file_bytes;
};

struct guest_thread {
    struct engine *engine;
    struct evd_emit_thread *log;
    uint32_t tid;
};

/* A call and its return: what the guest passes in and what it gets back is what counts. */
static uint64_t called(struct guest_thread *thread, const char *name, uint64_t argument, uint64_t result)
{
    EVD_EMIT(thread->log, "kernel.call", evd_emit_text("name", name), evd_emit_object("args"),
             evd_emit_hex("a0", argument), evd_emit_end());
    EVD_EMIT(thread->log, "kernel.return", evd_emit_text("name", name), evd_emit_hex("return_value", result));
    return result;
}

/* The number of a handle means nothing to the other engine; the semantic id says which object it is. */
static void create(struct guest_thread *thread, uint32_t site, uint32_t object_type)
{
    char sid[17], handle[17];
    evd_emit_sid(site, thread->tid, evd_emit_next_index(thread->log), object_type, sid);
    snprintf(handle, sizeof handle, "%llx", (unsigned long long)(thread->engine->next_handle += 4));
    EVD_EMIT(thread->log, "handle.create", evd_emit_text("handle_semantic_id", sid),
             evd_emit_text("raw_handle_id", handle), evd_emit_unsigned("object_type", object_type));
}

/* `RtlAllocateHeap` is a name that the rules know: its result becomes the n-th allocation of the thread. */
static uint64_t allocate(struct guest_thread *thread, uint64_t size)
{
    const uint64_t address = thread->engine->next_address;
    thread->engine->next_address += size + (thread->engine->is_ours ? 48 : 16);
    return called(thread, "RtlAllocateHeap", size, address);
}

static uint64_t read_file(struct guest_thread *thread, uint64_t offset)
{
    const uint64_t left = thread->engine->file_bytes - offset;
    const uint64_t end = thread->engine->is_ours ? 0xc0000011 : 0; /* the bug */
    return called(thread, "ReadFile", offset, left == 0 ? end : left < BLOCK_BYTES ? left : BLOCK_BYTES);
}

static void write_blocks(struct guest_thread *thread)
{
    create(thread, 0x401000, OBJECT_FILE);
    for (int i = 0; i < BLOCKS; i++) {
        allocate(thread, BLOCK_BYTES);
        thread->engine->file_bytes += BLOCK_BYTES;
        called(thread, "WriteFile", BLOCK_BYTES, BLOCK_BYTES);
    }
    called(thread, "SetEvent", 1, 1);
}

static void read_blocks(struct guest_thread *thread)
{
    uint64_t offset = 0, bytes;
    create(thread, 0x402000, OBJECT_EVENT);
    called(thread, "WaitForSingleObject", 1, 0);
    allocate(thread, BLOCK_BYTES);
    while ((bytes = read_file(thread, offset)) == BLOCK_BYTES)
        offset += bytes;
    called(thread, bytes == 0 ? "CloseHandle" : "GetLastError", 0, bytes == 0);
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "canary") != 0 && strcmp(argv[1], "ours") != 0)) {
        fprintf(stderr, "usage: engine canary|ours LOG\n");
        return 2;
    }
    struct evd_emitter *emitter = evd_emit_open(argv[2], argv[1], NULL);
    if (!emitter) {
        perror(argv[2]);
        return 2;
    }
    evd_emit_close_on_crash(emitter);
    struct engine engine = {.is_ours = strcmp(argv[1], "ours") == 0};
    engine.next_address = engine.is_ours ? 0x7f0000001000 : 0x10000;
    engine.next_handle = engine.is_ours ? 0x100 : 0x24;
    struct guest_thread writer = {&engine, evd_emit_thread_of(emitter, 1), 1};
    struct guest_thread reader = {&engine, evd_emit_thread_of(emitter, 2), 2};
    if (!writer.log || !reader.log) {
        perror(argv[2]);
        return 2;
    }
    write_blocks(&writer);
    read_blocks(&reader);
    const int error = evd_emit_close(emitter);
    if (error)
        fprintf(stderr, "%s: %s\n", argv[2], strerror(error));
    return error != 0;
}
