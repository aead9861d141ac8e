/* The panel products for AVX-512 with VNNI and BF16: a register holds 16 outputs, a panel two
 * registers; up to eight rows are multiplied with each register of weights that is loaded.
 *
 * Every function below is written for a number of rows R that the compiler knows, so that sums
 * stay in registers; `FOR_ROWS` makes one of each for R = 1..8. */
#ifndef YANMO_MATMUL_AVX512_H
#define YANMO_MATMUL_AVX512_H

#include <immintrin.h>

#include "panels.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE void fetch(const uint8_t **ahead, int64_t num_lines)
{
    for (int64_t line = 0; line < num_lines; line++)
        _mm_prefetch((const char *)(*ahead + line * LINE), _MM_HINT_T1);
    *ahead += num_lines * LINE;
}

/* Four bytes of a row, to every lane. */
ALWAYS_INLINE __m512i four_bytes(const uint8_t *row)
{
    return _mm512_set1_epi32(*(const int32_t *)row);
}

/* To each of 16 sums, the products of four bytes of weights with the same four bytes of a row. The
 * compiler would keep what is broadcast in registers that it does not have. */
ALWAYS_INLINE __m512i add_products(__m512i sum, __m512i w, const uint8_t *row)
{
    __asm__("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(w), "m"(*(const int32_t *)row));
    return sum;
}

ALWAYS_INLINE void store_sums(const PanelWork *work, const int R, __m512 total[][2])
{
    for (int r = 0; r < R; r++)
        for (int half = 0; half < 2; half++)
            _mm512_storeu_ps(work->out + r * work->out_stride + 16 * half, total[r][half]);
}

ALWAYS_INLINE void float32_rows(const PanelWork *work, const int R)
{
    const uint8_t *w = work->panel, *ahead = work->ahead;
    const float *x = (const float *)work->rows;
    __m512 total[MAX_ROWS][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += R * GROUP) {
        fetch(&ahead, work->ahead_lines);
        for (int i = 0; i < GROUP; i++, w += 128) {
            __m512 w0 = _mm512_loadu_ps(w), w1 = _mm512_loadu_ps(w + 64);
            for (int r = 0; r < R; r++) {
                __m512 value = _mm512_set1_ps(x[r * GROUP + i]);
                total[r][0] = _mm512_fmadd_ps(w0, value, total[r][0]);
                total[r][1] = _mm512_fmadd_ps(w1, value, total[r][1]);
            }
        }
    }
    store_sums(work, R, total);
}

ALWAYS_INLINE void bfloat16_rows(const PanelWork *work, const int R)
{
    const uint8_t *w = work->panel, *x = work->rows, *ahead = work->ahead;
    __m512 total[MAX_ROWS][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += R * 2 * GROUP) {
        fetch(&ahead, work->ahead_lines);
        for (int i = 0; i < GROUP / 2; i++, w += 128) {
            __m512bh w0 = (__m512bh)_mm512_loadu_si512(w);
            __m512bh w1 = (__m512bh)_mm512_loadu_si512(w + 64);
            for (int r = 0; r < R; r++) {
                __m512bh pair = (__m512bh)four_bytes(x + r * 2 * GROUP + 4 * i);
                total[r][0] = _mm512_dpbf16_ps(total[r][0], w0, pair);
                total[r][1] = _mm512_dpbf16_ps(total[r][1], w1, pair);
            }
        }
    }
    store_sums(work, R, total);
}

/* Adds the sums of a group, of half of the outputs, to `total`: by 16 scales of weights and by the
 * rows' own. */
ALWAYS_INLINE void add_group(__m512 total[][2], const int half, const __m512i *sum, const int R,
                             const uint8_t *w_scales, const uint8_t *x_scales)
{
    __m512 scales = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)w_scales));
    for (int r = 0; r < R; r++) {
        __m512 scale = _mm512_mul_ps(scales, (__m512)four_bytes(x_scales + 4 * r));
        total[r][half] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r]), scale, total[r][half]);
    }
}

ALWAYS_INLINE void int8_rows(const PanelWork *work, const int R)
{
    const uint8_t *w = work->panel, *x = work->rows, *ahead = work->ahead;
    __m512 total[MAX_ROWS][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, w += 1088, x += R * (GROUP + 8)) {
        fetch(&ahead, work->ahead_lines);
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            __m512i sum[MAX_ROWS];
            for (int r = 0; r < R; r++)
                sum[r] = four_bytes(x + R * (GROUP + 4) + 4 * r);
#pragma GCC unroll 8
            for (int four = 0; four < 8; four++) {
                __m512i values = _mm512_loadu_si512(w + 512 * half + 64 * four);
                for (int r = 0; r < R; r++)
                    sum[r] = add_products(sum[r], values, x + r * GROUP + 4 * four);
            }
            add_group(total, half, sum, R, w + 1024 + 32 * half, x + R * GROUP);
        }
    }
    store_sums(work, R, total);
}

ALWAYS_INLINE void int4_rows(const PanelWork *work, const int R)
{
    const uint8_t *w = work->panel, *x = work->rows, *ahead = work->ahead;
    const __m512i low_bits = _mm512_set1_epi8(15);
    __m512 total[MAX_ROWS][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, w += 576, x += R * (GROUP + 8)) {
        fetch(&ahead, work->ahead_lines);
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            __m512i sum[MAX_ROWS];
            for (int r = 0; r < R; r++)
                sum[r] = four_bytes(x + R * (GROUP + 4) + 4 * r);
#pragma GCC unroll 8
            for (int four = 0; four < 4; four++) {
                __m512i both = _mm512_loadu_si512(w + 256 * half + 64 * four);
                __m512i low = _mm512_and_si512(both, low_bits);
                __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_bits);
                for (int r = 0; r < R; r++) {
                    sum[r] = add_products(sum[r], low, x + r * GROUP + 4 * four);
                    sum[r] = add_products(sum[r], high, x + r * GROUP + 4 * four + 16);
                }
            }
            add_group(total, half, sum, R, w + 512 + 32 * half, x + R * GROUP);
        }
    }
    store_sums(work, R, total);
}

#define FOR_ROWS(format)                                    \
    static void format##_panel(const PanelWork *work)       \
    {                                                       \
        switch (work->num_rows) {                           \
        case 1: format##_rows(work, 1); return;             \
        case 2: format##_rows(work, 2); return;             \
        case 3: format##_rows(work, 3); return;             \
        case 4: format##_rows(work, 4); return;             \
        case 5: format##_rows(work, 5); return;             \
        case 6: format##_rows(work, 6); return;             \
        case 7: format##_rows(work, 7); return;             \
        default: format##_rows(work, 8);                    \
        }                                                   \
    }

FOR_ROWS(float32)
FOR_ROWS(bfloat16)
FOR_ROWS(int8)
FOR_ROWS(int4)

#endif
