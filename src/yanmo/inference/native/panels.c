/* Chooses the panel products of the processor that this library is compiled for, and brings rows
 * into the form that they read. */
#include "panels.h"

#include "numbers.h"

#if defined(YANMO_AVX512)
#include "matmul_avx512.h"
#elif defined(YANMO_AVX2)
#include "matmul_avx2.h"
#elif defined(YANMO_NEON)
#include "matmul_neon.h"
#else
#include "matmul_portable.h"
#endif

static void multiply_panel(int64_t format, const PanelWork *work)
{
    switch (format) {
    case FLOAT32: float32_panel(work); return;
    case BFLOAT16: bfloat16_panel(work); return;
    case INT8: int8_panel(work); return;
    default: int4_panel(work);
    }
}

void multiply_panels(int64_t format, const PanelWork *work)
{
    PanelWork one = *work;
    for (int64_t panel = 0; panel < work->num_panels; panel++) {
        multiply_panel(format, &one);
        one.panel += work->panel_step;
        one.ahead += work->panel_step;
        one.out += PANEL;
    }
}

int64_t panel_bytes(int64_t format, int64_t num_inputs)
{
    switch (format) {
    case FLOAT32: return num_inputs * PANEL * 4;
    case BFLOAT16: return num_inputs * PANEL * 2;
    case INT8: return num_inputs / GROUP * (PANEL * GROUP + PANEL * 2);
    default: return num_inputs / GROUP * (PANEL * GROUP / 2 + PANEL * 2);
    }
}

int64_t row_bytes(int64_t format, int64_t num_inputs)
{
    switch (format) {
    case FLOAT32: return num_inputs * 4;
    case BFLOAT16: return num_inputs * 2;
    default: return num_inputs + num_inputs / GROUP * 8;
    }
}

/* A group of 32 floats as int8 with one scale: the largest becomes 127. Returns their sum.
 *
 * Magnitudes are compared as whole numbers, whose order is the same; what is not a number is larger
 * than all others, and makes the scale one. */
static int32_t quantize_group(const float *x, int8_t *values, float *scale)
{
    int32_t largest_bits = 0;
    for (int i = 0; i < GROUP; i++) {
        int32_t magnitude = (int32_t)(bits_of(x[i]) & 0x7fffffffu);
        largest_bits = magnitude > largest_bits ? magnitude : largest_bits;
    }
    float largest = float_of((uint32_t)largest_bits);
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    float inverse = largest < 1e-30f ? 0.0f : 127.0f / largest;
    int32_t sum = 0;
    for (int i = 0; i < GROUP; i++) {
        int32_t value = (int32_t)(bits_of(x[i] * inverse + shift) - 0x4b400000u);
        values[i] = (int8_t)value;
        sum += (int8_t)value;
    }
    *scale = largest / 127.0f;
    return sum;
}

void encode_row(int64_t format, const float *x, int64_t num_inputs, uint8_t *rows, int64_t r,
                int64_t num_rows)
{
    int64_t block = r / MAX_ROWS * MAX_ROWS, R = least(num_rows - block, MAX_ROWS);
    int64_t step = R * row_bytes(format, GROUP); /* from one group to the next */
    uint8_t *at = rows + block * row_bytes(format, num_inputs);
    r -= block;
    for (int64_t k = 0; k < num_inputs; k += GROUP, at += step, x += GROUP) {
        if (format == FLOAT32) {
            memcpy((float *)at + r * GROUP, x, GROUP * sizeof *x);
        } else if (format == BFLOAT16) {
            uint16_t *rounded = (uint16_t *)at + r * GROUP;
            for (int i = 0; i < GROUP; i++)
                rounded[i] = to_bfloat16(x[i]);
        } else {
            float *scales = (float *)(at + R * GROUP);
            int32_t *taken_off = (int32_t *)(scales + R);
            int32_t sum = quantize_group(x, (int8_t *)at + r * GROUP, scales + r);
            taken_off[r] = -sum * (format == INT8 ? 128 : 8);
        }
    }
}
