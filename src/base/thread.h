/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_THREAD_H
#define BK_BASE_THREAD_H

#include <stdbool.h>
#include <stddef.h>

/* Runs work(context, job, thread) for job = 0..jobs-1 over at most `threads` threads
 * (0: one per processor), jobs taken in order from one counter; thread is the number of
 * the worker, 0..threads-1, to pick its workspace.  Returns when all are done.  Falls
 * back to fewer threads when the system gives no more. */
void bk_parallel(int threads, size_t jobs,
                 void (*work)(void *context, size_t job, int thread), void *context);
int bk_processors(void);

/* A mark that any thread may set and see; starts as {0}. */
typedef struct bk_flag {
    _Atomic int set;
} bk_flag;
void bk_flag_raise(bk_flag *flag);
bool bk_flag_raised(bk_flag *flag);

#endif
