import AgentWire

/// What libvirt tells of virtual machines, joined with what /proc told. Runs after `MachineSampler`.
///
/// Which virtual machines there are is libvirt's to say where it is asked: a QEMU that it does not know belongs to
/// somebody else. Which source counts for which metric stands in the target's documentation.
struct DomainSampler: Sampler {
    private struct Key: Hashable, Sendable {
        let uuid: String
        let runID: UInt32
        let counter: String
    }

    private var counters = CounterTracker<Key>()

    mutating func sample(into round: inout SamplingRound) {
        switch round.domains {
        case .notAsked, .silent(known: nil): break
        case .silent(let known?): round.machines.removeAll { $0.uuid.map(known.contains) != true }
        case .answered(let records, let nanoseconds, let dirtyMemory):
            keep(Set(records.map(\.uuid)), in: &round)
            for record in records.sorted(by: { $0.name < $1.name }) {
                guard !record.isElsewhere else {
                    round.machines.removeAll { $0.uuid == record.uuid }
                    continue
                }
                join(record, dirtyMemory[record.uuid], at: nanoseconds, into: &round)
            }
            round.machines.sort { $0.name < $1.name }
            counters.forgetUnseen()
        }
    }

    /// Leaves out what libvirt does not know.
    private func keep(_ known: Set<String>, in round: inout SamplingRound) {
        let all = round.machines
        round.machines = all.filter { $0.uuid.map(known.contains) ?? false }
        let strangers = all.count - round.machines.count
        guard strangers > 0 else { return round.warnings.ended("strangers") }
        round.warnings.began(
            "strangers",
            "\(strangers) QEMU processes are none of libvirt's running domains: they count in the host's total only")
    }

    private mutating func join(
        _ record: DomainRecord, _ dirty: DirtyMemory?, at nanoseconds: UInt64, into round: inout SamplingRound
    ) {
        let place = round.machines.firstIndex { $0.uuid == record.uuid }
        var readings = place.map { round.machines[$0].readings } ?? Readings()
        func rate(_ counter: String, _ value: UInt64?, per unit: Double) -> Double? {
            guard let value else { return nil }
            let key = Key(uuid: record.uuid, runID: record.runID, counter: counter)
            let change = counters.advance(key, to: value, atNanoseconds: nanoseconds)
            if change == .reset { round.warnOfReset("\(counter) of virtual machine \(record.name)") }
            return change.perSecond.map { $0 / unit }
        }
        // Counted by libvirt alone, where it counts: a round in which its counter began anew has no rate.
        if let time = record.values["cpu.time"] { readings[.cpuCores] = rate("cpu.time", time, per: 1e9) }
        readings[.residentBytes] = readings[.residentBytes] ?? record.bytes("balloon.rss")
        readings[.configuredMemoryBytes] = record.bytes("balloon.maximum") ?? readings[.configuredMemoryBytes]
        readings[.balloonBytes] = record.bytes("balloon.current")
        readings[.guestUsedBytes] = Self.guestUsed(record)
        readings[.configuredVCPUs] = record.values["vcpu.current"].map { Double($0) } ?? readings[.configuredVCPUs]
        let traffic: [(metric: VirtualMachineMetric, device: String, counter: String, unit: Double)] = [
            (.diskReadBytesPerSecond, "block", "rd.bytes", 1), (.diskWriteBytesPerSecond, "block", "wr.bytes", 1),
            (.networkReceivedBitsPerSecond, "net", "rx.bytes", 1.0 / 8),
            (.networkSentBitsPerSecond, "net", "tx.bytes", 1.0 / 8),
        ]
        for (metric, device, counter, unit) in traffic {
            guard let sum = record.sum(device, counter) else { continue }
            readings[metric] = rate("\(device) \(counter)", sum, per: unit)
        }
        readings[.dirtyHotBytes] = dirty?.hotBytes
        readings[.dirtyBytesPerSecond] = dirty?.bytesPerSecond
        let reading = MachineReading(name: record.name, uuid: record.uuid, readings: readings)
        if let place { round.machines[place] = reading } else { round.machines.append(reading) }
    }

    /// What the guest could use less what it could give up without swapping, as its balloon driver says.
    private static func guestUsed(_ record: DomainRecord) -> Double? {
        guard let available = record.bytes("balloon.available"), let usable = record.bytes("balloon.usable"),
            usable <= available
        else { return nil }
        return available - usable
    }
}
