import ClusterModel
import Execution

/// How a run stands, in lines: the whole plan first, then each step under way.
struct StatusLines {
    /// More steps at once than this are counted, not listed.
    private static let listedSteps = 12

    let status: RunStatus

    /// The picture, top to bottom.
    var all: [String] {
        var lines = [head, balance] + status.running.prefix(Self.listedSteps).map(line)
        let more = status.running.count - Self.listedSteps
        if more > 0 { lines.append("  and \(more) more") }
        return lines
    }

    private var head: String {
        let ended = status.done + status.failed + status.skipped
        let share = status.total > 0 ? Double(ended) / Double(status.total) : 1
        var parts = ["\(Self.bar(share, width: 30)) \(ended) of \(status.total) steps"]
        if let outcome = status.outcome {
            parts.append(outcome.rawValue)
        } else if let end = status.expectedEnd {
            let left = Figures.duration(end.seconds(since: status.now))
            parts.append("\(left) to go, ends \(Figures.clock(end))\(delay)")
        }
        switch status.mode {
        case .running: break
        case .paused(let by): parts.append("paused by \(by)")
        case .stopping(.aborted(let by)): parts.append("being aborted by \(by)")
        case .stopping(.failureBudget): parts.append("stopping: too many failures")
        case .stopping(.basisLost(let reason)): parts.append("stopping: \(reason.text)")
        }
        return parts.joined(separator: "; ")
    }

    private var delay: String {
        guard let delay = status.delaySeconds, abs(delay) >= 1 else { return "" }
        return " (\(Figures.duration(abs(delay))) \(delay > 0 ? "later" : "earlier") than planned)"
    }

    private var balance: String {
        var parts = ["\(status.done) done"]
        if status.failed > 0 { parts.append("\(status.failed) failed") }
        if status.skipped > 0 { parts.append("\(status.skipped) skipped") }
        parts += ["\(status.running.count) under way", "\(status.toCome) to come"]
        return "  " + parts.joined(separator: ", ")
    }

    private func line(_ running: RunStatus.Running) -> String {
        var parts = ["\(Self.bar(running.fraction ?? 0, width: 12)) \(running.step.title)", running.phase]
        if let progress = running.progress {
            parts.append("\(Figures.bytes(progress.remainingBytes)) left")
            parts.append(Figures.rate(progress.bytesPerSecond))
            if let dirty = progress.dirtyBytesPerSecond, dirty > 0 { parts.append("rewrites \(Figures.rate(dirty))") }
            if progress.round > 1 { parts.append("pass \(progress.round)") }
            if progress.throttleFraction > 0 {
                parts.append("slowed by \(Int((progress.throttleFraction * 100).rounded())) %")
            }
        }
        parts.append("ends \(Figures.clock(running.expectedEnd))")
        if running.attempt > 1 { parts.append("attempt \(running.attempt)") }
        if let rung = running.rungs.last { parts.append(rung.words) }
        return "  " + parts.joined(separator: ", ")
    }

    private static func bar(_ share: Double, width: Int) -> String {
        let full = Int((min(1, max(0, share)) * Double(width)).rounded())
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: width - full) + "]"
    }
}

extension RunState.RungTried {
    /// What was done, in a few words.
    var words: String {
        let what: String
        switch adjustment {
        case .pauseLimit(let milliseconds): what = "pause raised to \(Int(milliseconds.rounded())) ms"
        case .throttle: what = "guest slowed down"
        case .bandwidth(let bits): what = "bandwidth \(Figures.rate(bits / 8))"
        case .postCopy: what = "switched to post-copy"
        }
        switch answer {
        case .taken: return what
        case .pending: return "\(what)?"
        case .refused(let message): return "\(what): refused (\(message))"
        }
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
