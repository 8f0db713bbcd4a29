import ClusterModel
import Scheduling
import TestSupport
import Testing
@Suite struct Scratch {
    @Test func ratios() {
        for (hosts, moves) in [(6, 14), (10, 35), (20, 90), (60, 300)] {
            var sum = 0.0, worst = 0.0, dropped = 0, detours = 0, wanted = 0
            let clock = ContinuousClock(); let began = clock.now
            for seed in UInt64(0)..<20 {
                let random = RandomCluster(seed: seed &+ 900, hosts: hosts, moves: moves)
                let result = Scheduled(random.cluster, to: random.target)
                let ratio = result.schedule.makespanSeconds / max(0.001, result.schedule.lowerBoundSeconds)
                sum += ratio; worst = max(worst, ratio); dropped += result.schedule.dropped.count
                wanted += random.target.count
                detours += result.schedule.steps.count - (random.target.count - result.schedule.dropped.count)
            }
            print("scratch hosts \(hosts) moves \(moves): mean \(sum / 20) worst \(worst) dropped \(dropped) of \(wanted) detours \(detours) in \(clock.now - began)")
        }
    }
}
