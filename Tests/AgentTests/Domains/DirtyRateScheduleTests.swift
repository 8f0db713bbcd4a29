import AgentService
import Sampling
import Testing

/// When whose dirty rate is measured, against a hypervisor that answers as the model says it would.
@Suite struct DirtyRateScheduleTests {
    /// Guests that write `rate` MiB/s into `hot` MiB, and a libvirt that measures them.
    private struct Hypervisor {
        struct Guest {
            var rate: Double
            var hot: Double
            var runID: UInt32 = 1
            var measuring: (seconds: Int, from: UInt64)?
            var values: [String: UInt64] = ["state.state": 1, "state.reason": 1, "balloon.maximum": 2 << 20]
        }

        var guests: [String: Guest]
        var migrating: Set<String> = []
        var seconds: UInt64 = 0
        var starts: [(seconds: UInt64, uuid: String, period: Int)] = []
        var mostAtOnce = 0

        /// A round: ends what is due, takes results, starts what the schedule wants.
        mutating func round(_ schedule: inout DirtyRateSchedule, after elapsed: UInt64) -> [String: DirtyMemory] {
            seconds += elapsed
            let now = seconds * 1_000_000_000
            for (uuid, guest) in guests {
                guard let measuring = guest.measuring, seconds >= measuring.from + UInt64(measuring.seconds) else {
                    continue
                }
                let period = Double(measuring.seconds)
                guests[uuid]?.measuring = nil
                guests[uuid]?.values["dirtyrate.calc_status"] = 2
                guests[uuid]?.values["dirtyrate.calc_period"] = UInt64(measuring.seconds)
                guests[uuid]?.values["dirtyrate.calc_start_time"] = measuring.from
                guests[uuid]?.values["dirtyrate.megabytes_per_second"] =
                    UInt64(min(guest.rate * period, guest.hot) / period)
            }
            let records = guests.keys.sorted().map { uuid in
                DomainRecord(
                    name: uuid, uuid: uuid, runID: guests[uuid]?.runID ?? 0, values: guests[uuid]?.values ?? [:])
            }
            let results = schedule.results(in: records, atNanoseconds: now)
            for start in schedule.next(for: records, atNanoseconds: now) {
                guard !migrating.contains(start.uuid), let record = records.first(where: { $0.uuid == start.uuid })
                else {
                    schedule.putOff(start, atNanoseconds: now)
                    continue
                }
                starts.append((seconds, start.uuid, start.periodSeconds))
                guests[start.uuid]?.measuring = (start.periodSeconds, seconds)
                guests[start.uuid]?.values["dirtyrate.calc_status"] = 1
                schedule.began(start, of: record, atNanoseconds: now)
            }
            mostAtOnce = max(mostAtOnce, guests.values.count { $0.measuring != nil })
            return results
        }
    }

    private static let mebibyte = 1_048_576.0

    @Test(
        "Rate and hot set come out of one measurement of each period",
        arguments: [
            (20.0, 64.0), (60, 300), (200, 1000), (0, 0), (4, 2000),
        ])
    func ratesAndHotSets(_ rate: Double, _ hot: Double) throws {
        var hypervisor = Hypervisor(guests: ["a": Hypervisor.Guest(rate: rate, hot: hot)])
        var schedule = DirtyRateSchedule(settings: DirtyRateSchedule.Settings())
        let found = (0..<10).compactMap { _ in hypervisor.round(&schedule, after: 10)["a"] }
        #expect(hypervisor.starts.map(\.period) == [1, 5, 25])
        #expect(hypervisor.starts.map(\.seconds) == [10, 20, 30])
        let dirty = try #require(found.first)
        #expect(found.count == 1)
        // QEMU's whole MiB/s leave half a one at each end, which the longest period multiplies.
        #expect(abs(dirty.bytesPerSecond / Self.mebibyte - rate) <= max(1, rate * 0.05))
        let expectedHot = rate * 25 < hot ? 2048 : hot
        #expect(abs(dirty.hotBytes / Self.mebibyte - expectedHot) <= max(13, hot * 0.05))
    }

    @Test("A share of the machines at a time, each again after the interval, all in turn")
    func gently() {
        var settings = DirtyRateSchedule.Settings()
        settings.intervalMilliseconds = 600_000
        let names = (0..<40).map { "vm\($0)" }
        var hypervisor = Hypervisor(
            guests: Dictionary(uniqueKeysWithValues: names.map { ($0, Hypervisor.Guest(rate: 5, hot: 20)) }))
        var schedule = DirtyRateSchedule(settings: settings)
        for _ in 0..<400 { _ = hypervisor.round(&schedule, after: 10) }
        #expect(hypervisor.mostAtOnce == 2)
        let cycles = Dictionary(grouping: hypervisor.starts.filter { $0.period == 1 }, by: \.uuid)
        #expect(cycles.count == 40)
        for starts in cycles.values {
            #expect(zip(starts, starts.dropFirst()).allSatisfy { $1.seconds - $0.seconds >= 600 })
        }
    }

    @Test("Never on a machine in a migration, on one that is paused, or on one that somebody else measures")
    func notNow() {
        var hypervisor = Hypervisor(guests: [
            "moving": .init(rate: 5, hot: 20), "paused": .init(rate: 5, hot: 20), "taken": .init(rate: 5, hot: 20),
        ])
        hypervisor.migrating = ["moving"]
        hypervisor.guests["paused"]?.values["state.state"] = 3
        hypervisor.guests["taken"]?.values["dirtyrate.calc_status"] = 1
        var schedule = DirtyRateSchedule(settings: DirtyRateSchedule.Settings())
        for _ in 0..<5 { #expect(hypervisor.round(&schedule, after: 10).isEmpty) }
        #expect(hypervisor.starts.isEmpty)
        hypervisor.migrating = []
        _ = hypervisor.round(&schedule, after: 60)
        #expect(hypervisor.starts.map(\.uuid) == ["moving"])
    }

    @Test("A machine that comes anew begins anew; a result of before does not count; a lost measurement is repeated")
    func startsOver() {
        var settings = DirtyRateSchedule.Settings()
        settings.periodsSeconds = [1, 5]
        var hypervisor = Hypervisor(guests: ["a": .init(rate: 5, hot: 20)])
        var schedule = DirtyRateSchedule(settings: settings)
        _ = hypervisor.round(&schedule, after: 10)
        // Migrated away and back: the measurement is gone, counters of the new process begin anew.
        hypervisor.guests["a"] = .init(rate: 5, hot: 20, runID: 2)
        #expect(hypervisor.round(&schedule, after: 10).isEmpty)
        #expect(hypervisor.starts.map(\.period) == [1, 1])
        // Lost without a trace: asked again, once the grace is over.
        hypervisor.guests["a"]?.measuring = nil
        hypervisor.guests["a"]?.values["dirtyrate.calc_status"] = 0
        _ = hypervisor.round(&schedule, after: 50)
        #expect(hypervisor.starts.count == 2)
        _ = hypervisor.round(&schedule, after: 20)
        #expect(hypervisor.starts.map(\.period) == [1, 1, 1])
        #expect(hypervisor.round(&schedule, after: 10).isEmpty)
        #expect(hypervisor.starts.last?.period == 5)
        #expect(hypervisor.round(&schedule, after: 10)["a"] != nil)
    }
}
