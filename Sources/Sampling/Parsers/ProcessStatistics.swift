/// What is read of /proc/PID/stat.
package struct ProcessStatistics: Sendable, Hashable {
    package let parentNumber: UInt64
    /// User and system time of all threads, guests' time included, in clock ticks.
    package let processorTicks: UInt64
    /// Ticks from boot to the process's start. With the process's number it names the process: numbers are used again.
    package let startTicks: UInt64

    /// `nil` when the line is garbled. The command in parentheses may itself hold blanks and parentheses.
    package init?(parsing contents: [UInt8]) {
        guard let close = contents.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        // Field 3, the state, comes first here: field N of proc(5) is at N - 3.
        let fields = contents[(close + 1)...].fields
        guard fields.count > 19, let parent = fields[1].number, let user = fields[11].number,
            let system = fields[12].number,
            let start = fields[19].number
        else { return nil }
        parentNumber = parent
        processorTicks = user.addingClamped(system)
        startTicks = start
    }
}

/// What is read of /proc/PID/io.
package struct ProcessInputOutput: Sendable, Hashable {
    /// Bytes that reached or came from storage; the page cache's hits are not among them.
    package let readBytes: UInt64
    package let writtenBytes: UInt64

    package init?(parsing contents: [UInt8]) {
        var values: [String: UInt64] = [:]
        for line in contents.lines {
            guard let (name, rest) = line.cut(at: ":") else { continue }
            values[name.text] = rest.fields.first?.number
        }
        guard let read = values["read_bytes"], let written = values["write_bytes"] else { return nil }
        readBytes = read
        writtenBytes = written
    }
}

/// What is read of /proc/PID/status.
package struct ProcessMemory: Sendable, Hashable {
    /// Resident memory. Huge pages are not in VmRSS and are added: large guests are often backed by them.
    package let residentBytes: UInt64

    /// `nil` for a process without memory of its own, as a zombie is.
    package init?(parsing contents: [UInt8]) {
        let values = KilobyteLines(parsing: contents)
        guard let resident = values["VmRSS"] else { return nil }
        residentBytes = resident.addingClamped(values["HugetlbPages"] ?? 0)
    }
}
