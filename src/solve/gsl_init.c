/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "init/init.h"

#include <gsl/gsl_errno.h>

void bk_gsl_init(void)
{
    gsl_set_error_handler_off();
}
