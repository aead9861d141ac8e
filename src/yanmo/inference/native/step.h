/* The parts of a step, and what they share. A step is run by a team of threads, all of which go
 * through the same parts and meet between those that need each other's results. */
#ifndef YANMO_STEP_H
#define YANMO_STEP_H

#include <stdatomic.h>

#include "model.h"
#include "panels.h"
#include "threads.h"

/* Memory of one thread. */
typedef struct {
    uint8_t *rows;    /* (M) encoded rows of any width */
    float *wide;      /* one row of floats of any width */
    float *tile;      /* (M, 64): what a panel gives, or two */
    uint8_t *queries; /* (QUERY_ROWS, Hp) encoded */
    float *scores;    /* (QUERY_ROWS, Sp) */
    uint8_t *shares;  /* (QUERY_ROWS, Sp) encoded */
} Own;

/* Everything of a runner: its model, and room for a step of `max_rows` rows. */
typedef struct {
    Model model;
    int64_t max_rows;
    int64_t query_rows;
    int64_t num_threads;
    Team *team;
    Own *own;
    uint8_t *arena;
    /* Shared by the threads of a step. */
    float *x;      /* (M, Dp), the residual stream */
    float *qkv;    /* (M, (N + 2 K) H rounded up) */
    float *mixed;  /* (M, N H rounded up), what attention gives */
    float *hidden; /* (M, Fp), after the activation */
    uint8_t *rows; /* (M) encoded rows of any width */
    int64_t x_width, qkv_width, mixed_width;
    atomic_llong *next_task; /* (L,), tasks of attention that are taken */
    /* What is asked for in this step. */
    int64_t num_rows;
    int64_t num_pieces;
    const Piece *pieces;
    const int32_t *ids; /* (M,) */
    int64_t num_scored;
    const int32_t *scored; /* rows whose scores are wanted */
    float *scores;         /* (num_scored, V) */
} Runner;

/* Rows that are ready for a matrix. */
typedef struct {
    const uint8_t *rows;
    int64_t num_rows;
} Encoded;

/* What becomes of a product. */
typedef enum {
    STORE,    /* y = product + bias */
    ADD,      /* y += product + bias */
    ACTIVATE, /* y = activation(product + bias), gated where the model is */
} Ending;

/* Normalises one row `x` (D,) into `y` (Dp,), by the model's kind of norm. */
void normalise(const Model *model, const Norm *norm, const float *x, float *y);

/* RMSNorm of one head (H,), in place. */
void normalise_head(const float *weight, float eps, float *head, int64_t head_dim);

/* Encodes `num_rows` rows of `x`, normalised where there is a `norm`; `which` names the rows, all
 * where it is NULL. Every thread of the step calls this and may use the result at once. */
Encoded encode_rows(Runner *runner, int64_t thread, const float *x, int64_t width,
                    const Norm *norm, const int32_t *which, int64_t num_rows);

/* This thread's share of the outputs of `matrix`, into `y`, of which a row has `y_stride` floats
 * and `y_width` that count. */
void multiply(Runner *runner, int64_t thread, Encoded rows, const Matrix *matrix, Ending ending,
              float *y, int64_t y_stride, int64_t y_width);

/* This thread's share of attention of `layer`: from qkv to mixed. */
void attend(Runner *runner, int64_t thread, int64_t layer);

/* Bytes of the keys, or values, of one head of one slot in one layer. */
int64_t cache_bytes(const Model *model);

/* Makes the first positions of slot `target` those of slot `source`. */
void copy_slot(const Model *model, int64_t source, int64_t target, int64_t num_tokens);

#endif
