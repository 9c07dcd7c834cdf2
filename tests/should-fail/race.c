/* A data race: ThreadSanitizer must notice. */
#include <pthread.h>

static int shared;

static void *count(void *unused)
{
    for (int i = 0; i < 100000; i++)
        shared++;
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, count, NULL);
    count(NULL);
    pthread_join(thread, NULL);
    return 0;
}
