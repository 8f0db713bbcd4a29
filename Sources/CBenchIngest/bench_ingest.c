#include "bench_ingest.h"
void drover_bench_ingest_placeholder(void) {}
