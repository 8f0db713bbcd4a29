import Clocks
import ClusterModel
import Execution
import Synchronization

/// The state of a run on the terminal, drawn over itself; nothing in a pipe but what cannot wait.
final class LiveDisplay: Sendable {
    private struct Drawn {
        var lines = 0
        var at = -1.0
        /// What went wrong last, so that it is told once.
        var trouble = ""
    }

    /// Between two pictures; the last one is always drawn.
    private static let leastSeconds = 0.1

    private let drawn = Mutex(Drawn())

    func show(_ status: RunStatus) {
        guard Terminal.isWatched else { return }
        let now = MonotonicClock.seconds()
        let columns = Terminal.columns
        drawn.withLock { drawn in
            guard now - drawn.at >= Self.leastSeconds || status.outcome != nil else { return }
            let lines = StatusLines(status: status).all.map { String($0.prefix(max(20, columns - 1))) }
            let back = drawn.lines > 0 ? "\u{1B}[\(drawn.lines)A" : ""
            Terminal.display(back + "\r\u{1B}[J" + lines.joined(separator: "\n") + "\n")
            drawn.lines = lines.count
            drawn.at = now
        }
    }

    /// A sentence that the operator must read now, below the picture and in a pipe too; once as long as it stays the
    /// same.
    func tell(_ trouble: String) {
        drawn.withLock { drawn in
            guard drawn.trouble != trouble else { return }
            drawn.trouble = trouble
            Terminal.note("warning: \(trouble)")
            // The next picture comes below.
            drawn.lines = 0
        }
    }
}
