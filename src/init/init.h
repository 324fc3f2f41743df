/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_INIT_INIT_H
#define BK_INIT_INIT_H

/* Each fence sets up its own library; bk_init calls them. */

void bk_network_init(void); /* igraph: handlers that return, the attribute table */
void bk_gsl_init(void);     /* GSL: no abort on error */
void bk_xml_init(void);     /* libxml2: its one-time set-up */

#endif
