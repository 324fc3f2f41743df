/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/c_locale.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

locale_t bk_c_locale(void)
{
    pthread_once(&once, make_c_locale);
    return c_locale;
}

int bk_c_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    const locale_t before = uselocale(bk_c_locale());
    const int length = vsnprintf(buffer, size, format, arguments);
    uselocale(before);
    return length;
}

int bk_c_snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = bk_c_vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

double bk_c_strtod(const char *s)
{
    const locale_t locale = bk_c_locale();
    return locale != (locale_t)0 ? strtod_l(s, NULL, locale) : strtod(s, NULL);
}
