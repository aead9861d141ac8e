/* The panel products in plain C, for processors that have no file of their own. Loops over outputs
 * are innermost, which compilers turn into whatever vectors there are. */
#ifndef YANMO_MATMUL_PORTABLE_H
#define YANMO_MATMUL_PORTABLE_H

#include "numbers.h"
#include "panels.h"

static void float32_panel(const PanelWork *work)
{
    for (int64_t r = 0; r < work->num_rows; r++) {
        const float *x = (const float *)(work->rows + r * work->row_bytes);
        const float *w = (const float *)work->panel;
        float total[PANEL] = {0};
        for (int64_t k = 0; k < work->num_inputs; k++)
            for (int n = 0; n < PANEL; n++)
                total[n] += x[k] * w[k * PANEL + n];
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

static void bfloat16_panel(const PanelWork *work)
{
    for (int64_t r = 0; r < work->num_rows; r++) {
        const uint16_t *x = (const uint16_t *)(work->rows + r * work->row_bytes);
        const uint16_t *w = (const uint16_t *)work->panel;
        float total[PANEL] = {0};
        for (int64_t k = 0; k < work->num_inputs; k += 2) {
            float first = from_bfloat16(x[k]), second = from_bfloat16(x[k + 1]);
            for (int n = 0; n < PANEL; n++) {
                const uint16_t *pair = w + k * PANEL + 2 * n;
                total[n] += first * from_bfloat16(pair[0]) + second * from_bfloat16(pair[1]);
            }
        }
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

/* Adds the sum of a group, (32,) int32, to `total`. */
static void add_group(float *total, const int32_t *sum, const uint8_t *scales, float x_scale)
{
    for (int n = 0; n < PANEL; n++) {
        uint16_t half;
        memcpy(&half, scales + 2 * n, sizeof half);
        total[n] += (float)sum[n] * (from_float16(half) * x_scale);
    }
}

static void int8_panel(const PanelWork *work)
{
    int64_t num_groups = work->num_inputs / GROUP;
    for (int64_t r = 0; r < work->num_rows; r++) {
        const int8_t *x = (const int8_t *)(work->rows + r * work->row_bytes);
        const float *x_scales = (const float *)(x + work->num_inputs);
        const int32_t *taken_off = (const int32_t *)(x_scales + num_groups);
        const uint8_t *w = work->panel;
        float total[PANEL] = {0};
        for (int64_t g = 0; g < num_groups; g++, x += GROUP) {
            int32_t sum[PANEL];
            for (int n = 0; n < PANEL; n++)
                sum[n] = taken_off[g];
            for (int half = 0; half < 2; half++)
                for (int four = 0; four < 8; four++, w += 64)
                    for (int n = 0; n < 16; n++)
                        for (int i = 0; i < 4; i++)
                            sum[16 * half + n] += w[4 * n + i] * x[4 * four + i];
            add_group(total, sum, w, x_scales[g]);
            w += 2 * PANEL;
        }
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

static void int4_panel(const PanelWork *work)
{
    int64_t num_groups = work->num_inputs / GROUP;
    for (int64_t r = 0; r < work->num_rows; r++) {
        const int8_t *x = (const int8_t *)(work->rows + r * work->row_bytes);
        const float *x_scales = (const float *)(x + work->num_inputs);
        const int32_t *taken_off = (const int32_t *)(x_scales + num_groups);
        const uint8_t *w = work->panel;
        float total[PANEL] = {0};
        for (int64_t g = 0; g < num_groups; g++, x += GROUP) {
            int32_t sum[PANEL];
            for (int n = 0; n < PANEL; n++)
                sum[n] = taken_off[g];
            for (int half = 0; half < 2; half++)
                for (int four = 0; four < 4; four++, w += 64)
                    for (int n = 0; n < 16; n++)
                        for (int i = 0; i < 4; i++) {
                            int both = w[4 * n + i];
                            sum[16 * half + n] += (both & 15) * x[4 * four + i];
                            sum[16 * half + n] += (both >> 4) * x[16 + 4 * four + i];
                        }
            add_group(total, sum, w, x_scales[g]);
            w += 2 * PANEL;
        }
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

#endif
