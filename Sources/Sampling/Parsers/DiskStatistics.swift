/// One line of /proc/diskstats.
package struct DiskStatistics: Sendable, Hashable {
    package let name: String
    package let readBytes: UInt64
    package let writtenBytes: UInt64

    /// The kernel counts in sectors of 512 bytes whatever the disk's own sectors are.
    private static let sectorBytes: UInt64 = 512

    /// All lines; `nil` when one is garbled.
    package static func parse(_ contents: [UInt8]) -> [DiskStatistics]? {
        var disks: [DiskStatistics] = []
        for line in contents.lines {
            let fields = line.fields
            guard fields.count >= 11, let read = fields[5].number, let written = fields[9].number else { return nil }
            disks.append(
                DiskStatistics(
                    name: fields[2].text, readBytes: read.multipliedClamped(by: sectorBytes),
                    writtenBytes: written.multipliedClamped(by: sectorBytes)))
        }
        return disks
    }

    /// The disks among `all` whose sum counts every byte once: no partitions, and nothing that is stacked upon disks.
    package static func wholeDisks(_ all: [DiskStatistics]) -> [DiskStatistics] {
        let names = Set(all.map(\.name))
        return all.filter { !isStacked($0.name) && !isPartition($0.name, among: names) }
    }

    /// Device mapper, RAID, caches and replication pass their I/O on to disks that count it too; loop devices to files
    /// on them; RAM disks and optical drives are no load on storage. `nvme0c1n1` is one path to `nvme0n1`.
    private static func isStacked(_ name: String) -> Bool {
        let stacked = ["dm-", "md", "loop", "ram", "zram", "bcache", "drbd", "sr", "fd"]
        if stacked.contains(where: { prefix in
            name.hasPrefix(prefix) && name.dropFirst(prefix.count).utf8.first.map(isDigit) == true
        }) {
            return true
        }
        return name.hasPrefix("nvme") && name.dropFirst(4).contains("c")
    }

    /// `sda1` of `sda`, `nvme0n1p2` of `nvme0n1`: a partition is what has its disk beside it.
    private static func isPartition(_ name: String, among names: Set<String>) -> Bool {
        let trailingDigits = name.utf8.reversed().prefix(while: isDigit).count
        guard trailingDigits > 0 else { return false }
        let stem = String(name.dropLast(trailingDigits))
        if names.contains(stem) { return true }
        return stem.hasSuffix("p") && names.contains(String(stem.dropLast()))
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
}
