/// A size of VM to ask for: how many more of these fit?
public struct MachineSize: Sendable, Hashable {
    public var vcpus: Int
    public var memoryBytes: Int64
    /// Reference cores that such a VM uses; `nil`: its vCPUs times what a vCPU of this cluster uses on average.
    public var cpuCores: Double?

    public init(vcpus: Int, memoryBytes: Int64, cpuCores: Double? = nil) {
        self.vcpus = vcpus
        self.memoryBytes = memoryBytes
        self.cpuCores = cpuCores
    }

    /// 2 vCPUs and 8 GiB: the size with which other tools of the field count (Ganeti's hspace).
    public static let standard = MachineSize(vcpus: 2, memoryBytes: 8 << 30)

    /// Reads `vcpus=4,memory=16GiB`, `cpu=1.5` (reference cores) may be added. Keys in any order, each at most once.
    public init(text: String) throws(MachineSizeError) {
        var values: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, ["vcpus", "memory", "cpu"].contains(pair[0]), values[pair[0]] == nil else {
                throw MachineSizeError(text: text, reason: "'\(part)' is not one of vcpus=N, memory=BYTES, cpu=CORES")
            }
            values[pair[0]] = pair[1]
        }
        guard let count = values["vcpus"].flatMap(Int.init), (1...4096).contains(count) else {
            throw MachineSizeError(text: text, reason: "vcpus must be a whole number from 1 to 4096")
        }
        guard let bytes = values["memory"].flatMap(Self.bytes), bytes >= 1 << 20, bytes <= 1 << 50 else {
            throw MachineSizeError(text: text, reason: "memory must be from 1MiB to 1024TiB, for example 16GiB")
        }
        var cores: Double?
        if let written = values["cpu"] {
            guard let number = Double(written), number > 0, number <= 4096 else {
                throw MachineSizeError(text: text, reason: "cpu must be reference cores, above 0 and up to 4096")
            }
            cores = number
        }
        self.init(vcpus: count, memoryBytes: bytes, cpuCores: cores)
    }

    private static func bytes(_ text: String) -> Int64? {
        let units: [(suffix: String, scale: Double)] = [
            ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("TiB", 0x1p40), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9),
            ("TB", 1e12), ("B", 1),
        ]
        let unit = units.first { text.hasSuffix($0.suffix) }
        let digits = text.dropLast(unit?.suffix.count ?? 0)
        guard let number = Double(digits), number.isFinite, number >= 0 else { return nil }
        let bytes = number * (unit?.scale ?? 1)
        return bytes < 0x1p60 ? Int64(bytes) : nil
    }

    public var description: String {
        "\(Figures.count(vcpus, "vCPU")) and \(Figures.bytes(Double(memoryBytes)))"
    }
}

/// A size that cannot be read.
public struct MachineSizeError: Error, Sendable, Hashable, CustomStringConvertible {
    public let text: String
    public let reason: String

    public var description: String { "size '\(text)': \(reason)" }
}
