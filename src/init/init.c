/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The only place that changes what the libraries below keep globally. */

#include "init/init.h"

#include <blockade/blockade.h>

void bk_init(void)
{
    bk_network_init();
    bk_gsl_init();
    bk_xml_init();
}
