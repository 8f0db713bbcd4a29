import ClusterModel
import Generation
import Testing

@Suite struct SampleGeneratorTests {
    private func generator(
        hosts: Int = 6, vms: Int = 40, days: Int = 28, missing: Double = 0.002, growth: Double = 0.06, seed: UInt64 = 1
    ) -> SampleGenerator {
        let cluster = ClusterGenerator(options: ClusterOptions(kind: .consolidate, hosts: hosts, vms: vms))
            .cluster(seed: seed)
        let options = SampleOptions(days: days, missingShare: missing, monthlyGrowth: growth)
        return SampleGenerator(cluster: cluster, seed: seed, options: options)
    }

    @Test func sameSeedSameSamples() {
        func sum(_ seed: UInt64) -> Double {
            var sum = 0.0
            generator(days: 2, seed: seed).forEachStep { _, samples in
                for sample in samples { sum += sample.cpuCores * Double(sample.entity + 1) }
            }
            return sum
        }
        #expect(sum(1) == sum(1))
        #expect(sum(1) != sum(2))
    }

    @Test func stepsAreFiveMinutesApartAndEndWhenTheClusterWasTaken() {
        let generator = generator(days: 3)
        var times: [Timestamp] = []
        generator.forEachStep { time, _ in times.append(time) }
        #expect(times.count == 864 && generator.stepCount == 864)
        #expect(times.first == generator.start)
        #expect(times.last == Timestamp(rfc3339: "2026-11-22T20:00:00Z"))
        #expect(zip(times, times.dropFirst()).allSatisfy { $1.seconds(since: $0) == 300 })
    }

    @Test func hostsUseWhatTheirMachinesUse() {
        let cluster = ClusterGenerator(options: ClusterOptions(kind: .balance, hosts: 4, vms: 30)).cluster(seed: 2)
        let generator = SampleGenerator(
            cluster: cluster, seed: 2, options: SampleOptions(days: 1, missingShare: 0))
        let hostOf = Dictionary(uniqueKeysWithValues: cluster.vms.map { ($0.id, $0.host) })
        let capacity = Dictionary(uniqueKeysWithValues: cluster.hosts.map { ($0.id, $0.capacityCores) })
        generator.forEachStep { _, samples in
            var sums: [String: Double] = [:]
            for sample in samples where generator.entities[sample.entity].kind == .vm {
                sums[hostOf[generator.entities[sample.entity].id]?.flatMap { $0 } ?? "", default: 0] += sample.cpuCores
            }
            for sample in samples where generator.entities[sample.entity].kind == .host {
                let id = generator.entities[sample.entity].id
                let expected = sums[id, default: 0] + 0.01 * (capacity[id] ?? 0)
                #expect(abs(sample.cpuCores - expected) < 0.002)
            }
        }
    }

    @Test func someMachinesWorkByDayAndSomeByNightAndLessAtWeekends() {
        let generator = generator(days: 28, missing: 0, growth: 0)
        var byHour = [[Double]](repeating: [Double](repeating: 0, count: 24), count: generator.entities.count)
        var byDay = [[Double]](repeating: [Double](repeating: 0, count: 7), count: generator.entities.count)
        generator.forEachStep { time, samples in
            let second = time.secondsSinceEpoch
            for sample in samples {
                byHour[sample.entity][Int(second / 3600 % 24)] += sample.cpuCores
                byDay[sample.entity][Int(second / 86400 % 7)] += sample.cpuCores
            }
        }
        let machines = generator.entities.indices.filter { generator.entities[$0].kind == .vm && byHour[$0][12] > 0 }
        let dayWorkers = machines.filter { byHour[$0][11] > 3 * byHour[$0][3] }
        let nightWorkers = machines.filter { byHour[$0][2] > 3 * byHour[$0][14] }
        #expect(dayWorkers.count >= 8)
        #expect(nightWorkers.count >= 3)
        // Day 2 after a Thursday is a Saturday, day 5 a Tuesday.
        #expect(dayWorkers.allSatisfy { byDay[$0][2] < 0.5 * byDay[$0][5] })
    }

    @Test func missingSamplesAreAsManyAsAsked() {
        var present = 0
        let generator = generator(days: 7, missing: 0.1)
        generator.forEachStep { _, samples in
            present += samples.count { generator.entities[$0.entity].kind == .vm }
        }
        let all = generator.entities.count { $0.kind == .vm } * generator.stepCount
        #expect(abs(Double(present) / Double(all) - 0.9) < 0.01)
    }

    @Test func loadGrows() {
        func thirdOfCPU(_ growth: Double) -> Double {
            var first = 0.0
            var last = 0.0
            let generator = generator(days: 28, growth: growth)
            var step = 0
            generator.forEachStep { _, samples in
                let sum = samples.reduce(0) { $0 + $1.cpuCores }
                if step < generator.stepCount / 4 { first += sum }
                if step >= generator.stepCount * 3 / 4 { last += sum }
                step += 1
            }
            return last / first
        }
        #expect(abs(thirdOfCPU(0) - 1) < 0.01)
        #expect(abs(thirdOfCPU(0.3) - 1.26) < 0.03)
    }

    @Test func aMonthOfFortyHostsTakesSeconds() {
        let options = ClusterOptions(kind: .consolidate, hosts: 40, vms: 300)
        let cluster = ClusterGenerator(options: options).cluster(seed: 1)
        let generator = SampleGenerator(cluster: cluster, seed: 1)
        var rows = 0
        let elapsed = ContinuousClock().measure { generator.forEachStep { _, samples in rows += samples.count } }
        print("\(rows) samples in \(elapsed)")
        #expect(rows > 2_500_000)
        #expect(elapsed < .seconds(10))
    }
}
