#ifndef REHEARSE_CLI_STOP_H
#define REHEARSE_CLI_STOP_H

/*
 * The kill switch: the first SIGINT or SIGTERM asks the work to end cleanly, the
 * second one ends the program at once.
 */
volatile const int *stop_on_signal(void);

#endif
