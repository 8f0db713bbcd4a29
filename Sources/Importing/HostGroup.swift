public import ClusterModel

/// Hosts of one kind, for an inventory that is made on the command line:
/// `count=400,cores=2,speed=1.86,memory=4GiB,idle=86,peak=117`.
public struct HostGroup: Sendable, Hashable {
    /// For the command's help.
    public static let description = """
        comma-separated KEY=VALUE: count, cores and memory (bytes, or with KiB, MiB, GiB, TiB) are needed; speed (of a \
        core, in reference cores; 1), reserved (memory; 0), idle, peak and off (watts), curve (11 watts at 0, 10 .. \
        100 %, separated by slashes) are not. Several groups are dealt out in turn.
        """

    public var count: Int
    /// A host of the group; its identifier means nothing.
    public var model: Host

    public init(count: Int, model: Host) {
        self.count = count
        self.model = model
    }

    /// Reads a group as the description says.
    public init(text: String) throws {
        var values: [String: String] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, Self.keys.contains(parts[0]), values[parts[0]] == nil else {
                throw ImportError(
                    "hosts: \"\(pair)\" in \"\(text)\"; allowed are, once each: \(Self.keys.joined(separator: ", "))")
            }
            values[parts[0]] = parts[1]
        }
        let reader = Reader(values: values)
        count = Int(try reader.number("count", 1...100_000))
        let memory = try reader.bytes("memory")
        model = Host(
            id: "", cpuCores: try reader.number("cores", 0.001...1_000_000),
            cpuSpeed: try reader.number("speed", 0.000_001...1_000_000, absent: 1), memoryBytes: memory,
            reservedMemoryBytes: try reader.bytes("reserved", absent: 0, most: memory), power: try reader.power())
    }

    private static let keys = ["count", "cores", "memory", "speed", "reserved", "idle", "peak", "off", "curve"]

    /// The hosts of several groups, dealt out in turn and named `PREFIX` and a number of at least four digits.
    public static func hosts(_ groups: [HostGroup], prefix: String = "host") -> [Host] {
        var left = groups.map(\.count)
        var hosts: [Host] = []
        while left.contains(where: { $0 > 0 }) {
            for (index, group) in groups.enumerated() where left[index] > 0 {
                left[index] -= 1
                var host = group.model
                let number = String(hosts.count + 1)
                host.id = prefix + String(repeating: "0", count: max(0, 4 - number.count)) + number
                hosts.append(host)
            }
        }
        return hosts
    }

    /// Takes numbers out of the texts.
    private struct Reader {
        let values: [String: String]

        func number(_ key: String, _ allowed: ClosedRange<Double>, absent: Double? = nil) throws -> Double {
            guard let text = values[key] else {
                guard let absent else { throw ImportError("hosts: \(key) is missing") }
                return absent
            }
            guard let number = Double(text), allowed.contains(number) else {
                throw ImportError("hosts: \(key)=\(text); allowed are \(allowed.lowerBound) to \(allowed.upperBound)")
            }
            return number
        }

        func bytes(_ key: String, absent: Int64? = nil, most: Int64 = 1 << 60) throws -> Int64 {
            guard let text = values[key] else {
                guard let absent else { throw ImportError("hosts: \(key) is missing") }
                return absent
            }
            let units: [(String, Double)] = [
                ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776), ("", 1),
            ]
            for (suffix, factor) in units where text.hasSuffix(suffix) {
                guard let number = Double(text.dropLast(suffix.count)), number >= 0, number * factor <= Double(most)
                else { break }
                return Int64(number * factor)
            }
            throw ImportError("hosts: \(key)=\(text); allowed are bytes up to \(most), or with KiB, MiB, GiB, TiB")
        }

        func power() throws -> PowerModel? {
            guard !Set(values.keys).isDisjoint(with: ["idle", "peak", "off", "curve"]) else { return nil }
            let watts = 0...1_000_000.0
            let curve = try values["curve"].map { text in
                let points = text.split(separator: "/").compactMap { Double($0) }.filter { watts.contains($0) }
                guard points.count == 11 else { throw ImportError("hosts: curve=\(text); allowed are 11 numbers") }
                return points
            }
            return PowerModel(
                idleWatts: try number("idle", watts, absent: curve?.first ?? 0),
                peakWatts: try number("peak", watts, absent: curve?.last ?? 0), curveWatts: curve ?? [],
                offWatts: try number("off", watts, absent: 0))
        }
    }
}
