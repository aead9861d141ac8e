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

ALWAYS_INLINE void store_sums(const PanelWork *work, const int R, __m512 total[][2])
{
    for (int r = 0; r < R; r++) {
        _mm512_storeu_ps(work->out + r * work->out_stride, total[r][0]);
        _mm512_storeu_ps(work->out + r * work->out_stride + 16, total[r][1]);
    }
}

ALWAYS_INLINE void float32_rows(const PanelWork *work, const int R)
{
    const uint8_t *w = work->panel, *x = work->rows, *ahead = work->ahead;
    __m512 total[MAX_ROWS][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP) {
        fetch(&ahead, work->ahead_lines);
        for (int i = 0; i < GROUP; i++, w += 128, x += 4) {
            __m512 w0 = _mm512_loadu_ps(w), w1 = _mm512_loadu_ps(w + 64);
            for (int r = 0; r < R; r++) {
                __m512 value = _mm512_set1_ps(*(const float *)(x + r * work->row_bytes));
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
    for (int64_t k = 0; k < work->num_inputs; k += GROUP) {
        fetch(&ahead, work->ahead_lines);
        for (int i = 0; i < GROUP / 2; i++, w += 128, x += 4) {
            __m512bh w0 = (__m512bh)_mm512_loadu_si512(w);
            __m512bh w1 = (__m512bh)_mm512_loadu_si512(w + 64);
            for (int r = 0; r < R; r++) {
                __m512bh pair = (__m512bh)four_bytes(x + r * work->row_bytes);
                total[r][0] = _mm512_dpbf16_ps(total[r][0], w0, pair);
                total[r][1] = _mm512_dpbf16_ps(total[r][1], w1, pair);
            }
        }
    }
    store_sums(work, R, total);
}

/* Adds the sums of a group to half of the outputs, by the scales of weights and of the row. */
ALWAYS_INLINE __m512 add_scaled(__m512 total, __m512i sum, __m512 w_scales, const float *x_scale)
{
    __m512 scale = _mm512_mul_ps(w_scales, _mm512_set1_ps(*x_scale));
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), scale, total);
}

ALWAYS_INLINE void int8_rows(const PanelWork *work, const int R)
{
    int64_t num_groups = work->num_inputs / GROUP;
    const uint8_t *w = work->panel, *x = work->rows, *ahead = work->ahead;
    const uint8_t *x_scales = x + work->num_inputs, *taken_off = x_scales + 4 * num_groups;
    __m512 total[MAX_ROWS][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (int64_t g = 0; g < num_groups; g++, w += 1088, x += GROUP, x_scales += 4, taken_off += 4) {
        fetch(&ahead, work->ahead_lines);
        for (int half = 0; half < 2; half++) {
            __m512i sum[MAX_ROWS];
            for (int r = 0; r < R; r++)
                sum[r] = four_bytes(taken_off + r * work->row_bytes);
            for (int four = 0; four < 8; four++) {
                __m512i values = _mm512_loadu_si512(w + 512 * half + 64 * four);
                for (int r = 0; r < R; r++)
                    sum[r] = _mm512_dpbusd_epi32(
                        sum[r], values, four_bytes(x + r * work->row_bytes + 4 * four));
            }
            __m512 scales = _mm512_cvtph_ps(
                _mm256_loadu_si256((const __m256i *)(w + 1024 + 32 * half)));
            for (int r = 0; r < R; r++)
                total[r][half] = add_scaled(total[r][half], sum[r], scales,
                                            (const float *)(x_scales + r * work->row_bytes));
        }
    }
    store_sums(work, R, total);
}

ALWAYS_INLINE void int4_rows(const PanelWork *work, const int R)
{
    int64_t num_groups = work->num_inputs / GROUP;
    const uint8_t *w = work->panel, *x = work->rows, *ahead = work->ahead;
    const uint8_t *x_scales = x + work->num_inputs, *taken_off = x_scales + 4 * num_groups;
    const __m512i low_bits = _mm512_set1_epi8(15);
    __m512 total[MAX_ROWS][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm512_setzero_ps();
    for (int64_t g = 0; g < num_groups; g++, w += 576, x += GROUP, x_scales += 4, taken_off += 4) {
        fetch(&ahead, work->ahead_lines);
        for (int half = 0; half < 2; half++) {
            __m512i sum[MAX_ROWS];
            for (int r = 0; r < R; r++)
                sum[r] = four_bytes(taken_off + r * work->row_bytes);
            for (int four = 0; four < 4; four++) {
                __m512i both = _mm512_loadu_si512(w + 256 * half + 64 * four);
                __m512i low = _mm512_and_si512(both, low_bits);
                __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_bits);
                for (int r = 0; r < R; r++) {
                    const uint8_t *bytes = x + r * work->row_bytes + 4 * four;
                    sum[r] = _mm512_dpbusd_epi32(sum[r], low, four_bytes(bytes));
                    sum[r] = _mm512_dpbusd_epi32(sum[r], high, four_bytes(bytes + 16));
                }
            }
            __m512 scales = _mm512_cvtph_ps(
                _mm256_loadu_si256((const __m256i *)(w + 512 + 32 * half)));
            for (int r = 0; r < R; r++)
                total[r][half] = add_scaled(total[r][half], sum[r], scales,
                                            (const float *)(x_scales + r * work->row_bytes));
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
