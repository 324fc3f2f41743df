/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_ENGINE_H
#define BLOCKADE_ENGINE_H

/* The interface every engine fills.
 *
 *     model -> compile -> system (immutable, shared by threads)
 *     run(system, overlay, settings, workspace) -> outcome
 *
 * Engines: `ode` (kinetic models; logical ones through bk_model_continuous), `sync`,
 * `async`, `ctmc` (logical models), `ssa` (reactions molecule by molecule), `fba` (flux
 * balance of a model with an objective).  Numerical trouble is data: the outcome says
 * how the run ended, and holds what was reached. */

#include <blockade/scenario.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_system bk_system;       /* made by an engine's compile */
typedef struct bk_workspace bk_workspace; /* scratch of one thread */
typedef struct bk_outcome bk_outcome;

/* How a quantity is reported.  DEFAULT: a species as concentration, or as amount when it
 * has only substance units; everything else its value. */
typedef enum bk_aspect {
    BK_AS_DEFAULT,
    BK_AS_AMOUNT,
    BK_AS_CONCENTRATION,
    BK_AS_DRIVE,    /* before the treatment: what the model computes for it */
    BK_AS_ACTIVITY, /* after the treatment: what others see */
    BK_AS_RATE      /* its derivative; of a reaction its rate */
} bk_aspect;
typedef struct bk_column {
    int32_t symbol;
    bk_aspect aspect;
} bk_column;

typedef struct bk_settings {
    double t_start, t_end;
    int steps;                /* rows - 1; rows are spaced evenly */
    const bk_column *columns; /* [n_columns]; NULL: every variable of the system */
    int n_columns;
    /* kinetic; events are followed as docs/events.md says, by rodas only */
    const char *stepper; /* "auto" (default): explicit steps (Tsit5) where nothing is
                            stiff, else Rosenbrock steps; "rodas": these alone;
                            "gsl-rodas", "msbdf", "rk8pd": by GSL */
    double rtol, atol;   /* atol <= 0: by the scale of each variable */
    long max_steps;      /* 0: one million */
    double settle_tol;   /* settle: relative residual wanted; 0: 1e-9 */
    double settle_time;  /* settle: longest integration; 0: automatic */
    /* settle: tolerance of the way to the steady state, which decides only which one is
     * reached (it comes out to settle_tol); 0: rtol, and for the continuous form of a
     * logical model a hundredth of a level */
    double settle_way;
    /* logic */
    long runs; /* async and ctmc: number of runs; 0: 1,000.  Starts that a model draws
                  (MaBoSS files) are drawn for each, unless `state` is given */
    long max_moves; /* longest run in moves; 0: 100,000 */
    /* above 0: a stochastic settle ends after 16 runs or more as soon as no column's mean
     * has a larger standard error, in shares of the column's highest level; an attractor
     * that one run in ten reaches is then missed one time in five */
    double settle_precision;
    /* settle_many: may give back, put off, jobs that would take long, to be called again
     * together: side by side they cost less than beside short ones */
    bool put_off;
    int threads;    /* ssa: that share the runs; 0: one a processor */
    double leap;    /* ssa: 0: exact; else by which share a leap may change a rate */
    bool keep_ends; /* ssa: bk_outcome_ends, for histograms */
    uint64_t seed; /* of all random streams; ode: of the order of simultaneous events */
    uint64_t content; /* names the job for the random streams; 0 is fine */
    /* state to start from instead of the initial one: values by symbol id [symbols]; the
     * start edits of the overlay still win.  The value of an event says whether its
     * trigger is true there; NaN: as its initialValue says.  NULL: initial.  Used by
     * protocols. */
    const double *state;
    /* What waits to be executed then, as bk_outcome_waiting of the part before gives it. */
    const double *waiting;
    size_t n_waiting;
    bool freeze_slow; /* slow symbols keep their state: the early response */
    bool (*cancelled)(void *context); /* asked now and then; NULL: never */
    void *cancel_context;
} bk_settings;
bk_settings bk_settings_defaults(void); /* 0..10 in 100 steps, rodas, 1e-6, automatic */

typedef enum bk_stop {
    BK_STOP_END,        /* reached t_end, or a steady state in settle */
    BK_STOP_NOT_STEADY, /* settle: no steady state within the time (says in text what) */
    BK_STOP_FAILED,     /* the integrator gave up; rows up to then are valid */
    BK_STOP_LIMIT,      /* max_steps or max_moves */
    BK_STOP_CANCELLED
} bk_stop;

/* One of many runs of a system under the same settings. */
typedef struct bk_job {
    const bk_overlay *overlay; /* or NULL */
    const double *state;       /* as in the settings, whose own is not used */
    uint64_t content;
    bk_diag *diag;       /* or NULL */
    bool put_off;        /* it was, in an earlier call; result: it is */
    bk_status status;    /* result: that of the run */
    bk_outcome *outcome; /* result: NULL unless status is BK_OK, or where put off */
} bk_job;

typedef struct bk_engine {
    const char *name;
    const char *summary;
    /* BK_UNSUPPORTED, all reasons reported with their lines, when the engine cannot
     * evaluate the model.  The model must outlive the system. */
    bk_status (*compile)(const bk_model *model, bk_diag *diag, bk_system **system);
    /* A workspace serves one thread and any number of runs. */
    bk_status (*workspace)(const bk_system *system, bk_workspace **workspace);
    /* overlay may be NULL.  A failed integration is BK_OK with stop BK_STOP_FAILED; the
     * status is for misuse and memory. */
    bk_status (*run)(const bk_system *system, const bk_overlay *overlay,
                     const bk_settings *settings, bk_workspace *workspace,
                     bk_diag *diag, bk_outcome **outcome);
    /* To the steady state or the attractor reached from the start: one row, averages
     * over the attractor where it is more than a point. */
    bk_status (*settle)(const bk_system *system, const bk_overlay *overlay,
                        const bk_settings *settings, bk_workspace *workspace,
                        bk_diag *diag, bk_outcome **outcome);
    /* Many runs, or settles, in one call; each job is told how it went.  May be NULL; see
     * bk_run_many.  Results do not depend on threads, but may depend, within the
     * tolerance, on which jobs come in one call. */
    void (*run_many)(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                     size_t n, bk_workspace *workspace);
    void (*settle_many)(const bk_system *system, const bk_settings *settings,
                        bk_job *jobs, size_t n, bk_workspace *workspace);
    size_t lanes;      /* jobs that they take side by side; 0: neither is there */
    bool settles_once; /* a settle from where one ended, by the same overlay and with no
                          start edit, gives the same row to the last bit */
} bk_engine;
/* By the engine's own way for many, or one after the other. */
void bk_run_many(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                 size_t n, bk_workspace *workspace);
void bk_settle_many(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                    size_t n, bk_workspace *workspace);

extern const bk_engine bk_engine_ode, bk_engine_sync, bk_engine_async, bk_engine_ctmc;
/* Flux balance analysis: fluxes that keep every species in balance and all bounds, and
 * make the active objective largest or smallest (Orth, Thiele, Palsson 2010,
 * doi:10.1038/nbt.1614).  One row: the fluxes as values of the reactions, the objective
 * under its id.  Where several fluxes reach the same objective, one of them is told.
 * Parameters, bounds and stoichiometries are those at the start.  No fluxes at all, or
 * no end to the objective: BK_STOP_NOT_STEADY, fluxes NaN, objective NaN or infinite.
 * Edits of reactions: fix sets the flux, bound narrows its bounds, scale multiplies
 * them; a fixed species is not balanced; cuts are refused. */
extern const bk_engine bk_engine_fba;
/* Exact stochastic simulation of reactions: every reaction is a channel that fires at
 * its rate law, in extent per time, and changes amounts by its stoichiometry (the Markov
 * process whose probabilities the chemical master equation gives; Gillespie 1977,
 * doi:10.1021/j100540a008).  The law is taken as written: k A (A - 1) / 2 and k A A / 2
 * are different processes.  Amounts at the start and stoichiometries must be whole
 * numbers; a reaction does not fire when it would take an amount below zero.  Fewer than
 * eight reactions, or laws of any form: the direct method on a dependency graph (Gibson
 * and Bruck 2000, doi:10.1021/jp993732q); eight and more, nine of ten of them products of
 * amounts: the rejection method (Thanh, Priami, Zunino 2014, doi:10.1063/1.4896985).
 * Events, conditions on time and clocks (rate rules that are constant between events)
 * are followed exactly; events may assign random values (SBML distrib).
 *
 * With settings.leap (0.03 is usual) runs are approximate and faster where amounts are
 * large: tau-leaping with steps as Cao, Gillespie, Petzold 2006, doi:10.1063/1.2159468;
 * triggers on amounts are then looked at after each leap only.
 *
 * The outcome holds means and standard deviations over the runs, every bit the same for
 * any number of threads; its last state is that of the first run.  BK_UNSUPPORTED, each
 * by name: rates and rate rules that move with time, varying stoichiometries, random
 * values elsewhere, amounts that are no whole numbers, and a rate that gets negative
 * during a run (a reversible reaction must be two).  max_moves counts firings of a run,
 * 0: 10^10.  No settling. */
extern const bk_engine bk_engine_ssa;
/* By name, or NULL. */
const bk_engine *bk_engine_find(const char *name);

const bk_engine *bk_system_engine(const bk_system *system);
const bk_model *bk_system_model(const bk_system *system);
void bk_system_free(bk_system *system);
void bk_workspace_free(bk_workspace *workspace);

/* Outcome. */
void bk_outcome_free(bk_outcome *outcome);
size_t bk_outcome_rows(const bk_outcome *outcome);
int bk_outcome_columns(const bk_outcome *outcome);
bk_column bk_outcome_column(const bk_outcome *outcome, int column);
double bk_outcome_time(const bk_outcome *outcome, size_t row);
double bk_outcome_value(const bk_outcome *outcome, size_t row, int column);
/* Standard deviation over runs at this point; NaN for deterministic engines. */
double bk_outcome_deviation(const bk_outcome *outcome, size_t row, int column);
bool bk_outcome_deviates(const bk_outcome *outcome); /* it holds deviations */
/* With keep_ends: values at t_end of every run, [runs * columns] by run; else NULL. */
const double *bk_outcome_ends(const bk_outcome *outcome, size_t *runs);
bk_stop bk_outcome_stop(const bk_outcome *outcome);
const char *bk_outcome_text(const bk_outcome *outcome); /* why it stopped, in words */
/* The last state by symbol id, for the next part of a protocol. */
const double *bk_outcome_state(const bk_outcome *outcome);
/* Executions of events that have been triggered and are not yet due at the end: of each
 * the number of the event, the time, and the values to be assigned.  *n is the length. */
const double *bk_outcome_waiting(const bk_outcome *outcome, size_t *n);
typedef struct bk_counters {
    long steps, rejected, evaluations, jacobians, factorisations, switches, moves;
    double residual; /* settle: largest |x'| over scale */
    long period; /* settle, sync: states of the attractor; async: states seen in it */
} bk_counters;
bk_counters bk_outcome_counters(const bk_outcome *outcome);
/* time ("run time" when the model has a quantity of that id), then one column a quantity,
 * named by symbol id (drive(x), amount(x) ... where the aspect is not the default); with
 * deviations, then as many columns sd(x) ... */
bk_status bk_outcome_table(const bk_outcome *outcome, const bk_model *model,
                           bk_table **table);

/* A protocol: parts run one after the other with the state carried over.  until < 0: to
 * the steady state. */
typedef struct bk_part {
    const bk_overlay *overlay;
    double until; /* duration of the part */
} bk_part;
bk_status bk_protocol_run(const bk_system *system, const bk_part *parts, int n_parts,
                          const bk_settings *settings, bk_workspace *workspace,
                          bk_diag *diag, bk_outcome **outcome);

#ifdef __cplusplus
}
#endif
#endif
