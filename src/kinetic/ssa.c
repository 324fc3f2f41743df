/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa_events.h"

#include "base/alloc.h"
#include "base/c_locale.h"
#include "base/thread.h"

#include <math.h>
#include <string.h>

/* Many runs over threads.
 *
 * A run draws from a stream of its own, and runs are gathered in blocks whose number
 * does not depend on the threads: means and squared deviations are updated within a
 * block (Welford 1962, doi:10.1080/00401706.1962.10490022) and joined in the order of
 * the blocks (Chan, Golub, LeVeque 1983, doi:10.1080/00031305.1983.10483115), so that
 * every bit is the same for any number of threads. */

enum { MOST_BLOCKS = 64, FEWEST_BLOCKS = 4 };

typedef struct block {
    long first, last; /* runs */
    long finished;
    size_t reached; /* rows, by all its runs */
    long moves, rejected, leaps;
    bk_ssa_trouble trouble;
    int32_t where;
    double value, time;
    double *means, *squares; /* [rows * columns] */
} block;

typedef struct bk_ssa_work {
    bk_workspace head;
    bk_ssa_worker **workers; /* [n] the first is there from the beginning */
    size_t n, capacity;
} bk_ssa_work;

typedef struct gathering {
    bk_ssa_worker **workers;
    const bk_settings *settings;
    bk_outcome *outcome;
    block *blocks;
    size_t n_blocks, rows;
    int columns;
    bool laws, rates; /* what the columns ask for */
} gathering;

typedef struct reading {
    const gathering *g;
    bk_ssa_worker *worker;
    block *into;
    size_t run;
} reading;

/* --- rows --------------------------------------------------------------------------------- */

static void find_columns(gathering *g, const bk_kin_system *k)
{
    for (int c = 0; c < g->columns; c++) {
        const bk_column column = bk_outcome_column(g->outcome, c);
        g->rates = g->rates || column.aspect == BK_AS_RATE;
        g->laws = g->laws || g->rates || k->node_of[column.symbol] >= 0;
    }
}

static void all_values(bk_ssa_worker *w)
{
    bk_kin_values(w->kin, w->time, w->y, BK_FREE, w->kin->status);
}

static void take_row(void *context, size_t row)
{
    const reading *const r = context;
    const gathering *const g = r->g;
    bk_ssa_worker *const w = r->worker;
    const bool last = r->run == 0 && row + 1 == g->rows;
    if (g->laws || last) {
        all_values(w);
    }
    if (g->rates) {
        bk_kin_derivative(w->kin, w->kin->dy);
        bk_kin_jacobian_here(w->kin);
    }
    double *const means = r->into->means + row * (size_t)g->columns;
    double *const squares = r->into->squares + row * (size_t)g->columns;
    double *const end = g->settings->keep_ends && row + 1 == g->rows
                            ? bk_outcome_end_of(g->outcome, r->run)
                            : NULL;
    const double share = 1.0 / (double)(r->into->finished + 1);
    for (int c = 0; c < g->columns; c++) {
        const double x = bk_kin_column(w->kin, bk_outcome_column(g->outcome, c), w->y);
        const double off = x - means[c];
        means[c] += off * share;
        squares[c] += off * (x - means[c]);
        if (end != NULL) {
            end[c] = x;
        }
    }
    if (last) {
        memcpy(bk_outcome_state_mutable(g->outcome), w->kin->slots,
               (size_t)w->system->kin->symbols * sizeof(double));
        if (!bk_ssa_agenda_keep(w, g->outcome)) {
            w->trouble = BK_SSA_NO_MEMORY;
        }
    }
}

static void run_block(void *context, size_t job, int thread)
{
    gathering *const g = context;
    block *const b = &g->blocks[job];
    bk_ssa_worker *const w = g->workers[thread];
    const long moves = w->moves;
    const long rejected = w->rejected;
    const long leaps = w->leap.leaps;
    reading r = {.g = g, .worker = w, .into = b};
    for (long run = b->first; run < b->last; run++) {
        r.run = (size_t)run;
        const size_t reached =
            g->settings->leap > 0.0
                ? bk_ssa_leap_walk(w, (uint64_t)run, g->rows, take_row, &r)
                : bk_ssa_walk(w, (uint64_t)run, g->rows, take_row, &r);
        b->reached = reached < b->reached ? reached : b->reached;
        b->finished++;
        if (w->trouble != BK_SSA_FINE) {
            b->trouble = w->trouble;
            b->where = w->where;
            b->value = w->value;
            b->time = w->time;
        }
        if (w->trouble != BK_SSA_FINE && w->trouble != BK_SSA_LIMIT) {
            break;
        }
    }
    b->moves = w->moves - moves;
    b->rejected = w->rejected - rejected;
    b->leaps = w->leap.leaps - leaps;
}

/* --- joining ------------------------------------------------------------------------------ */

static void join_rows(const gathering *g)
{
    for (size_t row = 0; row < g->rows; row++) {
        double *const means = bk_outcome_row(g->outcome, row);
        double *const deviations = bk_outcome_deviations(g->outcome, row);
        for (int c = 0; c < g->columns; c++) {
            const size_t at = row * (size_t)g->columns + (size_t)c;
            double n = 0.0;
            double mean = 0.0;
            double squares = 0.0;
            for (size_t b = 0; b < g->n_blocks; b++) {
                const double more = (double)g->blocks[b].finished;
                const double off = g->blocks[b].means[at] - mean;
                if (more > 0.0) {
                    mean += off * (more / (n + more));
                    squares +=
                        g->blocks[b].squares[at] + off * off * (n * more / (n + more));
                    n += more;
                }
            }
            means[c] = n > 0.0 ? mean : (double)NAN;
            deviations[c] = n > 1.0 ? sqrt(squares / (n - 1.0)) : (double)NAN;
        }
        bk_outcome_set_time(g->outcome, row, bk_settings_time(g->settings, (int)row));
    }
}

/* What the model is refused for once a run has met it; NULL: the run failed. */
static const char *refusal(bk_ssa_trouble trouble)
{
    switch (trouble) {
    case BK_SSA_NEGATIVE:
        return "the rate of \"%s\" is %s at time %s; a stochastic run needs a reaction "
               "for each direction: split it into two";
    case BK_SSA_NOT_WHOLE:
        return "event \"%s\" sets an amount to %s at time %s; a stochastic run counts "
               "molecules and needs whole amounts";
    default:
        return NULL;
    }
}

static const char *failure(bk_ssa_trouble trouble)
{
    switch (trouble) {
    case BK_SSA_BAD_DELAY:
        return "the delay of event %s is %s at time %s; it must be 0 or more";
    case BK_SSA_CASCADE:
        return "events follow each other without end: %s and others, %s times at time "
               "%s";
    default:
        return "the rate of %s is %s at time %s";
    }
}

static bk_status tell_trouble(const gathering *g, const bk_ssa_system *s,
                              const block *b, bk_diag *diag)
{
    char time[40];
    char value[40];
    bk_c_snprintf(time, sizeof time, "%.6g", b->time);
    bk_c_snprintf(value, sizeof value, "%.6g", b->value);
    const bool rate = b->trouble == BK_SSA_NEGATIVE || b->trouble == BK_SSA_NOT_FINITE;
    const int32_t symbol =
        rate ? s->kin->nodes[s->laws[b->where]].owner : s->kin->events[b->where].symbol;
    const bk_symbol *const about = &s->head.model->symbols[symbol];
    const char *const refused = refusal(b->trouble);
    if (refused != NULL) {
        bk_diag_add(diag, BK_ERROR, about->where, "stochastic", refused, about->id,
                    value, time);
        return BK_UNSUPPORTED;
    }
    bk_outcome_end(g->outcome, BK_STOP_FAILED, failure(b->trouble), about->id, value,
                   time);
    return BK_OK;
}

static bk_status finish(const gathering *g, const bk_ssa_system *s, bk_diag *diag)
{
    const block *worst = NULL;
    size_t reached = g->rows;
    long runs = 0;
    bk_counters *const counters = bk_outcome_counters_mutable(g->outcome);
    for (size_t i = 0; i < g->n_blocks; i++) {
        const block *const b = &g->blocks[i];
        counters->moves += b->moves;
        counters->rejected += b->rejected;
        counters->steps += b->leaps;
        runs += b->finished;
        reached = b->reached < reached ? b->reached : reached;
        if (b->trouble != BK_SSA_FINE &&
            (worst == NULL ||
             (worst->trouble == BK_SSA_LIMIT && b->trouble != BK_SSA_LIMIT))) {
            worst = b;
        }
    }
    join_rows(g);
    bk_outcome_truncate(g->outcome, reached);
    if (worst == NULL) {
        bk_outcome_end(g->outcome, BK_STOP_END, "the mean of %ld runs", runs);
    } else if (worst->trouble == BK_SSA_CANCELLED) {
        bk_outcome_end(g->outcome, BK_STOP_CANCELLED, "cancelled in one of %ld runs",
                       runs);
    } else if (worst->trouble == BK_SSA_LIMIT) {
        bk_outcome_end(g->outcome, BK_STOP_LIMIT,
                       "a run stopped after its largest number of events; later rows "
                       "are left out");
    } else {
        return worst->trouble == BK_SSA_NO_MEMORY ? BK_NO_MEMORY
                                                  : tell_trouble(g, s, worst, diag);
    }
    return BK_OK;
}

/* --- blocks ------------------------------------------------------------------------------- */

static bool make_blocks(gathering *g, long runs)
{
    const size_t cells = g->rows * (size_t)g->columns + 1;
    const size_t affordable = ((size_t)1 << 28) / (2 * sizeof(double)) / cells;
    g->n_blocks = affordable > MOST_BLOCKS     ? MOST_BLOCKS
                  : affordable < FEWEST_BLOCKS ? FEWEST_BLOCKS
                                               : affordable;
    g->n_blocks = (size_t)runs < g->n_blocks ? (size_t)runs : g->n_blocks;
    g->blocks = bk_alloc_zero(g->n_blocks + 1, sizeof *g->blocks);
    bool good = g->blocks != NULL;
    for (size_t i = 0; i < g->n_blocks && good; i++) {
        block *const b = &g->blocks[i];
        const long n = (long)g->n_blocks;
        b->first = runs / n * (long)i + runs % n * (long)i / n;
        b->last = runs / n * ((long)i + 1) + runs % n * ((long)i + 1) / n;
        b->reached = g->rows;
        b->means = bk_alloc_zero(cells, sizeof(double));
        b->squares = bk_alloc_zero(cells, sizeof(double));
        good = b->means != NULL && b->squares != NULL;
    }
    return good;
}

static void free_blocks(gathering *g)
{
    for (size_t i = 0; g->blocks != NULL && i < g->n_blocks; i++) {
        bk_free(g->blocks[i].means);
        bk_free(g->blocks[i].squares);
    }
    bk_free(g->blocks);
}

/* --- engine ------------------------------------------------------------------------------- */

static void free_work(bk_workspace *base)
{
    bk_ssa_work *const work = (bk_ssa_work *)base;
    for (size_t i = 0; i < work->n; i++) {
        bk_ssa_worker_free(work->workers[i]);
    }
    bk_free(work->workers);
    bk_free(work);
}

static bk_status reach(bk_ssa_work *work, size_t n)
{
    bk_status status =
        bk_grow(&work->workers, &work->capacity, n, sizeof *work->workers)
            ? BK_OK
            : BK_NO_MEMORY;
    while (status == BK_OK && work->n < n) {
        status = bk_ssa_worker_new((const bk_ssa_system *)work->head.system,
                                   &work->workers[work->n]);
        work->n += status == BK_OK;
    }
    return status;
}

static bk_status make_workspace(const bk_system *system, bk_workspace **workspace)
{
    bk_ssa_work *const work = bk_alloc_zero(1, sizeof *work);
    if (work == NULL) {
        return BK_NO_MEMORY;
    }
    work->head = (bk_workspace){system, free_work};
    const bk_status status = reach(work, 1);
    if (status != BK_OK) {
        free_work(&work->head);
        return status;
    }
    *workspace = &work->head;
    return BK_OK;
}

static bk_status check(const bk_settings *settings, bk_diag *diag)
{
    if (settings->leap >= 0.0 && settings->leap < 1.0 && settings->runs >= 0 &&
        settings->steps >= 0 && settings->max_moves >= 0 &&
        settings->t_end >= settings->t_start && isfinite(settings->t_end) &&
        isfinite(settings->t_start)) {
        return BK_OK;
    }
    bk_diag_add(diag, BK_ERROR, (bk_where){0}, "settings",
                "a stochastic run needs an end not before its start, no negative "
                "number of runs, moves or steps, and leaps from 0 to below 1");
    return BK_MISUSE;
}

static bk_status gather(gathering *g, bk_ssa_work *work, const bk_overlay *overlay,
                        bk_diag *diag)
{
    const bk_ssa_system *const s = (const bk_ssa_system *)work->head.system;
    const long runs = g->settings->runs > 0 ? g->settings->runs : 1000;
    if (!make_blocks(g, runs) ||
        (g->settings->keep_ends &&
         bk_outcome_keep_ends(g->outcome, (size_t)runs) != BK_OK)) {
        return BK_NO_MEMORY;
    }
    size_t threads =
        (size_t)(g->settings->threads > 0 ? g->settings->threads : bk_processors());
    threads = threads < g->n_blocks ? threads : g->n_blocks;
    bk_status status = reach(work, threads);
    for (size_t i = 0; i < threads && status == BK_OK; i++) {
        status = bk_ssa_worker_bind(work->workers[i], overlay, g->settings, diag);
    }
    if (status != BK_OK) {
        return status;
    }
    g->workers = work->workers;
    find_columns(g, s->kin);
    bk_parallel((int)threads, g->n_blocks, run_block, g);
    return finish(g, s, diag);
}

static bk_status run(const bk_system *system, const bk_overlay *overlay,
                     const bk_settings *settings, bk_workspace *workspace,
                     bk_diag *diag, bk_outcome **outcome)
{
    if (workspace->system != system) {
        return BK_MISUSE;
    }
    bk_status status = check(settings, diag);
    gathering g = {.settings = settings, .rows = (size_t)settings->steps + 1};
    if (status == BK_OK) {
        status = bk_kin_outcome_new(((const bk_ssa_system *)system)->kin, settings,
                                    g.rows, true, &g.outcome);
    }
    if (status == BK_OK) {
        g.columns = bk_outcome_columns(g.outcome);
        status = gather(&g, (bk_ssa_work *)workspace, overlay, diag);
        free_blocks(&g);
    }
    if (status != BK_OK) {
        bk_outcome_free(g.outcome);
        return status;
    }
    *outcome = g.outcome;
    return BK_OK;
}

static bk_status settle(const bk_system *system, const bk_overlay *overlay,
                        const bk_settings *settings, bk_workspace *workspace,
                        bk_diag *diag, bk_outcome **outcome)
{
    (void)system;
    (void)overlay;
    (void)settings;
    (void)workspace;
    (void)outcome;
    bk_diag_add(diag, BK_ERROR, (bk_where){0}, "stochastic",
                "a stochastic run has no steady state to settle in; run it for a long "
                "time, or settle with --method ode");
    return BK_UNSUPPORTED;
}

const bk_engine bk_engine_ssa = {
    .name = "ssa",
    .summary = "exact stochastic simulation of reactions, molecule by molecule",
    .compile = bk_ssa_compile,
    .workspace = make_workspace,
    .run = run,
    .settle = settle};
