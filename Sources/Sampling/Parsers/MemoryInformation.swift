/// What is read of /proc/meminfo, in bytes.
package struct MemoryInformation: Sendable, Hashable {
    package let totalBytes: UInt64
    /// Absent before Linux 3.14.
    package let availableBytes: UInt64?
    package let swapUsedBytes: UInt64?

    /// `nil` when there is no total.
    package init?(parsing contents: [UInt8]) {
        let values = KilobyteLines(parsing: contents)
        guard let total = values["MemTotal"] else { return nil }
        totalBytes = total
        availableBytes = values["MemAvailable"].map { min($0, total) }
        if let swapTotal = values["SwapTotal"], let swapFree = values["SwapFree"] {
            swapUsedBytes = swapTotal - min(swapFree, swapTotal)
        } else {
            swapUsedBytes = nil
        }
    }
}

/// Lines of the form `Name:   123 kB`, as in /proc/meminfo and /proc/PID/status; other lines are passed over.
struct KilobyteLines {
    private var bytes: [String: UInt64] = [:]

    init(parsing contents: [UInt8]) {
        for line in contents.lines {
            guard let (name, rest) = line.cut(at: ":") else { continue }
            let fields = rest.fields
            guard fields.count == 2, fields[1].elementsEqual("kB".utf8), let kilobytes = fields[0].number else {
                continue
            }
            bytes[name.text] = kilobytes.multipliedClamped(by: 1024)
        }
    }

    /// The value in bytes.
    subscript(name: String) -> UInt64? { bytes[name] }
}
