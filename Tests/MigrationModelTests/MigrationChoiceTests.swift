import ClusterModel
import MigrationModel
import Randomness
import TestSupport
import Testing

/// Which way is chosen, and what the answer says. With the default policy 10 Gbit/s carry 1.1875 GB/s of payload; of a
/// pause of 1000 ms the hypervisor is told 750 (margin 200, hand-over 50), so 890.625 MB may be left.
@Suite struct MigrationChoiceTests {
    static let gigabyte: Int64 = 1_000_000_000

    static func machine(
        hot: Double? = nil, rate: Double = 0, state: VirtualMachine.State = .running,
        migration: VirtualMachine.Migration = .live, limit: Double? = nil, disk: Int64 = 0
    ) -> VirtualMachine {
        VirtualMachine(
            id: "vm1", host: "a", state: state, vcpus: 2, memoryBytes: 16 * gigabyte,
            demand: Demand(cpuCores: 1, memoryBytes: 4e9),
            dirty: hot.map { DirtyRate(hotBytes: $0, bytesPerSecond: rate) }, migration: migration,
            migrationReason: migration == .none ? "passthrough" : nil, maxDowntimeMilliseconds: limit,
            localDiskBytes: disk)
    }

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let machine: VirtualMachine
        var modes: [MigrationMode] = [.live, .staged]
        var bandwidth = 1e10
        /// The mode, or the constraint that refuses.
        let answer: String
        var seconds: Double?
        var downtime: Double?
        let reason: String
    }

    static let cases = [
        Case(
            testDescription: "small hot set is live", machine: machine(hot: 1e8, rate: 1e7), answer: "live",
            reason: "converges in"),
        Case(
            testDescription: "unknown dirtying is assumed and said", machine: machine(), answer: "live",
            reason: "never measured: 1.5 GiB rewritten at 50 MB/s assumed"),
        // 15.109375 GB in 12.7237 s + 0.1 + 0.75 of pause + 0.05.
        Case(
            testDescription: "paused guest dirties nothing", machine: machine(hot: 1e10, rate: 1e10, state: .paused),
            answer: "live", seconds: 13.623_684_210_5, downtime: 800, reason: "converges in 1 round"),
        Case(
            testDescription: "hot set too large and too fast", machine: machine(hot: 2.2e9, rate: 2e9),
            answer: "convergence", reason: "hot set 2 GiB is rewritten at 2 GB/s"),
        Case(
            testDescription: "post-copy when the policy lists it", machine: machine(hot: 2.2e9, rate: 2e9),
            modes: [.live, .postCopy], answer: "postCopy", downtime: 50, reason: "fetched after the switch"),
        Case(
            testDescription: "the policy's order counts", machine: machine(hot: 1e8, rate: 1e7),
            modes: [.postCopy, .live], answer: "postCopy", downtime: 50, reason: "postCopy"),
        // The hot set of 0.95 GB is above the 890 MB that pre-copy may leave, below 0.85 s x 1.1875 GB/s = 1009 MB.
        Case(
            testDescription: "staged where the rest fits the allowed pause", machine: machine(hot: 9.5e8, rate: 5e9),
            answer: "staged", downtime: 851.766, reason: "stopped after pass 1"),
        Case(
            testDescription: "policy lists only cold", machine: machine(hot: 0), modes: [.cold],
            answer: "migratability", reason: "must keep running"),
        Case(
            testDescription: "limit below the hand-over", machine: machine(hot: 0, limit: 40), answer: "downtime",
            reason: "leaves nothing"),
        Case(
            testDescription: "pinned", machine: machine(migration: .none), answer: "migratability",
            reason: "passthrough"),
        Case(
            testDescription: "stopped", machine: machine(state: .stopped), answer: "migratability", reason: "stopped"),
        Case(
            testDescription: "no bandwidth", machine: machine(), bandwidth: 0, answer: "bandwidth",
            reason: "no bandwidth"),
        // 16 GB at 1.1875 GB/s, 0.1 s before and 0.05 s after.
        Case(
            testDescription: "cold whatever the modes", machine: machine(migration: .cold), answer: "cold",
            seconds: 13.623_684_210_5, downtime: 13_523.684_210_5, reason: "stopped for the copy"),
        Case(
            testDescription: "cold copies the local disk in its pause",
            machine: machine(migration: .cold, disk: 100 * gigabyte), answer: "cold", seconds: 97.834_210_526_3,
            downtime: 97_734.210_526_3, reason: "local disk of 93.1 GiB"),
        Case(
            testDescription: "an explicit limit binds cold moves", machine: machine(migration: .cold, limit: 10_000),
            answer: "downtime", reason: "its limit is 10 s"),
        Case(
            testDescription: "an explicit limit that cold keeps", machine: machine(migration: .cold, limit: 14_000),
            answer: "cold", reason: "cold"),
        // 100 GB of disk before the memory; the pause is that of the memory alone.
        Case(
            testDescription: "live copies the local disk first",
            machine: machine(hot: 0, state: .paused, disk: 100 * gigabyte), answer: "live", seconds: 97.834_210_526_3,
            downtime: 800, reason: "copied along"),
    ]

    @Test(arguments: cases) func choice(_ example: Case) {
        var policy = Policy()
        policy.modes = example.modes
        let choice = MigrationModel(policy: policy)
            .choice(for: example.machine, bandwidthBitsPerSecond: example.bandwidth)
        switch choice {
        case .migrate(let prediction):
            #expect(prediction.mode.rawValue == example.answer)
            #expect(prediction.reason.contains(example.reason), "\(prediction.reason)")
            if let seconds = example.seconds { #expect(abs(prediction.durationSeconds - seconds) < 1e-6) }
            if let downtime = example.downtime { #expect(abs(prediction.downtimeMilliseconds - downtime) < 1e-3) }
            #expect(prediction.durationP95Seconds > prediction.durationSeconds)
        case .refused(let constraint, let detail):
            #expect(constraint == example.answer)
            #expect(detail.contains(example.reason), "\(detail)")
        }
    }

    /// No prediction promises more than the VM allows, whatever the bandwidth, the margin and the hand-over.
    @Test(arguments: UInt64(0)..<300) func thePauseIsWithinTheLimit(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var policy = Policy()
        policy.modes = [.live, .staged, .postCopy].shuffled(using: &generator)
        policy.migration.downtimeMargin = Double.random(in: 0...0.9, using: &generator)
        policy.migration.handOverMilliseconds = Double.random(in: 0...200, using: &generator)
        policy.migration.autoConverge = seed.isMultiple(of: 2)
        policy.migration.maxSlowdownFraction = Double.random(in: 0...1, using: &generator)
        policy.migration.throttleIncrementPercent = Double.random(in: 1...99, using: &generator)
        policy.migration.maxPostCopySeconds = Double.random(in: 0...20, using: &generator)
        policy.migration.postCopyAfterPasses = Int.random(in: 1...4, using: &generator)
        let limit = Double.random(in: 0...2000, using: &generator)
        let machine = Self.machine(
            hot: Double.random(in: 0...4e9, using: &generator), rate: Double.random(in: 0...3e9, using: &generator),
            migration: seed % 3 == 0 ? .cold : .live, limit: limit)
        let bandwidth = Double.random(in: 1e6...1e11, using: &generator)
        if let prediction = MigrationModel(policy: policy)
            .choice(for: machine, bandwidthBitsPerSecond: bandwidth).prediction
        {
            #expect(prediction.downtimeMilliseconds <= limit * (1 + 1e-9))
            #expect(prediction.durationSeconds.isFinite && prediction.durationSeconds > 0)
            if prediction.autoConverge != nil {
                #expect(prediction.slowdown.peakFraction <= policy.migration.maxSlowdownFraction)
            }
            if prediction.mode == .postCopy {
                #expect(prediction.slowdown.seconds <= policy.migration.maxPostCopySeconds)
            }
        }
    }
}
