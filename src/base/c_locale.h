/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_C_LOCALE_H
#define BK_BASE_C_LOCALE_H

/* Formatting that does not depend on the locale of the host program.  The C locale is
 * made once, at the first call, and lives as long as the process. */

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>

/* The C locale, or (locale_t)0 when the system has no memory for it. */
locale_t bk_c_locale(void);
/* vsnprintf and strtod as they are in the C locale, for the calling thread only. */
int bk_c_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int bk_c_snprintf(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
double bk_c_strtod(const char *s);

#endif
