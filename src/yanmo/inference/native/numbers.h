/* Numbers of 16 bits, and an exponential that a compiler can turn into vectors. */
#ifndef YANMO_NUMBERS_H
#define YANMO_NUMBERS_H

#include <stdint.h>
#include <string.h>

static inline uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float from_bfloat16(uint16_t bits) { return float_of((uint32_t)bits << 16); }

/* To nearest, ties to even; what is not a number stays so. */
static inline uint16_t to_bfloat16(float value)
{
    uint32_t bits = bits_of(value);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0u : rounded);
}

/* A float16 of a scale: never infinite, never negative zero. */
static inline float from_float16(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t magnitude = (uint32_t)(half & 0x7fffu) << 13;
    /* Moving the exponent by a product also makes subnormal numbers right. */
    return float_of(sign | bits_of(float_of(magnitude) * 0x1p112f));
}

/* e to the x, relative error below 3e-7: 2 to the whole part by the exponent's bits, 2 to the rest
 * by a polynomial of degree 6 (its Taylor series; the rest is within half of ln 2). */
static inline float exponential(float x)
{
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    float shifted = x * 1.44269504f + shift;
    float whole = shifted - shift;
    float rest = x - whole * 0.693359375f;
    rest = rest + whole * 2.12194440e-4f;
    float power = 1.0f / 720.0f;
    power = power * rest + 1.0f / 120.0f;
    power = power * rest + 1.0f / 24.0f;
    power = power * rest + 1.0f / 6.0f;
    power = power * rest + 0.5f;
    power = power * rest + 1.0f;
    power = power * rest + 1.0f;
    return float_of(bits_of(power) + (bits_of(shifted) << 23));
}

#endif
