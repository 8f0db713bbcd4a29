import Glibc

/// What a piece of work took.
struct Elapsed {
    var wallSeconds: Double
    /// Of the whole process, all threads: comparable also on a busy machine.
    var cpuSeconds: Double

    static func of(_ body: () throws -> Void) rethrows -> Elapsed {
        let (wall, cpu) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
        try body()
        return Elapsed(
            wallSeconds: seconds(CLOCK_MONOTONIC) - wall, cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension [Elapsed] {
    /// The middle one, by CPU time.
    var median: Elapsed? {
        isEmpty ? nil : sorted { $0.cpuSeconds < $1.cpuSeconds }[count / 2]
    }
}

extension Double {
    func fixed(_ decimals: Int) -> String {
        let factor = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
        let scaled = Int64((magnitude * factor).rounded())
        let digits = String(scaled % Int64(factor))
        let fraction = decimals == 0 ? "" : "." + String(repeating: "0", count: decimals - digits.count) + digits
        return (self < 0 ? "-" : "") + String(scaled / Int64(factor)) + fraction
    }
}
