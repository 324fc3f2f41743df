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
 * What starts below zero, or was set there, belongs there.  Anything else crosses zero only
 * where its derivative there is negative.  So all that the step brought below zero is put
 * back to it, but for what crosses from there, until nothing more does.  For the rest what
 * is below zero is error: the step fails if that is more than is allowed, or goes on
 * downwards.  After five such attempts, and where the step began below zero already, so
 * that no shorter one would help, the rest is put to zero.
 *
 * To reject such steps and then to put what is left to zero is what Shampine, Thompson,
 * Kierzenka and Byrne (2005, doi:10.1016/j.amc.2004.12.011) do with components that they
 * are told are not negative; here the derivative tells.  Since values put to zero add to
 * what is conserved, though less than is allowed, that is not done where rejecting helps,
 * nor with what comes back by itself. */

const int bk_rodas_most_strays = 5;

static double allowed(const bk_rodas *r, int32_t i)
{
    return bk_rodas_allowance(r->travel, r->rtol) * bk_rodas_weight(r, i, 0.0);
}

/* Whether the step brought component i below zero, by more than this share of what is
 * allowed.  What was below by more before it began is there for a reason, and what crossed
 * by its derivative is. */
static bool fell(bk_rodas *r, int32_t i, double share)
{
    if (!(r->trial[i] < 0.0)) {
        r->crossed[i] = 0.0;
        return false;
    }
    if (r->crossed[i] != 0.0 ||
        (r->problem.mass != NULL && r->problem.mass[i] == 0.0)) {
        return false;
    }
    const double most = allowed(r, i);
    return r->y[i] >= -most && -r->trial[i] > share * most;
}

static bool suspect(bk_rodas *r, int32_t i, double slope)
{
    return fell(r, i, slope < 0.0 ? bk_rodas_tolerance.noise : 1.0) &&
           r->trial[i] < r->y[i];
}

static bool any_suspect(bk_rodas *r, const double *slope)
{
    bool any = false;
    for (int32_t i = 0; i < r->problem.n; i++) { /* all, for what they note */
        any = suspect(r, i, slope == NULL ? -1.0 : slope[i]) || any;
    }
    return any;
}

static void put_to_zero(bk_rodas *r, const double *put, const double *slope)
{
    const size_t bytes = (size_t)r->problem.n * sizeof *put;
    memcpy(r->trial, put, bytes);
    memcpy(r->end_f, slope, bytes);
}

/* All that fell to zero, but for what crosses it by its slope there; false: no slopes. */
static bool hold_at_zero(bk_rodas *r, double t, double *put, double *slope)
{
    const int32_t n = r->problem.n;
    for (int32_t i = 0; i < n; i++) {
        put[i] = fell(r, i, 0.0) ? 0.0 : r->trial[i];
    }
    for (bool more = true; more;) {
        r->evaluations++;
        if (!r->problem.rhs(r->problem.context, t, put, slope)) {
            return false;
        }
        more = false;
        for (int32_t i = 0; i < n; i++) {
            if (put[i] == 0.0 && slope[i] < 0.0 && r->trial[i] < 0.0) {
                put[i] = r->trial[i];
                r->crossed[i] = 1.0;
                more = true;
            }
        }
    }
    return true;
}

bool bk_rodas_strays(bk_rodas *rodas, double t, int attempts)
{
    bk_rodas *const r = rodas;
    double *const put = r->stage_y;
    double *const slope = r->spare;
    r->has_end = false;
    if (!any_suspect(r, NULL)) {
        return false;
    }
    r->has_end = bk_rodas_evaluate(r, t, r->trial, r->end_f);
    if (!r->has_end || !any_suspect(r, r->end_f) || !hold_at_zero(r, t, put, slope)) {
        return false;
    }
    bool some = false;
    bool crossed = false;
    for (int32_t i = 0; i < r->problem.n; i++) {
        const bool wrong = put[i] > r->trial[i] && suspect(r, i, r->end_f[i]);
        some = some || wrong;
        crossed = crossed || (wrong && r->y[i] >= 0.0);
        r->worst = wrong ? i : r->worst;
    }
    if (some && !(crossed && attempts < bk_rodas_most_strays)) {
        put_to_zero(r, put, slope);
        return false;
    }
    return some;
}
