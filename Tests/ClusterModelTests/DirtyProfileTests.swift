import ClusterModel
import Testing

/// A VM that rewrites 100 bytes a second at any time, 10 from 02:00 to 04:00 and 5 from 03:00 to 04:00 (hot set 7).
@Suite struct DirtyProfileTests {
    static let midnight = Timestamp(secondsSinceEpoch: 1_764_028_800)

    static func profile() throws -> DirtyProfile {
        var slots = [DirtyRate](repeating: DirtyRate(hotBytes: 50, bytesPerSecond: 100), count: 24)
        slots[2] = DirtyRate(hotBytes: 20, bytesPerSecond: 10)
        slots[3] = DirtyRate(hotBytes: 7, bytesPerSecond: 5)
        return try #require(DirtyProfile(slotSeconds: 3600, start: midnight, slots: slots))
    }

    static func clock(_ hours: Double, day: Int = 0) -> Timestamp {
        midnight.adding(seconds: hours * 3600 + Double(day) * 86_400)
    }

    @Test func theHourCounts() throws {
        let profile = try Self.profile()
        #expect(profile.rate(at: Self.clock(2.5)).bytesPerSecond == 10)
        #expect(profile.rate(at: Self.clock(3)) == DirtyRate(hotBytes: 7, bytesPerSecond: 5))
        #expect(profile.rate(at: Self.clock(4)).bytesPerSecond == 100)
        #expect(profile.rate(at: Self.clock(3.999, day: -3)).bytesPerSecond == 5)
        #expect(profile.rate(at: Self.clock(2, day: 40)).bytesPerSecond == 10)
    }

    @Test func aLongMoveMeetsTheWorstHourOnItsWay() throws {
        let profile = try Self.profile()
        #expect(profile.rate(from: Self.clock(3), lastingSeconds: 3599).bytesPerSecond == 5)
        #expect(profile.rate(from: Self.clock(2), lastingSeconds: 7199) == DirtyRate(hotBytes: 20, bytesPerSecond: 10))
        #expect(profile.rate(from: Self.clock(3.5), lastingSeconds: 1801).bytesPerSecond == 100)
        #expect(profile.rate(from: Self.clock(3), lastingSeconds: 1e9).bytesPerSecond == 100)
        #expect(profile.most == DirtyRate(hotBytes: 50, bytesPerSecond: 100))
    }

    @Test func theQuietestHourOfAWindowIsFound() throws {
        let profile = try Self.profile()
        let window = (Self.clock(-2), Self.clock(6))
        #expect(profile.quietestStart(from: window.0, to: window.1, lastingSeconds: 600) == Self.clock(3))
        #expect(profile.quietestStart(from: window.0, to: window.1, lastingSeconds: 5400) == Self.clock(2))
        #expect(profile.quietestStart(from: Self.clock(2.5), to: Self.clock(3), lastingSeconds: 60) == Self.clock(2.5))
        #expect(profile.quietestStart(from: Self.clock(5), to: Self.clock(6), lastingSeconds: 60) == Self.clock(5))
        #expect(profile.quietestStart(from: Self.clock(5), to: Self.clock(6), lastingSeconds: 3601) == nil)
    }

    @Test func itStandsInTheExtensionsOfAVM() throws {
        let profile = try Self.profile()
        var vm = VirtualMachine(
            id: "a", host: "h", vcpus: 1, memoryBytes: 100, demand: Demand(cpuCores: 0, memoryBytes: 0),
            dirty: DirtyRate(hotBytes: 60, bytesPerSecond: 90))
        #expect(vm.dirtyRate(from: Self.clock(3))?.bytesPerSecond == 90)
        vm.extensions = vm.extensions.setting(DirtyProfile.key, profile.value)
        #expect(vm.dirtyProfile == profile)
        #expect(vm.dirtyRate(from: Self.clock(3))?.bytesPerSecond == 5)
    }

    /// Extensions belong to everybody: what is no profile is none, and no error.
    @Test(
        arguments: [
            JSONValue.null, .string(value: "x"), .object(fields: [:]),
            .object(fields: [
                "slotSeconds": .integer(value: 0), "start": .string(value: "2026-11-22T00:00:00Z"),
                "hotBytes": .array(values: [.integer(value: 1)]),
                "bytesPerSecond": .array(values: [.integer(value: 1)]),
            ]),
            .object(fields: [
                "slotSeconds": .integer(value: 3600), "start": .string(value: "2026-11-22T00:00:00Z"),
                "hotBytes": .array(values: [.integer(value: -1)]),
                "bytesPerSecond": .array(values: [.integer(value: 1)]),
            ]),
            .object(fields: [
                "slotSeconds": .integer(value: 3600), "start": .string(value: "2026-11-22T00:00:00Z"),
                "hotBytes": .array(values: []), "bytesPerSecond": .array(values: [.integer(value: 1)]),
            ]),
        ]) func whatIsNoProfileIsNone(_ value: JSONValue)
    {
        #expect(DirtyProfile(value) == nil)
    }
}
