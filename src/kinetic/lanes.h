/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_LANES_H
#define BK_KINETIC_LANES_H

/* Runs of one system in lanes.
 *
 * BK_LANE_COUNT jobs go on side by side, each with its own overlay, state, time and step; one
 * pass over the program, over the index lists of the Jacobian and over the elimination
 * does the arithmetic of all.  A lane that is done takes the next job.  What a lane
 * computes depends on no other lane but for the pivots, which are those of the first
 * matrix of a call, so results depend on how jobs are grouped into calls and on nothing
 * else.  A lane that meets trouble (no step, a bad pivot, something that may swing) gives
 * its job back, to be run alone.
 *
 * Edits of all jobs of a call are joined: every lane has every edit, where its own
 * overlay does not have it with numbers that change nothing.  So one program, with the
 * operands of all of them redirected, serves all lanes. */

#include "kinetic/approach.h"
#include "base/lanes.h"
#include "kinetic/swing.h"
#include "math/program_lanes.h"
#include "solve/lanes_lu.h"

/* The edits of a symbol; two layers. */
typedef struct bk_lane_edit {
    int32_t symbol;
    bool reaction, initially, treated; /* treated: in some lane */
    bk_lane_mask fixed[2];
    bk_lanes fix[2], low[2], high[2], scale[2];
    bk_lanes drive_factor, seen_factor; /* as in bk_kin_touched */
} bk_lane_edit;

/* What the laws of a target see of a source that some lane cuts. */
typedef struct bk_lane_view {
    int32_t source, target;
    int32_t slot,
        from; /* where they read it; where the value is in lanes without cut */
    bk_lane_mask cut;
    bk_lanes value;
} bk_lane_view;

/* After a law (-1: before all) an edit or a view is due; -1: none. */
typedef struct bk_lane_halt {
    int32_t law, edit, view;
} bk_lane_halt;

typedef struct bk_lane_adjust {
    int32_t slot;
    int32_t node, source, view; /* edits and view, or -1 */
    bool constant;
    bk_lanes base;
} bk_lane_adjust;

typedef struct bk_lane_held {
    int32_t variable;
    bk_lane_mask held;
} bk_lane_held;

/* One term of an entry of the Jacobian or of a row: weight or slot `by` times row `from`. */
typedef struct bk_lane_term {
    int32_t by, from;
} bk_lane_term;

/* Sums of terms, each complete before it is stored: target i is that of terms
 * starts[i]..starts[i+1]-1. */
typedef struct bk_lane_sums {
    int32_t n;
    int32_t *starts;
    bk_lane_term *terms;
} bk_lane_sums;

typedef enum bk_lane_state {
    BK_LANE_IDLE,
    BK_LANE_STEP,  /* integrates from y */
    BK_LANE_NEWTON /* looks for a steady state from goal */
} bk_lane_state;

/* What is each lane's own business. */
typedef struct bk_lane {
    bk_lane_state state;
    size_t job;
    bk_outcome *outcome;
    double t, t_old, t_next; /* t_next: where the attempt ends */
    double h, tried;         /* to try next; of the attempt */
    double travel;           /* run: see bk_rodas_rule */
    bool fresh;              /* begins: no step size yet */
    bk_rodas_pace pace;
    long steps, rejected, evaluations, jacobians;
    int strays; /* attempts in a row that ended below zero */
    size_t row; /* run: the next to be written */
    /* settle: see settle.c */
    bk_kin_approach approach;
    double residual;
    double distance; /* of y from the goal, now */
    bool unwatched;  /* its last step */
    bool arrived;    /* at the goal, which is looked at from close by */
} bk_lane;

typedef struct bk_kin_lanes bk_kin_lanes;

typedef struct bk_lane_kernel {
    /* The right-hand side at (time, y); which lanes are finite. */
    void (*evaluate)(bk_kin_lanes *l, const bk_lanes *y, const bk_lanes *time,
                     bk_lanes *dy, bk_lane_mask *finite);
    /* From the values at hand; what is not finite counts as zero. */
    void (*jacobian)(bk_kin_lanes *l);
    /* The argument of stage i into stage_y. */
    void (*argument)(bk_kin_lanes *l, int i);
    /* What is added to the right-hand side of stage i; h: of each lane; drift: h, or 0
     * for Newton. */
    void (*complete)(bk_kin_lanes *l, int i, const bk_lanes *h, const bk_lanes *drift);
    /* y1 into trial, its error in tolerances (NaN: not finite), and where something of it
     * is below zero and sank. */
    void (*measure)(bk_kin_lanes *l, bk_lanes *error, bk_lane_mask *sinking);
    /* Where negative, and within the tolerance: zero; into spare, from stage_y. */
    void (*clip)(bk_kin_lanes *l, const bk_lanes *y, const bk_lane_mask *where);
    /* trial into spare, with what went below zero put to zero; given f there, less what
     * crosses by it, if something does.  Where what is put to zero strayed, for all that
     * is known or as f at trial says.  See rodas_below.c; allowance: in tolerances. */
    void (*hold_at_zero)(bk_kin_lanes *l, const bk_lanes *allowance,
                         const bk_lanes *slope, bk_lane_mask *crossing);
    void (*strays)(const bk_kin_lanes *l, const bk_lanes *allowance,
                   const bk_lanes *slope, bk_lane_mask *some);
    void (*accept)(bk_kin_lanes *l, const bk_lane_mask *where);
    /* Of the last step where asked: see bk_rodas_rule. */
    void (*travel)(bk_kin_lanes *l, const bk_lane_mask *where, bk_lanes *travel);
    /* mixed = goal where asked, else y */
    void (*place)(bk_kin_lanes *l, const bk_lane_mask *newton);
    /* goal += the first stage where asked; by how much of its scale it has moved */
    void (*move)(bk_kin_lanes *l, const bk_lane_mask *where, bk_lanes *step);
    void (*distance)(const bk_kin_lanes *l, const bk_lanes *a, const bk_lanes *b,
                     bk_lanes *most);
    void (*rate)(const bk_kin_lanes *l, bk_lanes *most); /* of f at `at` */
    void (*dense)(bk_kin_lanes *l);
    /* The middle of the last step into spare. */
    void (*middle)(bk_kin_lanes *l);
} bk_lane_kernel;

struct bk_kin_lanes {
    const bk_kin_system *system;
    const bk_lane_kernel *kernel;
    bk_lane_kind set;
    bk_program_lanes_run *run;
    bk_program *program;              /* a copy, redirected for the jobs at hand */
    bk_kin_work *work[BK_LANE_COUNT]; /* binds, starts and reports the job of a lane */
    bk_sparse_lu *chooser;
    bk_lanes_lu *lu; /* NULL: pivots are still to be chosen */
    const bk_settings *settings;
    double span;
    bool watch;      /* for swings; otherwise what takes long is given back */
    bool has_dense;  /* of the last attempt */
    bk_settings way; /* the settings with the tolerances of a settle */
    bk_kin_course course[BK_LANE_COUNT]; /* where there are switches */
    bk_kin_swing swing[BK_LANE_COUNT];   /* when watching */
    bk_lane lane[BK_LANE_COUNT];

    bk_lanes *memory; /* of all that follow */
    bk_lanes *slots, *units, *rows, *weights, *values;
    bk_lanes *y, *y_old, *goal, *f, *stage_y, *trial, *spare, *scale, *largest, *shared,
        *gone;
    bk_lanes *sizes;    /* of units: 1 / |unit| */
    bk_lanes *mixed;    /* y, in lanes with Newton's steps the goal */
    const bk_lanes *at; /* one of y and mixed: where the round begins */
    bk_lanes *stages, *dense;
    bk_lanes *rtol, *atol; /* one of each; atol is above zero in all lanes or in none */
    bk_truth truth;        /* held where there are switches */
    bk_lane_mask *status, *free_status;
    double *column; /* [n] y of one lane */
    int32_t *diagonal;
    bk_lane_sums row_sums, value_sums; /* of rows from n + 1 on; of all values */
    /* Weights that are numbers, the same in all lanes; the sums of derivatives and of
     * values that have no others. */
    double *numbers;
    bool *plain_derivative, *plain_value;

    bk_lane_edit *edits;
    bk_lane_view *views;
    bk_lane_adjust *adjusts;
    bk_lane_held *helds;
    bk_lane_halt *halts;
    size_t n_edits, n_views, n_adjusts, n_helds, n_halts, halts_capacity;
};

/* Whether jobs of a system may run in lanes at all. */
bool bk_kin_lanes_able(const bk_kin_system *system);
bk_status bk_kin_lanes_new(const bk_kin_system *system, bk_lane_kind set,
                           bk_kin_lanes **lanes);
void bk_kin_lanes_free(bk_kin_lanes *lanes);
const bk_lane_kernel *bk_lane_kernel_pick(bk_lane_kind set);

/* lanes_sums.c: false: memory is short. */
bool bk_kin_lanes_sum(bk_kin_lanes *lanes);
void bk_kin_lanes_sums_free(bk_kin_lanes *lanes);

/* lanes_bind.c: joins the edits of jobs[todo[0..n-1]].  BK_UNSUPPORTED: too many cuts. */
bk_status bk_kin_lanes_bind(bk_kin_lanes *lanes, const bk_settings *settings,
                            const bk_job *jobs, const size_t *todo, size_t n);
/* Whether a job can be among them. */
bool bk_kin_lanes_takes(const bk_kin_lanes *lanes, const bk_settings *settings,
                        const bk_job *job);
/* The job into a lane, whose work is started for it; y from there. */
bk_status bk_kin_lanes_load(bk_kin_lanes *lanes, int lane, const bk_job *job,
                            const double *y);

typedef enum bk_lane_verdict {
    BK_LANE_GOES_ON,
    BK_LANE_DONE,
    BK_LANE_ALONE
} bk_lane_verdict;

/* lanes_step.c: jobs[todo[0..n-1]] over the lanes.  What is left without a status but
 * BK_OK and without an outcome is still to be run alone. */
bk_status bk_kin_lanes_pursue(bk_kin_lanes *lanes, bk_job *jobs, const size_t *todo,
                              size_t n, bool settle);
void bk_lane_column(const bk_lanes *from, int lane, int32_t n, double *to);
void bk_lane_sizes(const bk_kin_lanes *lanes, int lane, double *sizes); /* of rodas.h */

/* lanes_switch.c: in which lanes something has switched within an accepted step; ends
 * such a step at the switch (false: the job is to be run alone). */
void bk_lane_switched(bk_kin_lanes *lanes, const bk_lane_mask *accepted,
                      bk_lane_mask *switched);
bool bk_lane_switch(bk_kin_lanes *lanes, int lane);
/* Whether relations are at the goal what they are now. */
bool bk_lane_goal_holds(bk_kin_lanes *lanes, int lane);

/* lanes_settle.c: settle.c for one lane.  With f at y at the start; after an accepted
 * step; before and after each of Newton's steps, residual being the rate at the goal. */
void bk_lane_settle_begun(bk_kin_lanes *lanes, int lane, double rate);
bk_lane_verdict bk_lane_settle_stepped(bk_kin_lanes *lanes, int lane);
/* With f at y: what the last step says about swings. */
bk_kin_swinging bk_lane_watch(bk_kin_lanes *lanes, int lane);
bool bk_lane_newton_ends(bk_kin_lanes *lanes, int lane, double residual, bool *found);
bool bk_lane_newton_fails(bk_kin_lanes *lanes, int lane, double step);
bk_lane_verdict bk_lane_newton_ended(bk_kin_lanes *lanes, int lane, bool found);
double bk_lane_settle_limit(const bk_kin_lanes *lanes);

/* lanes_run.c: after an accepted step, and at the start. */
bk_lane_verdict bk_lane_run_stepped(bk_kin_lanes *lanes, int lane);
void bk_lane_note_travel(bk_kin_lanes *lanes, const bk_lane_mask *accepted);

/* Both of the engine: see bk_engine. */
void bk_kin_settle_many(const bk_system *system, const bk_settings *settings,
                        bk_job *jobs, size_t n, bk_workspace *workspace);
void bk_kin_run_many(const bk_system *system, const bk_settings *settings, bk_job *jobs,
                     size_t n, bk_workspace *workspace);

#endif
