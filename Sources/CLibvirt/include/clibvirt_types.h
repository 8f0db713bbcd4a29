/// The types of libvirt's C interface that Drover uses. Handles carry libvirt's own tags, so that function types can be
/// compared with the real ones.
#ifndef CLIBVIRT_TYPES_H
#define CLIBVIRT_TYPES_H

typedef struct _virConnect clv_connect;
typedef struct _virDomain clv_domain;
typedef struct _virNetwork clv_network;
typedef struct _virStoragePool clv_storage_pool;

/// virTypedParameter
typedef struct clv_typed_parameter {
    char field[80];
    int type;
    union {
        int i;
        unsigned int ui;
        long long int l;
        unsigned long long int ul;
        double d;
        char b;
        char *s;
    } value;
} clv_typed_parameter;

/// virDomainStatsRecord
typedef struct clv_domain_stats_record {
    clv_domain *dom;
    clv_typed_parameter *params;
    int nparams;
} clv_domain_stats_record;

/// virNodeInfo; memory in KiB
typedef struct clv_node_info {
    char model[32];
    unsigned long memory;
    unsigned int cpus;
    unsigned int mhz;
    unsigned int nodes;
    unsigned int sockets;
    unsigned int cores;
    unsigned int threads;
} clv_node_info;

/// virNodeCPUStats; nanoseconds
typedef struct clv_node_cpu_stats {
    char field[80];
    unsigned long long value;
} clv_node_cpu_stats;

/// virNodeMemoryStats; KiB
typedef struct clv_node_memory_stats {
    char field[80];
    unsigned long long value;
} clv_node_memory_stats;

/// virDomainBlockInfo; bytes
typedef struct clv_domain_block_info {
    unsigned long long capacity;
    unsigned long long allocation;
    unsigned long long physical;
} clv_domain_block_info;

/// virDomainInfo; memory in KiB, CPU time in nanoseconds
typedef struct clv_domain_info {
    unsigned char state;
    unsigned long maxMem;
    unsigned long memory;
    unsigned short nrVirtCpu;
    unsigned long long cpuTime;
} clv_domain_info;

/// virDomainMemoryStatStruct; mostly KiB
typedef struct clv_domain_memory_stat {
    int tag;
    unsigned long long val;
} clv_domain_memory_stat;

/// virError
typedef struct clv_error {
    int code;
    int domain;
    char *message;
    int level;
    clv_connect *conn;
    clv_domain *dom;
    char *str1;
    char *str2;
    char *str3;
    int int1;
    int int2;
    clv_network *net;
} clv_error;

/// virErrorFunc
typedef void (*clv_error_function)(void *userData, clv_error *error);

#endif
