import ClusterModel
import Execution
import Synchronization

/// The state of a run on the terminal, drawn over itself; nothing in a pipe.
final class LiveDisplay: Sendable {
    private struct Drawn {
        var lines = 0
        var at = -1.0
    }

    /// More moves at once than this are counted, not listed.
    private static let listedMoves = 12
    /// Between two pictures; the last one is always drawn.
    private static let leastSeconds = 0.1

    private let drawn = Mutex(Drawn())

    func show(_ status: RunStatus) {
        guard Terminal.isWatched else { return }
        let now = WallClock.monotonicSeconds()
        let columns = Terminal.columns
        drawn.withLock { drawn in
            guard now - drawn.at >= Self.leastSeconds || status.outcome != nil else { return }
            let lines = Self.lines(status).map { String($0.prefix(max(20, columns - 1))) }
            let back = drawn.lines > 0 ? "\u{1B}[\(drawn.lines)A" : ""
            Terminal.display(back + "\r\u{1B}[J" + lines.joined(separator: "\n") + "\n")
            drawn = Drawn(lines: lines.count, at: now)
        }
    }

    /// The picture, top to bottom.
    static func lines(_ status: RunStatus) -> [String] {
        let ended = status.done + status.failed + status.skipped
        let share = status.total > 0 ? Double(ended) / Double(status.total) : 1
        var head = "\(bar(share, width: 30)) \(ended) of \(status.total) steps"
        if status.failed > 0 { head += ", \(status.failed) failed" }
        if status.skipped > 0 { head += ", \(status.skipped) skipped" }
        if let outcome = status.outcome {
            head += "; \(outcome.rawValue)"
        } else if let end = status.expectedEnd {
            head += "; \(status.running.count) under way, \(duration(end.seconds(since: status.now))) to go"
        }
        switch status.mode {
        case .running: break
        case .paused(let by): head += "; paused by \(by)"
        case .stopping: head += "; stopping"
        }
        var lines = [head] + status.running.prefix(listedMoves).map(line)
        if status.running.count > listedMoves { lines.append("  and \(status.running.count - listedMoves) more") }
        return lines
    }

    private static func line(_ running: RunStatus.Running) -> String {
        "  \(bar(running.fraction ?? 0, width: 12)) \(running.step.title), \(running.phase)"
    }

    private static func bar(_ share: Double, width: Int) -> String {
        let full = Int((min(1, max(0, share)) * Double(width)).rounded())
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: width - full) + "]"
    }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e9)).rounded())
        if whole >= 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
        return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
    }
}

extension PlanStep {
    /// What it does, in a few words.
    var title: String {
        switch action {
        case .migrate(let migration): "\(id) \(migration.vm): \(migration.from) -> \(migration.to)"
        case .powerOff(let host): "\(id) \(host) off"
        case .powerOn(let host): "\(id) \(host) on"
        case .enterMaintenance(let host): "\(id) \(host) into maintenance"
        case .exitMaintenance(let host): "\(id) \(host) out of maintenance"
        case .maintain(let host): "\(id) \(host) being maintained"
        case .wait: "\(id) wait"
        }
    }
}
