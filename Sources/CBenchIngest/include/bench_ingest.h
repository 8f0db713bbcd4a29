void drover_bench_ingest_placeholder(void);
