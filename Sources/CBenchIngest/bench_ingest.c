#include "bench_ingest.h"

#include <sqlite3.h>
#include <stdio.h>

static const char insert_sample[] =
    "INSERT OR IGNORE INTO sample(cluster, at, entity, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char insert_batch[] = "INSERT OR IGNORE INTO batch(cluster, id, received_at) VALUES (?, ?, ?)";
static const char insert_stale[] = "INSERT OR IGNORE INTO stale_bucket(cluster, bucket) VALUES (?, ?)";
static const char update_newest[] =
    "UPDATE cluster SET newest_sample = max(coalesce(newest_sample, 0), ?) WHERE id = ?";

static const int64_t bucket_milliseconds = 300000;

struct statements {
    sqlite3_stmt *sample, *batch, *stale, *newest;
};

static int run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int mark_stale(struct statements *s, int64_t cluster, int64_t bucket)
{
    sqlite3_bind_int64(s->stale, 1, cluster);
    sqlite3_bind_int64(s->stale, 2, bucket);
    return run(s->stale);
}

static int insert_rows(struct statements *s, int64_t cluster, const struct drover_bench_row *rows, size_t count)
{
    int64_t newest = 0, last_bucket = -1;
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
        sqlite3_bind_int64(s->sample, 1, cluster);
        sqlite3_bind_int64(s->sample, 2, rows[i].at_milliseconds);
        sqlite3_bind_int64(s->sample, 3, rows[i].entity);
        for (int m = 0; m < 4; m++)
            sqlite3_bind_double(s->sample, 4 + m, rows[i].values[m]);
        code = run(s->sample);
        if (rows[i].at_milliseconds > newest)
            newest = rows[i].at_milliseconds;
        int64_t bucket = rows[i].at_milliseconds / bucket_milliseconds;
        if (code == SQLITE_OK && bucket != last_bucket)
            code = mark_stale(s, cluster, bucket);
        last_bucket = bucket;
    }
    if (code != SQLITE_OK)
        return code;
    sqlite3_bind_int64(s->newest, 1, newest);
    sqlite3_bind_int64(s->newest, 2, cluster);
    return run(s->newest);
}

static int insert_all(sqlite3 *db, struct statements *s, int64_t cluster, const struct drover_bench_row *rows,
                      size_t count, size_t rows_per_batch)
{
    int code = SQLITE_OK;
    for (size_t start = 0; start < count && code == SQLITE_OK; start += rows_per_batch) {
        size_t length = count - start < rows_per_batch ? count - start : rows_per_batch;
        char identity[64];
        snprintf(identity, sizeof identity, "00000000000000000000000000000000-%zu", start / rows_per_batch + 1);
        code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (code != SQLITE_OK)
            break;
        sqlite3_bind_int64(s->batch, 1, cluster);
        sqlite3_bind_text(s->batch, 2, identity, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(s->batch, 3, rows[start].at_milliseconds);
        code = run(s->batch);
        if (code == SQLITE_OK)
            code = insert_rows(s, cluster, rows + start, length);
        if (code == SQLITE_OK)
            code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    return code;
}

int drover_bench_ingest(const char *path, int64_t cluster, const struct drover_bench_row *rows, size_t count,
                        size_t rows_per_batch)
{
    sqlite3 *db = NULL;
    struct statements s = {0};
    if (rows_per_batch == 0)
        return SQLITE_MISUSE;
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536",
                            NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, insert_sample, -1, &s.sample, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, insert_batch, -1, &s.batch, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, insert_stale, -1, &s.stale, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, update_newest, -1, &s.newest, NULL);
    if (code == SQLITE_OK)
        code = insert_all(db, &s, cluster, rows, count, rows_per_batch);
    sqlite3_finalize(s.sample);
    sqlite3_finalize(s.batch);
    sqlite3_finalize(s.stale);
    sqlite3_finalize(s.newest);
    int closed = sqlite3_close(db);
    return code != SQLITE_OK ? code : closed;
}
