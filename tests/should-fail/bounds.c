/* Writes past the end: AddressSanitizer must notice. */
#include <stdlib.h>

int main(void)
{
    volatile int past = 10;
    char *bytes = malloc(10);
    bytes[past] = 1;
    free(bytes);
    return 0;
}
