/// Three hosts and four VMs, small enough to know by heart; written out as an operator would.
enum SmallCluster {
    static let document = """
        {
         "format": "drover.cluster/1", "name": "small", "takenAt": "2026-11-22T20:00:00Z",
         "hosts": [
          {"id": "h01", "state": "on", "cpuCores": 16, "memoryBytes": 68719476736, "power": {"idleWatts": 90, "peakWatts": 250}},
          {"id": "h02", "state": "on", "cpuCores": 16, "memoryBytes": 68719476736, "power": {"idleWatts": 90, "peakWatts": 250}},
          {"id": "h03", "state": "on", "cpuCores": 16, "memoryBytes": 68719476736, "power": {"idleWatts": 90, "peakWatts": 250}}
         ],
         "vms": [
          {"id": "v1", "host": "h01", "state": "running", "vcpus": 2, "memoryBytes": 8589934592, "migration": "live",
           "demand": {"cpuCores": 1, "memoryBytes": 4e9}},
          {"id": "v2", "host": "h01", "state": "running", "vcpus": 2, "memoryBytes": 8589934592, "migration": "live",
           "demand": {"cpuCores": 1, "memoryBytes": 4e9}},
          {"id": "v3", "host": "h02", "state": "running", "vcpus": 2, "memoryBytes": 8589934592, "migration": "live",
           "demand": {"cpuCores": 1, "memoryBytes": 4e9}},
          {"id": "v4", "host": "h03", "state": "running", "vcpus": 2, "memoryBytes": 8589934592, "migration": "live",
           "demand": {"cpuCores": 1, "memoryBytes": 4e9}}
         ]
        }
        """

    /// The same under another name, or with other parts.
    static func replacing(_ text: String, _ other: String) -> String {
        document.split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
    }
}
