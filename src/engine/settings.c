/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

bk_settings bk_settings_defaults(void)
{
    return (bk_settings){.t_start = 0.0,
                         .t_end = 10.0,
                         .steps = 100,
                         .stepper = "auto",
                         .rtol = 1e-6,
                         .atol = 0.0};
}

double bk_settings_time(const bk_settings *settings, int row)
{
    if (settings->steps <= 0 || row >= settings->steps) {
        return row <= 0 ? settings->t_start : settings->t_end;
    }
    return settings->t_start + (settings->t_end - settings->t_start) * (double)row /
                                   (double)settings->steps;
}
