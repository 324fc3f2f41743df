/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/sat.h"

#include "base/alloc.h"

#include <ccadical.h>
#include <stdlib.h>

struct bk_sat {
    CCaDiCaL *solver;
};

bk_sat *bk_sat_new(void)
{
    bk_sat *const sat = bk_alloc(sizeof *sat);
    if (sat == NULL) {
        return NULL;
    }
    sat->solver = ccadical_init();
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

bool bk_sat_solve(bk_sat *sat)
{
    enum { SATISFIABLE = 10 };
    return ccadical_solve(sat->solver) == SATISFIABLE;
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
