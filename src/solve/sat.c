/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/sat.h"

#include "base/alloc.h"

#include <ccadical.h>
#include <stdlib.h>

struct bk_sat {
    CCaDiCaL *solver;
    bool (*stop)(void *context);
    void *context;
    bool stopped;
};

bk_sat *bk_sat_new(void)
{
    bk_sat *const sat = bk_alloc(sizeof *sat);
    if (sat == NULL) {
        return NULL;
    }
    *sat = (bk_sat){.solver = ccadical_init()};
    ccadical_set_option(sat->solver, "quiet", 1);
    ccadical_set_option(sat->solver, "forcephase", 1);
    return sat;
}

void bk_sat_free(bk_sat *sat)
{
    if (sat != NULL) {
        ccadical_release(sat->solver);
        bk_free(sat);
    }
}

void bk_sat_add(bk_sat *sat, int literal)
{
    ccadical_add(sat->solver, literal);
}

static int asked(void *sat)
{
    const bk_sat *const s = sat;
    return s->stop(s->context) ? 1 : 0;
}

void bk_sat_stop_when(bk_sat *sat, bool (*stop)(void *context), void *context)
{
    sat->stop = stop;
    sat->context = context;
    ccadical_set_terminate(sat->solver, sat, stop != NULL ? asked : NULL);
}

bool bk_sat_solve(bk_sat *sat)
{
    enum { UNKNOWN = 0, SATISFIABLE = 10 };
    const int answer = ccadical_solve(sat->solver);
    sat->stopped = answer == UNKNOWN;
    return answer == SATISFIABLE;
}

bool bk_sat_stopped(const bk_sat *sat)
{
    return sat->stopped;
}

bool bk_sat_value(bk_sat *sat, int literal)
{
    const bool value = ccadical_val(sat->solver, abs(literal)) > 0;
    return literal > 0 ? value : !value;
}

void bk_sat_assume(bk_sat *sat, int literal)
{
    ccadical_assume(sat->solver, literal);
}

void bk_sat_constrain(bk_sat *sat, int literal)
{
    ccadical_constrain(sat->solver, literal);
}
