import ClusterModel
import RelocationSupport
import Scheduling
import TestSupport
import Testing

/// The published relocation instances: the makespan is within a hundredth of the proved optimum of each, and the bound
/// says so.
@Suite struct RelocationTests {
    /// Seconds, proved with a constraint solver.
    static let optima: [Int: Double] = [
        1: 187.49, 3: 256.21, 5: 256.21, 7: 187.49, 9: 168.82, 11: 218.87, 13: 237.54, 15: 237.54, 17: 187.49,
        19: 218.87, 21: 256.21, 23: 157.28, 25: 256.21, 27: 237.54, 29: 256.21, 31: 256.21, 33: 218.87, 35: 187.49,
        37: 216.49, 39: 206.16, 41: 218.87, 43: 168.82, 45: 187.49, 47: 168.82, 49: 187.49,
    ]

    @Test(.enabled(if: TestFiles.sharedExists("instances/btrplace-ucc15"), "the published instances are not here"))
    func everyInstanceIsAtItsOptimum() throws {
        for (number, optimum) in Self.optima.sorted(by: { $0.key < $1.key }) {
            let path = TestFiles.sharedPath("instances/btrplace-ucc15/random.\(number).json")
            let instance = try RelocationInstance(path: path)
            let packed = instance.packed()
            var made: Schedule?
            let took = ProcessorTime.seconds { made = instance.schedule(packed) }
            let schedule = try #require(made)
            let ratio = schedule.makespanSeconds / optimum
            #expect(schedule.dropped.isEmpty, "instance \(number)")
            // 50 ms on a quiet machine.
            #expect(took < 0.15, "instance \(number)")
            #expect(ratio <= 1.01, "instance \(number)")
            // The optima are known to a hundredth of a second.
            #expect(ratio >= 0.9995, "instance \(number): better than the proved optimum")
            let boundRatio = schedule.lowerBoundSeconds / optimum
            #expect(boundRatio >= 0.999 && boundRatio <= 1.0005, "instance \(number): \(schedule.lowerBoundSeconds) s")
            // The planner has its plans checked by the independent checker, and throws when that refuses one.
            let plan = try instance.plan()
            #expect(plan.status == .complete && plan.summary.migrations == instance.target.count, "instance \(number)")
            #expect(plan.summary.makespanSeconds < instance.publishedSeconds, "instance \(number)")
        }
    }
}
