/// A file of /proc/pressure: how long tasks were stalled, in microseconds since boot.
package struct PressureInformation: Sendable, Hashable {
    /// At least one task waited.
    package let someMicroseconds: UInt64
    /// All tasks waited; not there for the CPU before Linux 5.13.
    package let fullMicroseconds: UInt64?

    /// `nil` when there is no line `some` with a total.
    package init?(parsing contents: [UInt8]) {
        var totals: [String: UInt64] = [:]
        for line in contents.lines {
            let fields = line.fields
            guard let label = fields.first, let last = fields.last, last.starts(with: "total=") else { continue }
            totals[label.text] = last.dropFirst(6).number
        }
        guard let some = totals["some"] else { return nil }
        someMicroseconds = some
        fullMicroseconds = totals["full"]
    }
}
