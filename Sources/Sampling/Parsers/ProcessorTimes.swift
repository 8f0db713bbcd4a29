/// Times of one CPU from /proc/stat, in clock ticks since boot.
package struct ProcessorTimes: Sendable, Hashable {
    package var user: UInt64 = 0
    package var nice: UInt64 = 0
    package var system: UInt64 = 0
    package var idle: UInt64 = 0
    package var ioWait: UInt64 = 0
    package var interrupt: UInt64 = 0
    package var softInterrupt: UInt64 = 0
    package var steal: UInt64 = 0
    /// Contained in `user`.
    package var guest: UInt64 = 0
    /// Contained in `nice`.
    package var guestNice: UInt64 = 0

    /// Times in the order of the file; kernels before 2.6.33 print fewer of them.
    package init?(times: [UInt64]) {
        guard times.count >= 4 else { return nil }
        let padded = times + [UInt64](repeating: 0, count: max(0, 10 - times.count))
        (user, nice, system, idle) = (padded[0], padded[1], padded[2], padded[3])
        (ioWait, interrupt, softInterrupt, steal) = (padded[4], padded[5], padded[6], padded[7])
        (guest, guestNice) = (padded[8], padded[9])
    }
}

/// What is read of /proc/stat.
package struct ProcessorStatistics: Sendable, Hashable {
    /// The CPUs that are online, by their number in the kernel's order.
    package let processors: [(number: Int, times: ProcessorTimes)]

    /// `nil` when no CPU line is found or one is garbled.
    package init?(parsing contents: [UInt8]) {
        var processors: [(number: Int, times: ProcessorTimes)] = []
        for line in contents.lines {
            // The CPU lines come first; what follows may be long (`intr`) and is of no interest.
            guard line.starts(with: "cpu") else { break }
            let fields = line.fields
            guard let label = fields.first, let number = label.dropFirst(3).number else { continue }
            let values = fields.dropFirst().map(\.number)
            guard let number = Int(exactly: number), !values.contains(nil),
                let times = ProcessorTimes(times: values.compactMap(\.self))
            else { return nil }
            processors.append((number, times))
        }
        guard !processors.isEmpty else { return nil }
        self.processors = processors
    }

    package static func == (left: ProcessorStatistics, right: ProcessorStatistics) -> Bool {
        left.processors.elementsEqual(right.processors, by: ==)
    }

    package func hash(into hasher: inout Hasher) {
        for processor in processors {
            hasher.combine(processor.number)
            hasher.combine(processor.times)
        }
    }
}
