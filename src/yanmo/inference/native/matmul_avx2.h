/* The panel products for AVX2 with FMA and F16C: a register holds 8 outputs. There are 16 of them,
 * so half a panel (16 outputs) is taken at a time, for a few rows of the block; the panel comes from
 * the nearest cache when it is read again. */
#ifndef YANMO_MATMUL_AVX2_H
#define YANMO_MATMUL_AVX2_H

#include <immintrin.h>

#include "panels.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { HALF = PANEL / 2 };

/* Four bytes of a row, to every lane. */
ALWAYS_INLINE __m256i four_bytes(const uint8_t *row)
{
    return _mm256_set1_epi32(*(const int32_t *)row);
}

ALWAYS_INLINE void ask_ahead(const PanelWork *work)
{
    int64_t num_lines = work->ahead_lines * work->num_inputs / GROUP;
    for (int64_t line = 0; line < num_lines; line++)
        _mm_prefetch((const char *)(work->ahead + line * LINE), _MM_HINT_T1);
}

ALWAYS_INLINE void store_sums(const PanelWork *work, const int first, const int R, const int half,
                              __m256 total[][2])
{
    for (int r = 0; r < R; r++)
        for (int i = 0; i < 2; i++)
            _mm256_storeu_ps(work->out + (first + r) * work->out_stride + half * HALF + 8 * i,
                             total[r][i]);
}

ALWAYS_INLINE void float32_rows(const PanelWork *work, const int first, const int R, const int half)
{
    int64_t step = work->num_rows * GROUP;
    const float *w = (const float *)work->panel + half * HALF;
    const float *x = (const float *)work->rows + first * GROUP;
    __m256 total[4][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm256_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += step)
        for (int i = 0; i < GROUP; i++, w += PANEL) {
            __m256 w0 = _mm256_loadu_ps(w), w1 = _mm256_loadu_ps(w + 8);
            for (int r = 0; r < R; r++) {
                __m256 value = _mm256_broadcast_ss(x + r * GROUP + i);
                total[r][0] = _mm256_fmadd_ps(w0, value, total[r][0]);
                total[r][1] = _mm256_fmadd_ps(w1, value, total[r][1]);
            }
        }
    store_sums(work, first, R, half, total);
}

/* Of pairs of bfloat16 the first, or the second, as float32. */
ALWAYS_INLINE __m256 first_of(__m256i pairs) { return (__m256)_mm256_slli_epi32(pairs, 16); }

ALWAYS_INLINE __m256 second_of(__m256i pairs)
{
    return (__m256)_mm256_and_si256(pairs, _mm256_set1_epi32((int32_t)0xffff0000));
}

ALWAYS_INLINE void bfloat16_rows(const PanelWork *work, const int first, const int R,
                                 const int half)
{
    int64_t step = work->num_rows * 2 * GROUP;
    const uint8_t *w = work->panel + half * 4 * HALF, *x = work->rows + first * 2 * GROUP;
    __m256 total[4][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm256_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += step)
        for (int i = 0; i < GROUP / 2; i++, w += 128) {
            __m256i w0 = _mm256_loadu_si256((const __m256i *)w);
            __m256i w1 = _mm256_loadu_si256((const __m256i *)(w + 32));
            for (int r = 0; r < R; r++) {
                __m256i pair = four_bytes(x + r * 2 * GROUP + 4 * i);
                __m256 one = first_of(pair), two = second_of(pair);
                total[r][0] = _mm256_fmadd_ps(first_of(w0), one, total[r][0]);
                total[r][0] = _mm256_fmadd_ps(second_of(w0), two, total[r][0]);
                total[r][1] = _mm256_fmadd_ps(first_of(w1), one, total[r][1]);
                total[r][1] = _mm256_fmadd_ps(second_of(w1), two, total[r][1]);
            }
        }
    store_sums(work, first, R, half, total);
}

/* Adds the sums of a group, of 16 outputs, to `total`. */
ALWAYS_INLINE void add_group(__m256 total[][2], __m256i sum[][2], const int R,
                             const uint8_t *w_scales, const uint8_t *x_scales)
{
    for (int i = 0; i < 2; i++) {
        __m256 scales = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(w_scales + 16 * i)));
        for (int r = 0; r < R; r++) {
            __m256 scale = _mm256_mul_ps(scales, (__m256)four_bytes(x_scales + 4 * r));
            total[r][i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[r][i]), scale, total[r][i]);
        }
    }
}

/* The weights are brought back to w, whose sign goes to the row: products of a byte without sign
 * and one with it are summed in pairs to 16 bits, of which 2 * 127 * 127 is within. */
ALWAYS_INLINE void int8_rows(const PanelWork *work, const int first, const int R, const int half)
{
    const __m256i ones = _mm256_set1_epi16(1), offset = _mm256_set1_epi8((char)128);
    int64_t num_rows = work->num_rows;
    const uint8_t *w = work->panel, *x = work->rows;
    __m256 total[4][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm256_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, w += 1088, x += num_rows * (GROUP + 8)) {
        __m256i sum[4][2];
        for (int r = 0; r < R; r++)
            sum[r][0] = sum[r][1] = _mm256_setzero_si256();
        for (int four = 0; four < 8; four++)
            for (int i = 0; i < 2; i++) {
                const uint8_t *at = w + 512 * half + 64 * four + 32 * i;
                __m256i values = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)at), offset);
                __m256i magnitudes = _mm256_abs_epi8(values);
                for (int r = 0; r < R; r++) {
                    __m256i bytes = four_bytes(x + (first + r) * GROUP + 4 * four);
                    __m256i pairs =
                        _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(bytes, values));
                    sum[r][i] = _mm256_add_epi32(sum[r][i], _mm256_madd_epi16(pairs, ones));
                }
            }
        add_group(total, sum, R, w + 1024 + 32 * half, x + num_rows * GROUP + 4 * first);
    }
    store_sums(work, first, R, half, total);
}

/* Weights of 0..15 leave room: eight sums of pairs fit into 16 bits. */
ALWAYS_INLINE void int4_rows(const PanelWork *work, const int first, const int R, const int half)
{
    const __m256i ones = _mm256_set1_epi16(1), low_bits = _mm256_set1_epi8(15);
    int64_t num_rows = work->num_rows;
    const uint8_t *w = work->panel, *x = work->rows;
    __m256 total[4][2];
    for (int r = 0; r < R; r++)
        total[r][0] = total[r][1] = _mm256_setzero_ps();
    for (int64_t k = 0; k < work->num_inputs; k += GROUP, w += 576, x += num_rows * (GROUP + 8)) {
        __m256i sum[4][2];
        for (int r = 0; r < R; r++)
            sum[r][0] = sum[r][1] = _mm256_setzero_si256();
        for (int four = 0; four < 4; four++)
            for (int i = 0; i < 2; i++) {
                const uint8_t *at = w + 256 * half + 64 * four + 32 * i;
                __m256i both = _mm256_loadu_si256((const __m256i *)at);
                __m256i low = _mm256_and_si256(both, low_bits);
                __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), low_bits);
                for (int r = 0; r < R; r++) {
                    const uint8_t *bytes = x + (first + r) * GROUP + 4 * four;
                    __m256i a = _mm256_maddubs_epi16(low, four_bytes(bytes));
                    __m256i b = _mm256_maddubs_epi16(high, four_bytes(bytes + 16));
                    sum[r][i] = _mm256_add_epi16(sum[r][i], _mm256_add_epi16(a, b));
                }
            }
        for (int r = 0; r < R; r++) {
            __m256i taken_off = four_bytes(x + num_rows * (GROUP + 4) + 4 * (first + r));
            for (int i = 0; i < 2; i++)
                sum[r][i] = _mm256_add_epi32(_mm256_madd_epi16(sum[r][i], ones), taken_off);
        }
        add_group(total, sum, R, w + 512 + 32 * half, x + num_rows * GROUP + 4 * first);
    }
    store_sums(work, first, R, half, total);
}

/* The rows of a block, `most_rows` at a time. */
#define FOR_ROWS(format, most_rows)                                        \
    static void format##_panel(const PanelWork *work)                      \
    {                                                                      \
        ask_ahead(work);                                                   \
        for (int half = 0; half < 2; half++) {                             \
            int r = 0;                                                     \
            for (; r + most_rows <= work->num_rows; r += most_rows)        \
                format##_rows(work, r, most_rows, half);                   \
            for (; r < work->num_rows; r++)                                \
                format##_rows(work, r, 1, half);                           \
        }                                                                  \
    }

FOR_ROWS(float32, 4)
FOR_ROWS(bfloat16, 3)
FOR_ROWS(int8, 2)
FOR_ROWS(int4, 2)

#endif
