/* Leaks: LeakSanitizer must notice. */
#include <stdlib.h>

int main(void)
{
    void *volatile lost = malloc(100);
    lost = NULL;
    return lost != NULL;
}
