import Testing

/// The executing process is killed with SIGKILL, again and again, at chosen points between journal and platform, with
/// the real SQLite journal and a platform in a process of its own; it is resumed each time. The platform's record
/// judges.
@Suite("Killed and resumed", .serialized)
struct KillTests {
    /// Platform seconds per real second.
    private static let speed = 40

    @Test("60 kills: no move begun twice, every VM where the plan says, the journal tells all")
    func kills() async throws {
        var kills = 0
        var points: [String: Int] = [:]
        var seed: UInt64 = 1
        while kills < 60 {
            try #require(seed < 20, "only \(kills) kills in \(seed) runs")
            let round = try await HarnessRound(seed: seed, speed: Self.speed)
            kills += try await round.run(firstKill: kills)
            try await round.judge()
            for point in round.points { points[point, default: 0] += 1 }
            seed += 1
        }
        let counts = points.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("killed \(kills) times: " + counts.joined(separator: ", "))
        for needed in [
            "between the entry and the call", "begin sent, answer not read", "after the call",
            "before the entry stepIntended", "after the entry stepIntended", "before the entry stepBegun",
            "after the entry stepBegun", "before the entry stepEnded", "after the entry stepEnded", "after the lease",
            "after the entry of the run",
        ] { #expect(points[needed, default: 0] > 0, "never killed \(needed)") }
    }

    /// One rung is enough for all of them: it is asked for again after each death. Moves that need one are a seventh of
    /// a scenario's: those VMs rewrite more than their link carries, and fall behind what was predicted.
    private static let aroundRungs = [
        "before the entry rungIntended", "after the entry rungIntended", "between the entry and the adjustment",
        "after the adjustment", "before the entry rungAnswered", "after the entry rungAnswered",
    ]

    @Test("killed on every side of a rung of the ladder: no rung is made twice, and the move ends")
    func killsAroundRungs() async throws {
        let round = try await HarnessRound(seed: 1, speed: 4 * Self.speed)
        let kills = try await round.run(killedAt: Self.aroundRungs)
        #expect(kills == Self.aroundRungs.count && round.points == Self.aroundRungs)
        try await round.judge()
    }
}
