/// libvirt's C interface, loaded at run time.
///
/// Drover is not linked to libvirt and is built without its headers: `clibvirt_load` opens `libvirt.so.0` when it is
/// first needed and fills a table of function pointers. The declarations here are Drover's own; a test compares every
/// one of them with the headers of an installed libvirt (types, layouts, values, names).
///
/// Names: `clv_` stands for libvirt's `vir`; meaning, ownership and errors are those of libvirt's reference.
#ifndef CLIBVIRT_H
#define CLIBVIRT_H

#include "clibvirt_constants.h"
#include "clibvirt_types.h"

/// X(result, name, arguments) for every function that is needed: all are in libvirt 6.0 (2020) and later.
#define CLIBVIRT_REQUIRED_FUNCTIONS(X) \
    X(int, virInitialize, (void)) \
    X(int, virGetVersion, (unsigned long *libVer, const char *type, unsigned long *typeVer)) \
    X(void, virSetErrorFunc, (void *userData, clv_error_function handler)) \
    X(clv_error *, virGetLastError, (void)) \
    X(void, virResetLastError, (void)) \
    X(int, virEventRegisterDefaultImpl, (void)) \
    X(int, virEventRunDefaultImpl, (void)) \
    X(clv_connect *, virConnectOpen, (const char *name)) \
    X(clv_connect *, virConnectOpenReadOnly, (const char *name)) \
    X(int, virConnectClose, (clv_connect *conn)) \
    X(int, virConnectIsAlive, (clv_connect *conn)) \
    X(int, virConnectSetKeepAlive, (clv_connect *conn, int interval, unsigned int count)) \
    X(char *, virConnectGetURI, (clv_connect *conn)) \
    X(char *, virConnectGetHostname, (clv_connect *conn)) \
    X(int, virConnectGetLibVersion, (clv_connect *conn, unsigned long *libVer)) \
    X(int, virConnectGetVersion, (clv_connect *conn, unsigned long *hvVer)) \
    X(char *, virConnectGetCapabilities, (clv_connect *conn)) \
    X(char *, virConnectGetDomainCapabilities, \
      (clv_connect *conn, const char *emulatorbin, const char *arch, const char *machine, const char *virttype, \
       unsigned int flags)) \
    X(int, virConnectCompareHypervisorCPU, \
      (clv_connect *conn, const char *emulator, const char *arch, const char *machine, const char *virttype, \
       const char *xmlCPU, unsigned int flags)) \
    X(char *, virConnectBaselineHypervisorCPU, \
      (clv_connect *conn, const char *emulator, const char *arch, const char *machine, const char *virttype, \
       const char **xmlCPUs, unsigned int ncpus, unsigned int flags)) \
    X(int, virNodeGetInfo, (clv_connect *conn, clv_node_info *info)) \
    X(unsigned long long, virNodeGetFreeMemory, (clv_connect *conn)) \
    X(int, virNodeGetCPUStats, \
      (clv_connect *conn, int cpuNum, clv_node_cpu_stats *params, int *nparams, unsigned int flags)) \
    X(int, virNodeGetMemoryStats, \
      (clv_connect *conn, int cellNum, clv_node_memory_stats *params, int *nparams, unsigned int flags)) \
    X(int, virConnectListAllDomains, (clv_connect *conn, clv_domain ***domains, unsigned int flags)) \
    X(int, virConnectListAllStoragePools, (clv_connect *conn, clv_storage_pool ***pools, unsigned int flags)) \
    X(const char *, virStoragePoolGetName, (clv_storage_pool *pool)) \
    X(char *, virStoragePoolGetXMLDesc, (clv_storage_pool *pool, unsigned int flags)) \
    X(int, virStoragePoolFree, (clv_storage_pool *pool)) \
    X(int, virConnectListAllNetworks, (clv_connect *conn, clv_network ***nets, unsigned int flags)) \
    X(const char *, virNetworkGetName, (clv_network *network)) \
    X(char *, virNetworkGetXMLDesc, (clv_network *network, unsigned int flags)) \
    X(int, virNetworkFree, (clv_network *network)) \
    X(clv_domain *, virDomainLookupByName, (clv_connect *conn, const char *name)) \
    X(clv_domain *, virDomainLookupByUUIDString, (clv_connect *conn, const char *uuid)) \
    X(const char *, virDomainGetName, (clv_domain *domain)) \
    X(int, virDomainGetUUIDString, (clv_domain *domain, char *buf)) \
    X(unsigned int, virDomainGetID, (clv_domain *domain)) \
    X(int, virDomainGetInfo, (clv_domain *domain, clv_domain_info *info)) \
    X(int, virDomainGetState, (clv_domain *domain, int *state, int *reason, unsigned int flags)) \
    X(int, virDomainIsActive, (clv_domain *dom)) \
    X(int, virDomainIsPersistent, (clv_domain *dom)) \
    X(char *, virDomainGetXMLDesc, (clv_domain *domain, unsigned int flags)) \
    X(int, virDomainFree, (clv_domain *domain)) \
    X(int, virDomainDestroy, (clv_domain *domain)) \
    X(int, virDomainUndefineFlags, (clv_domain *domain, unsigned int flags)) \
    X(int, virDomainSuspend, (clv_domain *domain)) \
    X(int, virDomainResume, (clv_domain *domain)) \
    X(int, virDomainGetBlockInfo, \
      (clv_domain *domain, const char *disk, clv_domain_block_info *info, unsigned int flags)) \
    X(int, virDomainMemoryStats, \
      (clv_domain *dom, clv_domain_memory_stat *stats, unsigned int nr_stats, unsigned int flags)) \
    X(int, virDomainSetMetadata, \
      (clv_domain *domain, int type, const char *metadata, const char *key, const char *uri, unsigned int flags)) \
    X(char *, virDomainGetMetadata, (clv_domain *domain, int type, const char *uri, unsigned int flags)) \
    X(int, virConnectGetAllDomainStats, \
      (clv_connect *conn, unsigned int stats, clv_domain_stats_record ***retStats, unsigned int flags)) \
    X(int, virDomainListGetStats, \
      (clv_domain **doms, unsigned int stats, clv_domain_stats_record ***retStats, unsigned int flags)) \
    X(void, virDomainStatsRecordListFree, (clv_domain_stats_record **stats)) \
    X(int, virDomainGetJobStats, \
      (clv_domain *domain, int *type, clv_typed_parameter **params, int *nparams, unsigned int flags)) \
    X(int, virDomainAbortJob, (clv_domain *dom)) \
    X(clv_domain *, virDomainMigrate3, \
      (clv_domain *domain, clv_connect *dconn, clv_typed_parameter *params, unsigned int nparams, unsigned int flags)) \
    X(int, virDomainMigrateToURI3, \
      (clv_domain *domain, const char *dconnuri, clv_typed_parameter *params, unsigned int nparams, \
       unsigned int flags)) \
    X(int, virDomainMigrateSetMaxDowntime, (clv_domain *domain, unsigned long long downtime, unsigned int flags)) \
    X(int, virDomainMigrateSetMaxSpeed, (clv_domain *domain, unsigned long bandwidth, unsigned int flags)) \
    X(int, virDomainMigrateStartPostCopy, (clv_domain *domain, unsigned int flags)) \
    X(int, virTypedParamsAddInt, \
      (clv_typed_parameter **params, int *nparams, int *maxparams, const char *name, int value)) \
    X(int, virTypedParamsAddULLong, \
      (clv_typed_parameter **params, int *nparams, int *maxparams, const char *name, unsigned long long value)) \
    X(int, virTypedParamsAddString, \
      (clv_typed_parameter **params, int *nparams, int *maxparams, const char *name, const char *value)) \
    X(void, virTypedParamsFree, (clv_typed_parameter *params, int nparams))

/// X(result, name, arguments) for functions that older versions lack; the table holds NULL for them then.
#define CLIBVIRT_OPTIONAL_FUNCTIONS(X) \
    X(int, virDomainStartDirtyRateCalc, (clv_domain *domain, int seconds, unsigned int flags)) /* 7.2.0 */ \
    X(int, virDomainAbortJobFlags, (clv_domain *dom, unsigned int flags)) /* 8.5.0 */

#define CLIBVIRT_FIELD(result, name, arguments) result (*name) arguments;

/// The loaded functions.
typedef struct clibvirt_api {
    CLIBVIRT_REQUIRED_FUNCTIONS(CLIBVIRT_FIELD)
    CLIBVIRT_OPTIONAL_FUNCTIONS(CLIBVIRT_FIELD)
} clibvirt_api;

/// Loads libvirt at the first call; later calls answer the same. May be called from any thread.
///
/// Initialises libvirt, turns off its printing of errors, and has broken pipes ignored. Returns NULL when that is not possible; `problem` then
/// points to one sentence that says why, which lives as long as the process.
const clibvirt_api * clibvirt_load(const char **problem);

/// Starts the thread that libvirt needs to send keep-alive messages, once per process; before the first connection.
///
/// Without it a call to a host that is cut off waits for ever. Returns 0, or -1 when the thread cannot be started.
int clibvirt_start_event_loop(const clibvirt_api *api);

#endif
