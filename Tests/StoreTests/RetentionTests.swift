import ClusterModel
import Forecasting
import Store
import Testing

struct RetentionTests {
    private let scratch: Scratch
    private let policy: RetentionPolicy = {
        var policy = RetentionPolicy()
        (policy.rawDays, policy.fiveMinuteDays, policy.hourlyDays) = (1, 3, 6)
        return policy
    }()

    init() throws { scratch = try Scratch() }

    /// A sample every hour of ten days.
    private func store() throws -> ClusterStore {
        let lab = try scratch.store()
        _ = try lab.ingest((0..<240).map { .vm("v", at: Double($0) * 3600 + 5, cpu: Double($0)) })
        return lab
    }

    private func points(_ store: ClusterStore, _ seconds: Double) throws -> [SeriesPoint] {
        try store.fiveMinuteSeries(
            of: .vm, "v", .cpuCores, from: .midnight(plus: seconds), before: .midnight(plus: seconds + 300))
    }

    @Test func eachKindIsKeptAsLongAsThePolicySays() throws {
        let lab = try store()
        let result = try lab.applyRetention(policy, at: .midnight(plus: 10 * 86400))
        #expect(result.samples == 216)
        #expect(result.fiveMinuteChunks == 168)
        #expect(result.hourlyChunks == 4)
        #expect(try lab.file.integers("SELECT count(*) FROM sample") == [24])
        #expect(try lab.file.integers("SELECT count(*) FROM five_minute") == [72])
        #expect(try lab.file.integers("SELECT count(*) FROM hourly") == [6])
        let hourly = try lab.hourlySeries(
            of: .vm, "v", .cpuCores, from: .midnight, before: .midnight(plus: 20 * 86400))
        #expect(hourly.count == 144)
        #expect(hourly.first?.mean.rounded() == 96)
        #expect(try lab.applyRetention(policy, at: .midnight(plus: 10 * 86400)) == RetentionResult())
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }

    @Test func lateSamplesFillGapsAndAreNeverCountedTwice() throws {
        let lab = try store()
        _ = try lab.applyRetention(policy, at: .midnight(plus: 10 * 86400))
        let (kept, empty, gone) = (8 * 86400 + 5.0, 8 * 86400 + 605.0, 86400.0)
        for _ in 0..<3 {
            let result = try lab.ingest([
                .vm("v", at: kept + 1, cpu: 1000), .vm("v", at: empty, cpu: 7), .vm("v", at: gone, cpu: 1000),
            ])
            #expect(result.stored == 2)
            #expect(result.tooOld == 1)
            #expect(try points(lab, 8 * 86400).map { $0.mean.rounded() } == [192])
            #expect(try points(lab, 8 * 86400).map(\.count) == [1])
            #expect(try points(lab, 8 * 86400 + 600).map { $0.mean.rounded() } == [7])
            #expect(try points(lab, 8 * 86400 + 600).map(\.count) == [1])
        }
        #expect(try points(lab, gone).isEmpty)
        #expect(try lab.file.integers("SELECT count(*) FROM sample") == [24])
        #expect(try StoreFile.check(path: lab.file.path).problems == [])
    }

    @Test func importsOlderThanTheStoreKeepsAreDroppedAndCounted() throws {
        let lab = try store()
        _ = try lab.applyRetention(policy, at: .midnight(plus: 10 * 86400))
        var writer = try HistoryWriter(cluster: lab)
        try writer.add(.vm, "v", at: .midnight, [.cpuCores: 1])
        try writer.add(.vm, "v", at: .midnight(plus: 9 * 86400), [.cpuCores: 1])
        let result = try writer.finish()
        #expect(result.tooOld == 1)
        #expect(result.rows == 1)
    }
}
