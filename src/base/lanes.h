/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_BASE_LANES_H
#define BK_BASE_LANES_H

/* Numbers side by side: lane i of all of them belongs to one computation, and what is
 * done to a lane depends on no other.  Vector types of GNU C; the same text is compiled
 * for several instruction sets, all of which give the same bits, since the order of
 * operations is that of the text and nothing is fused (-std=c11). */

#include <stddef.h>
#include <stdint.h>

enum { BK_LANE_COUNT = 8 }; /* those of logic/lanes.h are bits, and many more */

typedef double bk_lanes __attribute__((vector_size(BK_LANE_COUNT * sizeof(double))));
/* All bits of a lane set: true. */
typedef int64_t bk_lane_mask
    __attribute__((vector_size(BK_LANE_COUNT * sizeof(int64_t))));

/* Lane by lane, of all lanes or of a part of them: one or the other; the size of a number; 1
 * where true, else 0. */
#define BK_LANES_CHOOSE(mask, yes, no)                                                 \
    ((__typeof__((yes) + (no)))(((mask) & (__typeof__(~(mask)))(yes)) |                \
                                (~(mask) & (__typeof__(~(mask)))(no))))
#define BK_LANES_SIZE(value)                                                           \
    ((__typeof__((value) + (value)))((__typeof__((value) == (value)))(value)&INT64_MAX))
#define BK_LANES_TRUTH(mask) ((bk_lanes)((mask) & (bk_lane_mask)((bk_lanes){0} + 1.0)))

/* A kernel is a text that is compiled for several sets, which sum in registers as wide as
 * theirs: compilers keep wider numbers in memory, which costs more than lanes save.  Such a
 * text defines LANES(name), its names, and WIDE, the numbers in a register, and then works on
 * part 0, 1 ... of lanes: BK_PART(x) of x, BK_MASK_PART of a mask, each where `part` is known. */
#define BK_LANE_PARTS (BK_LANE_COUNT / WIDE)
#define BK_PART(x) (((LANES(wide) *)(uintptr_t) & (x))[part])
#define BK_MASK_PART(x) (((LANES(wide_mask) *)(uintptr_t) & (x))[part])
#define BK_LANE_TYPES                                                                  \
    typedef double LANES(wide)                                                         \
        __attribute__((vector_size(WIDE * sizeof(double)), may_alias));                \
    typedef int64_t LANES(wide_mask)                                                   \
        __attribute__((vector_size(WIDE * sizeof(int64_t)), may_alias));

typedef enum bk_lane_kind {
    BK_LANES_PLAIN,
    BK_LANES_AVX2,
    BK_LANES_AVX512
} bk_lane_kind;
bk_lane_kind bk_lanes_detect(void); /* the best of this processor */

/* Arrays of lanes, cleared, as they must be aligned; bk_lane_array_free for both. */
bk_lanes *bk_lanes_alloc(size_t count);
bk_lane_mask *bk_lane_masks_alloc(size_t count);
void bk_lane_array_free(void *lanes);

#endif
