/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ctrl-C and a memory limit, as a question that the library asks now and then. */

#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

int cli_stop_watch(cli *c, cli_stop *stop)
{
    *stop = (cli_stop){.megabytes = 0};
    if (!cli_integer(c, "memory", &stop->megabytes)) {
        return EXIT_USAGE;
    }
    /* The second Ctrl-C ends the program as usual. */
    const struct sigaction action = {.sa_handler = interrupt,
                                     .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    return EXIT_DONE;
}

/* In megabytes: now, where the system tells; else the most so far. */
static long memory_used(void)
{
    long pages = -1;
    FILE *const file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%*d %ld", &pages) != 1) {
            pages = -1;
        }
        fclose(file);
    }
    if (pages >= 0) {
        return pages * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
    }
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss / 1024 : 0;
}

bool cli_stop_asked(void *context)
{
    cli_stop *const stop = context;
    if (stop->megabytes > 0 && !stop->full && stop->asked++ % 64 == 0) {
        stop->full = memory_used() >= stop->megabytes;
    }
    return interrupted != 0 || stop->full;
}

const char *cli_stop_reason(const cli_stop *stop)
{
    return interrupted != 0 ? "interrupted; "
           : stop->full     ? "the memory limit is reached; "
                            : "";
}
