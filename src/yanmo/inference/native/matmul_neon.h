/* The panel products for 64-bit ARM with dot products: a register holds 4 outputs, and there are 32
 * of them: half a panel (16 outputs) is taken at a time, for up to four rows of the block. */
#ifndef YANMO_MATMUL_NEON_H
#define YANMO_MATMUL_NEON_H

#include <arm_neon.h>

#include "panels.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { HALF = PANEL / 2, QUARTERS = HALF / 4, ROWS_AT_ONCE = 4 };

/* Four bytes of a row, to every lane. */
ALWAYS_INLINE int32x4_t four_bytes(const uint8_t *row)
{
    return vld1q_dup_s32((const int32_t *)row);
}

ALWAYS_INLINE void ask_ahead(const PanelWork *work)
{
    int64_t num_lines = work->ahead_lines * work->num_inputs / GROUP;
    for (int64_t line = 0; line < num_lines; line++)
        __builtin_prefetch(work->ahead + line * LINE, 0, 2);
}

ALWAYS_INLINE void clear(float32x4_t total[][QUARTERS], const int R)
{
    for (int r = 0; r < R; r++)
        for (int i = 0; i < QUARTERS; i++)
            total[r][i] = vdupq_n_f32(0.0f);
}

ALWAYS_INLINE void store_sums(const PanelWork *work, const int first, const int R, const int half,
                              float32x4_t total[][QUARTERS])
{
    for (int r = 0; r < R; r++)
        for (int i = 0; i < QUARTERS; i++)
            vst1q_f32(work->out + (first + r) * work->out_stride + half * HALF + 4 * i,
                      total[r][i]);
}

ALWAYS_INLINE void float32_rows(const PanelWork *work, const int first, const int R, const int half)
{
    int64_t step = work->num_rows * GROUP;
    const float *w = (const float *)work->panel + half * HALF;
    const float *x = (const float *)work->rows + first * GROUP;
    float32x4_t total[ROWS_AT_ONCE][QUARTERS];
    clear(total, R);
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += step)
        for (int j = 0; j < GROUP; j++, w += PANEL)
            for (int i = 0; i < QUARTERS; i++) {
                float32x4_t values = vld1q_f32(w + 4 * i);
                for (int r = 0; r < R; r++)
                    total[r][i] = vfmaq_n_f32(total[r][i], values, x[r * GROUP + j]);
            }
    store_sums(work, first, R, half, total);
}

/* Of pairs of bfloat16 the first, or the second, as float32. */
ALWAYS_INLINE float32x4_t first_of(int32x4_t pairs)
{
    return vreinterpretq_f32_s32(vshlq_n_s32(pairs, 16));
}

ALWAYS_INLINE float32x4_t second_of(int32x4_t pairs)
{
    return vreinterpretq_f32_s32(vandq_s32(pairs, vdupq_n_s32((int32_t)0xffff0000)));
}

ALWAYS_INLINE void bfloat16_rows(const PanelWork *work, const int first, const int R,
                                 const int half)
{
    int64_t step = work->num_rows * 2 * GROUP;
    const uint8_t *w = work->panel + half * 4 * HALF, *x = work->rows + first * 2 * GROUP;
    float32x4_t total[ROWS_AT_ONCE][QUARTERS];
    clear(total, R);
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += step)
        for (int j = 0; j < GROUP / 2; j++, w += 128)
            for (int i = 0; i < QUARTERS; i++) {
                int32x4_t values = vld1q_s32((const int32_t *)(w + 16 * i));
                for (int r = 0; r < R; r++) {
                    int32x4_t pair = four_bytes(x + r * 2 * GROUP + 4 * j);
                    total[r][i] = vfmaq_f32(total[r][i], first_of(values), first_of(pair));
                    total[r][i] = vfmaq_f32(total[r][i], second_of(values), second_of(pair));
                }
            }
    store_sums(work, first, R, half, total);
}

/* Adds the sums of a group, of 16 outputs, to `total`. */
ALWAYS_INLINE void add_group(float32x4_t total[][QUARTERS], int32x4_t sum[][QUARTERS], const int R,
                             const uint8_t *w_scales, const uint8_t *x_scales)
{
    for (int i = 0; i < QUARTERS; i++) {
        uint16x4_t halves = vld1_u16((const uint16_t *)(w_scales + 8 * i));
        float32x4_t scales = vcvt_f32_f16(vreinterpret_f16_u16(halves));
        for (int r = 0; r < R; r++) {
            float32x4_t scale = vmulq_n_f32(scales, ((const float *)x_scales)[r]);
            total[r][i] = vfmaq_f32(total[r][i], vcvtq_f32_s32(sum[r][i]), scale);
        }
    }
}

/* Both factors have a sign here: w + 128 is brought back to w, and nothing is taken off. */
ALWAYS_INLINE void int8_rows(const PanelWork *work, const int first, const int R, const int half)
{
    int64_t num_rows = work->num_rows;
    const uint8_t *w = work->panel, *x = work->rows;
    float32x4_t total[ROWS_AT_ONCE][QUARTERS];
    clear(total, R);
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, w += 1088, x += num_rows * (GROUP + 8)) {
        int32x4_t sum[ROWS_AT_ONCE][QUARTERS];
        for (int r = 0; r < R; r++)
            for (int i = 0; i < QUARTERS; i++)
                sum[r][i] = vdupq_n_s32(0);
        for (int four = 0; four < 8; four++)
            for (int i = 0; i < QUARTERS; i++) {
                uint8x16_t bytes = vld1q_u8(w + 512 * half + 64 * four + 16 * i);
                int8x16_t values = vreinterpretq_s8_u8(veorq_u8(bytes, vdupq_n_u8(128)));
                for (int r = 0; r < R; r++) {
                    int32x4_t row = four_bytes(x + (first + r) * GROUP + 4 * four);
                    sum[r][i] = vdotq_s32(sum[r][i], values, vreinterpretq_s8_s32(row));
                }
            }
        add_group(total, sum, R, w + 1024 + 32 * half, x + num_rows * GROUP + 4 * first);
    }
    store_sums(work, first, R, half, total);
}

ALWAYS_INLINE void int4_rows(const PanelWork *work, const int first, const int R, const int half)
{
    int64_t num_rows = work->num_rows;
    const uint8_t *w = work->panel, *x = work->rows;
    float32x4_t total[ROWS_AT_ONCE][QUARTERS];
    clear(total, R);
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, w += 576, x += num_rows * (GROUP + 8)) {
        int32x4_t sum[ROWS_AT_ONCE][QUARTERS];
        for (int r = 0; r < R; r++)
            for (int i = 0; i < QUARTERS; i++)
                sum[r][i] = four_bytes(x + num_rows * (GROUP + 4) + 4 * (first + r));
        for (int four = 0; four < 4; four++)
            for (int i = 0; i < QUARTERS; i++) {
                uint8x16_t both = vld1q_u8(w + 256 * half + 64 * four + 16 * i);
                int8x16_t low = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15)));
                int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(both, 4));
                for (int r = 0; r < R; r++) {
                    const uint8_t *bytes = x + (first + r) * GROUP + 4 * four;
                    int8x16_t a = vreinterpretq_s8_s32(four_bytes(bytes));
                    int8x16_t b = vreinterpretq_s8_s32(four_bytes(bytes + 16));
                    sum[r][i] = vdotq_s32(vdotq_s32(sum[r][i], low, a), high, b);
                }
            }
        add_group(total, sum, R, w + 512 + 32 * half, x + num_rows * GROUP + 4 * first);
    }
    store_sums(work, first, R, half, total);
}

/* The rows of a block, four at a time. */
#define FOR_ROWS(format)                                                   \
    static void format##_panel(const PanelWork *work)                      \
    {                                                                      \
        ask_ahead(work);                                                   \
        for (int half = 0; half < 2; half++) {                             \
            int r = 0;                                                     \
            for (; r + ROWS_AT_ONCE <= work->num_rows; r += ROWS_AT_ONCE)  \
                format##_rows(work, r, ROWS_AT_ONCE, half);                \
            for (; r < work->num_rows; r++)                                \
                format##_rows(work, r, 1, half);                           \
        }                                                                  \
    }

FOR_ROWS(float32)
FOR_ROWS(bfloat16)
FOR_ROWS(int8)
FOR_ROWS(int4)

#endif
