/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/lanes.h"

#include "base/alloc.h"

#include <string.h>

bk_lane_kind bk_lanes_detect(void)
{
#if defined __x86_64__ && defined __GNUC__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        return BK_LANES_AVX512;
    }
    if (__builtin_cpu_supports("avx2")) {
        return BK_LANES_AVX2;
    }
#endif
    return BK_LANES_PLAIN;
}

/* The pointer to free stands just before the aligned array. */
static void *aligned(size_t count)
{
    const size_t size = sizeof(bk_lanes);
    char *const memory = bk_alloc_zero(count + 2, size);
    if (memory == NULL) {
        return NULL;
    }
    char *const array = memory + size + (size - (uintptr_t)memory % size) % size;
    memcpy(array - sizeof memory, &memory, sizeof memory);
    return array;
}

bk_lanes *bk_lanes_alloc(size_t count)
{
    return aligned(count);
}

bk_lane_mask *bk_lane_masks_alloc(size_t count)
{
    return aligned(count);
}

void bk_lane_array_free(void *lanes)
{
    if (lanes != NULL) {
        void *memory;
        memcpy(&memory, (char *)lanes - sizeof memory, sizeof memory);
        bk_free(memory);
    }
}
