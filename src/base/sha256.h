/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_SHA256_H
#define BK_BASE_SHA256_H

#include <stddef.h>

/* SHA-256 (FIPS 180-4) of data[size] as 64 hexadecimal digits and a NUL. */
void bk_sha256(const void *data, size_t size, char hex[65]);

#endif
