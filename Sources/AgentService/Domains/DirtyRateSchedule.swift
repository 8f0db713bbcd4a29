import ClusterModel
import MigrationModel
package import Sampling

/// When whose dirty rate is measured, and what the measurements say.
///
/// libvirt measures how many distinct pages a guest writes within a period: min(rate x T, hot set) / T. A short period
/// shows the rate, a long one the hot set; `DirtyRateFit` has the model. Measurements are samples of few pages: several
/// of each period are kept and fitted together. Gently: only a share of the virtual machines is measured at a time,
/// each once in a while, and none that is being migrated.
package struct DirtyRateSchedule: Sendable {
    package struct Settings: Sendable, Hashable {
        /// From the end of a machine's measurements, one of each period, to the next.
        package var intervalMilliseconds: Int64 = 900_000
        /// The shortest finds the rate of the fastest writers, the longest the size of the largest hot sets.
        package var periodsSeconds = [1, 5, 25]
        /// One machine in so many is measured at a time, and at least one.
        package var machinesPerMeasurement = 16
        /// Measurements of each period that are fitted together: an hour's at the usual interval.
        package var keptPerPeriod = 5

        package init() {}
    }

    /// A measurement to be started.
    package struct Start: Sendable, Hashable {
        package let uuid: String
        package let name: String
        package let periodSeconds: Int
    }

    private struct Asked: Sendable {
        let periodSeconds: Int
        /// Of the measurement before; the same time again is its result, not ours.
        let previousStartTime: UInt64?
        let nanoseconds: UInt64
    }

    private struct Entry: Sendable {
        let runID: UInt32
        var samples: [Int: [DirtySample]] = [:]
        var asked: Asked?
        var nextPeriod = 0
        var dueNanoseconds: UInt64 = 0
    }

    /// A measurement that has no result this long after its period was lost: libvirt restarted, or another took its
    /// place.
    private static let graceNanoseconds: UInt64 = 60_000_000_000

    private let settings: Settings
    private var entries: [String: Entry] = [:]

    package init(settings: Settings) {
        self.settings = settings
    }

    /// Takes in what was measured since the last call. A machine has a value when one of its measurements has ended and
    /// each period was measured since the machine came here.
    package mutating func results(in records: [DomainRecord], atNanoseconds now: UInt64) -> [String: DirtyMemory] {
        let runIDs = Dictionary(records.map { ($0.uuid, $0.runID) }, uniquingKeysWith: { $1 })
        entries = entries.filter { runIDs[$0.key] == $0.value.runID }
        var results: [String: DirtyMemory] = [:]
        for record in records {
            var entry = entries[record.uuid] ?? Entry(runID: record.runID)
            if let sample = Self.sample(in: record, asked: entry.asked) {
                take(sample, into: &entry, now: now)
                results[record.uuid] = fitted(entry, of: record)
            } else if let asked = entry.asked, Self.isLost(asked, now: now) {
                entry.asked = nil
            }
            entries[record.uuid] = entry
        }
        return results
    }

    /// Which measurements are to be started now. Those that wait longest come first.
    package mutating func next(for records: [DomainRecord], atNanoseconds now: UInt64) -> [Start] {
        let running = entries.values.count { $0.asked != nil }
        let room = max(1, records.count / settings.machinesPerMeasurement) - running
        guard room > 0 else { return [] }
        let due = records.compactMap { record in entries[record.uuid].map { (record: record, entry: $0) } }
            .filter { $0.entry.asked == nil && $0.entry.dueNanoseconds <= now && $0.record.isMeasurable }
            .sorted { ($0.entry.dueNanoseconds, $0.record.uuid) < ($1.entry.dueNanoseconds, $1.record.uuid) }
        return due.prefix(room).map { record, entry in
            Start(
                uuid: record.uuid, name: record.name, periodSeconds: settings.periodsSeconds[entry.nextPeriod])
        }
    }

    /// Notes that a measurement was started.
    package mutating func began(_ start: Start, of record: DomainRecord, atNanoseconds now: UInt64) {
        entries[start.uuid]?.asked = Asked(
            periodSeconds: start.periodSeconds, previousStartTime: record.values["dirtyrate.calc_start_time"],
            nanoseconds: now)
    }

    /// Notes that one could not be started now, because the machine is being migrated or for another reason: later.
    package mutating func putOff(_ start: Start, atNanoseconds now: UInt64) {
        entries[start.uuid]?.dueNanoseconds = now + 60_000_000_000
    }

    private func take(_ sample: DirtySample, into entry: inout Entry, now: UInt64) {
        let period = settings.periodsSeconds[entry.nextPeriod]
        entry.samples[period, default: []].append(sample)
        let surplus = entry.samples[period, default: []].count - settings.keptPerPeriod
        if surplus > 0 { entry.samples[period]?.removeFirst(surplus) }
        entry.asked = nil
        entry.nextPeriod = (entry.nextPeriod + 1) % settings.periodsSeconds.count
        entry.dueNanoseconds = entry.nextPeriod == 0 ? now + UInt64(settings.intervalMilliseconds) * 1_000_000 : now
    }

    private func fitted(_ entry: Entry, of record: DomainRecord) -> DirtyMemory? {
        guard entry.samples.count == settings.periodsSeconds.count,
            let fit = DirtyRateFit(settings.periodsSeconds.flatMap { entry.samples[$0] ?? [] }),
            let memory = record.values["balloon.maximum"]
        else { return nil }
        let rate = fit.dirtyRate(memoryBytes: Double(memory) * 1024)
        return DirtyMemory(hotBytes: rate.hotBytes, bytesPerSecond: rate.bytesPerSecond)
    }

    private static func isLost(_ asked: Asked, now: UInt64) -> Bool {
        now > asked.nanoseconds + UInt64(asked.periodSeconds) * 1_000_000_000 + graceNanoseconds
    }

    /// The answer to what was asked: `VIR_DOMAIN_DIRTYRATE_MEASURED`, of that length, and not the one before.
    ///
    /// QEMU cuts the rate down to whole MiB/s: what is above 0 lies half a MiB/s higher in the mean.
    private static func sample(in record: DomainRecord, asked: Asked?) -> DirtySample? {
        let values = record.values
        guard let asked, values["dirtyrate.calc_status"] == 2,
            values["dirtyrate.calc_period"] == UInt64(asked.periodSeconds),
            let startTime = values["dirtyrate.calc_start_time"], startTime != asked.previousStartTime,
            let rate = values["dirtyrate.megabytes_per_second"]
        else { return nil }
        return DirtySample(
            periodSeconds: Double(asked.periodSeconds),
            distinctBytesPerSecond: rate == 0 ? 0 : (Double(rate) + 0.5) * 1_048_576)
    }
}

extension DomainRecord {
    /// Running (`VIR_DOMAIN_RUNNING`), not in the middle of a post-copy, and not measured by somebody else now.
    fileprivate var isMeasurable: Bool {
        values["state.state"] == 1 && values["state.reason"] != 11 && values["dirtyrate.calc_status"] != 1
    }
}
