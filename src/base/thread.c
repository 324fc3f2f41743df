/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/thread.h"

#include "base/alloc.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

typedef struct team {
    void (*work)(void *context, size_t job, int thread);
    void *context;
    size_t jobs;
    atomic_size_t next;
} team;

typedef struct worker {
    team *team;
    pthread_t thread;
    int number;
} worker;

static void take_jobs(team *shared, int number)
{
    for (;;) {
        const size_t job = atomic_fetch_add(&shared->next, 1);
        if (job >= shared->jobs) {
            return;
        }
        shared->work(shared->context, job, number);
    }
}

static void *worker_main(void *argument)
{
    const worker *const self = argument;
    take_jobs(self->team, self->number);
    return NULL;
}

int bk_processors(void)
{
    /* What this process may use, which containers and batch systems set lower than
     * what the machine has. */
    cpu_set_t set;
    CPU_ZERO(&set);
    long count = 0;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        count = CPU_COUNT(&set);
    }
    if (count < 1) {
        count = sysconf(_SC_NPROCESSORS_ONLN);
    }
    return count < 1 ? 1 : (int)count;
}

void bk_parallel(int threads, size_t jobs,
                 void (*work)(void *context, size_t job, int thread), void *context)
{
    team shared = {.work = work, .context = context, .jobs = jobs};
    atomic_init(&shared.next, 0);
    size_t wanted = (size_t)(threads > 0 ? threads : bk_processors());
    if (wanted > jobs) {
        wanted = jobs;
    }
    worker *const workers =
        wanted > 1 ? bk_alloc_zero(wanted - 1, sizeof *workers) : NULL;
    size_t started = 0;
    while (workers != NULL && started + 1 < wanted) {
        worker *const w = &workers[started];
        w->team = &shared;
        w->number = (int)started + 1;
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
            break;
        }
        started++;
    }
    take_jobs(&shared, 0);
    for (size_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    bk_free(workers);
}

void bk_flag_raise(bk_flag *flag)
{
    atomic_store(&flag->set, 1);
}

bool bk_flag_raised(bk_flag *flag)
{
    return atomic_load(&flag->set) != 0;
}
