import ClusterModel

/// One of the models a cluster's hosts are bought as. The curves have the shape of published SPECpower results (a steep
/// first tenth, then nearly a line); the figures are invented.
struct HostModel: Sendable {
    var cpuCores: Double
    var cpuSpeed: Double
    var memoryBytes: Int64
    var reservedMemoryBytes: Int64
    var diskBytesPerSecond: Double
    var networkBitsPerSecond: Double
    var migrationBitsPerSecond: Double
    var maxMigrations: Int?
    var cpuModel: String
    var cpuFeatures: [String]
    var tier: String
    var numaNodes: [NUMANode]
    var power: PowerModel
    var bootSeconds: Double
    var shutdownSeconds: Double

    static let small = HostModel(
        cpuCores: 24, cpuSpeed: 0.8, memoryBytes: 128 * gibibyte, reservedMemoryBytes: 3 * gibibyte,
        diskBytesPerSecond: 1e9, networkBitsPerSecond: 1e10, migrationBitsPerSecond: 1e10, maxMigrations: nil,
        cpuModel: "Broadwell", cpuFeatures: ["aes", "avx2"], tier: "bronze", numaNodes: [],
        power: PowerModel(idleWatts: 95, peakWatts: 305, offWatts: 8), bootSeconds: 240, shutdownSeconds: 90)

    static let medium = HostModel(
        cpuCores: 32, cpuSpeed: 1, memoryBytes: 256 * gibibyte, reservedMemoryBytes: 4 * gibibyte,
        diskBytesPerSecond: 2e9, networkBitsPerSecond: 2.5e10, migrationBitsPerSecond: 1e10, maxMigrations: 2,
        cpuModel: "Cascadelake-Server", cpuFeatures: ["aes", "avx2", "avx512f"], tier: "silver", numaNodes: [],
        power: PowerModel(
            idleWatts: 88, peakWatts: 380,
            curveWatts: [88, 133, 160, 184, 208, 233, 260, 289, 319, 349, 380], offWatts: 5),
        bootSeconds: 180, shutdownSeconds: 60)

    static let large = HostModel(
        cpuCores: 48, cpuSpeed: 1.2, memoryBytes: 512 * gibibyte, reservedMemoryBytes: 6 * gibibyte,
        diskBytesPerSecond: 4e9, networkBitsPerSecond: 5e10, migrationBitsPerSecond: 2.5e10, maxMigrations: 4,
        cpuModel: "SapphireRapids", cpuFeatures: ["aes", "amx-tile", "avx2", "avx512f"], tier: "gold",
        numaNodes: Array(repeating: NUMANode(cpuCores: 24, memoryBytes: 256 * gibibyte), count: 2),
        power: PowerModel(
            curveWatts: [142, 216, 263, 306, 350, 397, 448, 504, 565, 632, 700], offWatts: 12),
        bootSeconds: 300, shutdownSeconds: 75)

    /// What the clusters that Ganeti's tools can read have everywhere.
    static let plain = HostModel(
        cpuCores: 32, cpuSpeed: 1, memoryBytes: 254 * gibibyte, reservedMemoryBytes: 0, diskBytesPerSecond: 1e9,
        networkBitsPerSecond: 1e10, migrationBitsPerSecond: 1e10, maxMigrations: nil, cpuModel: "", cpuFeatures: [],
        tier: "", numaNodes: [], power: PowerModel(idleWatts: 150, peakWatts: 350), bootSeconds: 180,
        shutdownSeconds: 60)
}

let gibibyte: Int64 = 1 << 30
let mebibyte: Int64 = 1 << 20

/// `prefix` and the number, padded so that identifiers sort as their numbers do.
func identifier(_ prefix: String, _ number: Int, of count: Int) -> String {
    let digits = String(number)
    let width = max(2, String(count).count)
    return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits
}
