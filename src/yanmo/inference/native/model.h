/* What a step reads: the shape of a decoder, its weights in panels, its cache of slots.
 *
 * Legend of shapes: M rows of a step (one row is one token), D model width, N query heads,
 * K key-value heads, G = N / K, H head width, F feed-forward width, V vocabulary, L layers,
 * S positions of a slot. A name with a p behind it (Dp, Hp, Fp, Sp) is rounded up to 32, with
 * zeros in what is added.
 *
 * The structures are filled by structures.py, field by field in this order. */
#ifndef YANMO_MODEL_H
#define YANMO_MODEL_H

#include <stddef.h>
#include <stdint.h>

enum {
    PANEL = 32, /* outputs that are computed together */
    GROUP = 32, /* inputs that share a scale in the integer formats */
    LINE = 64,  /* bytes of a cache line */
};

enum Format { FLOAT32 = 0, BFLOAT16 = 1, INT8 = 2, INT4 = 3 };

enum Activation { SILU = 0, GELU = 1, GELU_TANH = 2, RELU = 3 };

/* A matrix (outputs, inputs), cut into panels of 32 outputs that lie one behind the other. How a
 * panel lies in memory is told in panels.h. */
typedef struct {
    const uint8_t *panels;
    const float *bias; /* (32 * num_panels,), or NULL */
    int64_t num_panels;
    int64_t num_inputs; /* a multiple of 32 */
    int64_t panel_bytes;
} Matrix;

typedef struct {
    const float *weight; /* NULL where there is no norm */
    const float *bias;   /* NULL in an RMSNorm */
} Norm;

typedef struct {
    Norm attn_norm;
    Norm mlp_norm;
    const float *q_norm; /* (H,), or NULL */
    const float *k_norm; /* (H,), or NULL */
    Matrix qkv;          /* D to N H queries, K H keys, K H values */
    Matrix out;          /* N H to D */
    Matrix up;           /* D to F; in a gated layer panels of gate and up take turns */
    Matrix down;         /* F to D */
    int64_t window;      /* keys that a query sees, itself included; 0 sees all */
} Layer;

typedef struct {
    int64_t num_layers;
    int64_t d_model;
    int64_t num_heads;
    int64_t num_kv_heads;
    int64_t head_dim;
    int64_t d_ff; /* Fp */
    int64_t vocab_size;
    int64_t num_slots;
    int64_t slot_tokens; /* Sp */
    int64_t format;       /* of the matrices */
    int64_t cache_format; /* FLOAT32 or BFLOAT16 */
    int64_t is_layer_norm;
    int64_t activation;
    int64_t is_gated;
    float norm_eps;
    float attention_scale; /* on queries */
    float embedding_scale; /* on token embeddings, before positions are added */
    float score_scale;     /* on the states before the head */
    const void *embed;     /* (V, D) */
    int64_t embed_format;  /* FLOAT32 or BFLOAT16 */
    const float *positions;  /* (S, D) that is added, or NULL */
    const float *rotary_cos; /* (S, H/2), or NULL */
    const float *rotary_sin;
    Norm embed_norm;
    Norm final_norm;
    const Layer *layers;
    Matrix head;
    uint8_t *keys;   /* (L, slots, K) times a cache of Sp x Hp, see attention.c */
    uint8_t *values; /* the same */
} Model;

/* Some tokens that one slot reads in a step. */
typedef struct {
    int64_t slot;
    int64_t start; /* position of the first */
    int64_t num_tokens;
    int64_t first_row; /* row of the first */
} Piece;

static inline int64_t round_up(int64_t value, int64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

#endif
