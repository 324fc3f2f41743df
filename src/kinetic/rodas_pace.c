/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

#include <math.h>

/* How large an error and a step may be. */

const bk_rodas_rule bk_rodas_tolerance = {.relative_floor = 1e-3,
                                          .shared_floor = 1e-6,
                                          .least_tolerance = 1e-30,
                                          .allowance = 5.0,
                                          .patience = 1.2,
                                          .rise = 20.0,
                                          .implicit = 0.5,
                                          .rounding = 1e-12,
                                          .noise = 1e-2};

double bk_rodas_allowance(double travel, double rtol)
{
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const double share = 1.0 / (1.0 + fmax(travel - 2.0, 0.0) / rule->patience);
    return rule->allowance * fmax(share, fmin(rule->rounding / rtol, 1.0));
}

double bk_rodas_size(double largest, double shared, double rtol, double atol)
{
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const double least = atol > 0.0 ? atol / rtol : fmax(rule->least_tolerance, shared);
    return fmax(largest, least);
}

double bk_rodas_first_step(double fastest, double span)
{
    const double bold = 1e-3 * span;
    const double h = fastest > 0.0 ? 0.01 / fastest : bold;
    return h < bold ? h : bold;
}

/* The share of the size that would just do. */
static const double safe = 0.95;

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

double bk_rodas_pace_good(bk_rodas_pace *pace, const bk_rodas_method *method, double h,
                          double error)
{
    const double power = 1.0 / method->estimate;
    double factor_down = clamp(pow(error, power) / safe, 1.0 / 6.0, 5.0);
    if (!pace->first) {
        const double predicted =
            pace->h_old / h * pow(error * error / pace->error_old, power) / safe;
        factor_down = fmax(factor_down, clamp(predicted, 1.0 / 6.0, 5.0));
    }
    const double next = h / factor_down;
    const double made = pace->after_reject && next > h ? h : next;
    pace->h_old = h;
    pace->error_old = error > 1e-2 ? error : 1e-2;
    pace->first = pace->after_reject = false;
    return made;
}

double bk_rodas_pace_bad(bk_rodas_pace *pace, const bk_rodas_method *method, double h,
                         double error)
{
    const double power = 1.0 / method->estimate;
    pace->after_reject = true;
    return error < (double)INFINITY
               ? h / clamp(pow(error, power) / safe, 1.0 / safe, 5.0)
               : 0.2 * h;
}
