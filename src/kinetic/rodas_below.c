/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

#include <string.h>

/* Steps below zero that the solution does not take.
 *
 * What decays is followed down to its tolerance only, and then a step may end below zero,
 * where many a law does not bring it back: k A / (K + A) has a pole at -K, A^2 goes on
 * downwards, and -A B with both below zero too.  All this is within the tolerance of one
 * step and beyond every one soon after.
 *
 * A component crosses zero only where its derivative there is negative.  Where it is not,
 * with all that the step brought below zero put back to it, what is below zero is error:
 * the step fails if that is more than is allowed, and if it crossed and goes on downwards.
 * To reject such steps is what Shampine, Thompson, Kierzenka and Byrne (2005,
 * doi:10.1016/j.amc.2004.12.011) do with components that they are told are not negative;
 * here the derivative tells.  They also move what is left to zero, which is not done, since
 * it would add to what is conserved. */

static double allowed(const bk_rodas *r, int32_t i)
{
    return bk_rodas_allowance(r->travel, r->rtol) * bk_rodas_weight(r, i, 0.0);
}

/* Whether the step brought component i below zero, by more than this share of what is
 * allowed.  What was there before it began is there for a reason. */
static bool fell(const bk_rodas *r, int32_t i, double share)
{
    if (!(r->trial[i] < 0.0) || (r->problem.mass != NULL && r->problem.mass[i] == 0.0)) {
        return false;
    }
    const double most = allowed(r, i);
    return r->y[i] >= -most && -r->trial[i] > share * most;
}

/* slope: at the end of the step.  Steps, however short, do not bring back what was below
 * zero already. */
static bool suspect(const bk_rodas *r, int32_t i, double slope)
{
    return r->trial[i] < r->y[i] &&
           fell(r, i, slope < 0.0 && r->y[i] >= 0.0 ? bk_rodas_tolerance.noise : 1.0);
}

static bool any_suspect(const bk_rodas *r, const double *slope)
{
    bool any = false;
    for (int32_t i = 0; i < r->problem.n && !any; i++) {
        any = suspect(r, i, slope == NULL ? -1.0 : slope[i]);
    }
    return any;
}

bool bk_rodas_strays(bk_rodas *rodas, double t)
{
    bk_rodas *const r = rodas;
    const int32_t n = r->problem.n;
    r->has_end = false;
    if (!any_suspect(r, NULL)) {
        return false;
    }
    r->has_end = bk_rodas_evaluate(r, t, r->trial, r->end_f);
    if (!r->has_end || !any_suspect(r, r->end_f)) {
        return false;
    }
    for (int32_t i = 0; i < n; i++) {
        r->stage_y[i] = fell(r, i, 0.0) ? 0.0 : r->trial[i];
    }
    double *const at_zero = r->spare;
    r->evaluations++;
    if (!r->problem.rhs(r->problem.context, t, r->stage_y, at_zero)) {
        return false;
    }
    for (int32_t i = 0; i < n; i++) {
        if (at_zero[i] >= 0.0 && suspect(r, i, r->end_f[i])) {
            r->worst = i;
            return true;
        }
    }
    return false;
}
