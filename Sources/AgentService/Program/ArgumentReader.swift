import Sampling

/// Reads `--name value` and `--name=value`, each at most once. The usual parser would bring Foundation with it, which
/// is several times the size of the whole agent.
struct ArgumentReader {
    private var rest: ArraySlice<String>
    private var seen: Set<String> = []
    private let command: String
    private let known: [String]

    init(arguments: ArraySlice<String>, command: String, known: [String]) {
        rest = arguments
        self.command = command
        self.known = known
    }

    /// The next option with its value; `nil` at the end.
    mutating func next() throws(AgentError) -> (name: String, value: String)? {
        guard let argument = rest.popFirst() else { return nil }
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first.map(String.init), known.contains(name) else {
            throw Self.usage(
                "drover-agent \(command) does not know \(argument); it knows \(known.joined(separator: ", "))")
        }
        guard seen.insert(name).inserted else { throw Self.usage("\(name) is given twice") }
        if parts.count == 2 { return (name, String(parts[1])) }
        guard let value = rest.popFirst() else { throw Self.usage("\(name) needs a value") }
        return (name, value)
    }

    static func usage(_ message: String) -> AgentError { AgentError(code: .usage, message: message) }

    /// `500ms`, `10s`, `5m`; 100 ms to a day.
    static func milliseconds(_ text: String, option: String) throws(AgentError) -> Int64 {
        let units: [(suffix: String, factor: Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let count = Int64(text.dropLast(unit.suffix.count)), (0...86_400_000).contains(count),
                (100...86_400_000).contains(count * unit.factor)
            else { break }
            return count * unit.factor
        }
        throw usage("\(option) is \(text); it takes 100ms to 24h, as in 500ms, 10s, 5m")
    }

    /// `1000000`, `64MiB`, `1GiB`; at least 1 MiB, which is the largest batch.
    static func bytes(_ text: String, option: String) throws(AgentError) -> Int64 {
        let units: [(suffix: String, shift: Int64)] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("", 0)]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let count = Int64(text.dropLast(unit.suffix.count)), count >= 0,
                count <= (Int64(1) << 40) >> unit.shift, count << unit.shift >= 1 << 20
            else { break }
            return count << unit.shift
        }
        throw usage("\(option) is \(text); it takes 1MiB to 1024GiB, as in 64MiB or 1GiB")
    }

    static func positive(_ text: String, option: String, max: Int64) throws(AgentError) -> Int64 {
        guard let number = Int64(text), (1...max).contains(number) else {
            throw usage("\(option) is \(text); it takes a whole number from 1 to \(max)")
        }
        return number
    }

    /// `1,5,25`: whole seconds, rising, 1 to 60 as QEMU takes them. One period could not tell rate and hot set apart.
    static func periods(_ text: String, option: String) throws(AgentError) -> [Int] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let periods = parts.compactMap { Int($0) }
        guard periods.count == parts.count, (2...5).contains(periods.count),
            periods.allSatisfy({ (1...60).contains($0) }), zip(periods, periods.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw usage("\(option) is \(text); it takes two to five rising whole seconds from 1 to 60, as in 1,5,25")
        }
        return periods
    }

    static func hostProcessors(_ text: String) throws(AgentError) -> HostProcessorSource {
        switch text {
        case "machine": return .machine
        case "guests": return .guests
        case _ where text.hasPrefix("/"): return .controlGroup(path: text)
        default:
            throw usage(
                "--host-cpu-from is \(text); it takes machine, guests, or the directory of a control group, "
                    + "as in /sys/fs/cgroup/machine.slice")
        }
    }

    static func format(_ text: String) throws(AgentError) -> OutputFormat {
        guard let format = OutputFormat(rawValue: text) else {
            throw usage(
                "--format is \(text); it takes \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return format
    }
}
