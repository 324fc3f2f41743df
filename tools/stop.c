/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ctrl-C and a memory limit, as a question that the library asks now and then; and what is
 * said before a long search. */

#include "cli.h"

#include <blockade/logic.h>

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static struct timespec first;

/* The second Ctrl-C ends the program as usual.  One that comes with the first is the same:
 * timeout -s INT sends it to the program and to its group. */
static void interrupt(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (interrupted == 0) {
        first = now;
        interrupted = 1;
    } else if ((double)(now.tv_sec - first.tv_sec) +
                   1e-9 * (double)(now.tv_nsec - first.tv_nsec) >
               0.3) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

int cli_stop_watch(cli *c, cli_stop *stop)
{
    *stop = (cli_stop){.megabytes = 0};
    if (!cli_integer(c, "memory", &stop->megabytes)) {
        return EXIT_USAGE;
    }
    const struct sigaction action = {.sa_handler = interrupt};
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

void cli_announce_inputs(const cli *c, const bk_system *system,
                         const bk_overlay *overlay)
{
    enum { WORTH_SAYING = 1000 };
    const double combinations = bk_input_combinations(system, overlay);
    if (combinations > WORTH_SAYING && !cli_flag(c, "quiet")) {
        fprintf(
            stderr,
            "blockade: the free inputs have %.0f combinations of levels; --set holds "
            "an input, --max-results ends early\n",
            combinations);
    }
}
