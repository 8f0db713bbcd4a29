/// Why a migration is on the policy's ladder.
public enum LadderReason: Sendable, Hashable, Codable {
    /// It has run longer than 95 of 100 such moves.
    case late(expectedSeconds: Double)
    /// The bytes left have not fallen over some passes.
    case notConverging(round: Int)

    /// One sentence without a full stop.
    public var text: String {
        switch self {
        case .late(let seconds): "it has run longer than the \(Int(max(0, min(seconds, 1e9)).rounded())) s expected"
        case .notConverging(let round): "in pass \(round) as much is left to send as some passes before"
        }
    }
}
