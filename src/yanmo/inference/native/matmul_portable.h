/* The panel products in plain C, for processors that have no file of their own. Loops over outputs
 * are innermost, which compilers turn into whatever vectors there are. */
#ifndef YANMO_MATMUL_PORTABLE_H
#define YANMO_MATMUL_PORTABLE_H

#include "numbers.h"
#include "panels.h"

static void float32_panel(const PanelWork *work)
{
    int64_t R = work->num_rows;
    for (int64_t r = 0; r < R; r++) {
        const float *x = (const float *)work->rows + r * GROUP;
        const float *w = (const float *)work->panel;
        float total[PANEL] = {0};
        for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += R * GROUP)
            for (int i = 0; i < GROUP; i++, w += PANEL)
                for (int n = 0; n < PANEL; n++)
                    total[n] += x[i] * w[n];
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

static void bfloat16_panel(const PanelWork *work)
{
    int64_t R = work->num_rows;
    for (int64_t r = 0; r < R; r++) {
        const uint16_t *x = (const uint16_t *)work->rows + r * GROUP;
        const uint16_t *w = (const uint16_t *)work->panel;
        float total[PANEL] = {0};
        for (int64_t k = 0; k < work->num_inputs; k += GROUP, x += R * GROUP)
            for (int i = 0; i < GROUP; i += 2, w += 2 * PANEL) {
                float first = from_bfloat16(x[i]), second = from_bfloat16(x[i + 1]);
                for (int n = 0; n < PANEL; n++)
                    total[n] += first * from_bfloat16(w[2 * n])
                                + second * from_bfloat16(w[2 * n + 1]);
            }
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

/* Adds the sums of a group, (32,) int32, to `total`. */
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
    int64_t R = work->num_rows;
    for (int64_t r = 0; r < R; r++) {
        const uint8_t *group = work->rows, *w = work->panel;
        float total[PANEL] = {0};
        for (int64_t k = 0; k < work->num_inputs; k += GROUP, group += R * (GROUP + 8)) {
            const int8_t *x = (const int8_t *)group + r * GROUP;
            const float *scales = (const float *)(group + R * GROUP);
            int32_t sum[PANEL];
            for (int n = 0; n < PANEL; n++)
                sum[n] = ((const int32_t *)(scales + R))[r];
            for (int half = 0; half < 2; half++)
                for (int four = 0; four < 8; four++, w += 64)
                    for (int n = 0; n < 16; n++)
                        for (int i = 0; i < 4; i++)
                            sum[16 * half + n] += w[4 * n + i] * x[4 * four + i];
            add_group(total, sum, w, scales[r]);
            w += 2 * PANEL;
        }
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

static void int4_panel(const PanelWork *work)
{
    int64_t R = work->num_rows;
    for (int64_t r = 0; r < R; r++) {
        const uint8_t *group = work->rows, *w = work->panel;
        float total[PANEL] = {0};
        for (int64_t k = 0; k < work->num_inputs; k += GROUP, group += R * (GROUP + 8)) {
            const int8_t *x = (const int8_t *)group + r * GROUP;
            const float *scales = (const float *)(group + R * GROUP);
            int32_t sum[PANEL];
            for (int n = 0; n < PANEL; n++)
                sum[n] = ((const int32_t *)(scales + R))[r];
            for (int half = 0; half < 2; half++)
                for (int four = 0; four < 4; four++, w += 64)
                    for (int n = 0; n < 16; n++)
                        for (int i = 0; i < 4; i++) {
                            int both = w[4 * n + i];
                            sum[16 * half + n] += (both & 15) * x[4 * four + i];
                            sum[16 * half + n] += (both >> 4) * x[16 + 4 * four + i];
                        }
            add_group(total, sum, w, scales[r]);
            w += 2 * PANEL;
        }
        memcpy(work->out + r * work->out_stride, total, sizeof total);
    }
}

#endif
