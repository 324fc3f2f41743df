/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/approach.h"

#include <math.h>

enum { MOST_STEPS = 20, FEW_STEPS = 8 };

void bk_kin_approach_begin(bk_kin_approach *approach, const bk_settings *settings,
                           double span)
{
    const double wished = settings->settle_tol;
    const double longest = settings->settle_time;
    const double soon =
        fmin(10.0 * span, longest > 0.0 ? 0.1 * longest : (double)INFINITY);
    *approach = (bk_kin_approach){.wanted = wished > 0.0 ? wished : 1e-9,
                                  .next_look = soon,
                                  .last_look = soon,
                                  .away = (double)NAN};
}

double bk_kin_approach_limit(const bk_settings *settings, double span)
{
    return settings->t_start + (settings->settle_time > 0.0 ? settings->settle_time
                                                            : 1e9 * fmax(span, 1.0));
}

bool bk_kin_rests(double rate, double time)
{
    return rate * time <= 1e-3;
}

bool bk_kin_approach_due(const bk_kin_approach *approach, double passed, double step,
                         double away)
{
    const bool nearer = away <= 0.5 * approach->away;
    return !nearer && (passed >= approach->last_look ||
                       (passed >= approach->next_look && step >= 0.4 * passed));
}

void bk_kin_look_begin(bk_kin_approach *approach, double passed, double span)
{
    approach->h = fmax(passed, span);
    approach->longest = approach->h * 1e3;
    approach->change = (double)INFINITY;
    approach->taken = 0;
    approach->small = false;
}

bool bk_kin_look_stepped(bk_kin_approach *approach, double change)
{
    const double wanted = approach->wanted;
    const double rounding = fmax(wanted, 1e-6);
    const double before = approach->change;
    approach->change = change;
    approach->taken++;
    approach->small =
        approach->h >= approach->longest * 0.099 &&
        (change <= 1e-2 * wanted || (change <= rounding && change >= 0.5 * before));
    approach->h = fmin(approach->h * 10.0, approach->longest);
    return change < 1e3;
}

bool bk_kin_look_reached(const bk_kin_approach *approach)
{
    return approach->small;
}

bool bk_kin_look_over(const bk_kin_approach *approach)
{
    return approach->taken >= MOST_STEPS ||
           (approach->taken >= FEW_STEPS && approach->change > 0.5);
}

bool bk_kin_look_ended(bk_kin_approach *approach, double passed, double span,
                       double away)
{
    approach->away = away;
    const double soon = fmax(1.5 * passed, span);
    approach->last_look = soon * 4.0;
    /* While the way leads to a goal, none need be looked for. */
    approach->next_look = isnan(away) ? soon : approach->last_look;
    return away <= 1e-10;
}

bool bk_kin_approach_near(const bk_kin_approach *approach, double away, double rtol)
{
    return away <= 0.5 * approach->away && away <= fmax(1e-3, rtol);
}
