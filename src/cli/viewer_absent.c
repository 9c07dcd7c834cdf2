/* In the place of the viewer where evdiff is built without ncurses. */
#include "cli.h"
#include "viewer.h"

int cli_viewer_run(struct cli_viewed *viewed)
{
    (void)viewed;
    cli_say("view: this evdiff was built without ncurses; evdiff explain and evdiff show tell the same");
    return EXIT_TROUBLE;
}
