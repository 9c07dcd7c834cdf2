/* Overflows a signed integer: UndefinedBehaviorSanitizer must notice. */
#include <limits.h>

int main(void)
{
    volatile int most = INT_MAX;
    volatile int more = most + 1;
    (void)more;
    return 0;
}
