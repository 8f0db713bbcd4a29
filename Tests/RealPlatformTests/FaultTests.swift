import Foundation
import ProgramSupport
import RigSupport
import Testing

/// `drover apply` on real hosts, and everything that goes wrong. After each case the guest runs exactly once, its
/// memory is right, the journal is complete, and the words that an operator reads say what happened.
///
/// Prints a table; `DROVER_FAULT_ROUNDS` says how often each case is run (1).
@Suite(.serialized, .enabled(if: RigAvailability.isReady, RigAvailability.comment))
struct FaultTests {
    @Test(.timeLimit(.minutes(60))) func table() async throws {
        let site = try FaultSite()
        let rounds = ProcessInfo.processInfo.environment["DROVER_FAULT_ROUNDS"].flatMap { Int($0) } ?? 1
        var rows = [
            "| what happens | times | where the guest runs then | what Drover says |", "| --- | --- | --- | --- |",
        ]
        for (number, fault) in Fault.all.enumerated() {
            var places: [String] = []
            var words: [String] = []
            for round in 1...rounds {
                let began = ContinuousClock.now
                let result = try await fault.happen(site, "f\(number)r\(round)")
                print("\(fault.name), \(round): \(result.place): \(result.words) (\(ContinuousClock.now - began))")
                places.append(result.place)
                words.append(result.words)
            }
            rows.append("| \(fault.name) | \(rounds) | \(Self.distinct(places)) | \(Self.distinct(words)) |")
            print(rows.last ?? "")
        }
        print(rows.joined(separator: "\n"))
    }

    /// Each once, in order; how often where they differ.
    private static func distinct(_ texts: [String]) -> String {
        let kinds = texts.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        guard kinds.count > 1 else { return kinds.first ?? "" }
        return kinds.map { kind in "\(texts.count { $0 == kind }) x \(kind)" }.joined(separator: "; ")
    }
}

/// Something that goes wrong during a move.
struct Fault {
    struct Result {
        /// `destination`, `source`.
        let place: String
        /// What the operator reads.
        let words: String
    }

    let name: String
    let happen: @Sendable (FaultSite, _ name: String) async throws -> Result
}
