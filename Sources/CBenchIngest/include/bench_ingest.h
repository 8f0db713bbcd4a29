#ifndef DROVER_BENCH_INGEST_H
#define DROVER_BENCH_INGEST_H

#include <stddef.h>
#include <stdint.h>

/* One sample of a VM, as the store keeps it: the first four of its metric columns. */
struct drover_bench_row {
    int64_t at_milliseconds;
    int64_t entity;
    double values[4];
};

/* Inserts rows into the `sample` table of a store, in transactions of `rows_per_batch`, each with what the store's own
 * ingest writes beside them: the batch's identity, the stale five minutes, the newest sample. What a plain C program with
 * libsqlite3 and one prepared statement does; the measure for the store's ingest path.
 *
 * Returns an SQLite result code: 0 when all went well. */
int drover_bench_ingest(const char *path, int64_t cluster, const struct drover_bench_row *rows, size_t count,
                        size_t rows_per_batch);

#endif
