import AgentWire

/// Watts by RAPL, where the machine has it (`/sys/class/powercap/intel-rapl:*`, on AMD too).
///
/// A machine without it is no cause for a warning. Zones of `intel-rapl-mmio` show the same packages again and are left
/// out, as are the parts of a package (cores, uncore).
struct PowerSampler: Sampler {
    private static let root = "/sys/class/powercap"
    /// No package draws more. A counter whose whole range could pass within the interval at this power tells nothing.
    private static let highestWatts = 2000.0

    private var counters = CounterTracker<String>()

    mutating func sample(into round: inout SamplingRound) {
        defer { counters.forgetUnseen() }
        guard round.files.exists(Self.root) else { return }
        do throws(FileProblem) {
            let zones = try round.files.entries(of: Self.root).filter { $0.hasPrefix("intel-rapl:") }
            sample(zones, "package", .packageWatts, into: &round)
            sample(zones, "dram", .dramWatts, into: &round)
        } catch {
            round.warnings.began("unreadable \(Self.root)", "\(Self.root) \(error): its metrics are left out")
        }
    }

    private mutating func sample(
        _ zones: [String], _ kind: String, _ metric: HostMetric, into round: inout SamplingRound
    ) {
        var watts: [Double?] = []
        for zone in zones {
            guard let name = round.readExpected("\(Self.root)/\(zone)/name"), name.text.hasPrefix(kind) else {
                continue
            }
            watts.append(self.watts(ofZone: zone, into: &round))
        }
        // A sum without one of its zones would be wrong.
        let known = watts.compactMap(\.self)
        if !known.isEmpty, known.count == watts.count { round.host[metric] = known.reduce(0, +) }
    }

    private mutating func watts(ofZone zone: String, into round: inout SamplingRound) -> Double? {
        let path = "\(Self.root)/\(zone)/energy_uj"
        let rangePath = "\(Self.root)/\(zone)/max_energy_range_uj"
        guard let energyContents = round.readExpected(path), let rangeContents = round.readExpected(rangePath),
            let energy = round.expectParsed(energyContents.onlyNumber, of: path),
            let range = round.expectParsed(rangeContents.onlyNumber, of: rangePath)
        else { return nil }
        let change = counters.advance(zone, to: energy, atNanoseconds: round.nanoseconds, wrapsAfter: range)
        switch change {
        case .first: return nil
        case .reset:
            round.warnOfReset(path)
            return nil
        case .advanced(_, let seconds):
            guard seconds * Self.highestWatts < Double(range) / 1e6 else { return nil }
            guard let watts = change.perSecond.map({ $0 / 1e6 }), watts <= Self.highestWatts else {
                round.warnOfReset(path)
                return nil
            }
            return watts
        }
    }
}
